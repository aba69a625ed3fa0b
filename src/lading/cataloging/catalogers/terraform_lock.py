"""Terraform's and OpenTofu's lock file: the providers of a configuration."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting

NAME = "terraform-lock"
_PROVIDER = re.compile(
    r'^provider[ \t]+"(?P<host>[^"/\s]+)/(?P<owner>[^"/\s]+)/(?P<name>[^"/\s]+)"[ \t]*\{[ \t]*\n'
    r'[ \t]*version[ \t]*=[ \t]*"(?P<version>[^"\s]+)"',
    re.MULTILINE,
)


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    for found in _PROVIDER.finditer(read_text(content)):
        yield from named(
            "terraform", found["name"], found["version"], namespace=f"{found['host']}/{found['owner']}"
        )


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/.terraform.lock.hcl",),
    parse=reporting(NAME, _read_lock),
    max_bytes=1 << 20,
    declares=True,
)
