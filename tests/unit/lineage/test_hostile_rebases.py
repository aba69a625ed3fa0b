"""Images that want to be rebased into something else than they should be, named after the attack."""

import pytest

from lading.lineage.remarks import Verdict
from tests.support.elf_files import dynamic_elf
from tests.support.layers import LayerBuilder
from tests.support.rebases import Made, proof_of, refusals

STATUS = "var/lib/dpkg/status"


def record(name: str, version: str, **fields: str) -> str:
    more = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in fields.items())
    return f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n{more}\n"


def base(name: str, *layers: LayerBuilder) -> Made:
    return Made(name, layers)


def debian(*records: str) -> LayerBuilder:
    builder = LayerBuilder()
    for path in ("var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/info", "usr", "usr/lib"):
        builder.directory(path)
    return builder.file(STATUS, "".join(records))


def test_a_deletion_that_hid_nothing_would_hide_a_file_of_the_new_base() -> None:
    old, new = (
        base("old", LayerBuilder().file("a")),
        base("new", LayerBuilder().file("a").file("etc/security")),
    )
    proof = proof_of(old, [LayerBuilder().whiteout("etc/security")], new)
    assert proof.verdict is Verdict.NEEDS_REBUILD
    assert refusals(proof) == {("2.whiteouts", "etc/security")}


def test_an_opaque_directory_over_nothing_would_empty_one_of_the_new_base() -> None:
    old, new = base("old", LayerBuilder().file("a")), base("new", LayerBuilder().file("certs/ca.pem", "x"))
    assert ("2.whiteouts", "certs") in refusals(proof_of(old, [LayerBuilder().opaque("certs")], new))


def test_a_setuid_program_that_the_application_removed_comes_back_at_another_place() -> None:
    old = base("old", LayerBuilder().directory("bin").file("bin/su", "su", mode=0o4755))
    new = base(
        "new",
        LayerBuilder().directory("bin").file("bin/su", "su2", mode=0o4755).file("bin/doas", "d", mode=0o4755),
    )
    proof = proof_of(old, [LayerBuilder().whiteout("bin/su")], new)
    assert ("2.privileges", "bin/doas") in refusals(proof)


def test_a_setuid_program_meets_a_plain_file_of_the_new_base() -> None:
    old, new = (
        base("old", LayerBuilder().file("a")),
        base("new", LayerBuilder().file("a").file("tool", "theirs")),
    )
    proof = proof_of(old, [LayerBuilder().file("tool", "mine", mode=0o4755)], new, steps=["COPY tool /tool"])
    assert refusals(proof) == {("2.privileges", "tool")}


def test_the_old_base_file_that_is_carried_along_would_hide_the_mended_one() -> None:
    old = base("old", LayerBuilder().file("lib/libssl.so.3", "flawed"))
    new = base("new", LayerBuilder().file("lib/libssl.so.3", "mended"))
    proof = proof_of(old, [LayerBuilder().file("lib/libssl.so.3", "flawed")], new, steps=["COPY x /lib"])
    assert refusals(proof) == {("2.files", "lib/libssl.so.3")}


def test_a_history_that_lies_about_copying_cannot_replace_a_file_of_a_package() -> None:
    def with_package(content: str) -> LayerBuilder:
        return (
            debian(record("libssl3", content))
            .file("var/lib/dpkg/info/libssl3.list", "/usr/lib/libssl.so.3\n")
            .file("usr/lib/libssl.so.3", content)
        )

    old, new = base("old", with_package("1")), base("new", with_package("2"))
    app = [LayerBuilder().file("usr/lib/libssl.so.3", "mine")]
    assert refusals(proof_of(old, app, new, steps=["COPY lib /usr/lib"])) == {
        ("2.files", "usr/lib/libssl.so.3")
    }


def test_a_path_that_goes_through_a_link_of_the_new_base() -> None:
    old = base("old", LayerBuilder().directory("opt").directory("opt/app"))
    new = base("new", LayerBuilder().directory("opt").symlink("opt/app", "/etc"))
    assert ("2.links", "opt/app/passwd") in refusals(
        proof_of(old, [LayerBuilder().file("opt/app/passwd", "root")], new)
    )


