"""The policy that every gate asks, and how it is changed.

1. Before any was put in force, the shipped one is asked: it is part of the program, or named by its settings.
2. Where no signature is asked for, the newest activation is in force.
3. Where one is, it is the newest that has one which counts, under the number that was signed. What stands
   above it is passed over, and said to be.
4. Where none has one, nothing can be told of any image: a policy that refuses everything is in force, which
   only a break-glass excuses.
5. Every activation is signed by the server, also where nobody asks for it yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lading.access.verbs import Verb
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.policy.policy_file import parse_policy
from lading.policy.rule import Policy
from lading.policy.rule_tests import RuleTestOutcome, iter_rule_tests
from lading.policy.signed_policy import (
    PolicyVersion,
    Sealed,
    Unsealed,
    bytes_to_sign,
    open_sealed,
    seal,
)
from lading.ports.records.governance import PolicyDocument
from lading.ports.records.page import Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.signer import Signer
from lading.registry.caller import Caller
from lading.signing.keys import PublicKey
from lading.workflows.rights import require_on_installation

_MOST_PASSED_OVER = 20
_NOTHING_SIGNED = b"""
policy: unsigned
rules:
  - id: policy-signed
    title: The policy is signed by a key that counts
    reason: Whoever can write into the records could have put it there.
    severity: critical
    applies: {subjects: [image, dockerfile, workload]}
    violated_if: "true"
    message: no policy that was put in force has a signature that counts here, so nothing can be told
    fix: "let who may edit the policy look at the newest one and sign it: lading policy sign DIGEST"
"""


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """Where the policy comes from: ``keys`` are those that count, none where no signature is asked for."""

    shipped: bytes
    keys: tuple[PublicKey, ...] = ()
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class PolicyStanding:
    """The policy in force; ``document`` is None for the shipped one. ``signed_by`` is the id of a key."""

    policy: Policy
    text: str
    document: PolicyDocument | None = None
    signed_by: str = ""
    passed_over: tuple[str, ...] = ()  # newer activations, and why they do not count


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A policy that was read, and what its own examples say of it."""

    policy: Policy
    tests: tuple[RuleTestOutcome, ...]

    @property
    def failed(self) -> tuple[RuleTestOutcome, ...]:
        """The examples that did not come out as written."""
        return tuple(test for test in self.tests if not test.as_expected)


def policy_in_force(kept: RecordSet, terms: PolicyTerms) -> Policy:
    """Give the policy that gates ask."""
    return policy_standing(kept, terms).policy


def policy_standing(kept: RecordSet, terms: PolicyTerms) -> PolicyStanding:
    """Find it by the numbered steps, and say what it rests on."""
    passed_over: list[str] = []
    for document in _activations(kept, terms):
        found = sealed_by(document, terms)
        # Steps 2 and 3.
        if isinstance(found, Sealed) or not terms.keys:
            signed_by = found.key if isinstance(found, Sealed) else ""
            return PolicyStanding(
                _parsed(document.text.encode()), document.text, document, signed_by, tuple(passed_over)
            )
        passed_over.append(f"number {document.number}, {document.digest.short}: {found.reason}")
    # Steps 4 and 1.
    content = _NOTHING_SIGNED if passed_over else terms.shipped
    return PolicyStanding(_parsed(content), content.decode(), passed_over=tuple(passed_over))


def sealed_by(document: PolicyDocument, terms: PolicyTerms) -> Sealed | Unsealed:
    """Say who signed an activation, of the keys that count, or of this server's where all do."""
    own = (terms.signer.public_key,) if terms.signer else ()
    found = _opened(document.envelope, terms.keys or own)
    if isinstance(found, Sealed) and found.version.number != document.number:
        return Unsealed("it was signed under another number")
    if isinstance(found, Sealed) and found.version.text != document.text:
        return Unsealed("another text was signed")
    return found


def _activations(kept: RecordSet, terms: PolicyTerms) -> Iterator[PolicyDocument]:
    """The newest, and only where that may not count those before it."""
    page: Page[PolicyDocument] = kept.governance.policies(limit=1)
    for _ in range(_MOST_PASSED_OVER):
        yield from page.items
        if not page.next or not terms.keys:
            return
        page = kept.governance.policies(after=page.next, limit=1)


def check_policy(content: bytes, source: str) -> CheckedPolicy:
    """Read a policy and run its examples; raise Malformed or OverLimit where it cannot be read."""
    policy = parse_policy(content, source)
    return CheckedPolicy(policy, tuple(iter_rule_tests(policy)))


def require_passing(checked: CheckedPolicy, source: str) -> None:
    """Raise Malformed ``policy-test-failed`` where an example does not come out as written."""
    for test in checked.failed:
        raise Malformed(
            "policy-test-failed",
            f"{source}:{test.test.line}: the rule {test.rule} says {test.got}, not {test.test.expect}",
            hint="correct the rule or its example",
        )


def activate_policy(
    records: Records,
    terms: PolicyTerms,
    caller: Caller,
    content: bytes,
    now: datetime,
    *,
    source: str = "policy",
) -> Policy:
    """Put a policy in force.

    Raises as ``check_policy`` and ``require_passing`` do, and Forbidden.
    """
    require_on_installation(caller, Verb.EDIT_POLICY)
    checked = check_policy(content, source)
    require_passing(checked, source)
    with records.write() as kept:
        put_in_force(kept, terms, caller, content.decode("utf-8"), now)
    return checked.policy


def put_in_force(
    kept: RecordSet, terms: PolicyTerms, caller: Caller, text: str, now: datetime, **details: object
) -> None:
    """Keep, sign (step 5) and audit an activation, in the transaction of what it is part of."""
    before = kept.governance.active_policy()
    by = str(caller.principal)
    digest = Digest.of(text.encode())
    number = kept.governance.activate_policy(PolicyDocument(digest, text, now, by, active=True))
    key = ""
    if terms.signer is not None:
        version = PolicyVersion(text, number, now, by, str(details.get("approval", "")))
        signature = terms.signer.sign(bytes_to_sign(version))
        key = terms.signer.public_key.id
        kept.governance.seal_policy(number, seal(version, signature, terms.signer.public_key).decode())
    name = _parsed(text.encode()).name
    told = {
        "digest": str(digest),
        "before": str(before.digest) if before else "",
        "number": number,
        "key": key,
    }
    kept.audit.append(caller.did("policy.activate", name, now, **{**told, **details}))


@lru_cache(maxsize=32)
def _opened(envelope: str, keys: tuple[PublicKey, ...]) -> Sealed | Unsealed:
    """Verifying is a function of both, and takes longer than asking a small policy."""
    return open_sealed(envelope.encode(), keys)


@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Policy:
    """Reading is a function of the bytes, and takes longer than asking the whole policy."""
    return parse_policy(content, f"policy {Digest.of(content).short}")
