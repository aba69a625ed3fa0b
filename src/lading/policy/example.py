"""Evidence of an image that is as it should be, and variations of it: what the tests of rules are made of."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from lading.advisories.advisory import Severity
from lading.policy.build_evidence import CommandFact, CopyFact, InstructionFact, StageFact, VariableFact
from lading.policy.evidence import (
    AttestationFact,
    BaseFacts,
    CampaignFact,
    DistroFacts,
    Evidence,
    FindingFact,
    Gate,
    ImageFacts,
    OwnerFacts,
    PackageFact,
    Proof,
    SbomFacts,
    ScanFacts,
    ScanState,
    SecretFact,
    SignatureFacts,
    Undetermined,
)
from lading.policy.expressions.checking import nearest
from lading.policy.workload_evidence import (
    GrantFact,
    MountFact,
    PodSecurityFact,
    PortFact,
    WorkloadFacts,
    WorkloadSecretFact,
)

EXAMPLE_NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

EXAMPLE = Evidence(
    gate=Gate.ADMISSION,
    environment="prod",
    image=ImageFacts(
        registry="registry.example",
        repository="shop/app",
        digest="sha256:" + "a" * 64,
        tag="1.4.2",
        tags=("1.4.2",),
        platform="linux/amd64",
        created=datetime(2026, 1, 30, tzinfo=UTC),
        size=40_000_000,
        layers=6,
        user="10001",
        root=False,
        entrypoint=("/usr/bin/app",),
        ports=("8080/tcp",),
        labels={"org.opencontainers.image.source": "https://git.example/shop/app"},
    ),
    distro=DistroFacts("debian", "12", "Debian GNU/Linux 12 (bookworm)", datetime(2028, 6, 30, tzinfo=UTC)),
    packages=(PackageFact("deb", "bash", "5.2.15-2+b7", "var/lib/dpkg/status"),),
    signature=SignatureFacts(Proof.VERIFIED, "", ("release",)),
    attestations=(AttestationFact("https://spdx.dev/Document", Proof.VERIFIED, "release"),),
    sbom=SbomFacts(present=True, formats=("cyclonedx", "spdx")),
    base=BaseFacts("registry.example/base/debian:12", "sha256:" + "b" * 64, True, Proof.VERIFIED, ""),
    owner=OwnerFacts("shop", "#shop"),
    scan=ScanFacts(
        ScanState.DONE,
        at=datetime(2026, 1, 31, 6, 0, tzinfo=UTC),
        feeds_at=datetime(2026, 1, 31, 3, 0, tzinfo=UTC),
    ),
    workload=WorkloadFacts("Deployment", "app", "shop-prod", "app", "cluster-1"),
)

# What a member of a list is, as far as a test does not say.
_EXAMPLE_MEMBERS: Mapping[type, object] = {
    PackageFact: EXAMPLE.packages[0],
    FindingFact: FindingFact("CVE-2014-6271", Severity.HIGH, "bash", "4.2-2", "deb", fix="4.2-2+deb7u1"),
    SecretFact: SecretFact("private-key-rsa", "root/.ssh/id_rsa", layer=2),
    AttestationFact: EXAMPLE.attestations[0],
    CampaignFact: CampaignFact("c1", "Leave CVE-2014-6271", "warn"),
    Undetermined: Undetermined("", ""),
    StageFact: StageFact("", "registry.example/base/debian:12", "registry.example", "base/debian", "12"),
    InstructionFact: InstructionFact(),
    CommandFact: CommandFact("true"),
    CopyFact: CopyFact(sources=("app",), destination="/app"),
    VariableFact: VariableFact(name="LANG"),
    MountFact: MountFact(source="data", target="/data"),
    PortFact: PortFact(container=8080),
    PodSecurityFact: PodSecurityFact(check="privileged", message="privileged is true"),
    WorkloadSecretFact: WorkloadSecretFact("DB_PASSWORD", "named-credential"),
    GrantFact: GrantFact(("get",), ("pods",), ("",)),
}


class ImpossibleExample(Exception):
    """A variation that evidence cannot have."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def example_with(given: object) -> Evidence:
    """Vary the exemplary evidence; raise ImpossibleExample where evidence has no such fact or value.

    ``given`` maps facts to values: ``{"image.user": "root", "findings": [{"severity": "critical"}]}``.
    """
    varied: Evidence = _vary(EXAMPLE, given, "evidence")
    return varied


def _vary(value: Any, given: object, path: str) -> Any:
    if not isinstance(given, Mapping):
        raise ImpossibleExample(f"{path} is given as a mapping")
    hints = typing.get_type_hints(type(value))
    changes: dict[str, Any] = {}
    for key, part in given.items():
        name, _, rest = str(key).partition(".")
        if name not in hints:
            raise ImpossibleExample(f"{path} has no {name!r}", nearest(name, hints))
        inner = {rest: part} if rest else part
        before = changes.get(name, getattr(value, name))
        changes[name] = _convert(hints[name], inner, f"{path}.{name}", before)
    return dataclasses.replace(value, **changes)


def _convert(hint: Any, given: object, path: str, before: object) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _vary(before, given, path)
    if arguments[:1] == (Undetermined,) and isinstance(given, Mapping):
        return tuple(Undetermined(str(name), str(reason)) for name, reason in given.items())
    if origin is tuple:
        return _members(arguments[0], given, path)
    if origin is Mapping and isinstance(given, Mapping):
        return {str(name): str(text) for name, text in given.items()}
    if origin in (typing.Union, types.UnionType):
        return None if given is None else _scalar(arguments[0], given, path)
    return _scalar(hint, given, path)


def _members(kind: Any, given: object, path: str) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise ImpossibleExample(f"{path} is given as a list")
    if kind in _EXAMPLE_MEMBERS:
        return tuple(_vary(_EXAMPLE_MEMBERS[kind], member, path) for member in given)
    return tuple(_scalar(kind, member, path) for member in given)


def _scalar(kind: Any, given: object, path: str) -> Any:
    if kind is datetime and isinstance(given, str):
        try:
            moment = datetime.fromisoformat(given)
        except ValueError as error:
            raise ImpossibleExample(f"{path} is not a moment: {error}") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(kind, type) and issubclass(kind, Enum):
        words = [str(word.value) for word in kind]
        if given not in words:
            raise ImpossibleExample(f"{path} is never {given!r}", nearest(str(given), words))
        return kind(given)
    # bool is an int to Python, not to rules.
    if type(given) is not kind:
        raise ImpossibleExample(f"{path} is {kind.__name__}, not {given!r}", "put a text in quotes")
    return given
