"""What is to be done with each image, when, and why: one planner for rebase, patch, rebuild and retirement.

What is chosen here is tried first. A rebase is carried out only on its proof; where that refuses, the next
method takes its place.

1. An image that nothing runs and no environment has is retired where no tag names it, or where a newer image
   of its repository is there without the flaw: whoever still names the old one is told of the newer.
2. What comes from the base is mended by the base: rebase, where a base without the flaw is there.
3. What the application installed itself from packages of the operating system is patched, where the package
   is in the mirror.
4. Everything else is built again by its owners, who are told which base or which version to use.
5. Where nothing is there to move to, the image waits, and the plan says for what.

Waves: first what others stand on, and a few canaries; then by environment, the last of promotion last.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from lading.campaigns.campaign import Item, Method
from lading.oci.digest import Digest

CANARIES = 5  # images, or a hundredth of all where that is more
_RUNNING_CRITICAL = 20  # containers of one image from which it never is a canary


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that has to change, with what the choice rests on."""

    repository: str
    image: Digest
    manifests: tuple[Digest, ...]
    tags: tuple[str, ...]
    team: str
    environment: str
    containers: int
    is_base: bool  # whether others that have to change stand on it
    base: str  # the nearest base that is affected: repository:tag; empty where the base is not at fault
    successor: str  # reference of the base to move to; empty where there is none
    own_layers: bool  # whether the application's own layers are at fault
    own_packages: tuple[str, ...]  # packages of the operating system in its own layers that are at fault
    in_mirror: bool  # whether all of those are in the mirror in a mended version
    fixed_in: str  # for the owners: package and version that is mended
    newer: str = ""  # reference of a newer image of the repository without the fault; empty for none


def plan_item(candidate: Candidate) -> Item:
    """Choose by rules 1 to 5; the wave comes later."""
    method, why, onto = _choose(candidate)
    return Item(
        repository=candidate.repository,
        image=candidate.image,
        manifests=candidate.manifests,
        tags=candidate.tags,
        team=candidate.team,
        environment=candidate.environment,
        containers=candidate.containers,
        method=method,
        why=why,
        onto=onto,
        wave=0,
    )


def in_waves(
    items: Sequence[Item], environments: Sequence[str], bases: AbstractSet[Digest]
) -> tuple[Item, ...]:
    """Put items into waves; ``environments`` are in the order of promotion, ``bases`` go first."""
    order = {name: at for at, name in enumerate(environments)}

    def risk(item: Item) -> tuple[int, int, str, Digest]:
        return (order.get(item.environment, -1) + 1, item.containers, item.repository, item.image)

    ordered = sorted(items, key=risk)
    harmless = [
        item
        for item in ordered
        if item.method is not Method.REBUILD
        and item.containers < _RUNNING_CRITICAL
        and item.image not in bases
    ]
    first = {(item.repository, item.image) for item in _spread(harmless, max(CANARIES, len(items) // 100))}
    first |= {(item.repository, item.image) for item in items if item.image in bases}
    steps = sorted({risk(item)[0] for item in ordered if (item.repository, item.image) not in first})
    waves = {step: at + bool(first) for at, step in enumerate(steps)}
    return tuple(
        replace(item, wave=0 if (item.repository, item.image) in first else waves[risk(item)[0]])
        for item in ordered
    )


def _choose(candidate: Candidate) -> tuple[Method, str, str]:
    # Rule 1.
    if not candidate.containers and not candidate.environment:
        if not candidate.tags:
            return Method.RETIRE, "nothing runs it, no environment has it, no tag names it", ""
        if candidate.newer:
            return (
                Method.RETIRE,
                f"nothing runs it, no environment has it, and {candidate.newer} is there",
                "",
            )
    # Rule 2.
    if candidate.base and not candidate.own_layers:
        if candidate.successor:
            return Method.REBASE, f"it comes with the base {candidate.base}", candidate.successor
        return Method.WAIT, f"it comes with the base {candidate.base}, and there is no newer one yet", ""
    if candidate.base and not candidate.successor:
        why = f"its base {candidate.base} is at fault too, and there is no newer one yet"
        return Method.WAIT, why, ""
    if candidate.base and candidate.in_mirror:
        why = f"its base {candidate.base} and {_few(candidate.own_packages)} of its own are at fault"
        return Method.PATCH, why, candidate.successor
    # Rule 3.
    if candidate.own_packages and candidate.in_mirror:
        return Method.PATCH, f"the application installed {_few(candidate.own_packages)} itself", ""
    # Rule 4.
    if candidate.base:
        return Method.REBUILD, "its base and its own layers are at fault", candidate.successor
    wanted = f"; use {candidate.fixed_in}" if candidate.fixed_in else ""
    if not candidate.own_layers and not candidate.base:
        return Method.REBUILD, f"no base of it is known{wanted}", ""
    return Method.REBUILD, f"the application's own layers are at fault{wanted}", candidate.successor


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most one of each repository, so that canaries tell something of many."""
    chosen: dict[str, Item] = {}
    for item in items:
        if len(chosen) == most:
            break
        chosen.setdefault(item.repository, item)
    return list(chosen.values())


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
