"""Which files Debian's packages brought: the list of files of each (dpkg(1), "FILES").

Beside most lists stand digests, one file to a line; distroless images have those alone.
"""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.program_places import is_worth_owning, may_describe
from lading.cataloging.recorded_file import RecordedFile, with_hex_digest

NAME = "dpkg-files"


def parse_list(path: str, content: bytes) -> Iterator[Found]:  # noqa: ARG001 - the status file has the packages
    """Yield nothing: the package itself stands in the status file."""
    return iter(())


def iter_owned(path: str, content: bytes) -> Iterator[RecordedFile]:
    """Yield the files that a package might be read from; the list's name is the package's.

    (``libssl3:amd64.list``.) Programs of a list stand in its digests too, and need not come twice.
    """
    package = path.rpartition("/")[2].rpartition(".")[0].partition(":")[0]
    worth = (
        may_describe
        if path.startswith("var/lib/dpkg/info/") and path.endswith(".md5sums")
        else is_worth_owning
    )
    for line in content.split(b"\n"):
        digest, _, named = line.rpartition(b"  ")
        file = named.lstrip(b"/").decode("utf-8", "replace")
        if worth(file):
            yield with_hex_digest(file, package, digest.decode("ascii", "replace"))


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/dpkg/info/*.list", "var/lib/dpkg/info/*.md5sums", "var/lib/dpkg/status.d/*.md5sums"),
    parse=parse_list,
    owns=iter_owned,
)
