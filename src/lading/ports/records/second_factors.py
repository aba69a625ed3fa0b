"""Second factors of people."""

from typing import Protocol

from lading.access.second_factor import SecondFactor


class SecondFactorRecords(Protocol):
    """At most one of each person."""

    def of_person(self, person: str) -> SecondFactor | None:
        """The factor of a person, also one that is not confirmed yet."""
        ...

    def save(self, factor: SecondFactor) -> None:
        """Keep it, in place of the one that there was."""
        ...

    def remove(self, person: str) -> bool:
        """Forget it; False where there was none."""
        ...
