"""Passwords by Argon2id (RFC 9106), with argon2-cffi."""

import threading
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from lading.ports.passwords import PasswordCheck

# OWASP Password Storage Cheat Sheet, "Argon2id": at least 19 MiB of memory, 2 iterations, 1 lane. A container
# client asks for a token with its password at nearly every command, so the smallest sound choice is right.
MEMORY_KIB = 19 * 1024
ITERATIONS = 2
LANES = 1
MAX_PASSWORD = 1024  # characters; the memory-hard part does not grow with it, the first digest does
AT_ONCE = 4  # comparisons under way in one process: bounds memory at four times 19 MiB when flooded


class Argon2Passwords:
    """The ``Passwords`` port by Argon2id. The parameters are arguments so that tests can be quick."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, iterations: int = ITERATIONS) -> None:
        self._hasher = PasswordHasher(
            time_cost=iterations, memory_cost=memory_kib, parallelism=LANES, type=Type.ID
        )
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        # What unknown names are compared with: same parameters, a password that nobody can type.
        self._nobody = self._hasher.hash("\0nobody")

    def encode(self, password: str) -> str:
        """Encode with a fresh salt of 16 bytes."""
        with self._gate:
            return self._hasher.hash(_normal(password))

    def verify(self, password: str, encoded: str | None) -> PasswordCheck:
        """Compare in constant time; for None, with the same work."""
        if len(password) > MAX_PASSWORD:
            return PasswordCheck(matches=False)
        try:
            with self._gate:
                self._hasher.verify(self._nobody if encoded is None else encoded, _normal(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError, UnicodeEncodeError):
            return PasswordCheck(matches=False)
        if encoded is None:
            return PasswordCheck(matches=False)
        return PasswordCheck(matches=True, outdated=self._hasher.check_needs_rehash(encoded))


def _normal(password: str) -> bytes:
    """The same characters typed on two keyboards may differ in code points (RFC 8265, section 4.2.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8")
