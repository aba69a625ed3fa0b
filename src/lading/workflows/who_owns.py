"""Who answers for anything that has a name: a repository, an image, a layer, a base, a running container.

1. A name is read in every way in which it can be meant; each thing that it names gets its own answer.
2. Everything leads to a repository: an image to the one it is in, a layer to that of the lowest image below
   that has it (the level of the lineage), a container to that of its image.
3. What the caller may not see is not found; where the chain leads into such a repository, it is said that
   it could not be told, and no name of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from lading.access.ownership import Owned, OwnershipRule, Team
from lading.access.principal import PrincipalKind
from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, NotFound
from lading.oci.digest import Digest
from lading.oci.reference import is_repository, is_tag
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.list_running import locate_image
from lading.workflows.owner_of_layer import layer_sightings
from lading.workflows.rights import find_owner, load_ownership_rules, require_signed_in

MAX_NAME = 600  # characters: a registry, a repository, a tag and a digest
MOST_ANSWERS = 50
_CONTAINER_ID = range(12, 65)  # hexadecimal digits: from what `docker ps` prints to the whole id
_HEX = frozenset("0123456789abcdef")


class OwnerState(StrEnum):
    """How an answer came out."""

    OWNED = "owned"
    NOBODY = "nobody"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class OwnerAnswer:
    """One thing of the name. ``chain`` is how it was found, step by step; ``advice`` what to do, or why it
    could not be told. ``environment`` is that of a container's host."""

    kind: str  # "repository", "image", "layer", "base", "container"
    what: str
    state: OwnerState
    repository: str
    team: Team | None
    chain: tuple[str, ...]
    advice: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class OwnerQuestion:
    """A name, the names by which images name this registry, and the environments of hosts."""

    name: str
    ours: frozenset[str]
    environment_of: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Named:
    """A thing of the name, before its repository's owner is known. ``team`` is one that it names itself."""

    kind: str
    what: str
    repository: str
    chain: tuple[str, ...] = ()
    advice: str = ""  # where there is no repository
    unsure: bool = False  # whether that is for want of knowledge
    environment: str = ""
    team: Team | None = None


def who_owns(records: Records, caller: Caller, question: OwnerQuestion) -> tuple[OwnerAnswer, ...]:
    """Answer for everything of the name that the caller may see, by the numbered rules above.

    Raises Malformed ``name-invalid``, Unauthenticated, and NotFound ``owner-name-unknown``.
    """
    name = _checked(question)
    with records.read() as kept:
        found = [*_repositories(kept, caller, name), *_by_digest(kept, caller, name)]
        found += [*_tagged(kept, caller, name), *_bases(kept, caller, name)]
        found += _containers(kept, caller, name, question)
    planned = is_repository(name) and not _is_container_id(name) and caller.may(Verb.READ_EVIDENCE, name)
    if not found and planned:
        # A rule may give a repository to a team before its first push. What looks like a container that has
        # ended is not taken for one.
        found = [_Named("repository", name, name, ("there is no such repository yet",))]
    if not found:
        require_signed_in(caller)
        raise NotFound(
            "owner-name-unknown",
            f"nothing that you may see is called {question.name!r}",
            hint="name a repository, an image (shop/app:1), a digest, a base of the catalogue, or 12 digits "
            "or more of the id of a running container",
        )
    rules = load_ownership_rules(records)
    return tuple(_answer(records, each, rules) for each in found[:MOST_ANSWERS])


def _checked(question: OwnerQuestion) -> str:
    name = question.name
    if not 0 < len(name) <= MAX_NAME or not name.isascii() or not name.isprintable() or " " in name:
        raise Malformed(
            "name-invalid",
            f"{name[:80]!r} cannot be a name: it has 1 to {MAX_NAME} printable ASCII characters, no space",
        )
    registry, _, rest = name.partition("/")
    return rest if rest and registry in question.ours else name


def _repositories(kept: RecordSet, caller: Caller, name: str) -> Iterator[_Named]:
    if is_repository(name) and caller.may(Verb.READ_EVIDENCE, name) and kept.registry.repository(name):
        yield _Named("repository", name, name)


def _tagged(kept: RecordSet, caller: Caller, name: str) -> Iterator[_Named]:
    repository, colon, tag = name.rpartition(":")
    if not (colon and is_tag(tag) and is_repository(repository)):
        return
    if caller.may(Verb.READ_EVIDENCE, repository) and kept.registry.tag(repository, tag) is not None:
        yield _Named("image", name, repository, (f"in the repository {repository}",))


