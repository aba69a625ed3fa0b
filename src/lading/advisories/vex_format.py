"""What every format of VEX documents offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packageurl import PackageURL

from lading.advisories.vex import ImageProduct, PackageProduct, VexStatement, parse_product

MAX_DOCUMENT = 64 << 20  # bytes
MAX_STATEMENTS = 50_000
MAX_PRODUCTS = 20_000  # of one statement


@dataclass(frozen=True, slots=True)
class VexFormat:
    """How one kind of document is written.

    ``recognises`` tells the decoded document from others; ``decode`` gives its statements, raising Malformed
    ``vex-invalid``. ``encode`` writes statements with their author and time.
    """

    name: str
    media_type: str
    predicate_type: str  # of in-toto attestations; empty where it is not attested
    recognises: Callable[[Mapping[str, Any]], bool]
    decode: Callable[[Mapping[str, Any]], Sequence[VexStatement]]
    encode: Callable[[str, str, str, Sequence[VexStatement]], bytes]  # id, author, time


def products_of(
    texts: Sequence[str],
) -> tuple[tuple[PackageProduct, ...], tuple[ImageProduct, ...]]:
    """Sort identifiers into packages and images; those that name nothing here are dropped."""
    found = dict.fromkeys(product for text in texts if (product := parse_product(text)))
    return (
        tuple(product for product in found if isinstance(product, PackageProduct)),
        tuple(product for product in found if isinstance(product, ImageProduct)),
    )


def targets(statement: VexStatement) -> list[PackageProduct | ImageProduct]:
    """What a format without parts of products names: the packages, or else the images."""
    return list(statement.packages) or list(statement.images)


def write_product(product: PackageProduct | ImageProduct) -> str:
    """Write a product as a purl."""
    if isinstance(product, ImageProduct):
        name = product.repository.rpartition("/")[2]
        qualifiers = {"repository_url": product.repository, "tag": product.tag}
        given = {key: value for key, value in qualifiers.items() if value}
        return PackageURL("oci", None, name or "image", product.digest or None, given).to_string()
    qualifiers = {"distro": product.release, "arch": "source" if product.of_source else ""}
    given = {key: value for key, value in qualifiers.items() if value}
    return PackageURL(
        product.type, product.namespace or None, product.name, product.version or None, given
    ).to_string()
