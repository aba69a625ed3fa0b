"""Which files Debian's packages brought: the list of files of each (dpkg(1), "FILES").

Distroless images have digests in place of lists, one file to a line.
"""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.program_places import is_worth_owning

NAME = "dpkg-files"


def parse_list(path: str, content: bytes) -> Iterator[Found]:  # noqa: ARG001 - the status file has the packages
    """Yield nothing: the package itself stands in the status file."""
    return iter(())


def iter_owned(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the paths that a package might be read from, and whose list this is (``libssl3:amd64.list``)."""
    package = path.rpartition("/")[2].rpartition(".")[0].partition(":")[0]
    for line in content.split(b"\n"):
        file = line.rpartition(b"  ")[2].lstrip(b"/").decode("utf-8", "replace")
        if is_worth_owning(file):
            yield file, package


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/dpkg/info/*.list", "var/lib/dpkg/status.d/*.md5sums"),
    parse=parse_list,
    owns=iter_owned,
)
