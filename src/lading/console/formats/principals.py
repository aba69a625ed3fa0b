"""Who acted: people by their name alone, everybody else with what they are."""


def who(principal: str) -> str:
    """Write "ann" for ``person:ann``, "robot ci" for ``robot:ci``; other texts as they are."""
    kind, colon, name = principal.partition(":")
    if not colon or not name:
        return principal
    if kind == "person":
        return name
    return f"robot {name}" if kind == "robot" else principal
