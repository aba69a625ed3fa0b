"""Distinct package versions in SQL: writing them once, reading them back."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

from lading.adapters.sql.columns import escape_text, unescape_text
from lading.adapters.sql.connection import in_batches
from lading.adapters.sql.tables.contents import PACKAGE, PACKAGE_NAME
from lading.adapters.sql.writing import insert_new
from lading.foundation.errors import OverLimit
from lading.packages.package import Package
from lading.packages.package_name import PackageName, names_of

# Bytes of a name. It is looked up by index, and an entry of PostgreSQL's index has at most a third of a page
# (2,704 bytes).
MAX_NAME = 512
_COMPACT = json.JSONEncoder(separators=(",", ":"))


def fingerprint(package: Package) -> bytes:
    """Tell packages apart in 32 bytes, whatever they hold."""
    members = [
        package.type,
        package.namespace,
        package.name,
        package.version,
        package.arch,
        package.distro,
        package.source_name,
        package.source_version,
        package.licenses,
    ]
    if package.owner:  # added later: those without have the fingerprint that they always had
        members.append(package.owner)
    return hashlib.sha256(_COMPACT.encode(members).encode("ascii")).digest()


@lru_cache(maxsize=65536)
def name_key(name: PackageName) -> str:
    """Stand for a name in a look-up, in 32 characters whatever it holds."""
    members = [name.type, name.namespace, name.name, name.release, name.kind.value]
    return hashlib.blake2b(_COMPACT.encode(members).encode("ascii"), digest_size=16).hexdigest()


def package_of(row: sa.Row[Any]) -> Package:
    """Read the package of a row that has all columns of ``package``."""
    return Package(
        type=row.type,
        namespace=row.namespace,
        name=row.name,
        version=row.version,
        arch=row.arch,
        distro=row.distro,
        source_name=row.source_name,
        source_version=row.source_version,
        licenses=tuple(row.licenses),
        owner=row.owner,
    )


# As they are kept, for those who read very many.
_READ: list[Any] = [
    sa.type_coerce(PACKAGE.c[name], NULLTYPE).label(name)
    for name in (
        "id",
        "type",
        "namespace",
        "name",
        "version",
        "arch",
        "distro",
        "source_name",
        "source_version",
        "licenses",
        "ever_matched",
        "owner",
    )
]
PACKAGES_AS_KEPT = sa.select(*_READ)


def package_as_kept(row: Sequence[Any]) -> Package:
    """Read the package of a row of ``PACKAGES_AS_KEPT``, in a quarter of the time that the types take."""
    texts, licenses = row[1:9], row[9]
    if any("\\" in text for text in texts):
        texts = [unescape_text(text) for text in texts]
    package = Package(*texts)
    if row[11]:
        package = replace(package, owner=unescape_text(row[11]))
    return replace(package, licenses=tuple(json.loads(licenses))) if licenses != "[]" else package


def find_packages(connection: sa.Connection, packages: Iterable[Package]) -> dict[Package, int]:
    """The rows of those of ``packages`` that are known."""
    by_fingerprint = {fingerprint(package): package for package in packages}
    found: dict[Package, int] = {}
    for batch in in_batches(by_fingerprint):
        rows = sa.select(PACKAGE.c.id, PACKAGE.c.fingerprint).where(PACKAGE.c.fingerprint.in_(batch))
        for row in connection.execute(rows):
            found[by_fingerprint[bytes(row.fingerprint)]] = row.id
    return found


def keep_packages(
    connection: sa.Connection, packages: Iterable[Package], version_keys: Mapping[Package, bytes]
) -> dict[Package, int]:
    """Write those of ``packages`` that are new; return the rows of all.

    Raises OverLimit ``package-name-too-long``.
    """
    wanted = list(dict.fromkeys(packages))
    found = find_packages(connection, wanted)
    new = [package for package in wanted if package not in found]
    if not new:
        return found
    rows = [_row(package, version_keys.get(package)) for package in new]
    # In one order everywhere, so that two who write the same packages wait for each other in a line.
    insert_new(connection, PACKAGE, sorted(rows, key=lambda row: bytes(row["fingerprint"])))
    made = find_packages(connection, new)
    names = [
        {"package_id": made[package], "key": name_key(name)}
        for package in sorted(new, key=lambda package: made[package])
        for name in names_of(package)
    ]
    insert_new(connection, PACKAGE_NAME, names)
    return found | made


def _row(package: Package, version_key: bytes | None) -> dict[str, Any]:
    for text in (package.name, package.type):
        if len(escape_text(text).encode()) > MAX_NAME:
            raise OverLimit(
                "package-name-too-long",
                f"a package's name has more than {MAX_NAME} bytes: {text[:80]!r}…",
                details={"limit": MAX_NAME},
            )
    return {
        "fingerprint": fingerprint(package),
        "type": package.type,
        "namespace": package.namespace,
        "name": package.name,
        "version": package.version,
        "arch": package.arch,
        "distro": package.distro,
        "source_name": package.source_name,
        "source_version": package.source_version,
        "licenses": package.licenses,
        "owner": package.owner,
        "version_key": version_key,
        "name_key": name_key(names_of(package)[0]),
        "matched": False,
    }
