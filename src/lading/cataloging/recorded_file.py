"""A file as a package database or an installer's record tells of it."""

import msgspec

SHORT = 8  # bytes that are kept of a recorded digest: enough to tell a changed file from another


class RecordedFile(msgspec.Struct, frozen=True, array_like=True):
    """``path`` is relative to the root. ``digest`` is empty where none is recorded, as for directories."""

    path: str
    package: str
    algorithm: str = ""  # as hashlib calls it
    digest: bytes = b""  # its first SHORT bytes
    setting: bool = False  # people are expected to change it


def with_hex_digest(path: str, package: str, digest: str, *, setting: bool = False) -> RecordedFile:
    """Tell the algorithm by the length of the digest; what is no digest is left out."""
    algorithm = _BY_LENGTH.get(len(digest), "")
    try:
        raw = bytes.fromhex(digest)[:SHORT] if algorithm else b""
    except ValueError:
        algorithm, raw = "", b""
    return RecordedFile(path, package, algorithm, raw, setting)


_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}  # hexadecimal digits
