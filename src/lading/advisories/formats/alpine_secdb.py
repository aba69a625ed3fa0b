"""Alpine's security database, one JSON object for a release and a repository; Wolfi's has the same layout.

``{distroversion, reponame, packages: [{pkg: {name, secfixes: {version: [flaw, …]}}}]}``: the version is the
first without the flaws, and "0" says that the package never was affected.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.foundation.errors import Malformed

MAX_DATABASE = 64 << 20  # bytes; the largest has some 5 MB

_NEVER = "0"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{3,99}")
_RELEASE = re.compile(r"(?:v(?P<number>[0-9]+\.[0-9]+)|(?P<edge>edge))(?:-[a-z]+)?")


class _Package(msgspec.Struct):
    name: str
    secfixes: dict[str, list[str] | None] = {}


class _Entry(msgspec.Struct):
    pkg: _Package


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each pair of package and flaw, in all releases that the documents are of."""
    affected: dict[tuple[str, str], list[Affected]] = defaultdict(list)
    others: dict[str, dict[str, None]] = defaultdict(dict)
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DATABASE, what=document.name)
        database = strict_json.decode_object(content, what=document.name, max_bytes=MAX_DATABASE)
        entries = database.get("packages")
        if not isinstance(entries, list):
            raise Malformed("feed-contradictory", f"{document.name} is no security database: no packages")
        namespace, distro = _distro_of(feed, database, document.name)
        for at, entry in enumerate(entries):
            try:
                package = msgspec.convert(entry, _Entry).pkg
            except msgspec.ValidationError as error:
                yield RefusedRecord(f"{document.name}: package {at + 1}", f"not a package: {error}")
                continue
            for (flaw, aliases), one in _iter_fixes(package, namespace, distro):
                affected[flaw, package.name].append(one)
                others[flaw] |= dict.fromkeys(aliases)
    for (flaw, name), each in affected.items():
        yield _advisory(feed, flaw, tuple(others[flaw]), name, tuple(dict.fromkeys(each)))


ALPINE_SECDB = FeedFormat(name="alpine-secdb", rules="secdb.alpinelinux.org", revision=1, decode=decode)


def _distro_of(feed: str, database: dict[str, object], what: str) -> tuple[str, str]:
    """Alpine names its release; rolling distributions do not, and are named by the feed ("…/wolfi")."""
    version = database.get("distroversion")
    if version is None:
        rolling = feed.rpartition("/")[2]
        if rolling in ("wolfi", "chainguard"):
            return rolling, rolling
    found = _RELEASE.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise Malformed(
            "feed-contradictory",
            f"{what} does not say of which release it is",
            hint="name the feed alpine-secdb/wolfi or alpine-secdb/chainguard for a rolling distribution",
        )
    return "alpine", f"alpine-{found['number'] or found['edge']}"


_Flaw = tuple[str, tuple[str, ...]]  # the name that people use, and others


def _flaws_of(entry: str) -> Iterator[_Flaw]:
    """Read "CVE-2022-42309 XSA-414": other names of one CVE; several CVEs are several flaws."""
    names = [name for name in entry.split() if _NAME.fullmatch(name)]
    known = [name for name in names if name.startswith("CVE-")]
    if len(known) > 1:
        yield from ((name, ()) for name in known)
    elif names:
        first = known[0] if known else names[0]
        yield first, tuple(name for name in names if name != first)


def _iter_fixes(package: _Package, namespace: str, distro: str) -> Iterator[tuple[_Flaw, Affected]]:
    for version, entries in package.secfixes.items():
        for entry in entries or ():
            for flaw in _flaws_of(entry):
                yield (
                    flaw,
                    Affected(
                        type="apk",
                        namespace=namespace,
                        name=package.name,
                        distro=distro,
                        scheme="apk",
                        ranges=() if version == _NEVER else (AffectedRange(fixed=version),),
                        not_affected=version == _NEVER,
                    ),
                )


def _advisory(
    feed: str, flaw: str, others: tuple[str, ...], package: str, affected: tuple[Affected, ...]
) -> Advisory:
    return Advisory(
        feed=feed,
        id=f"{flaw}/{package}",
        aliases=(flaw, *others),
        summary="",
        severity=Severity.UNKNOWN,
        cvss="",
        published="",
        modified="",
        withdrawn=False,
        affected=affected,
        references=(f"https://security.alpinelinux.org/vuln/{flaw}",) if flaw.startswith("CVE-") else (),
    )
