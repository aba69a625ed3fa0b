"""Layers applied in order, without applying again those that many images have in common.

1. The stack of the longest row of lowest layers that is at hand is taken, and the layers above are applied.
2. A row of layers that a second image begins with is kept at hand: a base. The first image with it was not
   known to be one of many.
3. Only layers that are wholly known make a row: their files follow from their diff ids alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lading.cataloging.layer_bindings import LayerBindings
from lading.image.file_list import FileList
from lading.lineage.chain import chain_ids
from lading.lineage.stack import Stack, stack_of
from lading.oci.digest import Digest
from lading.workflows.lately_used import LatelyUsed

_FILES = 150_000  # of all stacks at hand; a file takes some half KiB
_ROWS = 20_000  # of layers that are known to have been seen


@dataclass(frozen=True, slots=True)
class LayerFiles:
    """What is known of a layer's files; ``whole`` says that it was read to its end."""

    files: FileList
    bindings: LayerBindings
    whole: bool


@dataclass(frozen=True, slots=True)
class KnownStacks:
    """Stacks at hand. Everything here follows from digests, so nothing can grow stale."""

    _stacks: LatelyUsed[Digest, Stack] = field(
        default_factory=lambda: LatelyUsed(_FILES, lambda stack: len(stack.tree))
    )
    _seen: LatelyUsed[Digest, bool] = field(default_factory=lambda: LatelyUsed(_ROWS))

    def stack(self, diff_ids: Sequence[Digest], load: Callable[[int], LayerFiles]) -> Stack:
        """Apply all layers; ``load`` gives the files of the layer at an index."""
        chains = chain_ids(diff_ids)
        below, done = None, 0
        for count in range(len(chains), 0, -1):  # rule 1
            below = self._stacks.get(chains[count - 1])
            if below is not None:
                done = count
                break
        layers = [load(number) for number in range(done, len(chains))]
        whole = next((number for number, layer in enumerate(layers) if not layer.whole), len(layers))
        common = [
            count
            for count in range(done + 1, min(done + whole, len(chains) - 1) + 1)
            if self._seen.get(chains[count - 1])
        ]
        if common:  # rule 2
            below = _applied(layers[: common[-1] - done], below)
            self._stacks.keep(chains[common[-1] - 1], below)
            layers, done = layers[common[-1] - done :], common[-1]
        for chain in chains:
            self._seen.keep(chain, True)
        return _applied(layers, below)


def _files(stack: Stack) -> int:
    return len(stack.tree)


def _applied(layers: Sequence[LayerFiles], below: Stack | None) -> Stack:
    return stack_of([layer.files for layer in layers], [layer.bindings for layer in layers], below)
