"""A second factor: codes of an authenticator (TOTP, RFC 6238; HOTP, RFC 4226), and codes for its loss.

1. Codes are six digits by HMAC-SHA-1 over steps of 30 seconds: what every authenticator makes. The secret has
   160 random bits.
2. The step before and the step after count too, for clocks and slow fingers; nothing else does.
3. A code is taken once: one whose step is not after the last that was taken is refused (RFC 6238, 5.2).
4. Recovery codes have 80 random bits each, are kept as digests, and are good once.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from lading.access.lockout import FailureLimit

STEP = 30  # seconds
DIGITS = 6
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # of each
# Three of a million codes are good at any time; after the first few tries there are four in an hour.
WRONG_CODES = FailureLimit(free=5, first_wait=timedelta(seconds=30))


class FactorRule(StrEnum):
    """Who must have a second factor to sign in with a password."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"

    def demands(self, *, admin: bool) -> bool:
        """Whether somebody must have one."""
        return self is FactorRule.EVERYBODY or (self is FactorRule.ADMINISTRATORS and admin)


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The second factor of a person. ``sealed`` is the secret, as a secret box keeps it.

    It counts once ``confirmed``: a first code has shown that the authenticator has the secret.
    """

    person: str
    sealed: str
    created_at: datetime
    confirmed: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()  # digests of codes that were not used


def code_of(secret: bytes, step: int) -> str:
    """The code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def take_code(factor: SecondFactor, secret: bytes, typed: str, now: datetime) -> SecondFactor | None:
    """Take a code by rules 2 and 3: the factor after it, or None where it is not good."""
    digits = typed.replace(" ", "")
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    current = int(now.timestamp()) // STEP
    for step in (current - 1, current, current + 1):
        if step > factor.last_step and hmac.compare_digest(code_of(secret, step), digits):
            return replace(factor, last_step=step)
    return None


def take_recovery(factor: SecondFactor, typed: str) -> SecondFactor | None:
    """Take a recovery code by rule 4: the factor without it, or None where it is not good."""
    digest = recovery_digest(typed)
    if digest not in factor.recovery:
        return None
    return replace(factor, recovery=tuple(each for each in factor.recovery if each != digest))


def recovery_codes(random_bytes: bytes) -> tuple[str, ...]:
    """The codes that random bytes make, as people copy them."""
    parts = (random_bytes[at : at + RECOVERY_BYTES] for at in range(0, len(random_bytes), RECOVERY_BYTES))
    texts = (base64.b32encode(part).decode().lower() for part in parts if len(part) == RECOVERY_BYTES)
    return tuple("-".join(text[at : at + 4] for at in range(0, len(text), 4)) for text in texts)


def recovery_digest(typed: str) -> str:
    """What is kept of a recovery code: 80 random bits are not guessed back from a plain digest."""
    plain = typed.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def digests_of(codes: Sequence[str]) -> tuple[str, ...]:
    """What is kept of all of them."""
    return tuple(recovery_digest(code) for code in codes)


def secret_text(secret: bytes) -> str:
    """The secret as authenticators take it."""
    return base64.b32encode(secret).decode()


def provisioning_uri(secret: bytes, person: str, place: str) -> str:
    """What the picture holds that authenticators read (Key URI format); defaults are left out."""
    label = f"{quote(place, safe='')}:{quote(person, safe='')}"
    return f"otpauth://totp/{label}?secret={secret_text(secret)}&issuer={quote(place, safe='')}"
