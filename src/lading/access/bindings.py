"""Role bindings: who may do what, where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import INSTALLATION_VERBS, Verb


class SubjectKind(StrEnum):
    """What a binding can be given to."""

    PERSON = "person"
    ROBOT = "robot"
    GROUP = "group"
    SIGNED_IN = "signed-in"
    EVERYONE = "everyone"  # also who gave no name: makes a repository public


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whom a binding is about; ``name`` is empty for everyone and for signed-in."""

    kind: SubjectKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


EVERYONE = Subject(SubjectKind.EVERYONE)
SIGNED_IN = Subject(SubjectKind.SIGNED_IN)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a verb is done to: a repository, perhaps in an environment, or the installation itself."""

    repository: str = ""  # empty for the installation
    environment: str = ""

    def __str__(self) -> str:
        name = f"repository {self.repository}" if self.repository else "the installation"
        return f"{name} in {self.environment}" if self.environment else name


INSTALLATION = Resource()


@dataclass(frozen=True, slots=True)
class RoleBinding:
    """These verbs, for this subject, on the repositories of this pattern.

    ``environment`` limits the binding to one environment; empty means every one. ``role`` is the name that
    the verbs were given under, for people; only ``verbs`` counts.
    """

    subject: Subject
    verbs: frozenset[Verb]
    repositories: RepositoryPattern
    environment: str = ""
    role: str = ""

    def grants(self, verb: Verb, resource: Resource) -> bool:
        """Whether this binding allows the verb on the resource to its subject."""
        if verb not in self.verbs:
            return False
        if self.environment and self.environment != resource.environment:
            return False
        if verb in INSTALLATION_VERBS or not resource.repository:
            return self.repositories.covers_everything
        return self.repositories.matches(resource.repository)

    def __str__(self) -> str:
        what = self.role or ", ".join(sorted(self.verbs))
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.subject} has {what} on {self.repositories.text}{where}"


@dataclass(frozen=True, slots=True)
class Bindings:
    """All role bindings, found by subject, so that a decision reads only those of one principal."""

    all: tuple[RoleBinding, ...]
    _by_subject: dict[Subject, tuple[RoleBinding, ...]] = field(repr=False, compare=False)

    @classmethod
    def of(cls, bindings: Iterable[RoleBinding]) -> "Bindings":
        """Arrange bindings for look-up."""
        in_order = tuple(bindings)
        by_subject: dict[Subject, list[RoleBinding]] = {}
        for binding in in_order:
            by_subject.setdefault(binding.subject, []).append(binding)
        return cls(in_order, {subject: tuple(group) for subject, group in by_subject.items()})

    def iter_for(self, principal: Principal) -> Iterator[RoleBinding]:
        """Every binding that concerns a principal: their own, their groups', everybody's."""
        for subject in iter_subjects(principal):
            yield from self._by_subject.get(subject, ())


NO_BINDINGS = Bindings.of(())


def iter_subjects(principal: Principal) -> Iterator[Subject]:
    """Every subject that a principal counts as, the most personal first."""
    if principal.kind is PrincipalKind.PERSON:
        yield Subject(SubjectKind.PERSON, principal.name)
    elif principal.kind is PrincipalKind.ROBOT:
        yield Subject(SubjectKind.ROBOT, principal.name)
    # A job has only what the rules of its issuer gave it, not what everybody has who signed in.
    if principal.kind not in {PrincipalKind.ANONYMOUS, PrincipalKind.JOB}:
        for group in principal.groups:
            yield Subject(SubjectKind.GROUP, group)
        yield SIGNED_IN
    yield EVERYONE
