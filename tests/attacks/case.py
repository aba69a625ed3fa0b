"""One attack: what is given to the verifier, and the step and reason by which it must be refused."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lading.oci.digest import Digest
from lading.signing.claims import (
    ClaimedAttestation,
    ClaimedNotarySignature,
    ClaimedSignature,
    Subject,
)
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Step, Verdict
from lading.signing.verification import judge_attestations, verify_signatures

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE = Digest.of(b"an image")
SUBJECT = Subject("team/app", IMAGE)
ATTESTED = "https://example.org/checked/v1"  # the predicate type that attestations of cases have
FORMS = ("payload", "attestation", "attestation-bundle", "signature-bundle", "notary-jws", "notary-cose")


@dataclass(frozen=True)
class Attack:
    """How one is made. ``step`` is None for what is good, from which the attacks beside it begin."""

    form: str
    trust: str
    make: Callable[[], bytes | None]
    step: Step | None
    reason: str = ""


@dataclass(frozen=True)
class Case:
    """One as it lies in the folder."""

    name: str
    form: str
    content: bytes | None
    step: Step | None
    reason: str
    policy: TrustPolicy = field(repr=False)

    def with_content(self, content: bytes) -> "Case":
        """The same with something else in it."""
        return replace(self, content=content)

    def judge(self, at: datetime = AT) -> Verdict:
        """What the verifier says of it."""
        match self.form:
            case "payload":
                claim: Any = payload_claim(self.content)
            case "notary-jws" | "notary-cose":
                claim = ClaimedNotarySignature(self.content, in_cose=self.form == "notary-cose")
            case "signature-bundle":
                claim = ClaimedAttestation(self.content, in_bundle=True)
            case _:
                attested = ClaimedAttestation(self.content, in_bundle=self.form == "attestation-bundle")
                judged = judge_attestations(SUBJECT, [attested], (), self.policy, at=at)
                return judged.of_type(ATTESTED).verdict
        return verify_signatures(SUBJECT, [claim], (), self.policy, at=at)


def payload_file(payload: bytes | None, signature: str, **beside: str) -> bytes:
    """A signature over a payload with what stands beside it, as one file."""
    kept = None if payload is None else base64.b64encode(payload).decode()
    return json.dumps({"payload": kept, "signature": signature, **beside}, indent=1).encode()


def payload_claim(content: bytes | None) -> ClaimedSignature:
    """Read it back."""
    document = json.loads(content or b"{}")
    payload = document.pop("payload")
    return ClaimedSignature(None if payload is None else base64.b64decode(payload), **document)
