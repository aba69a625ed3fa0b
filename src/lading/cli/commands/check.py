"""`lading check`: judge files before there is an image or a workload. Nothing is asked of any server."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lading.cli.exit_codes import ExitCode
from lading.cli.reports import Report, report_option
from lading.foundation.errors import Malformed

if TYPE_CHECKING:
    from lading.policy.report import Judged
    from lading.policy.rule import Policy
    from lading.workflows.check_files import FileKind, FileQuestion

MAX_FILE = 16 << 20  # bytes
MAX_FILES = 10_000  # of one folder
_SKIPPED = frozenset((".git", ".hg", ".venv", "node_modules", "__pycache__", ".terraform"))
_SPECS = (".yaml", ".yml")


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--env", "environment", default="", help="Environment that the rules are asked for.")
@click.option("--gate", "gate", type=click.Choice(["laptop", "ci"]), default="laptop", show_default=True)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Policy file; without, a profile.",
)
@click.option("--profile", default="enterprise", show_default=True, help="small, enterprise or regulated.")
@click.option(
    "--as", "kind", type=click.Choice(["dockerfile", "compose", "kubernetes"]), help="What they are."
)
@click.option("--repository", default="", help="Repository that a Dockerfile's image is for.")
@click.option("--build-arg", "arguments", multiple=True, metavar="NAME=VALUE", help="As given to the build.")
@click.option(
    "--rego",
    "modules",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Rego modules to ask too, as conftest asks them (deny, warn, violation); may be repeated.",
)
@click.option(
    "--vap",
    "policies",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of ValidatingAdmissionPolicy objects to ask too; may be repeated.",
)
@click.option("--target", default="", help="Stage that is built; the last one without.")
@report_option
def command(
    files: tuple[str, ...],
    environment: str,
    gate: str,
    policy_file: Path | None,
    profile: str,
    kind: str | None,
    repository: str,
    arguments: tuple[str, ...],
    modules: tuple[Path, ...],
    policies: tuple[Path, ...],
    target: str,
    report: Report,
) -> int:
    """Judge Dockerfiles, Compose files and Kubernetes objects by the policy, without a server.

    FILE may be a folder, which is searched, or - for standard input (helm template … | lading check -).

    Exit code 0 allowed (also with warnings), 1 denied, 8 a file cannot be understood.
    """
    from lading.policy.evidence import Gate  # noqa: PLC0415 - what judges takes a while to import
    from lading.workflows.check_files import FileKind, FileQuestion, Rules, check_file  # noqa: PLC0415

    policy = load_policy(policy_file, profile)
    question = FileQuestion(Gate(gate), environment, repository, _pairs(arguments), target)
    known = FileKind(kind) if kind else None
    now = datetime.now(UTC)
    judged: list[Judged] = []
    kept: list[tuple[str, bytes]] = []
    for name, content, certain in _iter_files(files, known):
        if certain or _is_spec(content):
            judged += check_file(content, name, Rules(policy), question, now, kind=known)
            kept.append((name, content))
    judged += _by_rules_of_others(kept, modules, policies, question, now)
    return show_judged(report, policy, question, judged)


def _by_rules_of_others(
    files: list[tuple[str, bytes]],
    modules: tuple[Path, ...],
    policies: tuple[Path, ...],
    question: "FileQuestion",
    now: datetime,
) -> "Iterator[Judged]":
    """Ask ValidatingAdmissionPolicy objects and Rego modules, as they are."""
    from lading.workflows import check_foreign  # noqa: PLC0415 - only where it is asked for

    read = [
        one for file in policies for one in check_foreign.read_validating_policies(_read(file), str(file))
    ]
    for name, content in files:
        if read:
            yield from check_foreign.judge_by_policies(content, name, read, question, now)
    if not modules:
        return
    from lading.adapters.rego_modules import ask_modules, read_modules  # noqa: PLC0415

    inputs = [
        (name, one) for name, content in files for one in check_foreign.parsed_inputs(content, name, None)
    ]
    answers = ask_modules(read_modules(modules), [one for _, one in inputs])
    for (name, one), results in zip(inputs, answers, strict=True):
        if results:
            subject = check_foreign.subject_of(one) if isinstance(one, dict) else name
            yield check_foreign.foreign(results, subject, name, question=question, now=now)


def load_policy(file: Path | None, profile: str) -> "Policy":
    """Read a policy file, or compose a profile."""
    from lading.adapters.shipped_policy import profile_text, read_policy  # noqa: PLC0415
    from lading.policy.policy_file import parse_policy  # noqa: PLC0415

    if file is not None:
        return parse_policy(read_policy(str(file)), str(file))
    return parse_policy(profile_text(profile), f"profile {profile}")


def show_judged(report: Report, policy: "Policy", question: "FileQuestion", judged: "list[Judged]") -> int:
    """Print what was said of all parts; give the exit code of the strictest."""
    from lading.api import gates as api  # noqa: PLC0415
    from lading.policy.decision import Outcome, Verdict, strictest  # noqa: PLC0415
    from lading.policy.message import render  # noqa: PLC0415
    from lading.server.management.gate_lines import rule_line  # noqa: PLC0415

    outcome = strictest(*(one.decision.outcome for one in judged))
    answers = []
    text: list[str] = []
    for one in judged:
        decision = one.decision
        rules = [rule_line(result, one) for result in decision.results]
        said = render(decision, line_of=one.line_of)
        answers.append(
            api.FileAnswer(
                file=one.file, subject=decision.subject, outcome=str(decision.outcome), text=said, rules=rules
            )
        )
        if any(result.verdict is not Verdict.PASS for result in decision.results):
            text += [f"{one.file}:", *(f"  {line}" if line else "" for line in said.splitlines()), ""]
    counts = {each: sum(one.decision.outcome is each for one in judged) for each in Outcome}
    text.append(
        f"{len(judged)} judged: {counts[Outcome.DENY]} denied, {counts[Outcome.WARN]} with warnings, "
        f"{counts[Outcome.ALLOW]} allowed"
    )
    message = api.FilesAnswer(
        outcome=str(outcome),
        gate=str(question.gate),
        environment=question.environment,
        policy=policy.name,
        policy_digest=str(policy.digest),
        files=answers,
    )
    report.show(message, text, lambda: judged, policy.rules)
    return ExitCode.DENIED if outcome is Outcome.DENY else ExitCode.DONE


def _pairs(arguments: tuple[str, ...]) -> dict[str, str]:
    pairs = [argument.partition("=") for argument in arguments]
    for name, equals, _ in pairs:
        if not equals:
            raise click.UsageError(f"--build-arg is written NAME=VALUE, not {name}")
    return {name: value for name, _, value in pairs}


def _iter_files(files: tuple[str, ...], known: "FileKind | None") -> Iterator[tuple[str, bytes, bool]]:
    """Give each file's name and content, and whether it was named and so has to be understood."""
    for name in files:
        path = Path(name)
        if name == "-":
            yield "-", _bounded(sys.stdin.buffer.read(MAX_FILE + 1), "standard input"), True
        elif path.is_dir():
            yield from _iter_folder(path, known)
        else:
            yield name, _read(path), True


def _iter_folder(folder: Path, known: "FileKind | None") -> Iterator[tuple[str, bytes, bool]]:
    from lading.workflows.check_files import kind_by_name  # noqa: PLC0415

    found = 0
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part in _SKIPPED for part in parts) or path.is_symlink() or not path.is_file():
            continue
        kind = kind_by_name(path.name)
        if kind is None and path.suffix not in _SPECS:
            continue
        if known is not None and kind not in {None, known}:
            continue
        found += 1
        if found > MAX_FILES:
            raise Malformed("folder-too-large", f"{folder} has more than {MAX_FILES} files to judge")
        yield str(path), _read(path), kind is not None


def _is_spec(content: bytes) -> bool:
    """Whether a YAML file that was only come upon looks like Kubernetes or Compose; templates are not."""
    return b"{{" not in content and (
        (b"apiVersion:" in content and b"kind:" in content) or b"\nservices:" in b"\n" + content
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return _bounded(stream.read(MAX_FILE + 1), str(path))
    except OSError as error:
        raise Malformed("file-unreadable", f"{path} cannot be read: {error.strerror}") from error


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > MAX_FILE:
        raise Malformed("file-too-large", f"{name} has more than {MAX_FILE} bytes")
    return content
