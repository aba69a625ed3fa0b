"""What somebody may ask the fleet for: a flaw by any of its names, or a package with its versions."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from lading.foundation.errors import Malformed
from lading.packages.all_range_syntaxes import parse_range
from lading.packages.all_version_schemes import SCHEME_OF_TYPE
from lading.packages.package import Package
from lading.packages.package_name import comparable_name
from lading.packages.purl import parse_package_url

MAX_QUESTION = 500  # characters
MIN_FILE_NAME = 2  # characters of a file's name that are not "*"


class Comparison(StrEnum):
    """How a package's version must stand to the one that is named."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    EQUAL = "="
    GREATER_OR_EQUAL = ">="
    GREATER = ">"


@dataclass(frozen=True, slots=True)
class AskedFlaw:
    """A name, written in the ways in which it may be kept."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedPackage:
    """A package by name; empty members let everything through.

    ``range`` is a set of versions as the package's ecosystem writes it, where it is more than one comparison.
    """

    name: str
    type: str = ""
    namespace: str = ""
    comparison: Comparison | None = None
    version: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True)
class AskedLicense:
    """Packages under a licence, by its name or by how that begins ("AGPL-*")."""

    pattern: str


@dataclass(frozen=True, slots=True)
class AskedFile:
    """A file by the digest of its whole content."""

    sha256: str


@dataclass(frozen=True, slots=True)
class AskedPath:
    """Files by their path, as ``lading.matching.path_pattern`` says."""

    pattern: str  # without a slash in front


Question: TypeAlias = AskedFlaw | AskedPackage | AskedLicense | AskedFile | AskedPath

# Beginnings of ids of advisories. What is none of them may still be a name that people gave a flaw.
_IDENTIFIER = re.compile(
    r"(?:CVE|GHSA|PYSEC|GO|RUSTSEC|OSV|MAL|DSA|DLA|DTSA|USN|LSN|ALSA|ALBA|ALEA|RHSA|RLSA|RXSA|ELSA|ALAS|TEMP|XSA"
    r"|HSEC|RSEC|BIT|ALPINE-CVE|DEBIAN-CVE|UBUNTU-CVE)-[A-Za-z0-9:._-]+",
    re.IGNORECASE,
)
_LICENSE = re.compile(r"licen[cs]e:\s*(?P<pattern>[A-Za-z0-9.+-]{1,100}\*?)", re.IGNORECASE)
_PATH = re.compile(r"path:\s*(?P<pattern>\S.{0,399})")
_DIGEST = re.compile(r"(?:file:\s*)?sha256:(?P<digest>[0-9a-f]{64})", re.IGNORECASE)
# A name with a set of versions that is more than one comparison: "lodash ^4.17", "pkg:pypi/x@>=2,<3".
_RANGED = re.compile(
    r"(?P<what>pkg:[^@\s<>=!~^]+|[^@\s<>=!~^,|]+)(?:@|\s+|(?=[<>=!~^]))(?P<range>[<>=!~^*0-9xX].*)"
)
_COMPARED = re.compile(r"(?P<what>[^<>=]+?)\s*(?P<comparison><=|>=|<|>|==?)\s*(?P<version>[^<>=\s]+)")


def parse_question(text: str) -> Question:
    """Read a CVE or other id, a purl, or a package's name; the last two with a comparison if wanted.

    "CVE-2014-6271", "log4shell", "pkg:npm/lodash@4.17.20", "bash < 4.3", "pkg:deb/debian/openssl<3.0.11". A
    single word that is no id is asked as a flaw's name first and as a package's if nobody knows the flaw.
    Raises Malformed ``question-invalid`` and ``purl-invalid``.
    """
    text = text.strip()
    by_license = _LICENSE.fullmatch(text)
    if by_license:
        return AskedLicense(by_license["pattern"])
    by_digest = _DIGEST.fullmatch(text)
    if by_digest:
        return AskedFile(by_digest["digest"].lower())
    by_path = _PATH.fullmatch(text)
    if by_path:
        return AskedPath(_checked_pattern(by_path["pattern"]))
    if not text or len(text) > MAX_QUESTION or not text.isprintable():
        raise Malformed(
            "question-invalid",
            "a question is a CVE or another id, a purl, a package's name, a licence, a file's digest or path",
            hint="for example CVE-2014-6271, pkg:npm/lodash, bash < 4.3, license:MIT, path:id_rsa, sha256:…",
        )
    if _IDENTIFIER.fullmatch(text):
        return AskedFlaw(_spellings(text))
    ranged = _RANGED.fullmatch(text) if "?" not in text else None
    if ranged and (asked := _of_range(ranged["what"], ranged["range"].strip())):
        return asked
    compared = _COMPARED.fullmatch(text) if "?" not in text else None
    what, comparison, version = text, None, ""
    if compared:
        what, version = compared["what"], compared["version"]
        comparison = Comparison(compared["comparison"].replace("==", "="))
    if what.startswith("pkg:"):
        return _of_purl(parse_package_url(what), comparison, version)
    return AskedPackage(what, comparison=comparison, version=version)


def _checked_pattern(pattern: str) -> str:
    """A pattern whose last part says something: all files of all images are no answer."""
    pattern = pattern.strip().lstrip("/")
    if not pattern.isprintable() or len(pattern.rpartition("/")[2].replace("*", "")) < MIN_FILE_NAME:
        raise Malformed(
            "question-invalid",
            f"the file's name in {pattern[:80]!r} has fewer than {MIN_FILE_NAME} characters that are no *",
            hint="for example path:usr/bin/nc, path:**/log4j-core-*.jar, path:id_rsa",
        )
    return pattern


def _of_range(what: str, text: str) -> AskedPackage | None:
    """A set of versions, where it is one: what is a single comparison or version is left to the rest."""
    if re.fullmatch(r"(?:<=|>=|<|>|==?)?\s*[^\s<>=!~^,|*]+", text):
        return None
    asked = _of_purl(parse_package_url(what), None, "") if what.startswith("pkg:") else AskedPackage(what)
    types = (asked.type,) if asked.type else tuple(SCHEME_OF_TYPE)
    if not any(parse_range(each, text) for each in types):
        raise Malformed(
            "question-invalid",
            f"{text[:80]!r} is no set of versions that can be compared",
            hint="write it as the packages' own tools do: ^1.2, ~> 1.4, >=2,<3",
        )
    return replace(asked, range=text)


def as_flaw(text: str) -> AskedFlaw:
    """Take any word for the name of a flaw ("Heartbleed")."""
    return AskedFlaw(_spellings(text.strip()))


def version_fits(package: Package, asked: AskedPackage) -> bool | None:
    """Whether the package's version stands as asked; None where the two cannot be compared.

    Who asks for "openssl" means libssl3 too, which is built from it: then it is the source's version.
    """
    if asked.range:
        contains = parse_range(package.type, asked.range)
        own = package.version if package.name == asked.name else package.advisory_version
        return contains(own) if contains else None
    if asked.comparison is None:
        return True
    version = package.version if package.name == asked.name else package.advisory_version
    if asked.comparison is Comparison.EQUAL and version == asked.version:
        return True
    scheme = SCHEME_OF_TYPE.get(package.type)
    key, bound = (scheme.key(version), scheme.key(asked.version)) if scheme else (None, None)
    if key is None or bound is None:
        return None
    match asked.comparison:
        case Comparison.LESS:
            return key < bound
        case Comparison.LESS_OR_EQUAL:
            return key <= bound
        case Comparison.EQUAL:
            return key == bound
        case Comparison.GREATER_OR_EQUAL:
            return key >= bound
        case Comparison.GREATER:
            return key > bound


def _of_purl(package: Package, comparison: Comparison | None, version: str) -> AskedPackage:
    if comparison is None and package.version:
        comparison, version = Comparison.EQUAL, package.version
    elif comparison is not None and package.version:
        raise Malformed("question-invalid", "a purl with a version and a comparison asks for two versions")
    # As catalogers write it: PEP 503 goes further than the purl specification.
    name = comparable_name("pypi", "", package.name, "").name if package.type == "pypi" else package.name
    return AskedPackage(name, package.type, package.namespace, comparison, version)


def _spellings(text: str) -> tuple[str, ...]:
    """As it stands, in capitals (CVE), in small letters (people's names), and as GitHub writes its ids."""
    prefix, dash, rest = text.partition("-")
    mixed = f"{prefix.upper()}{dash}{rest.lower()}"
    return tuple(dict.fromkeys((text, text.upper(), text.lower(), mixed)))
