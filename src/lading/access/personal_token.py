"""What a personal token looks like, and how it is kept.

``ldp_``, 43 letters and digits that carry 256 random bits, and six that are the CRC-32 of those 43: whoever
scans files for secrets knows a real one from a text that only looks like it, without asking anybody.
"""

import hashlib
import zlib
from datetime import datetime, timedelta

from lading.foundation.base62 import base62
from lading.foundation.errors import Malformed

PREFIX = "ldp_"  # no password begins like this
MIN_RANDOM = 32  # characters; ours have 43, which is 256 bits
MOST_TOKENS = 50  # of one person, so that each list of them can be looked through
_BODY = 43  # digits of base 62 that hold 256 bits
_MAX_NAME = 64  # characters


def personal_token(random_text: str) -> str:
    """The token made of a fresh random text, which is hashed so that only letters and digits are left."""
    if len(random_text) < MIN_RANDOM:
        raise ValueError(f"a token is made of at least {MIN_RANDOM} random characters")
    body = base62(int.from_bytes(hashlib.sha256(random_text.encode()).digest()), _BODY)
    return PREFIX + body + base62(zlib.crc32(body.encode()), 6)


def is_personal_token(text: str) -> bool:
    """Whether ``text`` claims to be a personal token: it is then never compared with a password."""
    return text.startswith(PREFIX)


def token_digest(token: str) -> str:
    """What is kept of a token, and looked up by.

    A plain SHA-256: 256 random bits cannot be guessed, so a slow hash would protect nothing and cost every
    request its time. The text that is asked for never meets the kept one, only their digests meet, in an
    index: how long that takes tells nothing about any token.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def check_token_name(name: str) -> None:
    """Raise Malformed unless ``name`` can tell one token of a person from the others."""
    if not name.strip() or name != name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise Malformed(
            "token-name-invalid",
            f"{name[:80]!r} cannot be a token's name",
            hint=f"use 1 to {_MAX_NAME} characters that can be printed, such as the machine it is for",
        )


def check_expiry(expires_at: datetime, now: datetime, longest: timedelta) -> None:
    """Raise Malformed unless the token would end after now, and not later than is allowed."""
    if not now < expires_at <= now + longest:
        raise Malformed(
            "token-expiry-invalid",
            f"a personal token lives at most {longest.days} days, and at least until a moment from now",
            hint="make another one when it has ended; what never ends is never looked at again",
        )
