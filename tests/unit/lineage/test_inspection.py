"""What a whole image is, file by file."""

import base64
import hashlib
import io
import json
import struct

import pytest

from lading.cataloging import layer_bindings
from lading.cataloging.image_contents import combine
from lading.cataloging.layer import Analyser
from lading.image import file_list
from lading.lineage.inspection.accounts import read_accounts
from lading.lineage.inspection.capabilities import describe_capabilities
from lading.lineage.inspection.facts import FileFacts, Inspection, Password
from lading.lineage.inspection.inspect_image import inspect_image
from lading.lineage.stack import stack_of
from lading.oci.config import parse_config
from lading.oci.digest import Digest
from tests.support.layers import LayerBuilder
from tests.support.rpm_databases import header_of_files, sqlite_database

NET_RAW = struct.pack("<IIIII", 0x0200_0001, 1 << 13, 0, 0, 0)
BASH = b"#!/bin/sh\nbash"


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def inspected(*builders: LayerBuilder, **config: object) -> Inspection:
    tars = [builder.tar() for builder in builders]
    analyses = [
        Analyser().analyse(Digest.of(tar), lambda tar=tar: io.BytesIO(tar))  # type: ignore[misc]
        for tar in tars
    ]
    steps = config.pop("steps", ["RUN something"] * len(tars))
    document = {
        "os": "linux",
        "config": config,
        "history": [{"created_by": step} for step in steps],  # type: ignore[attr-defined]
        "rootfs": {"diff_ids": [str(Digest.of(tar)) for tar in tars]},
    }
    return inspect_image(
        parse_config(json.dumps(document).encode()),
        stack_of(
            [file_list.decode(each.files) for each in analyses],
            [layer_bindings.decode(each.bindings) for each in analyses],
        ),
        combine(analyses),
    )


def paths(facts: FileFacts) -> list[str]:
    return [each.path for each in facts.listed]


def debian(**files: bytes) -> LayerBuilder:
    """A dpkg database that owns a program, a library and a setting."""
    status = (
        "Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"
        f"Conffiles:\n /etc/tool.conf {md5(b'setting')}\n\n"
    )
    return (
        LayerBuilder()
        .symlink("bin", "usr/bin")
        .file("usr/bin/tool", files.get("tool", BASH), mode=0o755)
        .file("usr/lib/libtool.so.1", files.get("library", b"library"))
        .file("etc/tool.conf", files.get("setting", b"setting"))
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/info/tool.list", "/.\n/bin\n/bin/tool\n/usr/lib/libtool.so.1\n/etc/tool.conf\n")
        .file(
            "var/lib/dpkg/info/tool.md5sums",
            f"{md5(BASH)}  bin/tool\n{md5(b'library')}  usr/lib/libtool.so.1\n",
        )
    )


def test_files_of_packages_are_compared_through_links_of_directories() -> None:
    origins = inspected(debian()).origins
    assert origins.verified == 3
    assert origins.changed.count == origins.missing.count == origins.unexplained.count == 0


def test_a_changed_program_is_found_in_its_layer_and_in_a_later_one() -> None:
    same = inspected(debian(tool=b"#!/bin/sh\nevil")).origins
    assert [(each.path, each.detail, each.layer) for each in same.changed.listed] == [
        ("usr/bin/tool", "of tool", 0)
    ]
    later = inspected(debian(), LayerBuilder().file("usr/bin/tool", b"evil", mode=0o755)).origins
    assert [(each.path, each.layer) for each in later.changed.listed] == [("usr/bin/tool", 1)]
    back = inspected(debian(tool=b"evil"), LayerBuilder().file("usr/bin/tool", BASH, mode=0o755)).origins
    assert back.changed.count == 0


def test_a_changed_setting_is_told_apart() -> None:
    origins = inspected(debian(setting=b"mine")).origins
    assert [each.detail for each in origins.changed.listed] == ["of tool, a setting"]