def _by_digest(kept: RecordSet, caller: Caller, name: str) -> Iterator[_Named]:
    """Images of a digest, else what brought the layer of it; within one repository where that is named."""
    place, at, text = name.rpartition("@")
    tagless = place.rpartition(":")[0] or place
    try:
        digest = Digest.parse(text)
    except Malformed:
        return

    def visible(repository: str) -> bool:
        return (not at or repository == tagless) and caller.may(Verb.READ_EVIDENCE, repository)

    here = [one.repository for one in kept.registry.places_of([digest]).get(digest, ())]
    images = [repository for repository in here if visible(repository)]
    for repository in images:
        yield _Named("image", f"{repository}@{digest}", repository, (f"in the repository {repository}",))
    if images:
        return
    for seen in layer_sightings(kept, digest, visible):
        if seen.repository and not caller.may(Verb.READ_EVIDENCE, seen.repository):
            advice = "an image in a repository that you may not see brought it; ask an administrator"
            yield _Named("layer", str(digest), "", seen.chain[:1], advice, unsure=True)
        else:
            yield _Named(
                "layer", str(digest), seen.repository, seen.chain, seen.reason, unsure=not seen.repository
            )


def _bases(kept: RecordSet, caller: Caller, name: str) -> Iterator[_Named]:
    """Entries of the catalogue: the team that one names answers, else the owner of its repository."""
    for entry in kept.lineage.catalogue():
        pattern = "*" in entry.repository
        signed_in = caller.principal.kind is not PrincipalKind.ANONYMOUS
        seen = signed_in if pattern else caller.may(Verb.READ_EVIDENCE, entry.repository)
        if entry.name != name or not seen:
            continue
        told = (f"{entry.name} in the catalogue of bases",)
        advice = f"name one: lading base catalogue set '{entry.name}' --owner TEAM" if pattern else ""
        team = None
        if entry.owner:
            known = kept.people.team(entry.owner)
            team = Team(entry.owner, known.contact, known.on_call) if known else Team(entry.owner)
        yield _Named("base", entry.name, "" if pattern else entry.repository, told, advice=advice, team=team)


def _is_container_id(name: str) -> bool:
    return len(name) in _CONTAINER_ID and set(name) <= _HEX


def _containers(kept: RecordSet, caller: Caller, name: str, question: OwnerQuestion) -> Iterator[_Named]:
    """Running containers whose id begins so. One of an image that is not here shows to who may list all."""
    if not _is_container_id(name):
        return
    after = ""
    while True:
        page = kept.inventory.running(after=after, limit=MAX_LIMIT)
        for seen in page.items:
            container = seen.container
            if not container.id.startswith(name):
                continue
            image = locate_image(kept, container, question.ours)
            named = _Named(
                "container",
                f"{container.name or container.id[:12]} on {container.host}",
                image.repository if image else "",
                environment=question.environment_of(container.host),
            )
            if image is None:
                if caller.may_list_repositories():
                    started = container.image_reference or container.image_id or "an image without a name"
                    advice = f"its image ({started[:300]}) is not in this registry: push it or mirror it here"
                    yield replace(named, advice=advice)
            elif caller.may(Verb.READ_EVIDENCE, image.repository):
                yield replace(named, chain=(f"runs {image.repository}@{image.digest}",))
        if not page.next:
            return
        after = page.next


def _answer(records: Records, named: _Named, rules: tuple[OwnershipRule, ...]) -> OwnerAnswer:
    answer = OwnerAnswer(
        kind=named.kind,
        what=named.what,
        state=OwnerState.UNDETERMINED if named.unsure else OwnerState.NOBODY,
        repository=named.repository,
        team=named.team,
        chain=named.chain,
        advice=named.advice,
        environment=named.environment,
    )
    if named.team is not None:
        chain = (*named.chain, "the entry names its owner")
        return replace(answer, state=OwnerState.OWNED, chain=chain, advice="")
    if not named.repository:
        return answer
    owner = find_owner(records, named.repository, rules)
    if not isinstance(owner, Owned):
        return replace(answer, advice=f"give it to a team: lading teams own TEAM '{named.repository}'")
    pattern = owner.rule.repositories.text
    by_rule = owner.rule in rules
    told = f"rule {pattern}" if by_rule else f"named as owner of just the repository {pattern}"
    return replace(answer, state=OwnerState.OWNED, team=owner.team, chain=(*named.chain, told))
