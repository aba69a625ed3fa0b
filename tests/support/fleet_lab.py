"""A registry in memory with real layers, rebases, patches and campaigns over it."""

import gzip
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.analyser_in_process import InProcessAnalyser
from lading.adapters.keys_file import FileSigner
from lading.campaigns.campaign import Campaign, Item
from lading.inventory.container import RunningContainer
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.package_mirror import NoMirror, PackageMirror
from lading.ports.records.inventory import Host
from lading.workflows.analyse_image import AnalysisPorts
from lading.workflows.attach_claim import push_bytes
from lading.workflows.campaigns import OpenRequest, iter_items, open_campaign
from lading.workflows.make_item import CampaignPorts
from lading.workflows.patch_image import PatchPorts
from lading.workflows.rebase_image import Rebased, RebasePorts, RebaseRequest, rebase_image
from lading.workflows.sign_image import SigningPorts
from lading.workflows.step_campaigns import step_campaigns
from lading.workflows.take_in_image import TakeInPorts, take_in_image
from tests.support.layers import LayerBuilder
from tests.support.registry import NOON, ROOT, DrivenRegistry


@dataclass
class Fleet:
    """Everything, and a clock that is moved by hand."""

    mirror: PackageMirror = field(default_factory=NoMirror)
    driven: DrivenRegistry = field(default_factory=DrivenRegistry)
    now: datetime = NOON
    asked: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        driven = self.driven
        analysis = AnalysisPorts(driven.records, driven.blobs, InProcessAnalyser(driven.blobs))
        self.take_in = TakeInPorts(analysis, driven.ports, "registry.example")
        signer = FileSigner("server", ec.generate_private_key(ec.SECP256R1()))
        self.rebasing = RebasePorts(SigningPorts(driven.ports, signer, "registry.example"))
        self.campaigns = CampaignPorts(
            PatchPorts(self.rebasing, self.mirror), self._ask, lambda: secrets.token_hex(4), lambda: self.now
        )

    def push(
        self,
        repository: str,
        tag: str,
        layers: Sequence[LayerBuilder],
        *,
        architecture: str = "amd64",
        **config: Any,
    ) -> Digest:
        """Push an image of these layers, and look into it."""
        tars = [layer.tar() for layer in layers]
        return self.push_tars(repository, tag, tars, architecture=architecture, config=config)

    def push_tars(
        self,
        repository: str,
        tag: str,
        tars: Sequence[bytes],
        *,
        architecture: str = "amd64",
        config: Mapping[str, Any] | None = None,
    ) -> Digest:
        ports, described = self.driven.ports, []
        for tar in tars:
            packed = _packed(tar)
            digest = push_bytes(ports, ROOT, repository, packed, self.now)
            described.append(
                {"mediaType": media_types.OCI_LAYER_GZIP, "digest": str(digest), "size": len(packed)}
            )
        document = {
            "os": "linux",
            "architecture": architecture,
            "created": self.now.isoformat(),
            "config": dict(config or {}),
            "rootfs": {"type": "layers", "diff_ids": [str(_diff_id(tar)) for tar in tars]},
            "history": [{"created_by": f"RUN step {number}"} for number in range(len(tars))],
        }
        raw_config = json.dumps(document).encode()
        config_digest = push_bytes(ports, ROOT, repository, raw_config, self.now)
        manifest = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {
                "mediaType": media_types.OCI_CONFIG,
                "digest": str(config_digest),
                "size": len(raw_config),
            },
            "layers": described,
        }
        pushed = self.driven.push_manifest(
            repository, json.dumps(manifest).encode(), tags=(tag,) if tag else (), now=self.now
        )
        self.look_into(repository, pushed)
        return pushed

    def push_index(self, repository: str, tag: str, images: Mapping[str, Digest]) -> Digest:
        """Push an index of images by architecture."""
        with self.driven.records.read() as kept:
            found = {name: kept.registry.manifest(repository, digest) for name, digest in images.items()}
        entries = [
            {
                "mediaType": media_types.OCI_MANIFEST,
                "digest": str(stored.digest),
                "size": len(stored.raw),
                "platform": {"os": "linux", "architecture": name},
            }
            for name, stored in found.items()
            if stored is not None
        ]
        raw = json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries})
        return self.driven.push_manifest(repository, raw.encode(), tags=(tag,), now=self.now)

    def look_into(self, repository: str, digest: Digest) -> None:
        """Do what the job of a push does."""
        take_in_image(self.take_in, {"repository": repository, "manifest": str(digest)}, self.now)

    def rebase(self, repository: str, reference: str, onto: str, **more: Any) -> Rebased:
        """Rebase onto REPOSITORY:TAG, and look into what came of it."""
        base, _, tag = onto.partition(":")
        request = RebaseRequest(repository, reference, base, tag, **more)
        done = rebase_image(self.rebasing, ROOT, request, self.now)
        for digest in self._images(repository, done.digest):
            self.look_into(repository, digest)
        return done

    def run(self, host: str, **containers: Digest) -> None:
        """Let exactly these containers run on a host."""
        running = [
            RunningContainer(
                host,
                "docker",
                f"id-{name}",
                name,
                "",
                "",
                (f"registry.example/x@{digest}",),
                "",
                {},
                False,
                "",
            )
            for name, digest in containers.items()
        ]
        with self.driven.records.write() as kept:
            kept.inventory.report(Host(host, "0.1", self.now), running)

    def open(self, **request: Any) -> tuple[Campaign, tuple[Item, ...]]:
        """Open a campaign."""
        return open_campaign(
            self.driven.records,
            self.mirror,
            ROOT,
            OpenRequest(**{"title": "t", "wave_days": 0, **request}),
            self.now,
            campaign_id=f"c{self.now.timestamp():.0f}",
        )

    def step(self, *, days: float = 0) -> None:
        """Let time pass and do one step; what was made is looked into."""
        self.now += timedelta(days=days)
        step_campaigns(self.campaigns)
        with self.driven.records.read() as kept:
            made = [
                (item.repository, item.new_image)
                for campaign in kept.campaigns.campaigns()
                for item in iter_items(kept, campaign.id)
                if item.new_image is not None
            ]
        for repository, image in made:
            for digest in self._images(repository, image):
                self.look_into(repository, digest)

    def items(self, campaign: Campaign) -> dict[str, Item]:
        """Items by repository."""
        with self.driven.records.read() as kept:
            return {item.repository: item for item in iter_items(kept, campaign.id)}

    def campaign(self, campaign: Campaign) -> Campaign:
        """As it is now."""
        with self.driven.records.read() as kept:
            found = kept.campaigns.campaign(campaign.id)
        assert found is not None
        return found

    def _images(self, repository: str, digest: Digest | None) -> list[Digest]:
        if digest is None:
            return []
        with self.driven.records.read() as kept:
            stored = kept.registry.manifest(repository, digest)
        assert stored is not None
        document = json.loads(stored.raw)
        return [Digest.parse(each["digest"]) for each in document.get("manifests", [])] or [digest]

    def _ask(self, _campaign: Campaign, item: Item) -> str:
        self.asked.append(item)
        return "asked"


@lru_cache(maxsize=64)
def _packed(tar: bytes) -> bytes:
    return gzip.compress(tar, 1, mtime=0)


@lru_cache(maxsize=64)
def _diff_id(tar: bytes) -> Digest:
    return Digest.of(tar)