def test_a_hard_link_to_a_file_of_the_base() -> None:
    old = new = base("old", LayerBuilder().file("etc/shadow", "secret"))
    proof = proof_of(old, [LayerBuilder().hardlink("srv/shadow", "etc/shadow")], new)
    assert ("2.links", "srv/shadow") in refusals(proof)


def test_layers_that_only_look_like_they_stand_on_the_base() -> None:
    old, other = base("old", LayerBuilder().file("a", "1")), base("other", LayerBuilder().file("a", "2"))
    new = base("new", LayerBuilder().file("a", "3"))
    assert proof_of(old, [LayerBuilder().file("b")], new).verdict is Verdict.SAFE
    crafted = proof_of(old, [LayerBuilder().file("b")], new, stands_on=other)
    assert refusals(crafted) == {("1.chain", "")}


def test_a_record_of_a_package_whose_files_are_not_there() -> None:
    old, new = base("old", debian(record("libc6", "1"))), base("new", debian(record("libc6", "2")))
    app = [LayerBuilder().file(STATUS, record("libc6", "1") + record("ghost", "1"))]
    assert ("3.packages", "var/lib/dpkg/info/ghost.list") in refusals(proof_of(old, app, new))


def test_a_record_that_says_a_package_is_newer_than_its_program_is() -> None:
    old, new = base("old", debian(record("libc6", "1"))), base("new", debian(record("libc6", "2")))
    app = [
        LayerBuilder()
        .file(STATUS, record("libc6", "1") + record("curl", "9"))
        .file("var/lib/dpkg/info/curl.list", "/usr/bin/curl\n")
        .file("var/lib/dpkg/info/curl.md5sums", f"{'0' * 32}  usr/bin/curl\n")
        .file("usr/bin/curl", "an old one", mode=0o755)
    ]
    assert ("3.packages", "usr/bin/curl") in refusals(proof_of(old, app, new))


@pytest.mark.parametrize(
    "status",
    [
        "Package: a\nStatus: install ok installed\n\n" * 2,  # twice
        "Status: install ok installed\n\n",  # no name
        "\x00" * 100,
    ],
)
def test_a_package_database_that_is_none(status: str) -> None:
    old, new = base("old", debian(record("libc6", "1"))), base("new", debian(record("libc6", "2")))
    assert ("3.packages", STATUS) in refusals(proof_of(old, [LayerBuilder().file(STATUS, status)], new))


def test_a_package_of_the_application_that_the_new_base_has_newer_would_hide_it() -> None:
    old, new = base("old", debian(record("libssl3", "1"))), base("new", debian(record("libssl3", "3")))
    app = [LayerBuilder().file(STATUS, record("libssl3", "2"))]
    assert ("3.packages", STATUS) in refusals(proof_of(old, app, new))


def test_a_package_whose_dependency_the_new_base_dropped() -> None:
    old = base("old", debian(record("libc6", "1"), record("libold", "1")))
    new = base("new", debian(record("libc6", "2")))
    app = [
        LayerBuilder()
        .file(
            STATUS,
            record("libc6", "1") + record("libold", "1") + record("tool", "1", Depends="libold (>= 1)"),
        )
        .file("var/lib/dpkg/info/tool.list", "")
    ]
    assert ("3.packages", STATUS) in refusals(proof_of(old, app, new))


def test_an_account_whose_number_belongs_to_another_one_in_the_new_base() -> None:
    old = base("old", LayerBuilder().file("etc/passwd", "root:x:0:0::/:\n"))
    new = base("new", LayerBuilder().file("etc/passwd", "root:x:0:0::/:\nadmin:x:999:0::/:\n"))
    app = [LayerBuilder().file("etc/passwd", "root:x:0:0::/:\napp:x:999:999::/:\n")]
    assert ("3.accounts", "etc/passwd") in refusals(proof_of(old, app, new))


