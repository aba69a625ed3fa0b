"""Stacks of layers, of which common lower parts are applied once."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from lading.cataloging.layer_bindings import LayerBindings
from lading.image import file_list
from lading.image.file_list import FileEntry, FileKind
from lading.lineage.stack import stack_of
from lading.oci.digest import Digest
from lading.workflows.known_stacks import KnownStacks, LayerFiles
from lading.workflows.lately_used import LatelyUsed

_KINDS = st.sampled_from([FileKind.FILE, FileKind.DIRECTORY, FileKind.WHITEOUT, FileKind.OPAQUE])
_ENTRIES = st.builds(FileEntry, st.sampled_from(["a", "a/b", "a/b/c", "d"]), _KINDS)
_LAYERS = st.lists(st.lists(_ENTRIES, max_size=4, unique_by=lambda each: each.path), min_size=1, max_size=5)


def layer(*entries: FileEntry, whole: bool = True) -> LayerFiles:
    return LayerFiles(file_list.decode(file_list.encode(list(entries))), LayerBindings(), whole)


def file(path: str) -> FileEntry:
    return FileEntry(path, FileKind.FILE, 1, 0o644)


class Loads:
    """Layers by diff id, and which of them were asked for."""

    def __init__(self, **layers: LayerFiles) -> None:
        self.layers, self.asked = layers, list[str]()

    def paths(self, stacks: KnownStacks, names: str) -> list[str]:
        def load(number: int) -> LayerFiles:
            self.asked.append(names[number])
            return self.layers[names[number]]

        return stacks.stack([Digest.of(name.encode()) for name in names], load).paths


def test_what_a_second_image_begins_with_too_is_not_read_for_the_third() -> None:
    loads, stacks = Loads(a=layer(file("a")), b=layer(file("b")), c=layer(file("c"))), KnownStacks()
    assert loads.paths(stacks, "ab") == ["a", "b"]
    assert loads.paths(stacks, "ac") == ["a", "c"]
    loads.asked.clear()
    assert loads.paths(stacks, "abc") == ["a", "b", "c"]
    assert loads.asked == ["b", "c"]
    loads.asked.clear()
    assert loads.paths(stacks, "abb") == ["a", "b"]
    assert loads.asked == ["b"]


def test_a_layer_that_was_not_read_to_its_end_is_read_for_each_image() -> None:
    loads, stacks = Loads(a=layer(file("a"), whole=False), b=layer(file("b"))), KnownStacks()
    for _ in range(3):
        loads.asked.clear()
        loads.paths(stacks, "ab")
        assert loads.asked == ["a", "b"]


@given(st.lists(_LAYERS, min_size=2, max_size=5), st.integers(0, 3))
def test_a_stack_is_the_same_whatever_was_at_hand(images: list[list[list[FileEntry]]], shared: int) -> None:
    stacks = KnownStacks()
    for own in images:
        layers = [layer(*entries) for entries in [*images[0][:shared], *own]]
        digests = [Digest.of(repr([*each.files]).encode()) for each in layers]
        made = stacks.stack(digests, layers.__getitem__)
        plain = stack_of([each.files for each in layers], [each.bindings for each in layers])
        assert (dict(made.tree), dict(made.layer_of)) == (dict(plain.tree), dict(plain.layer_of))
        assert made.problems == plain.problems


@pytest.mark.parametrize(("weights", "left"), [((2, 2, 2), "bc"), ((4, 1, 1), "bc"), ((1, 5, 1), "ac")])
def test_what_was_not_asked_for_longest_is_forgotten_first(weights: tuple[int, ...], left: str) -> None:
    kept: LatelyUsed[str, int] = LatelyUsed(4, int)
    for name, weight in zip("abc", weights, strict=True):
        kept.keep(name, weight)
    assert "".join(name for name in "abc" if kept.get(name) is not None) == left