def test_what_was_installed_and_is_gone_is_missing() -> None:
    origins = inspected(debian(), LayerBuilder().whiteout("usr/lib/libtool.so.1")).origins
    assert paths(origins.missing) == ["usr/lib/libtool.so.1"]


def test_apk_records_are_compared() -> None:
    sha1 = base64.b64encode(hashlib.sha1(b"program", usedforsecurity=False).digest()).decode()
    installed = f"P:tool\nV:1\nA:x86_64\nF:usr/bin\nR:tool\na:0:0:755\nZ:Q1{sha1}\n\n"

    def alpine(content: bytes) -> LayerBuilder:
        return (
            LayerBuilder()
            .file("etc/apk/world", "tool\n")
            .file("lib/apk/db/installed", installed)
            .file("usr/bin/tool", content, mode=0o755)
        )

    assert inspected(alpine(b"program")).origins.verified == 1
    assert paths(inspected(alpine(b"other")).origins.changed) == ["usr/bin/tool"]


def rpm_system(**digests: str) -> LayerBuilder:
    """An rpm database of one package: a program, a setting, documentation that was not installed, a ghost."""
    files = {
        "/usr/bin/tool": (digests.get("tool", sha256(BASH)), 0, 0),
        "/etc/tool.conf": (sha256(b"setting"), 1, 0),
        "/usr/share/doc/tool": (sha256(b"left out"), 2, 2),
        "/var/log/tool": (sha256(b""), 64, 0),
    }
    return (
        LayerBuilder()
        .file("etc/os-release", "ID=rocky\nVERSION_ID=9\n")
        .file("var/lib/rpm/rpmdb.sqlite", sqlite_database((header_of_files("tool", "1", "2", files),)))
        .file("usr/bin/tool", BASH, mode=0o755)
        .file("etc/tool.conf", b"setting")
    )


def test_rpm_records_are_compared_by_their_own_algorithm() -> None:
    origins = inspected(rpm_system()).origins
    assert (origins.verified, origins.unverified, origins.counts["package"]) == (2, 0, 2)
    assert origins.changed.count == origins.missing.count == 0
    assert origins.altered == ()


def test_a_changed_file_of_an_rpm_is_found_in_the_layer_that_changed_it() -> None:
    later = LayerBuilder().file("usr/bin/tool", b"other", mode=0o755).file("etc/tool.conf", b"mine")
    origins = inspected(rpm_system(), later).origins
    assert [(each.path, each.layer, each.detail) for each in origins.changed.listed] == [
        ("etc/tool.conf", 1, "of tool, a setting"),
        ("usr/bin/tool", 1, "of tool"),
    ]
    assert origins.altered == ("tool",)
    gone = inspected(rpm_system(), LayerBuilder().whiteout("usr/bin/tool")).origins
    assert paths(gone.missing) == ["usr/bin/tool"]
    assert gone.altered == ("tool",)


def test_digests_of_another_length_than_the_header_says_are_not_compared() -> None:
    """rpm itself would say that it cannot verify the file; neither is it shown as verified."""
    origins = inspected(rpm_system(tool=md5(BASH))).origins
    assert (origins.verified, origins.unverified, origins.changed.count) == (1, 1, 0)


def python_package(**rows: str) -> LayerBuilder:
    folder = "opt/venv/lib/python3.12/site-packages"
    record = "".join(f"{path},sha256={digest},1\r\n" for path, digest in rows.items())
    return (
        LayerBuilder()
        .file(
            f"{folder}/flask-3.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: flask\nVersion: 3.0\n\n"
        )
        .file(f"{folder}/flask-3.0.dist-info/RECORD", record + "flask-3.0.dist-info/RECORD,,\r\n")
        .file(f"{folder}/flask/app.py", b"app")
        .file("opt/venv/bin/flask", b"#!python\n", mode=0o755)
    )


