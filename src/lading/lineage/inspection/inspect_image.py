"""Inspect a whole image: a pure function of its configuration, its layers' files, and its packages."""

from lading.cataloging.analysis import ImageContents
from lading.cataloging.secrets.in_config import iter_config_secrets
from lading.image.file_list import FileEntry, FileKind
from lading.lineage.inspection.facts import Coverage, FileFact, Inspection, listed
from lading.lineage.inspection.origins import FileOrigins, Origin, origins_of
from lading.lineage.inspection.power import power_of
from lading.lineage.stack import Stack
from lading.oci.config import ImageConfig

_LIBRARY_ENDINGS = (".jar", ".war", ".ear", ".so", ".dll", ".node", ".wasm")
_KNOWN = frozenset({Origin.PACKAGE, Origin.SYSTEM, Origin.LANGUAGE})


def inspect_image(config: ImageConfig, stack: Stack, contents: ImageContents) -> Inspection:
    """Find everything of the module ``facts``; ``stack`` is of all layers."""
    origins = origins_of(stack, config, contents.packages)
    return Inspection(
        secrets=tuple(iter_config_secrets(config)),
        power=power_of(stack, config),
        origins=origins.origins,
        coverage=_coverage(stack, origins, len(contents.unreadable)),
    )


def _coverage(stack: Stack, origins: FileOrigins, unreadable: int) -> Coverage:
    scripts = {path for layer in stack.bindings for path in layer.scripts}
    programs = known = 0
    unknown: list[FileFact] = []
    for path, origin in origins.by_path.items():
        entry = stack.tree[path]
        if not _holds_software(path, entry, stack, scripts):
            continue
        if origin is Origin.GENERATED and path not in stack.programs:
            continue
        programs += 1
        if origin in _KNOWN:
            known += 1
        else:
            unknown.append(FileFact(path, stack.layer_of[path], f"{origin}, {entry.size} bytes"))
    return Coverage(programs, known, unreadable, listed(unknown))


def _holds_software(path: str, entry: FileEntry, stack: Stack, scripts: set[str]) -> bool:
    """Programs, libraries and archives of code; scripts are text that people can read."""
    if entry.kind is not FileKind.FILE or entry.size == 0:
        return False
    if path in stack.programs or path.endswith(_LIBRARY_ENDINGS) or ".so." in path.rpartition("/")[2]:
        return True
    return bool(entry.mode & 0o111) and path not in scripts and (entry.link or path) not in scripts
