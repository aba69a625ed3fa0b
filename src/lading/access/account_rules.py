"""What names and passwords of accounts may be."""

import re

from lading.access.personal_token import PREFIX, is_personal_token
from lading.foundation.errors import Malformed

ROBOT_PREFIX = "robot$"  # container clients know no kinds of accounts, so the name must say it
MIN_PASSWORD = 12  # characters (OWASP ASVS 4.0, 2.1.1)
MAX_PASSWORD = 128  # characters (OWASP ASVS 4.0, 2.1.2)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?\Z")

# Fewer tries than that, by somebody who knows lists of leaked passwords, words, names, dates and keyboards,
# and how people change them. Argon2 makes each try cost some 20 ms of a core: 10^8 are three weeks of one.
_GUESSES = 10**8
_JUDGED = 72  # characters that are looked at: no longer text is among the first guesses


def is_account_name(name: str) -> bool:
    """Whether ``name`` may be given to a person or a robot."""
    return _NAME.match(name) is not None


def check_account_name(name: str) -> None:
    """Raise Malformed unless ``name`` may be given to a person or a robot."""
    if not is_account_name(name):
        raise Malformed(
            "account-name-invalid",
            f"{name[:80]!r} cannot be an account's name",
            hint="use 1 to 64 lower-case letters, digits and . _ @ + - between them",
        )


def check_new_password(password: str, name: str) -> None:
    """Raise Malformed unless ``password`` is good enough to be chosen by the person of this name."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Malformed(
            "password-length",
            f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters",
            hint="four or five words that do not belong together are easy to remember and hard to guess",
        )
    if is_personal_token(password):  # else signing in would look for a token, and never find one
        raise Malformed("password-like-token", f"a password does not begin with {PREFIX}")
    if _guesses(password, name) < _GUESSES:
        raise Malformed(
            "password-guessable",
            "this password is among the first that anybody would guess",
            hint="take some more words that do not belong together",
        )


def _guesses(password: str, name: str) -> float:
    """Estimate how many tries find it, by lists that come along: nothing is asked of anybody."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- its lists take 0.3 s to read, and few choose passwords

    if len(set(password.casefold())) < 4:  # however long
        return 0.0
    return float(zxcvbn(password[:_JUDGED], user_inputs=[name, "lading"])["guesses"])
