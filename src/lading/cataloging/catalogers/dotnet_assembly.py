""".NET assemblies by what they say of themselves, for applications that were copied without their deps.json.

The name of an assembly is that of its NuGet package for nearly all. The runtime's own assemblies are left
out: their versions are not those of packages of the same names, and ``*.deps.json`` names the runtime.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named
from lading.cataloging.pe_version import MAGIC, is_managed, read_version_strings

NAME = "dotnet-assembly"
_OF_THE_RUNTIME = re.compile(r"(?:.*/)?(?:shared/Microsoft\.[A-Za-z.]+\.App/|sdk/[0-9][^/]*/|lib/mono/)")
_VERSION = re.compile(r"(?P<version>[0-9]+(?:\.[0-9]+){1,3}(?:-[0-9A-Za-z.-]+)?)(?:\+|\s|\Z)")
_ENDING = re.compile(r"\.(?:dll|exe)\Z", re.IGNORECASE)


def recognises(head: bytes, size: int) -> bool:  # noqa: ARG001 - too large ones are reported
    """Programs for Windows that are for .NET."""
    return is_managed(head)


def parse_assembly(path: str, content: bytes) -> Iterator[Found]:
    """Yield the package that the assembly is of; nothing for translations and for what says no version."""
    if _OF_THE_RUNTIME.match(path):
        return
    said = read_version_strings(content)
    own = said.get("OriginalFilename") or said.get("InternalName") or path.rpartition("/")[2]
    name = _ENDING.sub("", own)
    if name.endswith(".resources"):
        return
    for key in ("ProductVersion", "FileVersion"):
        version = _VERSION.match(said.get(key, ""))
        if version and version["version"].strip("0."):
            yield from named("nuget", name, version["version"])
            return


CATALOGER = Cataloger(
    name=NAME,
    reads=(),
    parse=parse_assembly,
    max_bytes=256 << 20,
    recognises=recognises,
    begins=(MAGIC,),
)
