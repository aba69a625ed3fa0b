"""Snaps: ``meta/snap.yaml`` of each (snapcraft.io, "The snap format")."""

from collections.abc import Iterator

from lading.cataloging.block_yaml import read_block_yaml
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, licenses_of, named, reporting, table

NAME = "snap"


def _read_metadata(_path: str, content: bytes) -> Iterator[Found]:
    snap = table(read_block_yaml(content))
    found = named("snap", snap.get("name"), snap.get("version"), licenses=licenses_of(snap.get("license")))
    if not found:
        raise NotUnderstood("it does not name a snap and a version")
    yield from found


CATALOGER = Cataloger(
    name=NAME, reads=("snap/*/*/meta/snap.yaml", "meta/snap.yaml"), parse=reporting(NAME, _read_metadata)
)
