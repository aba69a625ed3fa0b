"""A curated mirror: which tags of an upstream are brought in, when, and signed by whom.

1. A rule names repositories of an upstream, a pattern for tags, a range of versions (as npm writes them),
   and how many of the newest versions; what is no version is neither in a range nor counted.
2. A tag waits until it is ``min_age`` old. How old it is is a fact only where we have seen it: the age
   counts from when we first saw this digest under this tag. ``trust_created`` lets the time count that the
   image's own configuration claims, which its builder can write at will.
3. Where the rule names signers, one of them must have signed, by the trust policy in force.
4. What was brought in under a tag is never replaced by itself: a tag that is at another digest now is
   *held*, and a person accepts or refuses just this digest. One that is accepted need not grow old; signers
   still count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, ManifestOrIndex
from lading.oci.reference import is_repository
from lading.packages.range_syntaxes.npm import NPM
from lading.packages.version_schemes.semver import order_key
from lading.registry.tag_pattern import TagPattern

MAX_REPOSITORIES = 100  # of one rule
EVERY_HOURS = range(1, 24 * 31 + 1)
MAX_AGE = timedelta(days=3650)


class TagState(StrEnum):
    """How a tag of the upstream stands with us."""

    HERE = "here"  # at just this digest
    WANTED = "wanted"  # to be brought in
    WAITING = "waiting"  # for its age
    HELD = "held"  # it was here at another digest, and a person has to agree
    REFUSED = "refused"  # a person did not
    NOT_SIGNED = "not signed"  # as the rule asks
    UNDETERMINED = "undetermined"  # who signed it could not be told
    FAILED = "failed"  # it could not be brought in
    GONE = "gone"  # the upstream has it no more; what is here stays


@dataclass(frozen=True, slots=True)
class MirrorRule:
    """What is brought in, where to, and how often it is looked for."""

    name: str
    upstream: str
    repositories: tuple[str, ...]  # there
    prefix: str  # here: library/debian becomes prefix/library/debian
    tags: TagPattern
    versions: str
    newest: int  # 0 for all
    min_age: timedelta
    trust_created: bool
    signers: tuple[str, ...]  # names of the trust policy; any of them; none asks for none
    every_hours: int
    made_at: datetime
    made_by: str

    def repository_here(self, there: str) -> str:
        """The repository that holds what is brought in."""
        return f"{self.prefix}/{there}"


@dataclass(frozen=True, slots=True)
class MirrorTag:
    """What is known of one tag. ``digest`` is where the upstream has it, ``taken`` where we have it."""

    rule: str
    repository: str  # there
    tag: str
    digest: Digest
    first_seen_at: datetime  # of this digest under this tag
    state: TagState
    why: str
    looked_at: datetime
    taken: Digest | None = None
    taken_at: datetime | None = None
    accepted: Digest | None = None
    refused: Digest | None = None


def check_rule(rule: MirrorRule) -> MirrorRule:
    """Return the rule, or raise Malformed ``mirror-rule-invalid`` with what is wrong."""
    if not 0 < len(rule.repositories) <= MAX_REPOSITORIES:
        raise _invalid(f"a mirror names 1 to {MAX_REPOSITORIES} repositories")
    for name in (*rule.repositories, rule.prefix, *map(rule.repository_here, rule.repositories)):
        if not is_repository(name):
            raise _invalid(f"{name[:255]!r} is no name of a repository")
    if rule.versions and (len(rule.versions) > 1000 or NPM.parse(rule.versions) is None):
        raise _invalid(f"{rule.versions[:80]!r} is no range of versions", "write it as npm does: >=1.2 <2")
    if not 0 <= rule.newest <= 10_000:
        raise _invalid("newest is from 0 (all) to 10,000")
    if not timedelta(0) <= rule.min_age <= MAX_AGE:
        raise _invalid("the age is from 0 to 3,650 days")
    if rule.every_hours not in EVERY_HOURS:
        raise _invalid(f"it is looked for every 1 to {EVERY_HOURS.stop - 1} hours")
    if len(rule.signers) > 20 or any(not 0 < len(name) <= 200 for name in rule.signers):
        raise _invalid("a mirror names at most 20 signers of the trust policy")
    return rule


def select_tags(rule: MirrorRule, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags that the rule is about, by name (rule 1)."""
    contains = NPM.parse(rule.versions) if rule.versions else None
    matching = {tag for tag in tags if rule.tags.matches(tag) and (contains is None or contains(tag) is True)}
    if rule.newest:
        versions = {tag: key for tag in matching if (key := order_key(tag)) is not None}
        newest = sorted(versions, key=lambda tag: (versions[tag], tag), reverse=True)[: rule.newest]
        matching = (matching - versions.keys()) | set(newest)
    return tuple(sorted(matching))


def judge_tag(
    rule: MirrorRule,
    known: MirrorTag | None,
    digest: Digest,
    now: datetime,
    *,
    claimed: datetime | None = None,
) -> tuple[TagState, str]:
    """How a tag stands that the upstream has at ``digest`` now, and why (rules 2 and 4)."""
    if known is not None:
        if known.taken == digest:
            return TagState.HERE, ""
        if known.refused == digest:
            return TagState.REFUSED, "a person refused this change"
        if known.accepted == digest:
            return TagState.WANTED, ""
        if known.taken is not None:
            return (
                TagState.HELD,
                f"it was brought in at {known.taken.short}, and is at {digest.short} there now",
            )
    seen = known.first_seen_at if known is not None and known.digest == digest else now
    since = min(seen, claimed) if rule.trust_created and claimed is not None else seen
    until = since + rule.min_age
    if now < until:
        return TagState.WAITING, f"until {rfc3339(until)}, when it is old enough"
    return TagState.WANTED, ""


def describe_change(before: ManifestOrIndex | None, after: ManifestOrIndex | None) -> tuple[str, ...]:
    """What is different, in words, as far as both manifests are at hand."""
    if before is None or after is None:
        return ("one of both cannot be had, so what changed cannot be told",)
    if isinstance(before, Manifest) and isinstance(after, Manifest):
        return _image_change(before, after)
    if isinstance(before, Index) and isinstance(after, Index):
        return _index_change(before, after)
    kinds = ["an index" if isinstance(each, Index) else "one image" for each in (before, after)]
    return (f"it was {kinds[0]} and is {kinds[1]}",)


def _image_change(before: Manifest, after: Manifest) -> tuple[str, ...]:
    old, new = ([layer.digest for layer in each.layers] for each in (before, after))
    shared = len(set(old) & set(new))
    sizes = [sum(blob.size for blob in each.iter_blobs()) for each in (before, after)]
    words = [
        f"{len(old)} layers became {len(new)}, and {shared} of them are the same",
        f"{sizes[0]} bytes became {sizes[1]}",
    ]
    if before.config.digest != after.config.digest:
        words.append("its configuration is another")
    return tuple(words)


def _index_change(before: Index, after: Index) -> tuple[str, ...]:
    old, new = (_platforms(each) for each in (before, after))
    words = [f"{name} was added" for name in sorted(new.keys() - old.keys())]
    words += [f"{name} was removed" for name in sorted(old.keys() - new.keys())]
    words += [f"{name} changed" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
    return tuple(words[:50]) or ("the platforms are the same, and what stands beside them changed",)


def _platforms(index: Index) -> dict[str, Digest]:
    return {
        str(entry.platform): entry.digest
        for entry in index.manifests
        if entry.platform is not None and entry.platform.os != "unknown"
    }


def _invalid(message: str, hint: str = "") -> Malformed:
    return Malformed("mirror-rule-invalid", message, hint=hint)
