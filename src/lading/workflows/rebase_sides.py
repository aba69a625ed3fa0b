"""Gather what a proof needs of images: configs, lists of files, facts about them.

Bases are looked at once for each pair of them: a fleet has many applications on few bases.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lading.cataloging.distro import SYSTEM_PACKAGE_TYPES
from lading.cataloging.layer import ANALYSER
from lading.cataloging.layer_bindings import LayerBindings
from lading.foundation import strict_json
from lading.image.file_list import FileList
from lading.lineage.base_change import BaseChange
from lading.lineage.proof import AppSide, Side
from lading.lineage.stack import Stack, stack_of
from lading.oci.config import MAX_CONFIG_BYTES
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.blob_store import BlobStore
from lading.ports.records.contents import AnalysisState, ImageRecord
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.lately_used import LatelyUsed

_STACKS, _PAIRS = 8, 16  # that are kept at hand; a Debian base takes some 20 MiB


@dataclass(slots=True)
class BasePairs:
    """Bases that were looked at lately. Everything here follows from digests, so nothing can grow stale."""

    _stacks: LatelyUsed[Digest, tuple[Side, Stack]] = field(default_factory=lambda: LatelyUsed(_STACKS))
    _changes: LatelyUsed[tuple[Digest, Digest], BaseChange] = field(
        default_factory=lambda: LatelyUsed(_PAIRS)
    )

    def stack(self, digest: Digest) -> "tuple[Side, Stack] | None":
        """A base, if it is at hand."""
        return self._stacks.get(digest)

    def keep(self, side: Side, stack: Stack) -> None:
        """Keep a base at hand."""
        self._stacks.keep(side.manifest, (side, stack))

    def change(self, old: Side, new: Side, stacks: tuple[Stack, Stack]) -> BaseChange:
        """What differs between two bases."""
        key = (old.manifest, new.manifest)
        found = self._changes.get(key)
        if found is None:
            found = BaseChange(*stacks)
            self._changes.keep(key, found)
        return found


def load_base(
    records: Records, blobs: BlobStore, pairs: BasePairs, name: str, digest: Digest
) -> tuple[Side, Stack]:
    """A base with all of its files, from hand or from records."""
    held = pairs.stack(digest)
    if held is not None and not held[0].unreadable:
        return held
    with records.read() as kept:
        image = kept.contents.image(digest)
        side = _side(kept, blobs, name, digest, image, system=True)
        layers = _layers(kept, image.layers if image else ()) if not side.unreadable else ([], [], "")
    if layers[2]:
        side = _unreadable(side, layers[2])
    stack = stack_of(layers[0], layers[1])
    pairs.keep(side, stack)
    return side, stack


def load_app(records: Records, blobs: BlobStore, name: str, digest: Digest, own_from: int) -> AppSide:
    """An application with the files of its layers from ``own_from`` on."""
    with records.read() as kept:
        image = kept.contents.image(digest)
        side = _side(kept, blobs, name, digest, image, system=False)
        own = image.layers[own_from:] if image else ()
        files, bindings, why = _layers(kept, own) if not side.unreadable else ([], [], "")
    if why:
        side = _unreadable(side, why)
    return AppSide(side, tuple(files), tuple(bindings), tuple(layer.step for layer in own))


def _side(
    kept: RecordSet, blobs: BlobStore, name: str, digest: Digest, image: ImageRecord | None, *, system: bool
) -> Side:
    if image is None:
        return Side(name, digest, "", (), {}, None, (), "nobody has looked into it yet")
    state = image.analysis.state
    why = ""
    if state is not AnalysisState.DONE:
        why = image.analysis.reason or "its analysis is not done yet"
    elif image.analysis.analyser != ANALYSER:
        why = "it was analysed by an older version, and is to be analysed again"
    packages: tuple[Package, ...] = ()
    if system and not why:
        listed = kept.contents.image_packages(digest, limit=MAX_LIMIT).items
        packages = tuple(one.package for one in listed if one.package.type in SYSTEM_PACKAGE_TYPES)
    return Side(
        name=name,
        manifest=digest,
        platform=str(image.platform),
        diff_ids=tuple(layer.diff_id for layer in image.layers),
        config=_config(blobs, image.config),
        distro=image.distro,
        system=packages,
        unreadable=why,
    )


def _layers(kept: RecordSet, layers: Sequence[Any]) -> tuple[list[FileList], list[LayerBindings], str]:
    """Lists of files and facts of each layer; or why they are not whole."""
    files: list[FileList] = []
    bindings: list[LayerBindings] = []
    for layer in layers:
        listed = kept.contents.layer_files(layer.diff_id, ANALYSER)
        facts = kept.contents.layer_bindings(layer.diff_id, ANALYSER)
        if listed is None or facts is None:
            return [], [], f"the layer {layer.diff_id.short} could not be read to its end"
        files.append(listed)
        bindings.append(facts)
    return files, bindings, ""


def _unreadable(side: Side, why: str) -> Side:
    return Side(
        side.name, side.manifest, side.platform, side.diff_ids, side.config, side.distro, side.system, why
    )


def _config(blobs: BlobStore, digest: Digest) -> Mapping[str, Any]:
    with contextlib.closing(blobs.read(digest, stop=MAX_CONFIG_BYTES + 1)) as stream:
        raw = b"".join(stream)
    return strict_json.decode_object(raw, what="image config", max_bytes=MAX_CONFIG_BYTES)
