"""Judge files before there is an image or a workload: Dockerfiles, Compose files, Kubernetes objects.

1. What a file is, is told by its name and content, unless the caller says it.
2. It is read into the same evidence that gates collect; what only an image can tell is undetermined.
3. The same policy and the same waivers are asked about each part by the same evaluator.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from lading.admission.compose_specs import is_compose, iter_compose
from lading.admission.kubernetes_specs import JudgedSpec, is_kubernetes, iter_kubernetes
from lading.admission.spec_documents import parse_spec_documents
from lading.admission.spec_evidence import spec_evidence
from lading.dockerfile.stages import parse_dockerfile
from lading.foundation.errors import Malformed
from lading.policy.build_facts import read_build
from lading.policy.build_image import dockerfile_evidence
from lading.policy.evaluation import evaluate
from lading.policy.evidence import Evidence, Gate
from lading.policy.report import Judged
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverBounds


class FileKind(StrEnum):
    """What a file is."""

    DOCKERFILE = "dockerfile"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """How files are asked about. ``repository`` is the one whose image a Dockerfile makes, empty for none."""

    gate: Gate
    environment: str = ""
    repository: str = ""
    build_arguments: Mapping[str, str] = field(default_factory=dict)
    target: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What files are judged by."""

    policy: Policy
    waivers: tuple[Waiver, ...] = ()
    bounds: WaiverBounds = field(default_factory=WaiverBounds)


def check_file(
    content: bytes,
    name: str,
    rules: Rules,
    question: FileQuestion,
    now: datetime,
    *,
    kind: FileKind | None = None,
) -> tuple[Judged, ...]:
    """Judge a file by the numbered steps; raise Malformed, OverLimit or NotFound where it cannot be read."""
    found = _read(content, name, question, kind)
    # Step 3.
    return tuple(
        Judged(evaluate(rules.policy, evidence, rules.waivers, now=now, bounds=rules.bounds), name, lines)
        for evidence, lines in found
    )


def kind_by_name(name: str) -> FileKind | None:
    """Tell from its name what a file is; None where only its content tells."""
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    stem = base.partition(".")[0]
    if stem in {"dockerfile", "containerfile"} or base.endswith((".dockerfile", ".containerfile")):
        return FileKind.DOCKERFILE
    if base.endswith((".yaml", ".yml")) and stem in {"compose", "docker-compose"}:
        return FileKind.COMPOSE
    return None


def _read(
    content: bytes, name: str, question: FileQuestion, kind: FileKind | None
) -> Iterable[tuple[Evidence, Mapping[str, int]]]:
    # Step 1.
    kind = kind or kind_by_name(name)
    if kind is FileKind.DOCKERFILE:
        return (_dockerfile(content, name, question),)
    return [
        # Step 2.
        (spec_evidence(part, question.gate, question.environment), part.lines)
        for part in _parts(content, name, kind)
    ]


def _dockerfile(content: bytes, name: str, question: FileQuestion) -> tuple[Evidence, Mapping[str, int]]:
    dockerfile = parse_dockerfile(content, name, arguments=question.build_arguments, target=question.target)
    evidence = dockerfile_evidence(dockerfile, question.gate, question.environment)
    if question.repository:
        known = tuple(one for one in evidence.undetermined if one.path != "image.repository")
        image = replace(evidence.image, repository=question.repository)
        evidence = replace(evidence, image=image, undetermined=known)
    return evidence, read_build(dockerfile).lines


def _parts(content: bytes, name: str, kind: FileKind | None) -> Iterator[JudgedSpec]:
    for document in parse_spec_documents(content, name):
        if kind is FileKind.COMPOSE or (kind is None and is_compose(document.value)):
            yield from iter_compose(document, name)
        elif kind is FileKind.KUBERNETES or is_kubernetes(document.value):
            yield from iter_kubernetes(document, name)
        elif document.value is not None:
            raise Malformed(
                "file-unknown",
                f"{name} is neither a Dockerfile, a Compose file nor Kubernetes objects",
                hint="say what it is with --as dockerfile, --as compose or --as kubernetes",
            )
