"""Pieces of order-preserving keys: comparing keys byte by byte compares what they stand for.

A key is a sequence of pieces. For the order of the bytes to be the order of the versions, no piece may be the
beginning of another piece that can stand at the same place; each function here gives such pieces.
"""

from functools import lru_cache

MAX_DIGITS = 512  # 512 digits are 213 bytes, so that the length of a number always fits its one byte


@lru_cache(maxsize=8192)
def number(digits: str) -> bytes:
    """Encode a natural number of at most MAX_DIGITS digits: its length in bytes, then its bytes.

    Leading zeros do not count. A longer number is a larger one, so the length decides first.
    """
    value = int(digits)
    body = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes((len(body),)) + body


def word(text: str) -> bytes:
    """Encode ASCII text without NUL, so that a word is less than any longer word that begins with it."""
    return text.encode("ascii") + b"\x00"
