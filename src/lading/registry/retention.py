"""Retention: which tags and untagged manifests may go, and what protects the others.

1. A rule is about tags: of the repositories and tags that its patterns match, it takes those that meet *all*
   of its conditions. Tags are counted, not digests: two tags of one image are two.
2. Tags of accessories (``registry.accessories``) are no tags to a rule; accessories go with their image.
3. A tag that is protected stays, whatever rules say, and the preview says by what.
4. An image goes with its last tag, unless it is protected itself, or an index that stays lists it. What an
   index lists goes only with the index.
5. What cannot be told protects: a condition on pulls or deployments that nobody recorded is not met.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.packages.version_schemes.semver import order_key
from lading.registry.accessories import subject_of_tag
from lading.registry.tag_pattern import TagPattern


class Order(StrEnum):
    """What "newest" means."""

    TIME = "time"
    VERSION = "version"


class Series(StrEnum):
    """Within what the newest are counted, by version."""

    ALL = ""
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a tag must meet to go; a condition that is not set is met by every tag.

    ``beyond_newest``: it is not among that many newest tags that the rule matches, by ``order`` and in each
    ``series``. ``untagged`` makes the rule one about manifests without a tag.
    """

    beyond_newest: int = 0
    order: Order = Order.TIME
    series: Series = Series.ALL
    older_than: timedelta | None = None
    unpulled_for: timedelta | None = None
    never_pulled: bool = False
    never_deployed: bool = False
    untagged: bool = False


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One rule."""

    id: str
    repositories: RepositoryPattern
    tags: TagPattern
    conditions: Conditions
    reason: str
    made_at: datetime
    made_by: str


class ProtectorKind(StrEnum):
    """Why something stays."""

    RUNNING = "running now"
    ROLLBACK = "rollback target"
    PROMOTED = "promoted"
    BASE = "base of other images"
    HOLD = "legal hold"
    INDEX = "held by an index"
    KEPT = "kept by a rule"


@dataclass(frozen=True, slots=True)
class Protector:
    """What protects something, for people: "container checkout on node-17"."""

    kind: ProtectorKind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass(frozen=True, slots=True)
class TagFacts:
    """A tag as retention sees it. ``last_pulled_at`` is by the tag or by digest, whichever was later."""

    name: str
    digest: Digest
    moved_at: datetime
    pushed_at: datetime
    last_pulled_at: datetime | None = None
    ever_deployed: bool = False


@dataclass(frozen=True, slots=True)
class ManifestFacts:
    """A manifest. ``parents`` are the indexes of the repository that list it, ``children`` what it lists."""

    digest: Digest
    pushed_at: datetime
    last_pulled_at: datetime | None = None
    ever_deployed: bool = False
    subject: Digest | None = None
    children: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """Everything about one repository. ``protectors`` are by manifest, ``tag_protectors`` by tag.

    ``pulls_since`` and ``deployments_since`` tell since when these were recorded; None where never.
    """

    name: str
    tags: Sequence[TagFacts]
    manifests: Mapping[Digest, ManifestFacts]
    protectors: Mapping[Digest, tuple[Protector, ...]]
    tag_protectors: Mapping[str, tuple[Protector, ...]]
    pulls_since: datetime | None
    deployments_since: datetime | None


@dataclass(frozen=True, slots=True)
class Going:
    """A tag, or a manifest where ``tag`` is empty, that would go, and why."""

    repository: str
    tag: str
    digest: Digest
    why: str
    rule: str  # the rule's id


@dataclass(frozen=True, slots=True)
class Staying:
    """What a rule would take and something protects."""

    repository: str
    tag: str
    digest: Digest
    why: str
    rule: str
    protectors: tuple[Protector, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What retention would do to one repository."""

    tags: tuple[Going, ...]
    manifests: tuple[Going, ...]
    protected: tuple[Staying, ...]


