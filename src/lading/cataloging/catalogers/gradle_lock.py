"""Gradle: lock files ("Locking Versions") and verification metadata ("Verifying dependencies")."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting
from lading.cataloging.xml_tree import read_xml

NAME = "gradle-lock"
_LINE = re.compile(r"(?P<group>[^:=\s]+):(?P<name>[^:=\s]+):(?P<version>[^:=\s]+)=")


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    if path.endswith(".xml"):
        for one in read_xml(content).iter("component"):
            about = one.attributes
            yield from named(
                "maven", about.get("name"), about.get("version"), namespace=about.get("group", "")
            )
        return
    for line in read_text(content).split("\n"):
        if found := _LINE.match(line):
            yield from named("maven", found["name"], found["version"], namespace=found["group"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/gradle.lockfile", "**/buildscript-gradle.lockfile", "**/gradle/verification-metadata.xml"),
    parse=reporting(NAME, _read_lock),
    max_bytes=16 << 20,
    declares=True,
)
