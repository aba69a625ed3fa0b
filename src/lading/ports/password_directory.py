"""Directories that check passwords, and can be asked about people."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from lading.access.directory import DirectoryPerson, NotAPerson


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """There is such a person, and this is not their password."""


@dataclass(frozen=True, slots=True)
class NotThere:
    """The directory was asked, and has nobody of that name or id."""


PasswordAnswer: TypeAlias = DirectoryPerson | NotAPerson | WrongPassword | NotThere
LookUp: TypeAlias = DirectoryPerson | NotAPerson | NotThere


class PasswordDirectory(Protocol):
    """A directory. Methods block, and raise Upstream ``directory-away`` where it could not be asked."""

    @property
    def name(self) -> str:
        """What it is called here."""
        ...

    @property
    def newcomers(self) -> bool:
        """Whether somebody without an account gets one at their first sign-in."""
        ...

    def check(self, name: str, password: str) -> PasswordAnswer:
        """Who it is, if the password is right. Takes the same number of questions where nobody is."""
        ...

    def look_up(self, person_id: str) -> LookUp:
        """Who somebody is now, by what the directory calls them."""
        ...
