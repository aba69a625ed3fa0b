"""Installed Python distributions: dist-info (PyPA specification "Recording installed projects"), egg-info.

Both hold core metadata: headers like those of mail, then the description.
"""

import re
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker, Scope, asker, iter_python_needs
from lading.cataloging.cataloger import Cataloger, Found
from lading.packages.license_texts import recognise_licenses
from lading.packages.package import Package

NAME = "python"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z")  # core metadata, "Name"
_LICENSE_CLASSIFIER = "License ::"
_LONGEST_LICENSE = 200  # characters; longer ones are the licence's text


def parse_metadata(path: str, content: bytes) -> Iterator[Found]:
    """Yield the distribution, under its normalised name (PEP 503)."""
    headers = _read_headers(content)
    name, version = headers.get("name", [""])[0], headers.get("version", [""])[0]
    if not _NAME.match(name) or not version or re.search(r"\s", version):
        yield Unreadable(path, NAME, "it does not name a distribution and a version")
        return
    yield Package(
        type="pypi",
        namespace="",
        name=re.sub(r"[-_.]+", "-", name).lower(),
        version=version,
        licenses=_licenses(headers),
    )


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:
    """Yield what the distribution requires (core metadata, "Requires-Dist")."""
    for found in parse_metadata(path, content):
        if isinstance(found, Package):
            yield asker(found, iter_python_needs(_read_headers(content).get("requires-dist", ())))


def _read_headers(content: bytes) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    head = content.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    values: list[str] = []
    for line in head.decode("utf-8", "replace").split("\n"):
        if line[:1] in (" ", "\t"):
            if values:
                values[-1] += "\n" + line.strip()
            continue
        name, colon, value = line.partition(":")
        if colon:
            values = headers.setdefault(name.strip().lower(), [])
            values.append(value.strip())
    return headers


def _licenses(headers: dict[str, list[str]]) -> tuple[str, ...]:
    """The expression if there is one (PEP 639), else what the License field or the classifiers name."""
    for header in ("license-expression", "license"):
        (text, *_) = headers.get(header, [""])
        if text and text != "UNKNOWN" and "\n" not in text and len(text) <= _LONGEST_LICENSE:
            return (text,)
        if "\n" in text or len(text) > _LONGEST_LICENSE:
            recognised = recognise_licenses(text)
            if recognised:
                return recognised
    classifiers = headers.get("classifier", [])
    named = [text.rpartition("::")[2].strip() for text in classifiers if text.startswith(_LICENSE_CLASSIFIER)]
    return tuple(dict.fromkeys(text for text in named if text and text != "OSI Approved"))


CATALOGER = Cataloger(
    name=NAME,
    reads=(
        "**/*.dist-info/METADATA",
        "**/*.egg-info/PKG-INFO",
        "**/*.egg-info",
        "**/EGG-INFO/PKG-INFO",
    ),
    parse=parse_metadata,
    max_bytes=8 << 20,
    asks=iter_asks,
    scope=Scope.FOLDER,
)
