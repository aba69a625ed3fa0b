"""Helm charts, and what they are locked to (helm.sh, "Charts")."""

from collections.abc import Iterator

from lading.cataloging.block_yaml import read_block_yaml
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, reporting, table, tables

NAME = "helm"


def _read_chart(path: str, content: bytes) -> Iterator[Found]:
    """A chart ships as it is: what an image holds is installed elsewhere, and so declared."""
    chart = table(read_block_yaml(content))
    if path.endswith(".yaml"):
        yield from named("helm", chart.get("name"), chart.get("version"))
    else:
        for one in tables(chart.get("dependencies")):
            yield from named("helm", one.get("name"), one.get("version"))


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Chart.yaml", "**/Chart.lock"),
    parse=reporting(NAME, _read_chart),
    max_bytes=1 << 20,
    declares=True,
)
