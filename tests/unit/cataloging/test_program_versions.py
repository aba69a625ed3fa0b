"""Programs that no package manager knows of."""

import io

import pytest

from lading.adapters.starter_feed import starter_documents
from lading.advisories.advisory import Advisory
from lading.advisories.formats.osv import OSV
from lading.cataloging.analysis import ImageContents
from lading.cataloging.catalogers import apk, dpkg_files, pacman
from lading.cataloging.catalogers.program_version import parse_program
from lading.cataloging.image_contents import combine
from lading.cataloging.layer import Analyser
from lading.cataloging.program_facts import ALL_PROGRAM_FACTS, facts_about
from lading.matching.match import match
from lading.oci.digest import Digest
from lading.packages.package import Package
from tests.support.elf_files import elf
from tests.support.layers import LayerBuilder

BASH = b"\0@(#)Bash version 4.3.24(1) release GNU\0"


def program(constants: bytes) -> bytes:
    return elf({".rodata": constants})


def contents(*builders: LayerBuilder) -> ImageContents:
    layers = []
    for builder in builders:
        tar = builder.tar()
        layers.append(Analyser().analyse(Digest.of(tar), lambda tar=tar: io.BytesIO(tar)))  # type: ignore[misc]
    return combine(layers)


def found(path: str, constants: bytes) -> list[tuple[str, str]]:
    packages = parse_program(path, program(constants))
    return [(one.name, one.version) for one in packages if isinstance(one, Package)]


@pytest.mark.parametrize(
    ("path", "constants", "name", "version"),
    [
        ("usr/local/bin/bash", BASH, "bash", "4.3.24"),
        ("bin/busybox", b"\0BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)\0", "busybox", "1.36.1"),
        ("opt/lib/libcrypto.so.1.1", b"\0OpenSSL 1.1.1w  11 Sep 2023\0", "openssl", "1.1.1w"),
        ("app/numpy.libs/libcrypto-6e26de3b.so.3", b"\0OpenSSL 3.0.7 1 Nov 2022\0", "openssl", "3.0.7"),
        ("usr/lib/libcurl.so.4.8.0", b"\0libcurl/7.88.1\0", "curl", "7.88.1"),
        ("usr/local/bin/python3.12", b"\x003.12.1\0", "python", "3.12.1"),
        ("usr/local/bin/node", b"https://nodejs.org/v18.20.4/node-v18.20.4.tar.gz", "node", "18.20.4"),
        ("usr/local/bin/redis-server", b"\x007.2.4buildkitsandbox-1704882900000000000\0", "redis", "7.2.4"),
        ("usr/bin/redis-server", b"\x007.0.151790282056000000000\0", "redis", "7.0.15"),
        ("usr/lib/libxml2.so.2.9.14", b"::20914\0", "libxml2", "2.9.14"),
        ("usr/sbin/sshd", b"\0OpenSSH_9.2p1 Debian-2\0", "openssh", "9.2p1"),
        ("usr/sbin/haproxy", b"\0 version 2.6.12-1+deb12u4, released 2023/12/16\0", "haproxy", "2.6.12"),
        ("lib/x86_64-linux-gnu/libc.so.6",
         b"GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\n", "glibc", "2.36"),
    ],
)  # fmt: skip
def test_the_version_that_is_compiled_in_is_read(
    path: str, constants: bytes, name: str, version: str
) -> None:
    assert found(path, constants) == [(name, version)]


def test_outside_of_the_systems_places_the_name_does_not_matter() -> None:
    assert found("opt/tools/sh-renamed", BASH) == [("bash", "4.3.24")]
    assert found("usr/lib/something", BASH) == []


def test_a_library_is_known_by_what_it_calls_itself() -> None:
    dynamic = (14).to_bytes(8, "little") + (1).to_bytes(8, "little") + bytes(16)
    content = elf({".dynamic": dynamic, ".dynstr": b"\0libz.so.1\0", ".rodata": b" inflate 1.2.11 Copyright"})
    (package,) = parse_program("opt/app/bundled-compression", content)
    assert package == Package("generic", "", "zlib", "1.2.11")


def test_a_program_that_names_no_version_is_no_package() -> None:
    assert found("usr/bin/bash", b"\0nothing\0") == []
    assert list(parse_program("usr/bin/bash", b"\x7fELF")) == []


def test_there_are_facts_about_more_than_a_hundred_programs() -> None:
    assert len(ALL_PROGRAM_FACTS) > 100
    assert len({fact.name for fact in ALL_PROGRAM_FACTS}) == len(ALL_PROGRAM_FACTS)
    assert facts_about("ls") == ()


def test_a_program_that_a_package_owns_is_that_package() -> None:
    debian = (
        LayerBuilder()
        .file("var/lib/dpkg/status", "Package: bash\nVersion: 4.3-11\n\n")
        .file("var/lib/dpkg/info/bash.list", "/.\n/bin\n/bin/bash\n")
        .file("usr/bin/bash", program(BASH))
    )
    image = contents(debian)
    assert [(one.package.type, one.package.name) for one in image.packages] == [("deb", "bash")]
    assert [(one.package.type, one.path) for one in image.repeated] == [("generic", "usr/bin/bash")]
    by_hand = contents(debian, LayerBuilder().file("usr/bin/bash", program(BASH.replace(b"24", b"30"))))
    assert [(one.package.type, one.layer) for one in by_hand.packages] == [("deb", 0), ("generic", 1)]
    elsewhere = contents(debian, LayerBuilder().file("opt/bash", program(BASH)))
    assert [one.path for one in elsewhere.packages] == ["var/lib/dpkg/status", "opt/bash"]


def test_package_databases_say_which_programs_they_brought() -> None:
    digests = b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/openssl\nd41d8cd98f00b204e9800998ecf8427e  etc/x\n"
    owned = dpkg_files.iter_owned("var/lib/dpkg/status.d/openssl.md5sums", digests)
    assert [(file.path, file.package) for file in owned] == [("usr/bin/openssl", "openssl")]
    installed = b"P:busybox\nV:1\nF:bin\nR:busybox\na:0:0:755\nF:etc\nR:securetty\n\n"
    owned = apk.iter_owned("lib/apk/db/installed", installed)
    assert [(file.path, file.package) for file in owned] == [("bin/busybox", "busybox")]
    assert pacman.CATALOGER.owns
    files = b"%FILES%\nusr/\nusr/bin/\nusr/bin/bash\n"
    owned = pacman.CATALOGER.owns("var/lib/pacman/local/bash-5.2-1/files", files)
    assert [(file.path, file.package) for file in owned] == [("usr/bin/bash", "bash")]


def test_shellshock_is_found_in_a_bash_that_was_compiled_by_hand() -> None:
    advisories = [one for one in OSV.decode("starter", starter_documents()) if isinstance(one, Advisory)]
    (package,) = (one.package for one in contents(LayerBuilder().file("opt/bin/sh", program(BASH))).packages)
    assert {finding.flaw for finding in match(package, advisories)} == {"CVE-2014-6271", "CVE-2014-7169"}
    fixed = Package("generic", "", "bash", "4.3.30")
    assert match(fixed, advisories) == ()
    heartbleed = match(Package("generic", "", "openssl", "1.0.1f"), advisories)
    assert "CVE-2014-0160" in {finding.flaw for finding in heartbleed}
