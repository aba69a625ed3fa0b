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
    """All role bindings, found by verb and subject, so that a decision reads only those that may allow it."""

    all: tuple[RoleBinding, ...]
    _by_verb: dict[Verb, dict[str, list[RoleBinding]]] = field(repr=False, compare=False)

    @classmethod
    def of(cls, bindings: Iterable[RoleBinding]) -> "Bindings":
        """Arrange bindings for look-up."""
        in_order = tuple(bindings)
        by_verb: dict[Verb, dict[str, list[RoleBinding]]] = {}
        for binding in in_order:
            subject = str(binding.subject)
            for verb in binding.verbs:
                by_verb.setdefault(verb, {}).setdefault(subject, []).append(binding)
        return cls(in_order, by_verb)

    def first_granting(self, principal: Principal, verb: Verb, resource: Resource) -> RoleBinding | None:
        """The first binding that allows the verb on the resource to a principal, the most personal first."""
        by_subject = self._by_verb.get(verb)
        if by_subject is not None:
            for subject in _subject_texts(principal):
                for binding in by_subject.get(subject, ()):
                    if binding.grants(verb, resource):
                        return binding
        return None

    def iter_granting(self, principal: Principal, verb: Verb) -> Iterator[RoleBinding]:
        """Every binding that gives a principal the verb somewhere."""
        by_subject = self._by_verb.get(verb, {})
        for subject in _subject_texts(principal):
            yield from by_subject.get(subject, ())


NO_BINDINGS = Bindings.of(())


def iter_subjects(principal: Principal) -> Iterator[Subject]:
    """Every subject that a principal counts as, the most personal first."""
    for text in _subject_texts(principal):
        kind, _, name = text.partition(":")
        yield Subject(SubjectKind(kind), name)


def _subject_texts(principal: Principal) -> list[str]:
    """The same as texts, which are quicker to make and to look up: each decision needs them."""
    kind = principal.kind
    if kind is PrincipalKind.PERSON:
        texts = [f"person:{principal.name}"]
    elif kind is PrincipalKind.ROBOT:
        texts = [f"robot:{principal.name}"]
    else:
        texts = []
    # A job has only what the rules of its issuer gave it, not what everybody has who signed in.
    if kind is not PrincipalKind.ANONYMOUS and kind is not PrincipalKind.JOB:
        texts += [f"group:{group}" for group in principal.groups]
        texts.append("signed-in")
    texts.append("everyone")
    return texts
