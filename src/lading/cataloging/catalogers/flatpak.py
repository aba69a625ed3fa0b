"""Flatpak applications, by the metadata that each brings (AppStream, "Upstream Metadata")."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, licenses_of, named, reporting
from lading.cataloging.xml_tree import read_xml

NAME = "flatpak"


def _read_metadata(_path: str, content: bytes) -> Iterator[Found]:
    """The first release listed is the one that this is."""
    component = read_xml(content)
    releases = component.child("releases")
    release = releases.child("release") if releases else None
    found = named(
        "flatpak",
        component.text_of("id"),
        release.attributes.get("version") if release else None,
        licenses=licenses_of(component.text_of("project_license")),
    )
    if not found:
        raise NotUnderstood("it does not name an application and a version")
    yield from found


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/flatpak/app/*/current/active/files/share/metainfo/*.xml",),
    parse=reporting(NAME, _read_metadata),
    max_bytes=4 << 20,
)
