"""Who acts."""

from dataclasses import dataclass
from enum import StrEnum


class PrincipalKind(StrEnum):
    """What sort of actor."""

    PERSON = "person"
    ROBOT = "robot"
    JOB = "job"  # of a CI platform, proven by its token; has no account
    ANONYMOUS = "anonymous"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """An actor whose identity is proven (or who is known to have given none).

    ``reading_only``: known by a token that its owner has narrowed; it changes nothing, whatever they may.
    """

    kind: PrincipalKind
    name: str
    admin: bool = False
    groups: tuple[str, ...] = ()
    reading_only: bool = False

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS, "anonymous")
SYSTEM = Principal(PrincipalKind.SYSTEM, "lading", admin=True)
