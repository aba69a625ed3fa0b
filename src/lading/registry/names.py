"""Names in requests: of repositories, and what may stand for a manifest."""

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.oci.reference import is_repository, is_tag


def check_repository(name: str) -> str:
    """Return the name if it can be a repository's; raise Malformed ``repository-name-invalid``."""
    if not is_repository(name):
        raise Malformed(
            "repository-name-invalid",
            f"{name[:300]!r} is not a repository name",
            hint="use lower-case letters, digits and single . _ - between them, parts separated by /",
        )
    return name


def parse_tag_or_digest(text: str) -> Digest | str:
    """Read what the distribution API calls <reference>: a digest (it has a colon) or a tag.

    Raises Malformed ``digest-invalid``, ``digest-unsupported`` or ``tag-invalid``.
    """
    if ":" in text:
        return Digest.parse(text)
    return check_tag(text)


def check_tag(text: str) -> str:
    """Return the text if it can be a tag; raise Malformed ``tag-invalid``."""
    if not is_tag(text):
        raise Malformed(
            "tag-invalid",
            f"{text[:160]!r} is not a tag",
            hint="use at most 128 letters, digits, _ . and -, and begin with a letter, digit or _",
        )
    return text
