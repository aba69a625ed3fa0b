"""Building the fleet by a real engine, and pushing it: one name for all platforms of an image."""

import contextlib
import gzip
import json
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lading.adapters.registry_client import RegistryClient
from lading.cli.demo.patching.applications import TAG, Recipe
from lading.cli.demo.patching.engine import Engine
from lading.cli.demo.patching.states import States
from lading.cli.demo.server import DemoServer
from lading.oci import media_types
from lading.oci.digest import Digest

DISTRIBUTION = "base/debian"
OLD, NEW = "released", "updated"  # tags of the two states
_BUILDERS = 3  # at a time
_PLATFORMS = {"amd64": "linux/amd64", "i386": "linux/386", "arm64": "linux/arm64"}


@dataclass(slots=True)
class Builder:
    """An engine that builds for a server."""

    server: DemoServer
    engine: Engine
    states: States
    folder: Path
    built: list[str] = field(default_factory=list)

    def distribution(self, tag: str) -> str:
        """Push one state of the distribution."""
        trees = self.states.old if tag == OLD else self.states.new
        for architecture, tree in trees.items():
            self._push_tree(tree, f"{tag}-{architecture}", _PLATFORMS[architecture])
        self._push_index(DISTRIBUTION, tag, tuple(trees))
        return f"{DISTRIBUTION}:{tag} for {' and '.join(trees)}"

    def build_all(self, recipes: Iterable[Recipe]) -> None:
        """Some at a time; they stand on what is there already."""
        with ThreadPoolExecutor(_BUILDERS) as pool:
            list(pool.map(self.build, recipes))

    def build(self, recipe: Recipe, onto: str = "") -> None:
        """Build on the recipe's base, or on another one of the registry; push it under its tag."""
        architectures = tuple(self.states.old)[: None if recipe.every_platform else 1]
        base, tag = (recipe.base, TAG) if recipe.base else (DISTRIBUTION, OLD)
        for architecture in architectures:
            name = self._of_one(recipe.repository, TAG, architecture)
            if not recipe.every_platform and not recipe.is_base:
                name = self.name(recipe.repository, TAG)
            below = onto or self._of_one(base, tag, architecture)
            context = self.folder / f"context-{recipe.repository.replace('/', '-')}-{architecture}"
            dockerfile = f"FROM {below}\n{recipe.steps}\n"
            self.engine.build(context, name, dockerfile, recipe.files, _PLATFORMS[architecture])
            self.engine.docker("push", "-q", name)
        if recipe.every_platform or recipe.is_base:
            self._push_index(recipe.repository, TAG, architectures)
        self.built.append(recipe.repository)

    def _push_tree(self, tree: Path, tag: str, platform: str) -> None:
        """An image of one layer with the files of a folder, for a platform that need not be the engine's."""
        tar = ["tar", "-C", str(tree), "--numeric-owner", "--sort=name", "-c", "."]
        layer = subprocess.run(tar, capture_output=True, check=True).stdout  # noqa: S603 - tar, of a folder of ours
        packed = gzip.compress(layer, compresslevel=1, mtime=0)
        system, _, architecture = platform.partition("/")
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        config = json.dumps(
            {
                "created": created,
                "os": system,
                "architecture": architecture,
                "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"], "Cmd": ["bash"]},
                "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(layer))]},
                "history": [{"created": created, "created_by": "debootstrap"}],
            }
        ).encode()
        blobs = {Digest.of(packed): packed, Digest.of(config): config}
        described = [
            {"mediaType": kind, "digest": str(digest), "size": len(blobs[digest])}
            for kind, digest in zip((media_types.OCI_LAYER_GZIP, media_types.OCI_CONFIG), blobs, strict=True)
        ]
        manifest = {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST}
        raw = json.dumps({**manifest, "config": described[1], "layers": described[:1]}).encode()
        with contextlib.closing(self._registry()) as registry:
            registry.push_image(DISTRIBUTION, tag, raw, media_types.OCI_MANIFEST, blobs)

    def _registry(self) -> RegistryClient:
        return RegistryClient(self.server.url, user="admin", password=self.server.password)

    def name(self, repository: str, tag: str) -> str:
        """An image as an engine names it."""
        return f"{self.server.registry}/{repository}:{tag}"

    def _of_one(self, repository: str, tag: str, architecture: str) -> str:
        return self.name(repository, f"{tag}-{architecture}")

    def _push_index(self, repository: str, tag: str, architectures: tuple[str, ...]) -> None:
        with contextlib.closing(self._registry()) as registry:
            entries = []
            for architecture in architectures:
                raw, media_type = registry.pull_manifest(repository, f"{tag}-{architecture}")
                platform = {"os": "linux", "architecture": _PLATFORMS[architecture].partition("/")[2]}
                digest = str(Digest.of(raw))
                entries.append(
                    {"mediaType": media_type, "digest": digest, "size": len(raw), "platform": platform}
                )
            index = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}
            registry.push_image(repository, tag, json.dumps(index).encode(), media_types.OCI_INDEX, {})
