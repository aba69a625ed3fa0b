"""Sentences: what other parts of the program say, as it reads on a page."""


def sentence(words: str) -> str:
    """Begin with a capital letter, unless the first word is a name (``shell:latest``, ``base.approved``)."""
    first = words.partition(" ")[0].rstrip(",;:.")
    return words[:1].upper() + words[1:] if first.isalpha() else words


def whole_sentence(words: str) -> str:
    """Begin with a capital letter and end with a full stop; nothing stays nothing."""
    if not words:
        return ""
    return sentence(words if words[-1] in ".!?…" else f"{words}.")
