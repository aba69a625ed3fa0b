"""Counts, as people read them."""


def count(number: int) -> str:
    """Write a count with thousands apart: 12,345."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun: "1 image", "2,048 images". ``many`` is for nouns that take no -s."""
    noun = one if number == 1 else many or f"{one}s"
    return f"{count(number)} {noun}"


def at_least(number: int, *, more: bool) -> str:
    """Write a count that was not taken to the end: "100+" when there are more."""
    return f"{count(number)}+" if more else count(number)
