"""Signers at the same time, over every kind of records."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lading.adapters.sql.engine import SqlRecords
from lading.oci.manifest import Manifest, parse_manifest
from lading.signing import cosign
from lading.signing.cosign import ArtifactKind
from lading.workflows.attach_claim import Claim, attach_claim
from lading.workflows.pull_manifest import find_manifest
from tests.support.registry import NOON, ROOT, DrivenRegistry


def test_signers_at_the_same_time_never_overwrite_each_other(records: SqlRecords) -> None:
    whole: Any = records
    registry = DrivenRegistry(whole)
    digest = registry.push_image("team/app")
    image = find_manifest(registry.records, ROOT, "team/app", digest)

    def attach(number: int) -> None:
        payload = f"payload {number}".encode()
        claim = Claim(ArtifactKind.SIGNATURES, payload, cosign.signature_layer(payload, "AAAA"))
        attach_claim(registry.ports, ROOT, image, claim, NOON)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(attach, range(12)))
    tag = cosign.artifact_tag(digest, ArtifactKind.SIGNATURES)
    manifest = parse_manifest(find_manifest(registry.records, ROOT, "team/app", tag).raw)
    assert isinstance(manifest, Manifest)
    assert len(manifest.layers) == 12
    with registry.records.read() as kept:
        assert len(kept.registry.referrers("team/app", digest).items) == 12
