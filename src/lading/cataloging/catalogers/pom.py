"""Maven projects: what a pom.xml declares with a version (maven.apache.org, "POM Reference").

Versions may come from properties of the file itself. What a parent or an imported list of versions says is
not at hand, and such dependencies are left out. A dependency that is only managed is not used by that alone.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, reporting
from lading.cataloging.xml_tree import Element, read_xml

NAME = "pom"
_PROPERTY = re.compile(r"\$\{([^{}]+)\}")
_VERSION = re.compile(r"\[?\(?(?P<version>[^\[\](),\s]+)")
_MAX_ROUNDS = 8  # of properties that name properties


def _read_project(_path: str, content: bytes) -> Iterator[Found]:
    project = read_xml(content)
    if project.tag != "project":
        raise NotUnderstood("it is not a Maven project")
    properties = _properties(project)
    managed = {
        (one.text_of("groupId"), one.text_of("artifactId")): one.text_of("version")
        for outer in project.children
        if outer.tag == "dependencyManagement"
        for one in outer.iter("dependency")
    }
    for one in _iter_used(project):
        group, name = one.text_of("groupId"), one.text_of("artifactId")
        stated = one.text_of("version") or managed.get((group, name), "")
        version = _VERSION.match(_filled(stated, properties))
        if version and "$" not in version[0]:
            filled = _filled(group, properties), _filled(name, properties)
            yield from named("maven", filled[1], version["version"], namespace=filled[0])


def _iter_used(project: Element) -> Iterator[Element]:
    """The dependencies of the project and of its profiles; which profiles are on is said elsewhere."""
    profiles = project.child("profiles")
    for part in (project, *(profiles.children if profiles else ())):
        dependencies = part.child("dependencies")
        yield from dependencies.children if dependencies else ()


def _properties(project: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    parent = project.child("parent")
    for name in ("groupId", "artifactId", "version"):
        value = project.text_of(name) or (parent.text_of(name) if parent else "")
        found |= {f"project.{name}": value, f"pom.{name}": value}
    own = project.child("properties")
    found |= {one.tag: one.text.strip() for one in (own.children if own else ())}
    return {name: value for name, value in found.items() if value}


def _filled(text: str, properties: dict[str, str]) -> str:
    for _ in range(_MAX_ROUNDS):
        if "${" not in text or len(text) > 1000:
            break
        text = _PROPERTY.sub(lambda found: properties.get(found[1], found[0]), text)
    return text


CATALOGER = Cataloger(
    name=NAME, reads=("**/pom.xml",), parse=reporting(NAME, _read_project), max_bytes=8 << 20, declares=True
)
