"""Set the rules on tags, and ask them at a push and at a deletion.

Setting rules is for administrators; everybody who is signed in may read those that cover what they may see.
Every change is in the audit log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.foundation.errors import NotFound, OverLimit
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, ManifestOrIndex, parse_manifest
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.accessories import subject_of_tag
from lading.registry.caller import Caller
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import (
    TagMoveAsked,
    TagRule,
    TagRuleKind,
    TagRules,
    check_deletion,
    check_tag_push,
)
from lading.workflows.legal_holds import refuse_held
from lading.workflows.rights import require_on_installation, require_signed_in

MAX_RULES = 500  # they are read at every push
_MAX_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class MovedTag:
    """A tag that was moved to a manifest just now."""

    repository: str
    tag: str
    before: Digest | None
    after: Digest
    manifest: ManifestOrIndex


@dataclass(frozen=True, slots=True)
class NewTagRule:
    """What an administrator asks for."""

    kind: TagRuleKind
    repositories: RepositoryPattern
    tags: TagPattern
    reason: str = ""


def add_tag_rule(
    records: Records, caller: Caller, asked: NewTagRule, now: datetime, *, rule_id: str
) -> TagRule:
    """Make a rule. It counts from the next push on; what is already there stays as it is."""
    require_on_installation(caller, Verb.ADMINISTER)
    rule = TagRule(
        rule_id,
        asked.kind,
        asked.repositories,
        asked.tags,
        asked.reason.strip()[:_MAX_REASON],
        now,
        str(caller.principal),
    )
    with records.write() as kept:
        if len(kept.rules.tag_rules().all) >= MAX_RULES:
            raise OverLimit(
                "too-many-rules",
                f"there are {MAX_RULES} rules on tags already",
                hint="let one rule cover more: patterns take ** and several tags with commas between them",
                details={"limit": MAX_RULES},
            )
        kept.rules.add_tag_rule(rule)
        kept.audit.append(caller.did("tag-rule.add", rule.id, now, **_told(rule)))
    return rule


def remove_tag_rule(records: Records, caller: Caller, rule_id: str, now: datetime) -> None:
    """Take a rule away; raise NotFound ``tag-rule-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        gone = kept.rules.remove_tag_rule(rule_id)
        if gone is None:
            raise NotFound("tag-rule-unknown", f"there is no rule {rule_id[:80]!r} on tags")
        kept.audit.append(caller.did("tag-rule.remove", rule_id, now, **_told(gone)))


def list_tag_rules(records: Records, caller: Caller) -> tuple[TagRule, ...]:
    """All rules."""
    require_signed_in(caller)
    with records.read() as kept:
        return kept.rules.tag_rules().all


def check_moved_tag(kept: RecordSet, rules: TagRules, moved: MovedTag) -> None:
    """Raise what ``check_tag_push`` raises, in the transaction that has just moved the tag.

    Asked after the move: from then on nobody else can move a tag of the repository until this ends.
    """
    held = moved.before
    if held is None and rules.fixing(moved.repository, moved.tag) is not None:
        held = _held_last(kept, moved.repository, moved.tag)
    accessory = moved.before is not None and subject_of_tag(moved.tag) is not None
    keeps_all = accessory and _keeps(kept, moved)
    check_tag_push(rules, TagMoveAsked(moved.repository, moved.tag, held, moved.after, keeps_all))


def check_manifest_deletion(kept: RecordSet, repository: str, digest: Digest, tags: Iterable[str]) -> None:
    """Raise Conflict ``artifact-kept`` or ``legal-hold`` where a rule keeps, or a hold covers, the manifest
    or what it is an accessory of."""
    rules = kept.rules.tag_rules()
    named = tuple(tags)
    subjects = {found for tag in named if (found := subject_of_tag(tag)) is not None}
    stored = kept.registry.manifest(repository, digest)
    if stored is not None and stored.subject is not None:
        subjects.add(stored.subject)
    refuse_held(kept, repository, (digest, *subjects))
    check_deletion(rules, repository, f"{repository}@{digest}", named)
    for subject in subjects:
        tags_of_subject = kept.registry.tags_of(repository, subject)
        check_deletion(rules, repository, f"what belongs to {repository}@{subject}", tags_of_subject)


def check_tag_deletion(kept: RecordSet, repository: str, tag: str) -> None:
    """Raise Conflict ``artifact-kept`` or ``legal-hold`` where a rule keeps, or a hold covers, what the tag
    points to or the image that its name speaks of."""
    rules = kept.rules.tag_rules()
    check_deletion(rules, repository, f"the tag {repository}:{tag}", (tag,))
    subject = subject_of_tag(tag)
    held = kept.registry.tag(repository, tag)
    refuse_held(kept, repository, (each for each in (subject, held.digest if held else None) if each))
    if subject is not None:
        tags_of_subject = kept.registry.tags_of(repository, subject)
        check_deletion(rules, repository, f"the tag {repository}:{tag}", tags_of_subject)


def _held_last(kept: RecordSet, repository: str, tag: str) -> Digest | None:
    """The digest that a name had before it was made anew: a deleted name stays in its history."""
    moves = kept.registry.tag_history(repository, tag, limit=2).items
    return moves[1].after or moves[1].before if len(moves) > 1 else None


def _keeps(kept: RecordSet, moved: MovedTag) -> bool:
    """Whether the manifest has every layer, or lists every manifest, of what the tag pointed to before."""
    stored = kept.registry.manifest(moved.repository, moved.before) if moved.before else None
    if stored is None:
        return False
    return _parts(parse_manifest(stored.raw, stored.media_type)) <= _parts(moved.manifest)


def _parts(manifest: ManifestOrIndex) -> set[Digest]:
    match manifest:
        case Manifest():
            return {layer.digest for layer in manifest.layers}
        case Index():
            return {entry.digest for entry in manifest.manifests}


def _told(rule: TagRule) -> dict[str, str]:
    return {
        "kind": rule.kind.value,
        "repositories": rule.repositories.text,
        "tags": rule.tags.text,
        "reason": rule.reason,
    }
