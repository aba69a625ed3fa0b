"""Many orders of pushes, deletions, collections and kills, drawn at random and tried one after the other.

    python -m tests.property.many_collections [ORDERS] [STEPS] [SEED] [memory|filesystem|object-store]

Prints how many orders were tried; the first that breaks a promise ends it, with its seed and its steps. The
model is that of ``test_collection_model``, which shrinks what it finds but is slower.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from obstore.store import MemoryStore

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.blobs_object_store import ObjectStoreBlobs
from lading.adapters.sql.engine import open_memory
from lading.ports.blob_store import BlobStore
from tests.support.keeping_world import CONTENTS, REPOSITORIES, TAGS, Operation, World

Draw = Callable[[random.Random, World], Operation]


def _push_blob(chance: random.Random, world: World) -> Operation:
    name, content = chance.choice(REPOSITORIES), chance.choice(CONTENTS)
    return lambda: world.push_blob(name, content)


def _head(chance: random.Random, world: World) -> Operation:
    name, content = chance.choice(REPOSITORIES), chance.choice(CONTENTS)
    return lambda: world.ask_with_head(name, content)


def _mount(chance: random.Random, world: World) -> Operation:
    source, into, content = chance.choice(REPOSITORIES), chance.choice(REPOSITORIES), chance.choice(CONTENTS)
    return lambda: world.mount(source, into, content)


def _push_image(chance: random.Random, world: World) -> Operation:
    name, tag = chance.choice(REPOSITORIES), chance.choice(("", *TAGS))
    of = tuple(chance.sample(CONTENTS, chance.randint(1, 3)))
    subject = chance.choice([None, *(digest for where, digest in world.manifests if where == name)])
    return lambda: world.push_image(name, of, tag, subject)


def _push_index(chance: random.Random, world: World) -> Operation:
    name, tag = chance.choice(REPOSITORIES), chance.choice(("", *TAGS))
    return lambda: world.push_index(name, tag)


def _delete_manifest(chance: random.Random, world: World) -> Operation:
    name, at = chance.choice(REPOSITORIES), chance.randint(0, 3)
    return lambda: world.delete_manifest(name, at)


def _delete_tag(chance: random.Random, world: World) -> Operation:
    name, tag = chance.choice(REPOSITORIES), chance.choice(TAGS)
    return lambda: world.delete_tag(name, tag)


def _delete_blob(chance: random.Random, world: World) -> Operation:
    name, content = chance.choice(REPOSITORIES), chance.choice(CONTENTS)
    return lambda: world.delete_blob(name, content)


PEOPLE: tuple[Draw, ...] = (
    _push_blob, _push_blob, _head, _mount, _push_image, _push_image, _push_index, _delete_manifest,
    _delete_tag, _delete_blob,
)  # fmt: skip


def _slices(chance: random.Random, world: World) -> Operation:
    number = chance.randint(1, 5)

    def collect() -> None:
        for _ in range(number):
            world.slice()

    return collect


def _slice_with_others(chance: random.Random, world: World) -> Operation:
    between = chance.choice(PEOPLE)(chance, world)
    return lambda: world.slice(between=between)


def _push_with_collector(chance: random.Random, world: World) -> Operation:
    push, collect = _push_blob(chance, world), _slices(chance, world)

    def both() -> None:
        world.blobs.between = collect
        push()

    return both


def _kill(chance: random.Random, world: World) -> Operation:
    calls = chance.randint(0, 5)
    return lambda: world.slice(killed_after=calls)


def _time(chance: random.Random, world: World) -> Operation:
    by = timedelta(minutes=chance.choice((29, 31, 61, 200)))
    if chance.random() < 0.15:
        by = timedelta(hours=chance.choice((-48, -1, 72)))

    return lambda: world.let_time_pass(by)


def _upload(chance: random.Random, world: World) -> Operation:
    name, content = chance.choice(REPOSITORIES), chance.choice(CONTENTS)
    return lambda: world.begin_upload(name, content)


def _prelude(chance: random.Random, world: World) -> None:
    """Something for everybody to quarrel over."""
    for name in REPOSITORIES:
        for content in CONTENTS:
            if chance.random() < 0.7:
                world.push_blob(name, content)
        _push_image(chance, world)()
        _push_image(chance, world)()
    _delete_manifest(chance, world)()
    if chance.random() < 0.8:
        world.let_time_pass(timedelta(minutes=chance.choice((31, 61, 200))))
    if chance.random() < 0.8:
        world.start()


COLLECTOR: tuple[Draw, ...] = (
    _slices, _slice_with_others, _slice_with_others, _slice_with_others, _slice_with_others,
    _push_with_collector, _push_with_collector, _kill, _time, _time, _time, _upload,
    lambda _chance, world: world.start,
    lambda _chance, world: world.start,
    lambda _chance, world: world.start,
    lambda _chance, world: world.stop,
    lambda _chance, world: world.resume,
)  # fmt: skip


def try_one(seed: int, steps: int, store: BlobStore) -> int:
    """Try one order; return how many steps it had."""
    chance = random.Random(seed)
    records: Any = open_memory()
    world = World(records, store)
    told: list[str] = []
    try:
        _prelude(chance, world)
        for _ in range(steps):
            draw = chance.choice(PEOPLE + COLLECTOR)
            told.append(getattr(draw, "__name__", "?"))
            draw(chance, world)()
            if draw in COLLECTOR:  # people alone break nothing: their own steps compare what they are told
                world.check()
        world.check_nothing_is_left_over()
    except BaseException:
        sys.stderr.write(f"seed {seed}: {' '.join(told)}\n")
        raise
    finally:
        records.close()
    return len(told)


def main(arguments: list[str]) -> None:
    """Try as many as asked for."""
    orders, steps, seed = (int(text) for text in (*arguments[:3], *("1000", "25", "1")[len(arguments) :])[:3])
    kind = arguments[3] if len(arguments) > 3 else "memory"
    begun, done = time.monotonic(), 0
    for number in range(seed, seed + orders):
        with TemporaryDirectory() as folder:
            stores: dict[str, Callable[[], BlobStore]] = {
                "memory": MemoryBlobs,
                "filesystem": lambda where=folder: FilesystemBlobs(Path(where)),  # type: ignore[misc]
                "object-store": lambda: ObjectStoreBlobs(MemoryStore()),
            }
            done += try_one(number, steps, stores[kind]())
        if (number - seed + 1) % 100 == 0:
            seconds = time.monotonic() - begun
            sys.stdout.write(f"{number - seed + 1} orders, {done} steps, {seconds:.0f} s\n")
            sys.stdout.flush()
    sys.stdout.write(f"{orders} orders of {steps} steps on {kind}: every promise was kept\n")


if __name__ == "__main__":
    main(sys.argv[1:])