def record_digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def test_files_of_python_packages_are_compared_with_their_record() -> None:
    rows = {
        "flask/app.py": record_digest(b"app"),
        "../../../bin/flask": record_digest(b"#!python\n"),
        "flask/gone.py": record_digest(b"gone"),
        "../../../../../../../etc/passwd": record_digest(b"out of the root"),
    }
    package = python_package(**rows)
    origins = inspected(package).origins
    assert (origins.verified, origins.counts["language"]) == (2, 4)
    assert [(each.path, each.detail) for each in origins.missing.listed] == [
        ("opt/venv/lib/python3.12/site-packages/flask/gone.py", "of flask")
    ]
    patched = LayerBuilder().file("opt/venv/lib/python3.12/site-packages/flask/app.py", b"patched")
    origins = inspected(package, patched).origins
    assert [(each.path, each.layer, each.detail) for each in origins.changed.listed] == [
        ("opt/venv/lib/python3.12/site-packages/flask/app.py", 1, "of flask")
    ]
    assert origins.altered == (), "no package of the system"


def test_what_nothing_accounts_for_is_unexplained_unless_a_step_copied_it() -> None:
    more = LayerBuilder().file("usr/bin/miner", b"\x7fELF", mode=0o755).file("srv/x", b"x")
    origins = inspected(debian(), more).origins
    assert paths(origins.unexplained) == ["srv/x", "usr/bin/miner"]
    again = LayerBuilder().file("srv/x", b"x")
    copied = inspected(debian(), again, steps=["RUN x", "COPY x /srv/x # buildkit"]).origins
    assert copied.unexplained.count == 0
    assert copied.counts["copied"] == 1


def test_packages_of_languages_account_for_their_trees() -> None:
    origins = inspected(
        LayerBuilder()
        .file("app/node_modules/left-pad/package.json", '{"name": "left-pad", "version": "1.0.0"}')
        .file("app/node_modules/left-pad/index.js", "x")
        .file("opt/v/lib/python3.12/site-packages/a-1.dist-info/METADATA", "Name: a\nVersion: 1\n")
        .file("opt/v/lib/python3.12/site-packages/a/b.py", "x")
        .file("app/server.js", "x")
    ).origins
    assert paths(origins.unexplained) == ["app/server.js"]


def test_coverage_counts_programs_that_no_package_accounts_for() -> None:
    whole = inspected(debian()).coverage
    assert (whole.score, whole.programs, whole.known) == (100, 1, 1)
    mixed = inspected(debian(), LayerBuilder().file("srv/tool", b"\x7fELF" + bytes(60), mode=0o755)).coverage
    assert (mixed.score, mixed.programs) == (50, 2)
    assert paths(mixed.unknown) == ["srv/tool"]
    broken = inspected(debian(), LayerBuilder().file("var/lib/rpm/rpmdb.sqlite", b"no database"))
    assert broken.coverage.unreadable == 1
    assert broken.coverage.score == 50
    assert inspected(LayerBuilder()).coverage.score == 100


def test_power_is_found_by_rights_and_by_name() -> None:
    power = inspected(
        LayerBuilder()
        .file("usr/bin/su", b"\x7fELF", mode=0o4755)
        .file("usr/bin/wall", b"\x7fELF", mode=0o2755)
        .file("usr/bin/bash", b"\x7fELF", mode=0o755)
        .symlink("usr/bin/sh", "bash")
        .symlink("usr/bin/dash", "nowhere")
        .file("usr/bin/apt", b"\x7fELF", mode=0o755)
        .file("usr/bin/x86_64-linux-gnu-gcc-12", b"\x7fELF", mode=0o755)
        .file("usr/bin/curl", b"\x7fELF", mode=0o755)
        .file("usr/sbin/sshd", b"\x7fELF", mode=0o755)
        .file("etc/open", b"x", mode=0o666)
        .file("usr/share/doc/bash", b"x")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbin:x:2:2::/:/no\n")
        .file("etc/shadow", "root:*:1::::::\ntoor:!:1::::::\nbin::1::::::\n")
    ).power
    assert paths(power.setuid) == ["usr/bin/su"]
    assert paths(power.setgid) == ["usr/bin/wall"]
    assert paths(power.shells) == ["usr/bin/bash", "usr/bin/sh"]
    assert paths(power.package_managers) == ["usr/bin/apt"]
    assert paths(power.compilers) == ["usr/bin/x86_64-linux-gnu-gcc-12"]
    assert paths(power.network_tools) == ["usr/bin/curl"]
    assert paths(power.ssh_servers) == ["usr/sbin/sshd"]
    assert paths(power.world_writable) == ["etc/open"]
    assert [(each.name, each.password) for each in power.accounts] == [
        ("toor", Password.LOCKED),
        ("bin", Password.EMPTY),
    ]


