"""Moving the bases of a Dockerfile: other references in its FROM lines, and nothing else of its text.

1. Of every stage that begins from an image in the repository, the reference becomes the new one, with its
   digest. The registry stays as it is written.
2. Where FROM takes a variable, and nothing else, the default of that global ARG is changed: a build that is
   given another value does not use it, which is for its owners to see.
3. What is put together from parts is not touched: it is said why, and what to write.
"""

import re
from dataclasses import dataclass

from lading.dockerfile.instruction import Instruction
from lading.dockerfile.stages import Dockerfile, Stage, parse_dockerfile
from lading.foundation.errors import Conflict, Malformed
from lading.oci.reference import parse_reference

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))\Z")


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A reference that was changed, on a line; 1 is the first."""

    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MovedDockerfile:
    """The new text, and what is other in it."""

    content: bytes
    lines: tuple[MovedLine, ...]


def move_base(content: bytes, source: str, repository: str, onto: str) -> MovedDockerfile:
    """Move every stage that stands on an image of ``repository`` to ``onto``, which is tag@digest.

    Raises Malformed for what is no Dockerfile, Conflict ``base-not-written`` where nothing can be changed.
    """
    read = parse_dockerfile(content, source)
    text = content.decode("utf-8")  # which the parser has checked
    lines = text.split("\n")
    moved: list[MovedLine] = []
    puzzling: list[str] = []
    for stage in read.stages:
        if stage.parent is not None or stage.base.unknown or not _is_of(stage.base.text, repository):
            continue
        before = stage.base.text
        after = _moved(before, onto)
        place = _place(read, stage)
        if place is None:
            puzzling.append(f"line {stage.line}: FROM {stage.written_base} is put together from parts")
        elif before != after:
            at = _replace(lines, place, before, after)
            moved.append(MovedLine(at, before, after))
    if puzzling or not moved:
        why = "; ".join(puzzling) or f"no stage of it stands on {repository}, or all do on {onto} already"
        raise Conflict(
            "base-not-written", f"{source} is not changed: {why}", hint=f"write FROM …/{repository}:{onto}"
        )
    return MovedDockerfile("\n".join(lines).encode(), tuple(moved))


def _is_of(reference: str, repository: str) -> bool:
    try:
        parsed = parse_reference(reference)
    except Malformed:
        return False
    return parsed.repository in (repository, f"library/{repository}")


def _moved(before: str, onto: str) -> str:
    name = before.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}:{onto}"


def _place(read: Dockerfile, stage: Stage) -> tuple[int, int] | None:
    """The first and the last physical line in which the reference is written; None where it is in parts."""
    variable = _VARIABLE.match(stage.written_base)
    if variable is None:
        end = stage.steps[0].instruction.line if stage.steps else stage.line
        return (stage.line, end) if stage.written_base == stage.base.text else None
    name = variable[1] or variable[2]
    for instruction in reversed(read.global_arguments):
        if any(one == name and value == stage.base.text for one, value in instruction.pairs()):
            return _span(instruction)
    return None


def _span(instruction: Instruction) -> tuple[int, int]:
    return instruction.line, instruction.source.starts[-1][1]


def _replace(lines: list[str], place: tuple[int, int], before: str, after: str) -> int:
    for at in range(place[0] - 1, min(place[1], len(lines))):
        if before in lines[at]:
            lines[at] = lines[at].replace(before, after, 1)
            return at + 1
    raise Conflict("base-not-written", f"{before[:200]} is not written on one line")
