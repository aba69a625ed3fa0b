"""Instructions, variables and stages of a Dockerfile."""

import contextlib
import gzip
import json
import time
from pathlib import Path

import pytest

from lading.dockerfile.stages import Dockerfile, parse_dockerfile
from lading.dockerfile.variables import substitute
from lading.foundation.errors import LadingError, Malformed, NotFound
from lading.policy.build_facts import read_build


def read(text: str, **options: object) -> Dockerfile:
    return parse_dockerfile(text.encode(), "Dockerfile", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "filled", "unknown"),
    [
        ("$A", "one", set()),
        ("${A}-x", "one-x", set()),
        ("${B:-two}", "two", set()),
        ("${EMPTY:-two}", "two", set()),
        ("${EMPTY-two}", "", set()),
        ("${A:+set}", "set", set()),
        ("${B:+set}", "", set()),
        ("${B:-${A}}", "one", set()),
        ("\\$A", "$A", set()),
        ("'$A'", "$A", set()),
        ('"$A"', "one", set()),
        ("${V#v}", "1.2.3", set()),
        ("${V%.*}", "v1.2", set()),
        ("${V%%.*}", "v1", set()),
        ("${V/./-}", "v1-2.3", set()),
        ("${V//./-}", "v1-2-3", set()),
        ("app:$B", "app:$B", {"B"}),
        ("${B}", "${B}", {"B"}),
        ("$", "$", set()),
        ("${", "${", set()),
    ],
)
def test_variables_take_every_form_of_the_reference(written: str, filled: str, unknown: set[str]) -> None:
    values = {"A": "one", "EMPTY": "", "V": "v1.2.3"}
    result = substitute(written, values)
    assert (result.text, set(result.unknown)) == (filled, unknown)


def test_variables_that_double_each_other_end() -> None:
    value = "x"
    for _ in range(40):
        value = substitute("$A$A", {"A": value}).text
    assert len(value) <= 64 << 10


def test_a_global_argument_is_for_from_and_a_stage_declares_it_again() -> None:
    stage = read('ARG V=12\nFROM debian:$V\nENV A="$V"\nARG V\nENV B=$V\n').target
    assert stage.base.text == "debian:12"
    assert (stage.after["A"], stage.after["B"]) == (None, "12")


def test_a_build_argument_counts_for_more_than_the_default() -> None:
    assert read("ARG V=12\nFROM debian:$V\n", arguments={"V": "13"}).target.base.text == "debian:13"


def test_the_image_is_the_last_stage_with_those_below_it() -> None:
    text = "FROM a AS base\nUSER 5\nFROM golang AS build\nFROM base\nCOPY --from=build /x /x\n"
    dockerfile = read(text)
    assert dockerfile.final == (0, 2)
    assert dockerfile.target.user == "5"
    assert read(text, target="build").final == (1,)
    with pytest.raises(NotFound, match="no stage 'nope'"):
        read(text, target="nope")


def test_the_exec_form_is_json_and_anything_else_is_text() -> None:
    steps = read('FROM a\nCMD ["a", "b c"]\nCMD [a, b]\n').target.steps
    assert steps[0].instruction.arguments == ("a", "b c")
    assert not steps[1].instruction.exec_form


def test_env_takes_pairs_and_its_old_form() -> None:
    steps = read('FROM a\nENV A=1 B="2 3"\nENV C 4 5\n').target.steps
    assert steps[0].instruction.pairs() == (("A", "1"), ("B", '"2 3"'))
    assert steps[1].instruction.pairs() == (("C", "4 5"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FORM a\n", "Dockerfile:1: 'FORM' is no instruction (did you mean FROM?)"),
        ("RUN a\n", "Dockerfile:1: RUN stands before the first FROM"),
        ("", "Dockerfile:1: the file has no FROM"),
        ("FROM a\nCOPY --form=b c d\n", "Dockerfile:2: COPY has no flag --form (did you mean --from?)"),
        ("FROM a\nENV\n", "Dockerfile:2: ENV needs an argument"),
        ("FROM a b c\n", "Dockerfile:1: FROM is written"),
        ("FROM a\nONBUILD FROM b\n", "Dockerfile:2: ONBUILD cannot hold FROM"),
        ("FROM a\nONBUILD ONBUILD RUN b\n", "Dockerfile:2: ONBUILD cannot hold ONBUILD"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_the_nearest_word(text: str, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(text)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    "text", ["FROM " + "${A:-" * 5000, "FROM a\nRUN " + "$(" * 20000, "FROM a\nRUN " + "(" * 50000]
)
def test_hostile_nesting_ends_soon(text: str) -> None:
    began = time.monotonic()
    with contextlib.suppress(LadingError):
        read_build(read(text))
    assert time.monotonic() - began < 5


def test_real_dockerfiles_are_all_read(shared_data: Path) -> None:
    with gzip.open(shared_data / "dockerfiles" / "corpus.jsonl.gz", "rt") as lines:
        records = [json.loads(line) for line in lines]
    assert len(records) == 344
    for record in records:
        dockerfile = parse_dockerfile(record["text"].encode(), record["path"])
        assert dockerfile.target.base.text
        assert read_build(dockerfile).facts.stages
