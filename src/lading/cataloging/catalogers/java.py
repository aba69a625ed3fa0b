"""Java archives: jar, war, ear and their kin, with the archives inside them.

What an archive is, from the surest source to the least:

1. ``META-INF/maven/<group>/<artifact>/pom.properties``, which Maven writes. A shaded jar has one for each jar
   that was poured into it, and all of them are in it.
2. ``META-INF/MANIFEST.MF`` (JAR File Specification) together with the file's name ``artifact-1.2.3.jar``, and
   its place in a Maven repository.

An archive with classes that neither names is reported: it is somebody's software of unknown version.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood
from lading.cataloging.xml_tree import read_xml
from lading.cataloging.zip_archive import BadZip, ZipArchive, ZipEntry
from lading.packages.license_texts import recognise_licenses
from lading.packages.package import Package

NAME = "java"
MAX_DEPTH = 16  # archives in archives
MAX_NESTED = 5_000  # archives in one file
MAX_UNPACKED = 768 << 20  # bytes unpacked out of one file
_MAX_NESTED_BYTES = 256 << 20
_MAX_TEXT = 1 << 20
_MAX_NAME = 200  # characters of a licence's name
_LICENSE_FILE = re.compile(r"(?:META-INF/)?(?:LICEN[CS]E|COPYING)(?:\.txt|\.md)?\Z", re.IGNORECASE)

_ARCHIVE = re.compile(r"\.(?:jar|war|ear|rar|par|sar|nar|jpi|hpi|kar|lpkg)\Z", re.IGNORECASE)
_POM = re.compile(r"(?:META-INF/maven/([^/]+)/([^/]+)/|(?:.*/)?)pom\.properties\Z")
_MANIFEST = "META-INF/MANIFEST.MF"
_FILE_NAME = re.compile(r"(?:.*/)?([A-Za-z][A-Za-z0-9_.+-]*?)-([0-9][A-Za-z0-9_.+-]*)\.[a-z]+\Z")
_REPOSITORY = re.compile(r"(?:.*/)?(?:repository|maven-repo)/(.+)/([^/]+)/[^/]+/\2-[^/]+\Z")
_TOKEN = re.compile(r"[A-Za-z0-9_.+-]+\Z")
_GROUP = re.compile(r"[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+\Z")


# Libraries with famous flaws that are poured into other jars, without what names them.
_POURED_IN = (("log4j-core", "log4j/core/lookup/JndiLookup.class"), ("log4j", "log4j/net/JMSAppender.class"))


@dataclass(slots=True)
class _Allowance:
    """What may still be unpacked out of one file."""

    unpacked: int = MAX_UNPACKED
    nested: int = MAX_NESTED
    doubts: list[str] = field(default_factory=list)

    def read(self, archive: ZipArchive, entry: ZipEntry, max_bytes: int) -> bytes | None:
        """The content of an entry; None, with a doubt, where it cannot or may not be read."""
        try:
            content = archive.read(entry, min(max_bytes, self.unpacked))
        except BadZip as bad:
            self.doubts.append(f"{entry.name[:300]}: {bad}")
            return None
        self.unpacked -= len(content)
        return content


def parse_archive(path: str, content: bytes) -> Iterator[Found]:
    """Yield the artifacts of an archive and of those inside it."""
    allowance = _Allowance()
    yield from dict.fromkeys(_iter_artifacts(path, content, allowance, depth=0))
    for doubt in allowance.doubts:
        yield Unreadable(path, NAME, doubt)


def iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """Yield what the artifacts of an archive depend on, where they carry Maven's ``pom.xml``.

    Not for tests, and not what a container provides; what is optional counts if it is there.
    """
    yield from _iter_askers(content, _Allowance(), 0)


def _iter_askers(content: bytes, allowance: _Allowance, depth: int) -> Iterator[Asker]:
    try:
        archive = ZipArchive(content)
        entries = list(archive.entries())
    except BadZip:
        return
    by_name = {entry.name: entry for entry in entries}
    for entry in entries:
        place = _POM.match(entry.name)
        pom = by_name.get(entry.name.removesuffix("properties") + "xml") if place else None
        if place and pom:
            text, project = (allowance.read(archive, one, _MAX_TEXT) for one in (entry, pom))
            artifact = _read_pom(text, place[1] or "", place[2] or "") if text else None
            if artifact is not None and project:
                yield asker(artifact, _iter_needs(project))
        if _ARCHIVE.search(entry.name) and depth < MAX_DEPTH and allowance.nested > 0:
            allowance.nested -= 1
            inside = allowance.read(archive, entry, _MAX_NESTED_BYTES)
            if inside is not None:
                yield from _iter_askers(inside, allowance, depth + 1)


def _iter_needs(pom: bytes) -> Iterator[str]:
    try:
        dependencies = read_xml(pom).child("dependencies")
    except NotUnderstood:
        return
    for one in dependencies.children if dependencies else ():
        group, name = one.text_of("groupId"), one.text_of("artifactId")
        if one.text_of("scope") not in ("test", "provided") and _TOKEN.match(group) and _TOKEN.match(name):
            yield f"{group}:{name}"


def _iter_artifacts(path: str, content: bytes, allowance: _Allowance, depth: int) -> Iterator[Package]:
    """Artifacts of one archive; ``path`` is its name in the one around it."""
    where = f"{path[:300]}: " if depth else ""
    try:
        archive = ZipArchive(content)
        entries = list(archive.entries())
    except BadZip as bad:
        allowance.doubts.append(f"{where}{bad}")
        return
    artifacts = list(_iter_poms(archive, entries, allowance))
    if len(artifacts) < 2:
        manifest = _read_manifest(archive, entries, allowance)
        artifact = artifacts[0] if artifacts else _identify(path, manifest)
        if artifact is not None:
            licenses = _read_licenses(archive, entries, manifest, allowance)
            artifacts = [replace(artifact, licenses=licenses)]
        elif any(entry.name.endswith(".class") for entry in entries):
            allowance.doubts.append(f"{where}it has classes and names no artifact")
    yield from artifacts
    for name, folder in _POURED_IN:
        if all(name != one.name for one in artifacts) and any(folder in entry.name for entry in entries):
            allowance.doubts.append(f"{where}it has classes of {name}, and does not name it or its version")
    for entry in entries:
        if _ARCHIVE.search(entry.name):
            yield from _iter_nested(archive, entry, allowance, depth)


def _iter_poms(archive: ZipArchive, entries: list[ZipEntry], allowance: _Allowance) -> Iterator[Package]:
    for entry in entries:
        pom = _POM.match(entry.name)
        text = allowance.read(archive, entry, _MAX_TEXT) if pom else None
        if pom and text is not None:
            artifact = _read_pom(text, pom[1] or "", pom[2] or "")
            if artifact is not None:
                yield artifact


def _read_licenses(
    archive: ZipArchive, entries: list[ZipEntry], manifest: dict[str, str], allowance: _Allowance
) -> tuple[str, ...]:
    """Licences of an archive that is one artifact: what its manifest names, else the texts that lie in it."""
    stated = [part.partition(";")[0].strip() for part in manifest.get("bundle-license", "").split(",")]
    named = tuple(text for text in stated if text and len(text) <= _MAX_NAME)
    if named:
        return named
    found: dict[str, None] = {}
    for entry in entries:
        if _LICENSE_FILE.match(entry.name):
            text = allowance.read(archive, entry, _MAX_TEXT)
            found |= dict.fromkeys(recognise_licenses((text or b"").decode("utf-8", "replace")))
    return tuple(found)


def _iter_nested(
    archive: ZipArchive, entry: ZipEntry, allowance: _Allowance, depth: int
) -> Iterator[Package]:
    if depth >= MAX_DEPTH or allowance.nested <= 0:
        allowance.doubts.append(f"{entry.name[:300]}: archives are nested too deep, or are too many")
        return
    allowance.nested -= 1
    content = allowance.read(archive, entry, _MAX_NESTED_BYTES)
    if content is not None:
        yield from _iter_artifacts(entry.name, content, allowance, depth + 1)


def _read_pom(content: bytes, group: str, artifact: str) -> Package | None:
    """Properties that Maven writes; where they leave something out, the path says it."""
    values: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        key, equals, value = line.partition("=")
        if equals:
            values[key.strip()] = value.strip()
    version = values.get("version", "")
    group, artifact = values.get("groupId") or group, values.get("artifactId") or artifact
    if not (_TOKEN.match(artifact) and _TOKEN.match(version)) or not (not group or _TOKEN.match(group)):
        return None  # a property like ${project.version} was never filled in
    return Package(type="maven", namespace=group, name=artifact, version=version)


def _read_manifest(archive: ZipArchive, entries: list[ZipEntry], allowance: _Allowance) -> dict[str, str]:
    """The main section: names in lower case; a line that begins with a space goes on from the last one."""
    entry = next((one for one in entries if one.name.upper() == _MANIFEST), None)
    content = allowance.read(archive, entry, _MAX_TEXT) if entry is not None else None
    if content is None:
        return {}
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    values: dict[str, str] = {}
    for line in text.partition("\n\n")[0].replace("\n ", "").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            values[name.strip().lower()] = value.strip()
    return values


def _identify(path: str, manifest: dict[str, str]) -> Package | None:
    """Make out an artifact from its file's name and its manifest."""
    file_name = _FILE_NAME.match(path)
    symbolic = manifest.get("bundle-symbolicname", "").partition(";")[0].strip()
    names = (
        file_name[1] if file_name else "",
        manifest.get("implementation-title", ""),
        symbolic,
        manifest.get("automatic-module-name", ""),
    )
    versions = (
        file_name[2] if file_name else "",
        manifest.get("implementation-version", ""),
        manifest.get("bundle-version", ""),
        manifest.get("specification-version", ""),
    )
    name = next((text for text in names if _TOKEN.match(text)), "")
    version = next((text for text in versions if _TOKEN.match(text) and text[0].isdigit()), "")
    if not name or not version:
        return None
    group = _group(path, name, symbolic, manifest)
    return Package(type="maven", namespace=group, name=name, version=version)


def _group(path: str, name: str, symbolic: str, manifest: dict[str, str]) -> str:
    """The group, where something names it; empty where it would be a guess out of nothing."""
    place = _REPOSITORY.match(path)
    if place and place[2] == name:
        return place[1].replace("/", ".")
    vendor = manifest.get("implementation-vendor-id", "")
    if _GROUP.match(vendor):
        return vendor
    for text in (symbolic, name):
        if _GROUP.match(text):
            return text.removesuffix(f".{name}") if text != name else text.rpartition(".")[0]
    return ""


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/*.jar", "**/*.war", "**/*.ear", "**/*.par", "**/*.sar", "**/*.nar", "**/*.jpi", "**/*.hpi"),
    parse=parse_archive,
    max_bytes=512 << 20,
    asks=iter_asks,
)
