"""Numbers in 62 digits: letters and digits only, so that a double click takes all of it."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number: int, width: int) -> str:
    """A number in 62 digits, ``0`` to ``9``, ``A`` to ``Z``, ``a`` to ``z``, at least ``width`` of them."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(width, "0")
