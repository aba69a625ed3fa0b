"""A Dockerfile as evidence: what it says of itself, and of the image that it would make.

What only the finished image can tell is undetermined, never a default. Two facts need care:

1. The user. A USER in the image's own stages decides; on scratch it is root; else the base does.
2. The base is that of the lowest stage that the image is made of.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lading.dockerfile.installs import Manager, leaves_caches, read_install
from lading.dockerfile.instruction import Instruction
from lading.dockerfile.shell import ShellCommand, iter_commands
from lading.dockerfile.stages import Dockerfile, Stage, Step
from lading.foundation.errors import LadingError
from lading.oci.reference import Reference, parse_reference
from lading.policy.build_evidence import (
    BuildFacts,
    CommandFact,
    CopyFact,
    InstructionFact,
    StageFact,
    VariableFact,
)
from lading.policy.credential_texts import credential_kind, names_credential

MAX_TEXT = 500  # characters of an instruction that rules and people see
_SCRATCH = "scratch"
_ARCHIVE = re.compile(r"\.(?:tar|tar\.(?:gz|xz|bz2|zst)|tgz|txz|tbz2?)\Z")
_REMOTE = re.compile(r"(?:https?|ftp|ssh)://|git@", re.IGNORECASE)
_MOUNT_TARGET = re.compile(r"(?:^|,)(?:target|dst|destination)=([^,]+)")
_FETCHES = frozenset(("curl", "wget", "fetch"))
_RUNS_INPUT = frozenset(
    ("sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "php")
)
_WINDOWS = ("powershell", "pwsh", "cmd")


@dataclass(frozen=True, slots=True)
class BuildReading:
    """Facts of a Dockerfile, and on which line a fact about the whole image was decided."""

    facts: BuildFacts
    lines: Mapping[str, int]


def read_build(dockerfile: Dockerfile) -> BuildReading:
    """Give what rules may ask of the Dockerfile."""
    final = set(dockerfile.final)
    steps = list(dockerfile.iter_steps())
    checks = [s for _, s in dockerfile.iter_steps(final=True) if s.instruction.keyword == "HEALTHCHECK"]
    folders = [s for _, s in dockerfile.iter_steps(final=True) if s.instruction.keyword == "WORKDIR"]
    facts = BuildFacts(
        file=dockerfile.source,
        stages=tuple(_stage(stage, stage.index in final) for stage in dockerfile.stages),
        instructions=tuple(_instruction(s, step, s.index in final) for s, step in steps),
        commands=tuple(
            fact
            for number, (s, step) in enumerate(steps)
            for fact in _commands(s, step, s.index in final, number)
        ),
        copies=tuple(
            _copy(dockerfile, s, step, s.index in final)
            for s, step in steps
            if step.instruction.keyword in {"COPY", "ADD"}
        ),
        variables=tuple(_variables(dockerfile, steps, final)),
        health_check=bool(checks) and checks[-1].instruction.arguments[0].upper() != "NONE",
        work_folder=folders[-1].fill(folders[-1].instruction.text.strip()).text if folders else "",
    )
    return BuildReading(facts, _lines(dockerfile))


def base_reference(stage: Stage) -> Reference | None:
    """Give the image that a stage is built on, where it is one and its name can be told."""
    if stage.parent is not None or stage.base.text == _SCRATCH or stage.base.unknown:
        return None
    try:
        return parse_reference(stage.base.text)
    except LadingError:
        return None


def is_scratch(stage: Stage) -> bool:
    """Whether a stage begins with nothing."""
    return stage.parent is None and stage.base.text == _SCRATCH


def _stage(stage: Stage, final: bool) -> StageFact:
    reference = base_reference(stage)
    return StageFact(
        name=stage.name,
        base=stage.base.text,
        registry=reference.registry if reference else "",
        repository=reference.repository if reference else "",
        tag=reference.tag if reference else "",
        digest=str(reference.digest) if reference and reference.digest else "",
        image=stage.parent is None and not is_scratch(stage),
        unknown=tuple(sorted(stage.base.unknown)),
        platform=stage.platform,
        stage=stage.index,
        final=final,
        line=stage.line,
    )


def _instruction(stage: Stage, step: Step, final: bool) -> InstructionFact:
    one = step.instruction
    later = (s.instruction for s in stage.steps if s.instruction.line > one.line)
    return InstructionFact(
        keyword=one.keyword,
        text=" ".join(one.text.split())[:MAX_TEXT],
        form="exec" if one.exec_form else "shell",
        wrapped=one.wrapped.keyword if one.wrapped else "",
        insecure=one.flag("security") == "insecure" or one.flag("network") == "host",
        last=not any(other.keyword == one.keyword for other in later),
        stage=stage.index,
        final=final,
        line=one.line,
    )


def _commands(stage: Stage, step: Step, final: bool, number: int) -> Iterator[CommandFact]:
    instruction = step.instruction
    if instruction.keyword not in {"RUN", "CMD", "ENTRYPOINT"}:
        return
    if instruction.exec_form:
        found = [(_of_words(instruction.arguments), instruction.line)] if instruction.arguments else []
    elif step.shell and step.shell[0].rsplit("/", 1)[-1].removesuffix(".exe").lower() in _WINDOWS:
        return
    else:
        found = list(_shell_commands(instruction))
    run = [command for command, _ in found]
    mounts = tuple(_transient_mounts(instruction))
    lost = not _keeps_failures(step, run)
    for at, (command, line) in enumerate(found):
        install = read_install(command)
        options = command.words
        transient = (*mounts, *_switched_off(step, install.manager))
        yield CommandFact(
            program=command.program,
            run=number,
            words=command.words,
            keyword=instruction.keyword,
            sudo=command.sudo,
            piped=command.piped and lost,
            fetched=_runs_what_it_fetches(run, at),
            manager=install.manager.value,
            action=install.action,
            installs=install.packages,
            unpinned=install.unpinned,
            confirmed=install.confirmed,
            lean=install.lean,
            leaves_caches=leaves_caches(install, options, run, transient),
            stage=stage.index,
            final=final,
            line=line,
        )


def _of_words(words: tuple[str, ...]) -> ShellCommand:
    found = next(iter_commands(" ".join(words)), None) if words[0] in {"sudo", "env"} else None
    return found or ShellCommand(words[0].rsplit("/", 1)[-1], words[1:], 0, piped=False)


def _shell_commands(instruction: Instruction) -> Iterator[tuple[ShellCommand, int]]:
    documents = instruction.heredocs
    text = instruction.text
    if (documents and text.strip() == f"<<{documents[0].name}") or (
        documents and text.lstrip().startswith("<<")
    ):
        for document in documents[:1]:
            for command in iter_commands(document.text):
                yield command, document.line + document.text.count("\n", 0, command.at)
        return
    for command in iter_commands(text):
        yield command, instruction.source.line_at(instruction.text_at + command.at)


def _transient_mounts(instruction: Instruction) -> Iterator[str]:
    for flag in instruction.flags:
        if flag.name == "mount" and ("type=cache" in flag.value or "type=tmpfs" in flag.value):
            target = _MOUNT_TARGET.search(flag.value)
            if target:
                yield target.group(1)


def _switched_off(step: Step, manager: Manager) -> tuple[str, ...]:
    if manager is Manager.PIP and step.values.get("PIP_NO_CACHE_DIR") not in {None, "", "0", "off", "false"}:
        return ("/root/.cache",)
    return ()


def _keeps_failures(step: Step, run: list[ShellCommand]) -> bool:
    if any("pipefail" in word for word in step.shell):
        return True
    return any(command.program == "set" and "pipefail" in command.words for command in run)


def _runs_what_it_fetches(run: list[ShellCommand], at: int) -> bool:
    """``curl … | sh``: nobody saw what ran, and the next build may run something else."""
    while at > 0 and run[at - 1].piped:
        if run[at].program in _RUNS_INPUT and run[at - 1].program in _FETCHES:
            return not any(word.startswith("-") and word.endswith("c") for word in run[at].words)
        at -= 1
    return False


def _copy(dockerfile: Dockerfile, stage: Stage, step: Step, final: bool) -> CopyFact:
    one = step.instruction
    words = tuple(step.fill(word).text for word in one.arguments if not word.startswith("<<"))
    sources, destination = words[:-1], words[-1] if words else ""
    origin = one.flag("from") or ""
    names = {s.name for s in dockerfile.stages if s.name} | {str(s.index) for s in dockerfile.stages}
    return CopyFact(
        keyword=one.keyword,
        sources=sources,
        destination=destination,
        origin=origin,
        origin_image=bool(origin) and origin.lower() not in names and "$" not in origin,
        remote=any(_REMOTE.match(source) for source in sources),
        archive=any(_ARCHIVE.search(source) for source in sources),
        checksum=one.flag("checksum") is not None or "@sha256:" in origin,
        everything=any(source in {"/", "."} or source == "./" for source in sources),
        mode=one.flag("chmod") or "",
        stage=stage.index,
        final=final,
        line=one.line,
    )


def _variables(
    dockerfile: Dockerfile, steps: list[tuple[Stage, Step]], final: set[int]
) -> Iterator[VariableFact]:
    for argument in dockerfile.global_arguments:
        for name, value in argument.pairs():
            yield VariableFact("ARG", name, _secret("ARG", name, value), 0, False, argument.line)
    for stage, step in steps:
        one = step.instruction
        if one.keyword in {"ARG", "ENV"}:
            for name, value in one.pairs():
                kind = _secret(one.keyword, name, step.fill(value).text)
                yield VariableFact(one.keyword, name, kind, stage.index, stage.index in final, one.line)


def _secret(keyword: str, name: str, value: str) -> str:
    """An ARG named for a credential is made to carry one: what is given to it stays in the history."""
    found = credential_kind(name, value)
    return found or ("argument" if keyword == "ARG" and not value and names_credential(name) else "")


def _lines(dockerfile: Dockerfile) -> dict[str, int]:
    lines = {"base": dockerfile.stages[dockerfile.final[0]].line, "image": dockerfile.target.line}
    lines["build"] = dockerfile.target.line
    paths = {
        "USER": ("image.user", "image.root"),
        "ENTRYPOINT": ("image.entrypoint",),
        "CMD": ("image.command",),
        "EXPOSE": ("image.ports",),
        "LABEL": ("image.labels",),
        "WORKDIR": ("build.work_folder",),
        "HEALTHCHECK": ("build.health_check",),
    }
    for _, step in dockerfile.iter_steps(final=True):
        for path in paths.get(step.instruction.keyword, ()):
            lines[path] = step.instruction.line
    return lines
