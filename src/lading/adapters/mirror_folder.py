"""A folder of Debian packages, by the names that archives give them: ``name_version_architecture.deb``."""

from pathlib import Path
from urllib.parse import unquote

from lading.foundation.errors import NotFound, OverLimit
from lading.lineage.deb_file import MAX_PACKAGE
from lading.ports.package_mirror import MirroredPackage


class FolderMirror:
    """See ``lading.ports.package_mirror.PackageMirror``. An empty path is a mirror without packages."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) if folder else None

    def versions(self, name: str, architecture: str) -> tuple[MirroredPackage, ...]:
        """All versions of a package."""
        if self._folder is None:
            return ()
        found = []
        for path in self._folder.rglob(f"{_literal(name)}_*.deb"):
            parts = path.name.removesuffix(".deb").split("_")
            if len(parts) == 3 and parts[0] == name and parts[2] in (architecture, "all"):
                found.append(MirroredPackage(name, parts[2], unquote(parts[1]), str(path)))
        return tuple(found)

    def read(self, package: MirroredPackage) -> bytes:
        """The file, whole."""
        path = Path(package.location)
        try:
            if path.stat().st_size > MAX_PACKAGE:
                raise OverLimit("package-too-large", f"{path.name} has more than {MAX_PACKAGE} bytes")
            return path.read_bytes()
        except OSError as error:
            raise NotFound("package-unknown", f"{path.name} is not in the mirror any more") from error


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