SCRIPT = "#!/usr/bin/env python3\n"


@pytest.mark.parametrize(
    ("entrypoint", "problem"),
    [
        (["/usr/bin/tool"], ""),
        (["tool", "--serve"], ""),
        (["nothing"], "there is no program nothing in the image"),
        (["/srv/data"], "nobody may run srv/data (mode 0644)"),
        (["/srv"], "srv is a directory and no program"),
        (["/srv/script"], "its interpreter python3 is not in the image"),
        (["/srv/lost"], "its interpreter /opt/python is not in the image"),
        (["/srv/link"], ""),
        (["/srv/loop"], "there is no program /srv/loop in the image"),
    ],
)
def test_what_the_image_starts_is_looked_for(entrypoint: list[str], problem: str) -> None:
    builder = (
        debian()
        .directory("srv")
        .file("usr/bin/env", b"\x7fELF", mode=0o755)
        .file("usr/bin/sh", b"\x7fELF", mode=0o755)
        .file("srv/data", b"x")
        .file("srv/script", SCRIPT, mode=0o755)
        .file("srv/lost", "#!/opt/python\n", mode=0o755)
        .symlink("srv/link", "../usr/bin/tool")
        .symlink("srv/loop", "loop")
    )
    entry = inspected(builder, Entrypoint=entrypoint).power.entry_point
    assert entry is not None
    assert entry.problem == problem


def test_directories_that_a_known_program_writes_to_are_named_unless_a_volume_is_there() -> None:
    nginx = LayerBuilder().file("usr/sbin/nginx", b"\x7fELF", mode=0o755)
    assert inspected(nginx, Cmd=["nginx", "-g", "daemon off;"]).power.writes == (
        "var/cache/nginx",
        "run",
        "var/log/nginx",
    )
    nginx = LayerBuilder().file("usr/sbin/nginx", b"\x7fELF", mode=0o755)
    volumes = dict.fromkeys(("/run", "/var/cache"), None)
    assert inspected(nginx, Cmd=["nginx"], Volumes=volumes).power.writes == ("var/log/nginx",)


def test_an_image_without_files_has_nothing() -> None:
    empty = inspected()
    assert empty.power.entry_point is None
    assert empty.origins.counts == {}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (NET_RAW, "cap_net_raw=ep"),
        (struct.pack("<III", 0x0100_0000, 1 << 10, 0), "cap_net_bind_service=p"),
        (struct.pack("<IIIIII", 0x0300_0000, 0, 0, 1 << 7, 0, 1000), "cap_bpf=p"),
        (b"", "not readable"),
        (b"\x01", "not readable"),
        (NET_RAW[:8], "not readable"),
        (struct.pack("<I", 0x0900_0000) + bytes(20), "not readable"),
        (struct.pack("<IIIII", 0x0200_0000, 0, 0, 0, 0), "none"),
    ],
)
def test_capabilities_are_written_as_setcap_does(raw: bytes, words: str) -> None:
    assert describe_capabilities(raw) == words


def test_odd_account_files_do_no_harm() -> None:
    assert read_accounts(b"", b"") == ()
    assert read_accounts(b"\xff\xfe:x\n:::\nroot\n#root::0:0:::\n", b":::::\n") == ()
    (one,) = read_accounts(b"a::99999999999999:0:::/bin/sh\n", b"")
    assert (one.uid, one.password) == (-1, Password.EMPTY)