def check_conditions(conditions: Conditions) -> Conditions:
    """Return the conditions if a rule can rest on them; raise Malformed ``retention-rule-invalid``."""
    spans = (conditions.older_than, conditions.unpulled_for)
    if conditions.beyond_newest < 0 or any(span is not None and span <= timedelta(0) for span in spans):
        raise _invalid("numbers must be greater than nothing")
    if conditions.untagged and (conditions.beyond_newest or conditions.older_than is None):
        raise _invalid("a rule on what has no tag needs an age, and counts no tags")
    if conditions.series is not Series.ALL and conditions.order is not Order.VERSION:
        raise _invalid("a series is one of versions: order by version")
    if not (
        conditions.beyond_newest
        or any(span is not None for span in spans)
        or conditions.never_pulled
        or conditions.never_deployed
    ):
        raise _invalid("a rule without a condition would take every tag")
    return conditions


def plan(rules: Iterable[RetentionRule], facts: RepositoryFacts, now: datetime) -> Plan:
    """Decide what may go of one repository."""
    mine = [rule for rule in rules if rule.repositories.matches(facts.name)]
    wanted = _wanted_tags(mine, facts, now)
    protected: list[Staying] = []
    going: list[Going] = []
    for tag in facts.tags:
        if tag.name not in wanted:
            continue
        rule, why = wanted[tag.name]
        # Step 3.
        protectors = (*facts.tag_protectors.get(tag.name, ()), *protectors_of(tag.digest, facts))
        if protectors:
            protected.append(Staying(facts.name, tag.name, tag.digest, why, rule.id, protectors))
        else:
            going.append(Going(facts.name, tag.name, tag.digest, why, rule.id))
    manifests = _manifests(mine, facts, going, protected, now)
    return Plan(tuple(going), tuple(manifests), tuple(protected))


def protectors_of(digest: Digest, facts: RepositoryFacts) -> tuple[Protector, ...]:
    """What protects a manifest: what is known of it, and of what it lists (a platform of an index runs)."""
    found = dict.fromkeys(facts.protectors.get(digest, ()))
    manifest = facts.manifests.get(digest)
    for child in manifest.children if manifest is not None else ():
        found.update(dict.fromkeys(facts.protectors.get(child, ())))
    return tuple(found)


def _wanted_tags(
    rules: Iterable[RetentionRule], facts: RepositoryFacts, now: datetime
) -> dict[str, tuple[RetentionRule, str]]:
    """By the first rule that takes each tag, with its reasons."""
    wanted: dict[str, tuple[RetentionRule, str]] = {}
    for rule in rules:
        if rule.conditions.untagged:
            continue
        matching = [
            tag for tag in facts.tags if subject_of_tag(tag.name) is None and rule.tags.matches(tag.name)
        ]
        newest = _newest(matching, rule.conditions)
        for tag in matching:
            reasons = _reasons(rule.conditions, tag, tag.moved_at, facts, now)
            if rule.conditions.beyond_newest:
                if tag.name in newest:
                    continue
                reasons = [_beyond(rule.conditions), *(reasons or ())] if reasons is not None else None
            if reasons is not None:
                wanted.setdefault(tag.name, (rule, "; ".join(reasons)))
    return wanted


def _newest(tags: Sequence[TagFacts], conditions: Conditions) -> set[str]:
    """Step 1: the tags that count as newest. By version, what is no version is not counted and stays."""
    if conditions.order is Order.TIME:
        ordered = sorted(tags, key=lambda tag: (tag.moved_at, tag.name), reverse=True)
        return {tag.name for tag in ordered[: conditions.beyond_newest]}
    stays: set[str] = set()
    series: dict[str, list[tuple[bytes, str]]] = {}
    for tag in tags:
        key = order_key(tag.name)
        if key is None:
            stays.add(tag.name)
        else:
            series.setdefault(_series(tag.name, conditions.series), []).append((key, tag.name))
    for members in series.values():
        newest = sorted(members, reverse=True)[: conditions.beyond_newest]
        stays.update(name for _, name in newest)
    return stays


def _series(tag: str, series: Series) -> str:
    parts = tag.lstrip("v=").split("+")[0].split("-")[0].split(".")
    return ".".join(parts[: {Series.ALL: 0, Series.MAJOR: 1, Series.MINOR: 2}[series]])


