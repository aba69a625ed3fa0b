"""Files judged by rules of others, as they are: Kubernetes ValidatingAdmissionPolicy objects, Rego modules.

What they say becomes results like those of our own rules, so that reports and exit
codes are the same. Rego runs where the caller says: it is handed what conftest would be, parsed files.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from lading.admission.compose_specs import is_compose
from lading.admission.kubernetes_specs import is_kubernetes
from lading.admission.spec_documents import SpecDocument, parse_spec_documents
from lading.admission.validating_policies import (
    ValidatingPolicy,
    is_validating_policy,
    judge_by,
    parse_validating_policy,
)
from lading.dockerfile.stages import parse_dockerfile
from lading.oci.digest import Digest
from lading.policy.decision import Decision, RuleResult, strictest
from lading.policy.report import Judged
from lading.policy.template import printable
from lading.workflows.check_files import FileKind, FileQuestion, kind_by_name


def read_validating_policies(content: bytes, name: str) -> Iterator[ValidatingPolicy]:
    """Read the policies of a file; other objects in it are passed over."""
    for document in parse_spec_documents(content, name):
        if is_validating_policy(document.value):
            yield parse_validating_policy(document, name)


def parsed_inputs(content: bytes, name: str, kind: FileKind | None) -> list[Any]:
    """Give what Rego modules are asked about: each document, or a Dockerfile as conftest gives it."""
    if (kind or kind_by_name(name)) is FileKind.DOCKERFILE:
        return [_dockerfile(content, name)]
    return [document.value for document in parse_spec_documents(content, name)]


def judge_by_policies(
    content: bytes, name: str, policies: Sequence[ValidatingPolicy], question: FileQuestion, now: datetime
) -> Iterator[Judged]:
    """Ask Kubernetes' own policies about each object of a file."""
    if kind_by_name(name) is FileKind.DOCKERFILE:
        return
    for document in parse_spec_documents(content, name):
        if is_kubernetes(document.value) and not is_compose(document.value):
            found = [judge_by(policy, document.value) for policy in policies]
            results = tuple(result for result in found if result is not None)
            if results:
                yield foreign(
                    results,
                    subject_of(document.value),
                    name,
                    question=question,
                    now=now,
                    lines=_line(document),
                )


def foreign(
    results: tuple[RuleResult, ...],
    subject: str,
    name: str,
    *,
    question: FileQuestion,
    now: datetime,
    lines: Mapping[str, int] | None = None,
) -> Judged:
    """Give results of others as a decision about a part of a file."""
    decision = Decision(
        outcome=strictest(*(result.effect for result in results)),
        results=results,
        gate=question.gate,
        environment=question.environment,
        registry="",
        repository=question.repository,
        image="",
        policy="rules of others",
        policy_digest=str(Digest.of(" ".join(sorted(result.rule for result in results)).encode())),
        evidence_digest="",
        at=now,
        subject=printable(subject),
    )
    return Judged(decision, name, lines or {})


def subject_of(value: object) -> str:
    """Name an object for people."""
    if not isinstance(value, Mapping):
        return "document"
    metadata = value.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
    return f"{value.get('kind', 'document')} {name}".strip()


def _line(document: SpecDocument) -> dict[str, int]:
    return {"object": document.line_of()}


def _dockerfile(content: bytes, name: str) -> list[dict[str, Any]]:
    dockerfile = parse_dockerfile(content, name)
    commands: list[dict[str, Any]] = []
    for stage in dockerfile.stages:
        value = [stage.written_base, *(["as", stage.name] if stage.name else [])]
        commands.append(_command("from", [], value, exec_form=False, line=stage.line, stage=stage.index))
        for step in stage.steps:
            one = step.instruction
            flags = [f"--{flag.name}={flag.value}" for flag in one.flags]
            words = list(one.arguments) if one.exec_form or one.keyword not in {"RUN", "CMD"} else [one.text]
            commands.append(
                _command(
                    one.keyword.lower(),
                    flags,
                    words,
                    exec_form=one.exec_form,
                    line=one.line,
                    stage=stage.index,
                )
            )
    return commands


def _command(
    keyword: str, flags: list[str], value: list[str], *, exec_form: bool, line: int, stage: int
) -> dict[str, Any]:
    return {
        "Cmd": keyword,
        "Flags": flags,
        "JSON": exec_form,
        "Value": value,
        "StartLine": line,
        "Stage": stage,
        "SubCmd": "",
    }
