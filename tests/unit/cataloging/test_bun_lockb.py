"""Binary lock files of Bun."""

import struct

import pytest

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers.bun_lockb import iter_asks, parse_lock
from lading.packages.package import Package
from tests.support.bun_lock_files import FOLDER, MAGIC, NPM, bun_lock

LOCK = bun_lock(
    [("app", (1, 0, 0), ""), ("@babel/code-frame", (7, 29, 7), ""), ("typescript", (5, 4, 0), "beta")],
    [[1, 2], [2], []],
    kinds=[FOLDER, NPM, NPM],
)


def read(content: bytes) -> list[Package | Unreadable]:
    return list(parse_lock("bun.lockb", content))


def test_names_short_and_long_versions_and_needs_are_read() -> None:
    assert read(LOCK) == [
        Package("npm", "@babel", "code-frame", "7.29.7"),
        Package("npm", "", "typescript", "5.4.0-beta"),
    ]
    assert [(each.name, each.needs) for each in iter_asks("bun.lockb", LOCK)] == [
        ("@babel/code-frame", (("typescript 5.4.0-beta",),)),
        ("typescript", ()),
    ]


def at(offset: int, number: int, shape: str = "<Q") -> bytes:
    changed = bytearray(LOCK)
    struct.pack_into(shape, changed, len(MAGIC) + offset, number)
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"#!/usr/bin/env bun\n", "no"),
        (bun_lock([], version=3), "version 3"),
        (at(44, 1 << 60), "lies about the number"),
        (at(44, 400_000), "less room"),
        (at(44 + 24, 1 << 63), "lies"),
        (at(44 + 32, 1 << 63), "lies"),
        (LOCK[:-20], "table is not where"),
    ],
)
def test_what_contradicts_itself_is_reported(content: bytes, reason: str) -> None:
    (found,) = read(content)
    assert isinstance(found, Unreadable)
    assert reason in found.reason or "not a lock file" in found.reason


def test_a_name_that_leads_out_of_the_texts_is_reported() -> None:
    changed = bytearray(LOCK)
    begin = len(MAGIC) + 84
    changed[begin + 8 : begin + 16] = (5000 | 8 << 32 | 1 << 63).to_bytes(8, "little")
    (found,) = read(bytes(changed))
    assert isinstance(found, Unreadable)
    assert "out of the table" in found.reason
