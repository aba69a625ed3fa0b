"""Writing into a trust policy that a key takes another one's place.

1. The new key is written beside the old one, as one that replaces it: both are the same signer, so that who
   holds both counts once where a rule needs several.
2. Every rule and attestation that names the old key names the new one too.
3. The old key counts until the overlap ends; what a trusted timestamp proves to have been signed before
   counts on.
4. What was written is read again: it must trust just whom it trusted before, and the new key.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime

from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.foundation.instants import rfc3339
from lading.signing.keys import PublicKey
from lading.signing.policy_reading import Place, PolicyText
from lading.signing.signers import TrustedKey, TrustedSigner
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy

_HINT = "write the new key into the trust policy by hand, and try it with `lading trust test`"


@dataclass(frozen=True, slots=True)
class Rotation:
    """Which key takes the place of which signer, and until when the old one counts beside it."""

    old: str
    name: str
    key: PublicKey
    until: datetime


def rotate_in(policy: TrustPolicy, rotation: Rotation) -> TrustPolicy:
    """Write a rotation into a trust policy; raise NotFound, Conflict or Malformed."""
    old = next((signer for signer in policy.signers if signer.name == rotation.old), None)
    if not isinstance(old, TrustedKey):
        raise NotFound("signer-unknown", f"the trust policy names no key {rotation.old[:160]!r}")
    if any(signer.name == rotation.name or signer.id == rotation.key.id for signer in policy.signers):
        raise Conflict("signer-known", f"the trust policy names {rotation.name!r}, or its key, already")
    if old.window.revoked is not None or old.window.end is not None:
        raise Conflict("signer-ends", f"{rotation.old!r} is revoked, or its end is written already")
    # Rules 1 to 3.
    text = _named_beside(policy.text, rotation)
    text = _ended(text, rotation) + _table(rotation)
    changed = parse_trust_policy(text, "trust policy")
    # Rule 4.
    _refuse_other_change(policy, changed, rotation)
    return changed


def _table(rotation: Rotation) -> str:
    return (
        f"\n[[keys]]\nname = {json.dumps(rotation.name, ensure_ascii=False)}\n"
        f"replaces = {json.dumps(rotation.old, ensure_ascii=False)}\n"
        f'pem = """\n{rotation.key.to_pem().decode()}"""\n'
    )


def _ended(text: str, rotation: Rotation) -> str:
    whole = PolicyText(text, "trust policy")
    names = [entry["name"] for entry in tomllib.loads(text)["keys"]]
    lines = text.splitlines(keepends=True)
    head = whole.line(Place("keys", names.index(rotation.old)))
    lines.insert(head, f"until = {rfc3339(rotation.until)}\n")
    return "".join(lines)


def _named_beside(text: str, rotation: Rotation) -> str:
    """Name the new key after the old one in every list of signers; PEM and comments name nobody in a list."""
    old = "|".join(re.escape(form) for form in (json.dumps(rotation.old), f"'{rotation.old}'"))
    new = json.dumps(rotation.name, ensure_ascii=False)
    lists = re.compile(r"^(\s*(?:signers|keys)\s*=\s*)(\[[^\]]*\]|\"[^\"\n]*\"|'[^'\n]*')", re.MULTILINE)

    def named(found: re.Match[str]) -> str:
        value = found.group(2)
        if not re.search(old, value):
            return found.group(0)
        listed = value if value.startswith("[") else f"[{value}]"
        return found.group(1) + re.sub(f"({old})", lambda name: f"{name.group(1)}, {new}", listed, count=1)

    return lists.sub(named, text)


def _refuse_other_change(before: TrustPolicy, after: TrustPolicy, rotation: Rotation) -> None:
    def names(signers: tuple[TrustedSigner, ...]) -> list[str]:
        return [signer.name for signer in signers if signer.name != rotation.name]

    def whom(policy: TrustPolicy) -> list[object]:
        return [
            (rule.name, rule.need, names(rule.signers), [names(each.signers) for each in rule.demands])
            for rule in policy.rules
        ]

    everywhere = all(
        (rotation.old in [signer.name for signer in signers])
        == (rotation.name in [signer.name for signer in signers])
        for rule in after.rules
        for signers in (rule.signers, *(demand.signers for demand in rule.demands))
    )
    same = {signer.name: signer.id for signer in before.signers}
    kept = {signer.name: signer.id for signer in after.signers if signer.name != rotation.name}
    if not everywhere or whom(before) != whom(after) or same != kept:
        raise Malformed(
            "rotation-not-written", "the trust policy is written in a way that was not followed", hint=_HINT
        )
