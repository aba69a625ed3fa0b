"""A whole Dockerfile: its stages, which of them make the image, and their values.

1. ARG before the first FROM is global: FROM may use it, a stage only after it declares the name again.
2. A FROM that names an earlier stage goes on from that stage; others begin from an image or from scratch.
3. ENV and ARG hold from where they stand to the end of the stage; a stage built on another has its ENV.
4. The image is the last stage, or the one asked for, with all stages below it. What is only copied from does
   not become part of its configuration, and its commands not part of its layers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lading.dockerfile.instruction import Instruction, parse_instruction
from lading.dockerfile.lines import dockerfile_fault, split_lines
from lading.dockerfile.variables import Substituted, substitute
from lading.foundation.errors import NotFound, OverLimit

MAX_INSTRUCTIONS = 5_000
# What the builder defines for every build, and no file can know (Dockerfile reference, "Predefined ARGs").
_PLATFORM = ("OS", "ARCH", "VARIANT")
PREDEFINED = frozenset(
    (
        *("TARGETPLATFORM", "BUILDPLATFORM"),
        *(f"{side}{part}" for side in ("TARGET", "BUILD") for part in _PLATFORM),
    )
)


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction, and the values that hold before it. ``user`` is empty for that of the base."""

    instruction: Instruction
    values: Mapping[str, str | None]
    escape: str
    user: str
    shell: tuple[str, ...]

    def fill(self, text: str) -> Substituted:
        """Fill in variables as they are here."""
        return substitute(text, self.values, self.escape)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. ``parent`` is the index of the stage it is built on, None where that is an image."""

    index: int
    name: str
    base: Substituted
    written_base: str
    platform: str
    parent: int | None
    line: int
    steps: tuple[Step, ...]
    after: Mapping[str, str | None]  # ENV at the end, for stages that are built on this one
    user: str
    shell: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile that was read. ``final`` are indexes of the stages of the image, lowest first."""

    source: str
    directives: Mapping[str, str]
    global_arguments: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    final: tuple[int, ...]

    @property
    def target(self) -> Stage:
        """The stage that is the image."""
        return self.stages[self.final[-1]]

    def iter_steps(self, *, final: bool = False) -> Iterator[tuple[Stage, Step]]:
        """Iterate over all steps in the order of the file, or over those that make the image."""
        for stage in self.stages:
            if not final or stage.index in self.final:
                for step in stage.steps:
                    yield stage, step


def parse_dockerfile(
    content: bytes, source: str, *, arguments: Mapping[str, str] | None = None, target: str = ""
) -> Dockerfile:
    """Read a Dockerfile; raise Malformed ``dockerfile-invalid``, OverLimit, or NotFound for a target.

    ``arguments`` are what ``--build-arg`` would give, ``target`` what ``--target`` would.
    """
    split = split_lines(content, source)
    if len(split.lines) > MAX_INSTRUCTIONS:
        raise OverLimit("dockerfile-too-large", f"{source} has more than {MAX_INSTRUCTIONS} instructions")
    read = [parse_instruction(line, split.escape, source) for line in split.lines]
    first = next((at for at, one in enumerate(read) if one.keyword == "FROM"), len(read))
    for one in read[:first]:
        if one.keyword != "ARG":
            raise dockerfile_fault(source, one.line, f"{one.keyword} stands before the first FROM")
    if first == len(read):
        raise dockerfile_fault(source, read[-1].line if read else 1, "the file has no FROM")
    stages = _Builder(split.escape, source, dict(arguments or {})).stages(read[:first], read[first:])
    return Dockerfile(
        source, split.directives, tuple(read[:first]), tuple(stages), _lineage(stages, target, source)
    )


def _lineage(stages: list[Stage], target: str, source: str) -> tuple[int, ...]:
    """Rule 4."""
    at: int | None = len(stages) - 1
    if target:
        at = next((s.index for s in stages if s.name == target.lower() or str(s.index) == target), None)
        if at is None:
            known = ", ".join(stage.name or str(stage.index) for stage in stages)
            raise NotFound("stage-unknown", f"{source} has no stage {target[:80]!r}", hint=f"it has {known}")
    chain: list[int] = []
    while at is not None:
        chain.append(at)
        at = stages[at].parent
    return tuple(reversed(chain))


class _Builder:
    def __init__(self, escape: str, source: str, arguments: dict[str, str]) -> None:
        self._escape = escape
        self._source = source
        self._arguments = arguments
        self._globals: dict[str, str | None] = {}
        self._stages: list[Stage] = []

    def stages(self, before: list[Instruction], rest: list[Instruction]) -> list[Stage]:
        # Rule 1.
        for instruction in before:
            self._declare(instruction, self._globals)
        starts = [at for at, one in enumerate(rest) if one.keyword == "FROM"]
        for index, start in enumerate(starts):
            end = starts[index + 1] if index + 1 < len(starts) else len(rest)
            self._stages.append(self._stage(index, rest[start], rest[start + 1 : end]))
        return self._stages

    def _declare(self, instruction: Instruction, values: dict[str, str | None]) -> None:
        for word, (name, default) in zip(instruction.arguments, instruction.pairs(), strict=True):
            if name in self._arguments:
                values[name] = self._arguments[name]
            elif "=" in word:
                filled = substitute(default, values, self._escape)
                values[name] = None if filled.unknown else filled.text
            else:
                values[name] = self._globals.get(name)

    def _stage(self, index: int, begin: Instruction, body: list[Instruction]) -> Stage:
        base, name = self._from(begin)
        filled = substitute(base, {**dict.fromkeys(PREDEFINED), **self._globals}, self._escape)
        # Rule 2.
        parent = next(
            (s.index for s in reversed(self._stages) if s.name and s.name == filled.text.lower()), None
        )
        below = self._stages[parent] if parent is not None else None
        values = dict(below.after) if below else {}
        environment = dict(values)
        user, shell = (below.user, below.shell) if below else ("", ())
        steps: list[Step] = []
        for instruction in body:
            step = Step(instruction, dict(values), self._escape, user, shell)
            steps.append(step)
            # Rule 3.
            match instruction.keyword:
                case "ARG":
                    self._declare(instruction, values)
                case "ENV":
                    for key, text in instruction.pairs():
                        given = step.fill(text)
                        values[key] = environment[key] = None if given.unknown else given.text
                case "USER":
                    user = step.fill(instruction.arguments[0]).text
                case "SHELL":
                    shell = instruction.arguments
        platform = begin.flag("platform") or ""
        return Stage(
            index, name, filled, base, platform, parent, begin.line, tuple(steps), environment, user, shell
        )

    def _from(self, begin: Instruction) -> tuple[str, str]:
        words = begin.arguments
        if len(words) == 1:
            return words[0], ""
        if len(words) == 3 and words[1].lower() == "as":
            return words[0], words[2].lower()
        raise dockerfile_fault(self._source, begin.line, "FROM is written: FROM image [AS name]")
