"""Pushes, mounts, tags, deletions, collections and kills in every order: what is needed is never removed.

A small number of orders is tried each time. For many, drawn in another way that tries more in the same time:

    nice python -m tests.property.many_collections 100000 12
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from obstore.store import MemoryStore

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.blobs_object_store import ObjectStoreBlobs
from lading.adapters.sql.engine import open_memory
from lading.ports.blob_store import BlobStore
from tests.support.keeping_world import CONTENTS, REPOSITORIES, TAGS, World

repositories = st.sampled_from(REPOSITORIES)
contents = st.sampled_from(CONTENTS)
tags = st.sampled_from(("", *TAGS))
parts = st.lists(contents, min_size=1, max_size=3, unique=True).map(tuple)


def operations(world: World) -> st.SearchStrategy[Callable[[], None]]:
    """Things that somebody else does in the middle of something."""
    return st.one_of(
        st.builds(lambda name, content: lambda: world.push_blob(name, content), repositories, contents),
        st.builds(lambda name, content: lambda: world.ask_with_head(name, content), repositories, contents),
        st.builds(
            lambda source, target, content: lambda: world.mount(source, target, content),
            repositories,
            repositories,
            contents,
        ),
        st.builds(
            lambda name, of, tag: lambda: world.push_image(name, of, tag, None), repositories, parts, tags
        ),
        st.builds(lambda name, at: lambda: world.delete_manifest(name, at), repositories, st.integers(0, 3)),
    )


class Keeping(RuleBasedStateMachine):
    """One order of what people and the collector do."""

    def make_store(self) -> BlobStore:
        return MemoryBlobs()

    @initialize()
    def begin(self) -> None:
        records: Any = open_memory()
        self.opened = records
        self.world = World(records, self.make_store())

    @rule(name=repositories, content=contents)
    def push_blob(self, name: str, content: bytes) -> None:
        self.world.push_blob(name, content)

    @rule(name=repositories, content=contents, slices=st.integers(1, 4))
    def push_blob_while_collecting(self, name: str, content: bytes, slices: int) -> None:
        """The collector works between the store and the records of a push."""

        def collect() -> None:
            for _ in range(slices):
                self.world.slice()

        self.world.blobs.between = collect
        self.world.push_blob(name, content)

    @rule(name=repositories, content=contents)
    def begin_upload(self, name: str, content: bytes) -> None:
        self.world.begin_upload(name, content)

    @rule(name=repositories, content=contents)
    def ask_with_head(self, name: str, content: bytes) -> None:
        self.world.ask_with_head(name, content)

    @rule(source=repositories, into=repositories, content=contents)
    def mount(self, source: str, into: str, content: bytes) -> None:
        self.world.mount(source, into, content)

    @rule(name=repositories, of=parts, tag=tags)
    def push_image(self, name: str, of: tuple[bytes, ...], tag: str) -> None:
        self.world.push_image(name, of, tag, None)

    @rule(name=repositories, of=parts, at=st.integers(0, 3))
    def push_referrer(self, name: str, of: tuple[bytes, ...], at: int) -> None:
        here = [digest for where, digest in self.world.manifests if where == name]
        if here:
            self.world.push_image(name, of, "", here[at % len(here)])

    @rule(name=repositories, tag=tags)
    def push_index(self, name: str, tag: str) -> None:
        self.world.push_index(name, tag)

    @rule(name=repositories, at=st.integers(0, 3))
    def delete_manifest(self, name: str, at: int) -> None:
        self.world.delete_manifest(name, at)

    @rule(name=repositories, tag=st.sampled_from(TAGS))
    def delete_tag(self, name: str, tag: str) -> None:
        self.world.delete_tag(name, tag)

    @rule(name=repositories, content=contents)
    def delete_blob(self, name: str, content: bytes) -> None:
        self.world.delete_blob(name, content)

    @rule()
    def start(self) -> None:
        self.world.start()

    @rule(number=st.integers(1, 6))
    def slices(self, number: int) -> None:
        for _ in range(number):
            self.world.slice()

    @rule(data=st.data())
    def slice_with_something_in_the_middle(self, data: st.DataObject) -> None:
        self.world.slice(between=data.draw(operations(self.world)))

    @rule(calls=st.integers(0, 5))
    def slice_that_is_killed(self, calls: int) -> None:
        self.world.slice(killed_after=calls)

    @rule()
    def stop(self) -> None:
        self.world.stop()

    @rule()
    def resume(self) -> None:
        self.world.resume()

    @rule(minutes=st.sampled_from((10, 29, 31, 61, 200)))
    def time_passes(self, minutes: int) -> None:
        self.world.let_time_pass(timedelta(minutes=minutes))

    @rule(hours=st.sampled_from((-48, -1, 72)))
    def clock_jumps(self, hours: int) -> None:
        self.world.let_time_pass(timedelta(hours=hours))

    @invariant()
    def what_was_promised_is_there(self) -> None:
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.check_nothing_is_left_over()
            self.opened.close()


class KeepingOnFiles(Keeping):
    """The same on a folder."""

    def make_store(self) -> BlobStore:
        self.folder = TemporaryDirectory()
        return FilesystemBlobs(Path(self.folder.name))

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "folder"):
            self.folder.cleanup()


class KeepingOnObjects(Keeping):
    """The same on an object store."""

    def make_store(self) -> BlobStore:
        return ObjectStoreBlobs(MemoryStore())


@pytest.mark.parametrize(("machine", "orders"), [(Keeping, 30), (KeepingOnFiles, 10), (KeepingOnObjects, 10)])
def test_what_is_needed_is_never_removed_and_what_is_not_is(
    machine: type[RuleBasedStateMachine], orders: int
) -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - it is a test by its name

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=orders,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
