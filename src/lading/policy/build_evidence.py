"""What a Dockerfile says, as rules see it. Lines count from 1."""

from dataclasses import dataclass
from typing import Annotated

_STAGE = "Number of the stage, 0 is the first."
_FINAL = "Whether it is of the image that the file makes, not of a stage that is only copied from."
_LINE = "Line of the file."


@dataclass(frozen=True, slots=True)
class StageFact:
    """One FROM."""

    name: Annotated[str, "Its name; empty where it has none."] = ""
    base: Annotated[str, "What it is built on, with the variables that have values filled in."] = ""
    registry: Annotated[
        str, "Registry of the base; empty for an earlier stage, scratch, or what cannot be told."
    ] = ""
    repository: Annotated[str, "Repository of the base, likewise."] = ""
    tag: Annotated[str, "Tag of the base, likewise; empty where none is written."] = ""
    digest: Annotated[str, "Digest of the base; empty where none is written."] = ""
    image: Annotated[bool, "Whether it is built on an image, neither on an earlier stage nor on scratch."] = (
        True
    )
    unknown: Annotated[tuple[str, ...], "Variables in the base that have no value in the file."] = ()
    platform: Annotated[str, "Value of --platform, as written."] = ""
    stage: Annotated[int, _STAGE] = 0
    final: Annotated[bool, _FINAL] = True
    line: Annotated[int, _LINE] = 1


@dataclass(frozen=True, slots=True)
class InstructionFact:
    """One instruction."""

    keyword: Annotated[str, "`RUN`, `COPY` …, in capitals."] = "RUN"
    text: Annotated[str, "What stands after it, variables as written; at most 500 characters."] = ""
    form: Annotated[str, "`exec` for a JSON array, `shell` otherwise."] = "shell"
    wrapped: Annotated[str, "The keyword that an ONBUILD holds."] = ""
    insecure: Annotated[bool, "Whether a RUN asks for security=insecure or the network of the host."] = False
    last: Annotated[bool, "Whether none of the same keyword follows in its stage."] = True
    stage: Annotated[int, _STAGE] = 0
    final: Annotated[bool, _FINAL] = True
    line: Annotated[int, _LINE] = 1


@dataclass(frozen=True, slots=True)
class CommandFact:
    """One simple command in a RUN, CMD or ENTRYPOINT."""

    program: Annotated[str, "Name of the program, without its folder."] = ""
    run: Annotated[int, "Number of the instruction that holds it: commands with the same stand together."] = 0
    words: Annotated[tuple[str, ...], "Its arguments, without quotes."] = ()
    keyword: Annotated[str, "The instruction that holds it."] = "RUN"
    sudo: Annotated[bool, "Whether it is called through sudo."] = False
    piped: Annotated[
        bool, "Whether its output goes into another command while failures in a pipe are lost."
    ] = False
    fetched: Annotated[bool, "Whether a shell runs what came over the network in the same pipe, unseen."] = (
        False
    )
    manager: Annotated[
        str, "Package manager that it calls: `apt`, `apk`, `dnf`, `zypper`, `pip`, `npm`, `gem`, `go`."
    ] = ""
    action: Annotated[str, "`install`, `update`, `upgrade`; empty for anything else."] = ""
    installs: Annotated[tuple[str, ...], "Packages that it installs."] = ()
    unpinned: Annotated[tuple[str, ...], "Those of them without a version."] = ()
    confirmed: Annotated[bool, "Whether the package manager asks nobody (-y)."] = True
    lean: Annotated[bool, "Whether packages that are only recommended stay away."] = True
    leaves_caches: Annotated[bool, "Whether lists or caches of the package manager stay in the layer."] = (
        False
    )
    stage: Annotated[int, _STAGE] = 0
    final: Annotated[bool, _FINAL] = True
    line: Annotated[int, _LINE] = 1


@dataclass(frozen=True, slots=True)
class CopyFact:
    """One COPY or ADD."""

    keyword: Annotated[str, "`COPY` or `ADD`."] = "COPY"
    sources: Annotated[tuple[str, ...], "What is copied, with variables filled in."] = ()
    destination: Annotated[str, "Where to."] = ""
    origin: Annotated[str, "The stage or image of --from; empty for the build context."] = ""
    origin_image: Annotated[bool, "Whether --from names an image, no stage of this file."] = False
    remote: Annotated[bool, "Whether a source is an address on the network."] = False
    archive: Annotated[bool, "Whether a source is an archive, which ADD unpacks."] = False
    checksum: Annotated[bool, "Whether --checksum or a digest says what must come."] = False
    everything: Annotated[bool, "Whether a whole file system or the whole build context is copied."] = False
    mode: Annotated[str, "Value of --chmod."] = ""
    stage: Annotated[int, _STAGE] = 0
    final: Annotated[bool, _FINAL] = True
    line: Annotated[int, _LINE] = 1


@dataclass(frozen=True, slots=True)
class VariableFact:
    """One ARG or ENV. The value itself is never in the evidence."""

    keyword: Annotated[str, "`ARG` or `ENV`."] = "ENV"
    name: Annotated[str, "Its name."] = ""
    secret: Annotated[str, "Kind of the credential that it carries or is made to carry; empty for none."] = ""
    stage: Annotated[int, _STAGE] = 0
    final: Annotated[bool, _FINAL] = True
    line: Annotated[int, _LINE] = 1


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """The Dockerfile that makes the image; all empty where there is none at hand."""

    file: Annotated[str, "Its name; empty where there is none."] = ""
    stages: Annotated[tuple[StageFact, ...], "Every FROM, in order."] = ()
    instructions: Annotated[tuple[InstructionFact, ...], "Every instruction below a FROM, in order."] = ()
    commands: Annotated[tuple[CommandFact, ...], "Every command of a shell, as far as it can be read."] = ()
    copies: Annotated[tuple[CopyFact, ...], "Every COPY and ADD."] = ()
    variables: Annotated[tuple[VariableFact, ...], "Every ARG and ENV."] = ()
    health_check: Annotated[bool, "Whether the image has a HEALTHCHECK of this file."] = False
    work_folder: Annotated[str, "WORKDIR of the image, as far as the file sets it."] = ""
