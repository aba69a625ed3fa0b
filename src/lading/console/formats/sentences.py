"""Sentences: what other parts of the program say begins with a capital letter here."""


def sentence(words: str) -> str:
    """Begin with a capital letter."""
    return words[:1].upper() + words[1:]
