"""The answer to "who refers to this?" (distribution-spec v1.1, "Listing Referrers")."""

import json
from collections.abc import Iterable

from lading.oci import media_types
from lading.oci.descriptor import Descriptor

FILTERS_APPLIED = "artifactType"  # the value of OCI-Filters-Applied when that filter was asked for


def referrers_document(referrers: Iterable[Descriptor]) -> bytes:
    """Build the image index that lists the referrers; an empty list for a subject that nobody knows."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [referrer.to_json() for referrer in referrers],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
