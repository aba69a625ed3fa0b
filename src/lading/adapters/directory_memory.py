"""A directory of people in memory."""

from dataclasses import dataclass, field

from lading.access.directory import GroupRules, directory_person
from lading.foundation.errors import Upstream
from lading.ports.password_directory import LookUp, NotThere, PasswordAnswer, WrongPassword


@dataclass
class MemoryPerson:
    """Somebody in it. ``groups`` are by the directory's names."""

    id: str
    name: str
    password: str
    groups: tuple[str, ...] = ()


@dataclass
class MemoryDirectory:
    """The ``PasswordDirectory`` port. ``away`` makes it answer nothing."""

    name: str
    people: list[MemoryPerson] = field(default_factory=list)
    newcomers: bool = True
    rules: GroupRules = field(default_factory=GroupRules)
    away: bool = False

    def check(self, name: str, password: str) -> PasswordAnswer:
        """Who it is, if the password is right."""
        self._ask()
        if not password:
            return WrongPassword()
        found = [person for person in self.people if person.name == name.casefold()]
        if len(found) != 1:
            return NotThere()
        return self._person(found[0]) if found[0].password == password else WrongPassword()

    def look_up(self, person_id: str) -> LookUp:
        """Who somebody is now."""
        self._ask()
        found = [person for person in self.people if person.id == person_id]
        return self._person(found[0]) if len(found) == 1 else NotThere()

    def _ask(self) -> None:
        if self.away:
            raise Upstream("directory-away", f"the directory {self.name} does not answer")

    def _person(self, person: MemoryPerson) -> LookUp:
        return directory_person(self.name, person.id, person.name, person.groups, self.rules)
