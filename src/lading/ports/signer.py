"""A key that signs, wherever it lives."""

from typing import Protocol

from lading.signing.keys import PublicKey


class Signer(Protocol):
    """Signs with one private key, which it never gives out."""

    @property
    def name(self) -> str:
        """What people call the key."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The half that verifies."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign ``message``: ECDSA as DER, with the digest that fits the curve, or Ed25519.

        Raises Upstream where the key is elsewhere and did not answer.
        """
        ...
