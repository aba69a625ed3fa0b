"""Java archives, shaded, nested and hostile."""

import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers.java import MAX_DEPTH, parse_archive
from lading.cataloging.zip_archive import BadZip, ZipArchive
from lading.packages.package import Package
from tests.support.jars import LOG4J, SHOP, jar, pom


def parse(content: bytes, path: str = "srv/lib/app.jar") -> list[Package | Unreadable]:
    return list(parse_archive(path, content))


def names(found: list[Package | Unreadable]) -> list[str]:
    return [f"{one.namespace}:{one.name}:{one.version}" for one in found if isinstance(one, Package)]


def manifest(**values: str) -> dict[str, bytes | str]:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in values.items()]
    return {"META-INF/MANIFEST.MF": "\r\n".join(["Manifest-Version: 1.0", *lines]) + "\r\n\r\n"}


def test_an_archive_names_itself_what_is_shaded_into_it_and_what_is_inside() -> None:
    assert names(parse(SHOP)) == [
        "com.example:shop:1.0",
        "com.google.guava:guava:31.1-jre",
        "org.apache.logging.log4j:log4j-core:2.14.1",
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_executable_jar_begins_with_a_script(method: int) -> None:
    content = jar(pom("com.example", "shop", "1.0"), before=b"#!/bin/sh\nexec java -jar $0\n", method=method)
    assert names(parse(content)) == ["com.example:shop:1.0"]


@pytest.mark.parametrize(
    ("path", "entries", "name"),
    [
        ("a/commons-io-2.11.0.jar", {}, ":commons-io:2.11.0"),
        ("a/guava-31.1-jre.jar", {}, ":guava:31.1-jre"),
        (
            "a/x.jar",
            manifest(
                Implementation_Title="velocity",
                Implementation_Version="1.7",
                Implementation_Vendor_Id="org.apache",
            ),
            "org.apache:velocity:1.7",
        ),
        (
            "a/org.eclipse.sisu.inject-0.3.5.jar",
            {},
            "org.eclipse.sisu:org.eclipse.sisu.inject:0.3.5",
        ),
        (
            "a/inject.jar",
            manifest(Bundle_SymbolicName="org.eclipse.inject;singleton:=true", Bundle_Version="0.3.5"),
            "org.eclipse:org.eclipse.inject:0.3.5",
        ),
        ("root/.m2/repository/org/jsr/jsr305/3.0/jsr305-3.0.jar", {}, "org.jsr:jsr305:3.0"),
    ],
)  # fmt: skip
def test_an_archive_without_maven_is_named_by_its_file_and_manifest(
    path: str, entries: dict[str, bytes | str], name: str
) -> None:
    content = jar({**entries, "a/B.class": b""})
    assert names(parse(content, path)) == [name]


def test_a_manifest_line_may_go_on_in_the_next() -> None:
    text = "Implementation-Title: a-rather\n -long-title\nImplementation-Version: 1.0\n\n"
    content = jar({"META-INF/MANIFEST.MF": text + "Name: other/\nImplementation-Version: 9.9\n"})
    assert names(parse(content)) == [":a-rather-long-title:1.0"]


def test_classes_of_nobody_are_reported() -> None:
    (doubt,) = parse(jar({"a/B.class": b""}))
    assert isinstance(doubt, Unreadable)
    assert parse(jar({"readme.txt": b"", "a/B.properties": b""})) == []


def test_properties_that_were_never_filled_in_name_nothing() -> None:
    content = jar(
        {"META-INF/maven/g/a/pom.properties": "version=${project.version}\ngroupId=g\nartifactId=a\n"}
    )
    assert names(parse(content)) == []


def nested(depth: int) -> bytes:
    content = LOG4J
    for number in range(depth):
        content = jar({f"lib/n{number}.jar": content})
    return content


def test_archives_are_followed_to_a_stated_depth_and_then_reported() -> None:
    assert names(parse(nested(MAX_DEPTH))) == ["org.apache.logging.log4j:log4j-core:2.14.1"]
    (doubt,) = parse(nested(MAX_DEPTH + 1))
    assert isinstance(doubt, Unreadable)
    assert "deep" in doubt.reason


def test_a_bomb_inside_is_reported_and_hides_no_sibling() -> None:
    bomb = jar({"lib/bomb.jar": bytes(300 << 20), "lib/log4j.jar": LOG4J})
    found = parse(bomb)
    assert names(found) == ["org.apache.logging.log4j:log4j-core:2.14.1"]
    assert len(found) == 2


def test_an_entry_that_is_encrypted_or_of_an_unknown_method_is_reported() -> None:
    content = jar({"lib/x.jar": LOG4J}, method=zipfile.ZIP_STORED)
    at = content.rfind(b"PK\x01\x02")
    encrypted = content[: at + 8] + b"\x01\0" + content[at + 10 :]
    unknown = content[: at + 10] + b"\x63\0" + content[at + 12 :]
    for damaged in (encrypted, unknown):
        (doubt,) = parse(damaged)
        assert isinstance(doubt, Unreadable)


def test_a_directory_with_64_bit_numbers_is_read() -> None:
    content = jar(pom("com.example", "shop", "1.0"))
    end = content.rfind(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HII", content, end + 10)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    last = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert names(parse(content[:end] + record + locator + last)) == ["com.example:shop:1.0"]


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"PK\x03\x04" + bytes(100), b"x" * 70_000])
def test_what_is_no_archive_is_reported(content: bytes) -> None:
    with pytest.raises(BadZip):
        ZipArchive(content)
    (doubt,) = parse(content)
    assert isinstance(doubt, Unreadable)


@given(st.integers(0, len(SHOP) - 1))
def test_an_archive_cut_anywhere_is_reported(cut: int) -> None:
    assert all(isinstance(one, Unreadable) for one in parse(SHOP[:cut]))
    assert parse(SHOP[:cut])


@given(st.integers(0, len(SHOP) - 8), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_never_an_error(at: int, noise: bytes) -> None:
    parse(SHOP[:at] + noise + SHOP[at + len(noise) :])


def test_a_jar_with_the_classes_of_log4j_and_without_its_name_is_reported() -> None:
    poured = jar({**pom("com.example", "shop", "1.0"), "shaded/log4j/core/lookup/JndiLookup.class": b""})
    assert names(parse(poured)) == ["com.example:shop:1.0"]
    (doubt,) = (one for one in parse(poured) if isinstance(one, Unreadable))
    assert "log4j-core" in doubt.reason
    assert not [one for one in parse(LOG4J) if isinstance(one, Unreadable)]
