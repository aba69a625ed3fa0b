"""What is attached to an image: signatures, attestations, bills of materials.

1. A manifest with a subject is an accessory of that subject (distribution-spec v1.1, "Referrers").
2. So is what stands under a tag made of the subject's digest: ``sha256-<hex>``, the specification's fallback
   for registries without referrers ("Referrers Tag Schema"), and with ``.sig``, ``.att`` or ``.sbom`` behind
   it, as cosign writes.
"""

import re

from lading.oci.digest import Digest

# Longer digests do not fit: the fallback cuts them to 64 characters, and then they name nothing.
_TAG = re.compile(r"sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?\Z")
_ENDINGS = ("", ".sig", ".att", ".sbom")


def subject_of_tag(tag: str) -> Digest | None:
    """The digest that an accessory's tag speaks of; None for a tag that people gave."""
    found = _TAG.match(tag)
    return Digest("sha256", found[1]) if found else None


def accessory_tags(subject: Digest) -> tuple[str, ...]:
    """Every tag under which accessories of the subject may stand."""
    return tuple(f"{subject.algorithm}-{subject.hex}{ending}" for ending in _ENDINGS)