def _reasons(
    conditions: Conditions,
    thing: TagFacts | ManifestFacts,
    since: datetime,
    facts: RepositoryFacts,
    now: datetime,
) -> list[str] | None:
    """Why it meets the conditions, but for being beyond the newest; None where it does not (step 5)."""
    reasons: list[str] = []
    pulled, pulls_since = thing.last_pulled_at, facts.pulls_since
    if conditions.older_than is not None:
        if now - since < conditions.older_than:
            return None
        reasons.append(f"older than {_days(conditions.older_than)}")
    if conditions.unpulled_for is not None:
        last = max(pulled or thing.pushed_at, since if pulled is None else pulled)
        if pulls_since is None or now - max(last, pulls_since) < conditions.unpulled_for:
            return None
        reasons.append(f"not pulled for {_days(conditions.unpulled_for)}")
    if conditions.never_pulled:
        if pulled is not None or pulls_since is None or thing.pushed_at < pulls_since:
            return None
        reasons.append("never pulled")
    if conditions.never_deployed:
        known_since = facts.deployments_since
        if thing.ever_deployed or known_since is None or thing.pushed_at < known_since:
            return None
        reasons.append("never deployed")
    return reasons


def _manifests(
    rules: Iterable[RetentionRule],
    facts: RepositoryFacts,
    going: Iterable[Going],
    protected: list[Staying],
    now: datetime,
) -> list[Going]:
    """Step 4: those that lose their last tag, untagged ones that a rule takes, and what they list."""
    gone_tags = {each.tag: each for each in going}
    held = {tag.digest for tag in facts.tags if tag.name not in gone_tags}
    candidates = {
        each.digest: (each.why, each.rule) for each in gone_tags.values() if each.digest not in held
    }
    tagged = {tag.digest for tag in facts.tags}
    listed = {child for manifest in facts.manifests.values() for child in manifest.children}
    for rule in rules:
        if not rule.conditions.untagged:
            continue
        for manifest in facts.manifests.values():
            attached = manifest.subject is not None and manifest.subject in facts.manifests
            if manifest.digest in tagged | listed or attached or manifest.digest in candidates:
                continue
            reasons = _reasons(rule.conditions, manifest, manifest.pushed_at, facts, now)
            if reasons is not None:
                candidates[manifest.digest] = ("; ".join(["has no tag", *reasons]), rule.id)
    found: list[Going] = []
    pending = list(candidates.items())
    while pending:
        digest, (why, rule_id) = pending.pop(0)
        protectors = _protectors_now(digest, facts, held, {each.digest for each in found})
        if protectors:
            protected.append(Staying(facts.name, "", digest, why, rule_id, protectors))
            continue
        found.append(Going(facts.name, "", digest, why, rule_id))
        found_here = facts.manifests.get(digest)
        for child in found_here.children if found_here is not None else ():
            known = {each.digest for each in found} | {waiting for waiting, _ in pending}
            if child in facts.manifests and child not in held | known | tagged:
                pending.append((child, (f"listed by {digest.short}, which goes", rule_id)))
    return found


def _protectors_now(
    digest: Digest, facts: RepositoryFacts, held: set[Digest], gone: set[Digest]
) -> tuple[Protector, ...]:
    parents = [
        manifest.digest
        for manifest in facts.manifests.values()
        if digest in manifest.children and manifest.digest not in gone
    ]
    by_index = tuple(Protector(ProtectorKind.INDEX, parent.short) for parent in parents)
    return by_index + protectors_of(digest, facts) if digest not in held else by_index


def _beyond(conditions: Conditions) -> str:
    by = " by version" if conditions.order is Order.VERSION else ""
    within = f" of its {conditions.series} version" if conditions.series is not Series.ALL else ""
    return f"not among the newest {conditions.beyond_newest}{by}{within}"


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days != 1 else "a day"


def _invalid(message: str) -> Malformed:
    return Malformed("retention-rule-invalid", message)
