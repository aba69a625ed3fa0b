"""A small registry without a server, driven by the real workflows."""

import json
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime
from typing import Any

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.sql.engine import open_memory
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.change_stamps import ChangeStamps
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.registry.limits import DEFAULT_LIMITS
from lading.workflows.attach_claim import PushPorts, push_bytes
from lading.workflows.push_manifest import ManifestUpload, push_manifest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Caller(Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(NO_BINDINGS))


def memory_records(stamps: ChangeStamps | None = None) -> Records:
    """Fresh records that are gone with the process; what changes in them changes ``stamps``."""
    opened: Any = open_memory((stamps or MemoryStamps()).changed)
    records: Records = opened
    return records


@dataclass
class DrivenRegistry:
    """Records and blobs, in memory unless others are given, driven by the real workflows.

    ``stamps`` are those that the records change; who gives records gives their stamps too, if they are used.
    """

    given: InitVar[Records | None] = None
    blobs: BlobStore = field(default_factory=MemoryBlobs)
    stamps: ChangeStamps = field(default_factory=MemoryStamps)
    records: Records = field(init=False)

    def __post_init__(self, given: Records | None) -> None:
        self.records = given if given is not None else memory_records(self.stamps)

    @property
    def ports(self) -> PushPorts:
        return PushPorts(
            self.records,
            self.blobs,
            DEFAULT_LIMITS,
            lambda _repository, _digest, _type: None,
        )

    def push_image(self, repository: str, *, name: str = "app", tags: tuple[str, ...] = ()) -> Digest:
        """Push an image of one layer that differs by ``name``."""
        layer = push_bytes(self.ports, ROOT, repository, f"layer of {name}".encode(), NOON)
        config = push_bytes(self.ports, ROOT, repository, b'{"name":"%s"}' % name.encode(), NOON)
        raw = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": media_types.OCI_MANIFEST,
                "config": {"mediaType": media_types.OCI_CONFIG, "digest": str(config), "size": 1},
                "layers": [{"mediaType": media_types.OCI_LAYER_TAR, "digest": str(layer), "size": 1}],
            }
        ).encode()
        return self.push_manifest(repository, raw, tags=tags)

    def push_attestation(self, repository: str, predicate_type: str) -> Digest:
        """Push what BuildKit lists beside an image."""
        statement = push_bytes(self.ports, ROOT, repository, b'{"predicate":{}}', NOON)
        config = push_bytes(self.ports, ROOT, repository, b'{"os":"unknown"}', NOON)
        layer = {"mediaType": media_types.IN_TOTO, "digest": str(statement), "size": 16}
        layer["annotations"] = {"in-toto.io/predicate-type": predicate_type}
        raw = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {"mediaType": media_types.OCI_CONFIG, "digest": str(config), "size": 16},
            "layers": [layer],
        }
        return self.push_manifest(repository, json.dumps(raw).encode())

    def push_index(
        self, repository: str, *children: Digest, attested: Mapping[Digest, Digest] | None = None
    ) -> Digest:
        """Push an index that lists images, and beside them the attestations of those in ``attested``."""
        manifests: list[dict[str, Any]] = [
            {"mediaType": media_types.OCI_MANIFEST, "digest": str(child), "size": 1} for child in children
        ]
        for image, attestation in (attested or {}).items():
            notes = {"vnd.docker.reference.type": "attestation-manifest"}
            manifests.append(
                {
                    "mediaType": media_types.OCI_MANIFEST,
                    "digest": str(attestation),
                    "size": 1,
                    "platform": {"os": "unknown", "architecture": "unknown"},
                    "annotations": notes | {"vnd.docker.reference.digest": str(image)},
                }
            )
        raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": manifests}
        return self.push_manifest(repository, json.dumps(raw).encode())

    def push_manifest(
        self, repository: str, raw: bytes, *, tags: tuple[str, ...] = (), now: datetime = NOON
    ) -> Digest:
        """Push a manifest as it is."""
        upload = ManifestUpload(repository, None, tags, "", raw)
        pushed = push_manifest(
            self.records, ROOT, upload, now, limits=DEFAULT_LIMITS, on_pushed=self.ports.on_pushed
        )
        return pushed.digest
