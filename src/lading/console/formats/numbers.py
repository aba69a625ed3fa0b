"""Counts, as people read them."""


def count(number: int) -> str:
    """Write a count with thousands apart: 12,345."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """Give the words that fit the number; ``many`` is for those that take more than an -s."""
    return one if number == 1 else many or f"{one}s"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun: "1 image", "2,048 images"."""
    return f"{count(number)} {plural(number, one, many)}"


def at_least(number: int, *, more: bool) -> str:
    """Write a count that was not taken to the end: "100+" when there are more."""
    return f"{count(number)}+" if more else count(number)
