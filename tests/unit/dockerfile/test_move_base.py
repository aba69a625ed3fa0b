"""Moving the FROM lines of a Dockerfile to another base, and nothing else."""

import pytest

from lading.dockerfile.move_base import MovedLine, move_base
from lading.foundation.errors import Conflict, LadingError

ONTO = "3-r1@sha256:" + "a" * 64


def moved(text: str, repository: str = "runtime/python") -> str:
    return move_base(text.encode(), "Dockerfile", repository, ONTO).content.decode()


def test_tag_and_digest_are_replaced_and_the_registry_stays() -> None:
    text = (
        "# runtime/python:3 is ours\nFROM reg.example:5000/runtime/python:3@sha256:{} AS build # x\r\nRUN a\n"
    )
    done = move_base(text.format("b" * 64).replace(" # x", "").encode(), "Dockerfile", "runtime/python", ONTO)
    assert done.content.decode() == (
        f"# runtime/python:3 is ours\nFROM reg.example:5000/runtime/python:{ONTO} AS build\r\nRUN a\n"
    )
    before = f"reg.example:5000/runtime/python:3@sha256:{'b' * 64}"
    assert done.lines == (MovedLine(2, before, f"reg.example:5000/runtime/python:{ONTO}"),)


def test_every_stage_on_the_base_moves_and_others_stay() -> None:
    text = (
        "FROM r.io/runtime/python:3 AS a\nFROM r.io/runtime/node:18\n"
        "FROM r.io/runtime/python\nCOPY --from=a /x /\nFROM a\n"
    )
    assert moved(text) == (
        f"FROM r.io/runtime/python:{ONTO} AS a\nFROM r.io/runtime/node:18\n"
        f"FROM r.io/runtime/python:{ONTO}\nCOPY --from=a /x /\nFROM a\n"
    )


def test_a_base_in_a_global_argument_is_changed_where_it_is_written() -> None:
    text = "ARG OTHER=1\nARG BASE=r.io/runtime/python:3\nFROM ${BASE}\nARG BASE=mine\n"
    assert moved(text) == f"ARG OTHER=1\nARG BASE=r.io/runtime/python:{ONTO}\nFROM ${{BASE}}\nARG BASE=mine\n"


def test_a_reference_on_a_continued_line_is_found() -> None:
    text = "FROM --platform=linux/amd64 \\\n  # the base\n  r.io/runtime/python:3 \\\n  AS x\nRUN a\n"
    assert f"\n  r.io/runtime/python:{ONTO} \\\n" in moved(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ARG V=3\nFROM r.io/runtime/python:${V}\n", "put together from parts"),
        ("ARG B\nFROM $B\n", "no stage of it stands on"),
        ("FROM r.io/runtime/node:1\n", "no stage of it stands on"),
        ("FROM r.io/not/runtime/python:3\n", "no stage of it stands on"),
        ("FROM scratch\nRUN echo r.io/runtime/python:3\n", "no stage of it stands on"),
        (f"FROM r.io/runtime/python:{ONTO}\n", "already"),
    ],
)
def test_what_cannot_be_changed_is_said(text: str, why: str) -> None:
    with pytest.raises(Conflict, match=why):
        moved(text)


@pytest.mark.parametrize(
    "text", ["", "RUN a\n", "FROM\n", "FROM a b\n", "\0", "FROM r.io/runtime/python:3 AS\n"]
)
def test_what_is_no_dockerfile_is_refused(text: str) -> None:
    with pytest.raises(LadingError):
        moved(text)
