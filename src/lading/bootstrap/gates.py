"""What every gate asks: the policy, the evidence and whom to trust."""

import socket
from collections.abc import Callable
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.replay_processes import ReplayInProcesses
from lading.adapters.shipped_policy import default_policy_text, read_policy
from lading.adapters.trust_policy_file import read_trust_policy
from lading.approvals.approval import MAX_QUORUM, ApprovalKind, ApprovalRules
from lading.bootstrap.installation import Installation, new_id
from lading.foundation.errors import Malformed
from lading.policy.waiver import WaiverBounds
from lading.settings import ApprovalSettings
from lading.signing.keys import PublicKey, parse_public_key
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.workflows.evidence_sources import EvidenceSources, RegistryNames
from lading.workflows.gate import GatePorts
from lading.workflows.local_claims import LocalClaims
from lading.workflows.policy_in_force import PolicyTerms
from lading.workflows.verdicts_at_hand import VerdictsAtHand


def gate_ports(installation: Installation) -> GatePorts:
    settings = installation.settings
    names = RegistryNames(
        installation.registry,
        aliases=frozenset(settings.registry.aliases),
        allowed=frozenset(settings.policy.allowed_registries),
    )
    sources = EvidenceSources(
        records=installation.records,
        blobs=installation.blobs,
        verdicts=VerdictsAtHand(
            installation.records,
            LocalClaims(installation.records, installation.blobs),
            trust_policy(installation),
            installation.stamps,
        ),
        registries=names,
        approved_bases=tuple(RepositoryPattern.parse(text) for text in settings.policy.approved_bases),
    )
    shipped = read_policy(settings.policy.file) if settings.policy.file else default_policy_text()
    return GatePorts(
        sources,
        PolicyTerms(shipped, policy_keys(installation), installation.signer),
        new_id,
        ReplayInProcesses(),
        bounds=WaiverBounds(break_glass=timedelta(hours=settings.approvals.break_glass_hours)),
        approvals=approval_rules(settings.approvals),
        host=socket.gethostname(),
    )


def policy_keys(installation: Installation) -> tuple[PublicKey, ...]:
    """The keys whose signatures on policies count; none where no signature is asked for."""
    own = installation.signer.public_key
    return tuple(
        own if path == "server" else parse_public_key(_read_key(path))
        for path in installation.settings.policy.signed_by
    )


def _read_key(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Malformed("settings-invalid", f"policy.signed_by: {path} cannot be read: {error}") from error


def approval_rules(settings: ApprovalSettings) -> ApprovalRules:
    """How many have to agree; raise Malformed for a number or kind that there is not."""
    quorums: dict[str, int] = {}
    for key, text in settings.quorums.items():
        kind = key.partition(":")[0]
        if kind not in set(ApprovalKind) or not text.isdigit() or int(text) > MAX_QUORUM:
            raise Malformed(
                "settings-invalid",
                f"approvals.quorums: {key} = {text!r} is no kind of approval and number to {MAX_QUORUM}",
                hint=f"kinds are {', '.join(ApprovalKind)}",
            )
        quorums[key] = int(text)
    return ApprovalRules(quorums, timedelta(hours=settings.deadline_hours))


def trust_policy(installation: Installation) -> TrustPolicy:
    """What the settings name; else images are trusted that the server's own key has signed."""
    if installation.settings.signing.trust_policy:
        return read_trust_policy(installation.settings.signing.trust_policy)
    key = installation.signer.public_key
    return parse_trust_policy(write_trust_policy({installation.signer.name: key}))


def environment_of_host(installation: Installation) -> Callable[[str], str]:
    inventory = installation.settings.inventory
    pairs = inventory.hosts

    def environment_of(name: str) -> str:
        found = (pairs[pattern] for pattern in pairs if fnmatchcase(name, pattern))
        return next(found, inventory.default_environment)

    return environment_of
