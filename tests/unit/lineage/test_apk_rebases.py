"""Applications that installed packages by apk, over another base."""

import base64
import hashlib
import io
import tarfile

import pytest

from lading.lineage.proof import PlatformProof
from tests.support.layers import LayerBuilder
from tests.support.rebases import Made, proof_of, refusals

INSTALLED, SCRIPTS, WORLD = "lib/apk/db/installed", "lib/apk/db/scripts.tar", "etc/apk/world"


def record(name: str, version: str, *files: tuple[str, str], **fields: str) -> str:
    lines = [f"P:{name}", f"V:{version}", "A:x86_64", *(f"{key}:{value}" for key, value in fields.items())]
    for path, content in files:
        folder, _, file = path.rpartition("/")
        sha1 = base64.b64encode(hashlib.sha1(content.encode(), usedforsecurity=False).digest()).decode()
        lines += [f"F:{folder}", f"R:{file}", f"Z:Q1{sha1}"]
    return "\n".join(lines) + "\n\n"


def scripts(**members: str) -> bytes:
    raw = io.BytesIO()
    with tarfile.TarFile(fileobj=raw, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return raw.getvalue()


def alpine(*records: str, archive: bytes = b"") -> LayerBuilder:
    builder = LayerBuilder()
    for path in ("lib", "lib/apk", "lib/apk/db", "etc", "etc/apk", "usr", "usr/bin"):
        builder.directory(path)
    return builder.file(INSTALLED, "".join(records)).file(SCRIPTS, archive).file(WORLD, "alpine-base\n")


MUSL = record("musl", "1.2.4-r0", p="so:libc.musl-x86_64.so.1=1")
NEWER = record("musl", "1.2.4-r1", p="so:libc.musl-x86_64.so.1=1")
SSL = record("libssl3", "3.1.2-r0", p="so:libssl.so.3=3")


def rebase(app: LayerBuilder, old: LayerBuilder, new: LayerBuilder) -> PlatformProof:
    return proof_of(Made("the old base", [old]), [app], Made("the new base", [new]))


def test_what_was_installed_is_in_the_new_database_with_its_scripts() -> None:
    curl = record("curl", "8.1-r0", ("usr/bin/curl", "curl"), D="so:libc.musl-x86_64.so.1 so:libssl.so.3")
    app = (
        alpine(MUSL, SSL, curl, archive=scripts(busybox="old", curl="mine"))
        .file("usr/bin/curl", "curl", mode=0o755)
        .file(WORLD, "alpine-base\ncurl\n")
    )
    proof = rebase(
        app,
        alpine(MUSL, SSL, archive=scripts(busybox="old")),
        alpine(NEWER, SSL, archive=scripts(busybox="new")),
    )
    assert refusals(proof) == set()
    fixed = {fix.path: fix.content for fix in proof.fixes}
    assert fixed[INSTALLED].decode().rstrip() == (NEWER + SSL + curl).rstrip()
    with tarfile.open(fileobj=io.BytesIO(fixed[SCRIPTS])) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    assert found == {"busybox": b"new", "curl": b"mine"}


def python(version: str) -> str:
    return record("python3", version)


@pytest.mark.parametrize(
    ("depends", "old", "new"),
    [
        ("so:libssl.so.3", SSL, ""),
        ("python3~3.11", python("3.11.4-r0"), python("3.12.1-r0")),
        ("python3~3.1", python("3.1-r0"), python("3.11.6-r0")),  # 3.1 is not the beginning of 3.11
        ("python3<3.12", python("3.11.6-r0"), python("3.12.0-r0")),
        ("!openssl1", "", record("openssl1", "1.1-r0")),
    ],
)
def test_a_package_whose_needs_the_new_base_does_not_meet(depends: str, old: str, new: str) -> None:
    app = alpine(MUSL, old, record("tool", "1-r0", D=depends))
    assert refusals(rebase(app, alpine(MUSL, old), alpine(NEWER, new))) == {("3.packages", INSTALLED)}


def test_what_was_not_met_before_is_no_fault_of_the_new_base() -> None:
    app = alpine(MUSL, record("tool", "1-r0", D="gone no/such>"))
    proof = rebase(app, alpine(MUSL), alpine(NEWER))
    assert refusals(proof) == set()
    assert sum("which was so before" in one.reason for one in proof.remarks) == 2


def test_a_record_that_says_a_program_is_another_than_it_is() -> None:
    """Vulnerabilities are found by records: one that lies hides them."""
    curl = record("curl", "9.9-r0", ("usr/bin/curl", "the mended one"))
    app = alpine(MUSL, curl).file("usr/bin/curl", "an old one", mode=0o755)
    assert ("3.packages", "usr/bin/curl") in refusals(rebase(app, alpine(MUSL), alpine(NEWER)))


def test_a_package_that_both_brought_in_other_versions() -> None:
    proof = rebase(alpine(MUSL, record("curl", "8-r0")), alpine(MUSL), alpine(NEWER, record("curl", "9-r0")))
    assert ("3.packages", INSTALLED) in refusals(proof)


@pytest.mark.parametrize("archive", [b"\x00" * 100 + b"x" * 2000, scripts(a="1" * 2000)[:900], b"junk"])
def test_an_archive_of_scripts_that_is_none(archive: bytes) -> None:
    app = alpine(MUSL, archive=archive)
    proof = rebase(app, alpine(MUSL, archive=scripts(a="1")), alpine(NEWER, archive=scripts(a="2")))
    assert ("3.packages", SCRIPTS) in refusals(proof)


def test_a_database_that_names_no_package() -> None:
    app = LayerBuilder().file(INSTALLED, "V:1\n\n")
    assert ("3.packages", INSTALLED) in refusals(rebase(app, alpine(MUSL), alpine(NEWER)))
