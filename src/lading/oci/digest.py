"""Content digests (OCI image-spec v1.1, descriptor.md, "Digests")."""

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from lading.foundation.errors import Malformed

HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_SHAPE = re.compile(r"([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")


class RunningDigest(Protocol):
    """A digest under way."""

    def update(self, content: bytes | memoryview, /) -> None:
        """Take more content in."""
        ...

    def hexdigest(self) -> str:
        """Give the digest of all content so far, in lower-case hexadecimal."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """The address of content: ``sha256:<64 lower-case hex digits>``, or SHA-384 or SHA-512 likewise.

    Only algorithms that we can compute are accepted: a digest nobody here can check is not an address.
    """

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> "Digest":
        """Read ``algorithm:hex``; raise Malformed when it is not a digest that we can check."""
        shape = _SHAPE.match(text)
        if shape is None:
            raise Malformed(
                "digest-invalid",
                f"{text[:160]!r} is not a digest",
                hint="write sha256: and 64 lower-case hexadecimal digits",
            )
        algorithm, encoded = shape.groups()
        length = HEX_LENGTHS.get(algorithm)
        if length is None:
            raise Malformed(
                "digest-unsupported",
                f"the digest algorithm {algorithm[:40]!r} is not supported",
                hint=f"use one of {', '.join(HEX_LENGTHS)}",
            )
        if len(encoded) != length or not _HEX.match(encoded):
            raise Malformed(
                "digest-invalid",
                f"a {algorithm} digest has {length} lower-case hexadecimal digits, not {encoded[:160]!r}",
            )
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> "Digest":
        """Compute the digest of ``content``."""
        return cls(algorithm, hashlib.new(algorithm, content, usedforsecurity=True).hexdigest())

    def running(self) -> RunningDigest:
        """Start computing a digest of this one's algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=True)

    @property
    def short(self) -> str:
        """Twelve hexadecimal digits, for people; never for look-ups."""
        return self.hex[:12]

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"
