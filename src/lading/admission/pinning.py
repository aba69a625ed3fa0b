"""Writing the digests that were judged into a workload, so that what starts is what was judged."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lading.admission.workload_images import WorkloadImage
from lading.foundation.strict_json import JsonValue
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference


def pinning_patch(judged: Iterable[tuple[WorkloadImage, Digest]]) -> tuple[Mapping[str, JsonValue], ...]:
    """Give the JSON patch (RFC 6902) that names every image by the digest that was judged.

    The tag stays in the name for people to read; engines go by the digest where there is one.
    """
    return tuple(
        {"op": "replace", "path": image.pointer, "value": pinned}
        for image, digest in judged
        if (pinned := _pinned(image.image, digest)) != image.image
    )


def _pinned(text: str, digest: Digest) -> str:
    return str(replace(parse_reference(text), digest=digest))
