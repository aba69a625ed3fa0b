"""What each environment has of every repository, and what was promoted or refused lately."""

from collections.abc import Mapping
from dataclasses import dataclass

from lading.access.verbs import Verb
from lading.ports.records.governance import Pointer
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.promotion.environments import Environment
from lading.promotion.promotion import Promotion
from lading.registry.caller import Caller
from lading.workflows.read_environments import load_environments


@dataclass(frozen=True, slots=True)
class EnvironmentBoard:
    """One page of each. ``tags`` are those of the images that pointers name, by repository and digest."""

    environments: tuple[Environment, ...]
    pointers: Page[Pointer]
    tags: Mapping[tuple[str, str], tuple[str, ...]]
    promotions: Page[Promotion]


def show_environments(
    records: Records,
    caller: Caller,
    *,
    after: str = "",
    older: str = "",
    pointers: int = DEFAULT_LIMIT,
    promotions: int = DEFAULT_LIMIT,
) -> EnvironmentBoard:
    """Look at what the caller may see; ``after`` and ``older`` are page keys of pointers and promotions."""
    with records.read() as kept:
        held = kept.governance.pointers(after=after, limit=pointers)
        moved = kept.governance.promotions(after=older, limit=promotions)
        mine = tuple(one for one in held.items if caller.may(Verb.READ_EVIDENCE, one.repository))
        return EnvironmentBoard(
            environments=load_environments(kept).all,
            pointers=Page(mine, held.next),
            tags={
                (one.repository, str(one.digest)): kept.registry.tags_of(one.repository, one.digest)
                for one in mine
            },
            promotions=Page(
                tuple(one for one in moved.items if caller.may(Verb.READ_EVIDENCE, one.repository)),
                moved.next,
            ),
        )