def test_a_user_whom_the_new_base_does_not_know() -> None:
    old = base("old", LayerBuilder().file("etc/passwd", "www:x:33:33::/:\n"))
    new = base("new", LayerBuilder().file("etc/passwd", "root:x:0:0::/:\n"))
    assert ("3.accounts", "etc/passwd") in refusals(
        proof_of(old, [LayerBuilder().file("a")], new, User="www")
    )


def test_an_elf_file_with_absurd_tables_could_not_be_told() -> None:
    absurd = dynamic_elf(needed=["libc.so.6"], needs={"libc.so.6": ["GLIBC_2.2"]}, claimed_needs=1 << 30)
    old, new = base("old", LayerBuilder().file("a", "1")), base("new", LayerBuilder().file("a", "2"))
    proof = proof_of(old, [LayerBuilder().file("app", absurd, mode=0o755)], new)
    assert proof.verdict is Verdict.COULD_NOT_TELL
    assert refusals(proof) == {("2.readable", "app")}


def test_a_whiteout_that_names_the_directory_above() -> None:
    old, new = base("old", LayerBuilder().file("d/a", "1")), base("new", LayerBuilder().file("d/a", "2"))
    proof = proof_of(old, [LayerBuilder().file("d/.wh...").file("d/.wh..")], new)
    assert proof.verdict.allows  # both delete nothing, for every runtime


def test_a_file_that_was_copied_meets_a_directory_of_the_new_base() -> None:
    """A build would copy into the directory; the layer would hide all of it."""
    old = Made("the old base", [LayerBuilder().file("etc/keep", "x")])
    new = Made(
        "the new base", [LayerBuilder().file("etc/keep", "x").directory("etc/app").file("etc/app/a", "a")]
    )
    proof = proof_of(old, [LayerBuilder().file("etc/app", "mine")], new, steps=["COPY app /etc/app"])
    assert ("2.files", "etc/app") in refusals(proof)


def test_a_file_that_was_written_through_a_link_which_the_new_base_points_elsewhere() -> None:
    """Layers tell where something was written, and not that it was meant for the link."""
    old = Made("the old base", [LayerBuilder().directory("srv").directory("data").symlink("current", "/srv")])
    new = Made(
        "the new base", [LayerBuilder().directory("srv").directory("data").symlink("current", "/data")]
    )
    proof = proof_of(old, [LayerBuilder().file("srv/x", "x")], new, steps=["RUN echo x > /current/x"])
    assert ("2.links", "current") in refusals(proof)


def test_a_closed_directory_that_the_new_base_no_longer_has_would_come_back_closed() -> None:
    old = base("old", private("opt/keys"))
    new = base("new", LayerBuilder().directory("opt"))
    proof = proof_of(old, [private("opt/keys").file("opt/keys/a", "a")], new, steps=["COPY a /opt/keys/a"])
    assert ("2.directories", "opt/keys") in refusals(proof)


def private(path: str) -> LayerBuilder:
    """A directory for its owner alone."""
    builder = LayerBuilder().directory("opt")
    return builder.directory(path, mode=0o700)


def marks(name: str) -> str:
    return f"Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n"


def test_marks_of_apt_that_the_old_base_did_not_have_are_put_together() -> None:
    states, apt = "var/lib/apt/extended_states", LayerBuilder().directory("var/lib/apt")
    old = base("old", apt, LayerBuilder().file("a"))
    new = base("new", LayerBuilder().directory("var/lib/apt").file(states, marks("libnew")).file("a"))
    proof = proof_of(old, [LayerBuilder().file(states, marks("libapp"))], new)
    assert refusals(proof) == set()
    (fixed,) = [fix for fix in proof.fixes if fix.path == states]
    assert fixed.content is not None
    assert {b"Package: libnew", b"Package: libapp"} <= set(fixed.content.split(b"\n"))


def test_marks_of_apt_with_other_rights_than_the_new_bases_are_not_put_together() -> None:
    states = "var/lib/apt/extended_states"
    old = base("old", LayerBuilder().directory("var/lib/apt"))
    new = base("new", LayerBuilder().directory("var/lib/apt").file(states, marks("libnew")))
    proof = proof_of(old, [LayerBuilder().file(states, marks("libapp"), mode=0o666)], new)
    assert refusals(proof) == {("3.packages", states)}
