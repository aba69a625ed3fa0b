"""Retention: set its rules, see what they would do, and do it.

1. Rules are set by administrators, and every change of them is in the audit log.
2. A preview decides as a run would, and lists each deletion with its reason and whatever is protected with
   what protects it. It changes nothing.
3. A run goes through the repositories one by one. Each tag and each manifest goes in a transaction of its
   own, which looks again whether it is where the plan saw it and whether something has come to protect it.
4. Each deletion is in the audit log with its rule and its reason. Blobs follow by collection, a grace later.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.principal import SYSTEM
from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import NotFound, OverLimit
from lading.foundation.instants import rfc3339
from lading.ports.jobs import Job, Jobs
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.accessories import accessory_tags
from lading.registry.caller import Caller
from lading.registry.retention import (
    Going,
    Plan,
    RetentionRule,
    check_conditions,
    plan,
    protectors_of,
)
from lading.workflows.retention_facts import load_facts
from lading.workflows.rights import require_on_installation

JOB = "retain"
MAX_RULES = 200
_PAGE = 500
_JOB_SECONDS = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RetainPorts:
    """What a run needs."""

    records: Records
    clock: Callable[[], datetime]
    jobs: Callable[[], Jobs]


@dataclass(frozen=True, slots=True)
class PlannedRepository:
    """What would happen in one repository, and how many bytes it would free."""

    repository: str
    plan: Plan
    freed: int


def add_retention_rule(records: Records, caller: Caller, rule: RetentionRule, now: datetime) -> RetentionRule:
    """Make a rule; ``made_at`` and ``made_by`` are filled in. Raises Malformed ``retention-rule-invalid``."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_conditions(rule.conditions)
    made = replace(rule, made_at=now, made_by=str(caller.principal))
    with records.write() as kept:
        if len(kept.rules.retention_rules()) >= MAX_RULES:
            raise OverLimit(
                "too-many-rules", f"there are {MAX_RULES} rules of retention", details={"limit": MAX_RULES}
            )
        kept.rules.add_retention_rule(made)
        kept.audit.append(caller.did("retention-rule.add", made.id, now, **_told(made)))
    return made


def remove_retention_rule(records: Records, caller: Caller, rule_id: str, now: datetime) -> None:
    """Take a rule away; raise NotFound ``retention-rule-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        gone = kept.rules.remove_retention_rule(rule_id)
        if gone is None:
            raise NotFound("retention-rule-unknown", f"there is no rule {rule_id[:80]!r} of retention")
        kept.audit.append(caller.did("retention-rule.remove", rule_id, now, **_told(gone)))


def list_retention_rules(records: Records, caller: Caller) -> tuple[RetentionRule, ...]:
    """All rules, the oldest first."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return kept.rules.retention_rules()


def preview_retention(
    records: Records, caller: Caller, now: datetime, *, prefix: str = "", more: tuple[RetentionRule, ...] = ()
) -> Iterator[PlannedRepository]:
    """What a run would do, by repository; ``more`` are rules to try that nobody has made yet."""
    require_on_installation(caller, Verb.ADMINISTER)
    for rule in more:
        check_conditions(rule.conditions)
    with records.read() as kept:
        rules = (*kept.rules.retention_rules(), *more)
    for repository in _iter_repositories(records, prefix):
        if not any(rule.repositories.matches(repository) for rule in rules):
            continue
        with records.read() as kept:
            planned = plan(rules, load_facts(kept, repository), now)
            freed = kept.use.freed_with(repository, (each.digest for each in planned.manifests))
        if planned.tags or planned.manifests or planned.protected:
            yield PlannedRepository(repository, planned, freed)


def ask_for_retention(ports: RetainPorts, caller: Caller, now: datetime, *, run_id: str) -> None:
    """Begin a run."""
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.records.write() as kept:
        kept.audit.append(caller.did("retention.start", run_id, now))
    _ask_for_job(ports, {"run": run_id, "after": "", "tags": "0", "manifests": "0"})


def work_on_retention(ports: RetainPorts, arguments: Mapping[str, str]) -> None:
    """Go through repositories for a few seconds, then ask for the next job (step 3)."""
    begun, after = ports.clock(), arguments["after"]
    tags, manifests = int(arguments["tags"]), int(arguments["manifests"])
    with ports.records.read() as kept:
        rules = kept.rules.retention_rules()
    for repository in _iter_repositories(ports.records, after=after) if rules else ():
        if any(rule.repositories.matches(repository) for rule in rules):
            tags_gone, manifests_gone = _retain(ports, rules, repository)
            tags, manifests = tags + tags_gone, manifests + manifests_gone
        if not timedelta(0) <= ports.clock() - begun < _JOB_SECONDS:
            further = {"after": repository, "tags": str(tags), "manifests": str(manifests)}
            _ask_for_job(ports, {"run": arguments["run"], **further})
            return
    with ports.records.write() as kept:
        told = {"tags": tags, "manifests": manifests}
        kept.audit.append(_did("retention.end", arguments["run"], ports.clock(), **told))


def _retain(ports: RetainPorts, rules: tuple[RetentionRule, ...], repository: str) -> tuple[int, int]:
    now = ports.clock()
    with ports.records.read() as kept:
        planned = plan(rules, load_facts(kept, repository), now)
    tags = sum(_remove_tag(ports, going, now) for going in planned.tags)
    manifests = sum(_remove_manifest(ports, going, now) for going in planned.manifests)
    return tags, manifests


def _remove_tag(ports: RetainPorts, going: Going, now: datetime) -> bool:
    with ports.records.write() as kept:
        tag = kept.registry.tag(going.repository, going.tag)
        if tag is None or tag.digest != going.digest or _is_protected(kept, going):
            return False
        kept.registry.delete_tag(going.repository, going.tag, at=now, by=str(SYSTEM))
        told = {"digest": str(going.digest), "rule": going.rule, "reason": going.why}
        kept.audit.append(_did("tag.retire", f"{going.repository}:{going.tag}", now, **told))
    return True


def _remove_manifest(ports: RetainPorts, going: Going, now: datetime) -> bool:
    """The manifest and its accessories; not one that was tagged or listed meanwhile."""
    repository, digest = going.repository, going.digest
    with ports.records.write() as kept:
        here = kept.registry.hold_manifest(repository, digest)
        relied = kept.registry.tags_of(repository, digest) or kept.registry.indexes_of(repository, digest)
        if not here or relied or _is_protected(kept, going):
            return False
        _delete(kept, going, now)
        for accessory in _accessories(kept, going):
            if not kept.registry.indexes_of(repository, accessory.digest):
                _delete(kept, accessory, now)
    return True


def _accessories(kept: RecordSet, going: Going) -> Iterator[Going]:
    """What refers to the manifest, and what stands under tags made of its digest."""
    why = f"belongs to {going.digest.short}, which goes"
    found = {
        each.digest for each in kept.registry.referrers(going.repository, going.digest, limit=1000).items
    }
    for name in accessory_tags(going.digest):
        tag = kept.registry.tag(going.repository, name)
        if tag is not None:
            found.add(tag.digest)
    for digest in sorted(found, key=str):
        yield replace(going, digest=digest, why=why)


def _delete(kept: RecordSet, going: Going, now: datetime) -> None:
    tags = list(kept.registry.tags_of(going.repository, going.digest))
    if not kept.registry.delete_manifest(going.repository, going.digest, at=now, by=str(SYSTEM)):
        return
    if kept.registry.manifest_anywhere(going.digest) is None:
        kept.contents.forget_image(going.digest)
    told = {"rule": going.rule, "reason": going.why, "tags": tags}
    kept.audit.append(_did("manifest.retire", f"{going.repository}@{going.digest}", now, **told))


def _is_protected(kept: RecordSet, going: Going) -> bool:
    """Step 3: whether something has come to protect it since the plan was made."""
    facts = load_facts(kept, going.repository, only=(going.digest,))
    return bool(protectors_of(going.digest, facts) or facts.tag_protectors.get(going.tag))


def _iter_repositories(records: Records, prefix: str = "", after: str = "") -> Iterator[str]:
    while True:
        with records.read() as kept:
            page = kept.registry.repositories(prefix=prefix, after=after, limit=_PAGE)
        for repository in page.items:
            yield repository.name
        if not page.next:
            return
        after = page.next


def _ask_for_job(ports: RetainPorts, arguments: Mapping[str, str]) -> None:
    ports.jobs().enqueue(Job(JOB, f"{JOB}/{arguments['run']}/{arguments['after']}", arguments))


def _told(rule: RetentionRule) -> dict[str, object]:
    conditions = rule.conditions
    return {
        "repositories": rule.repositories.text,
        "tags": rule.tags.text,
        "beyond_newest": conditions.beyond_newest,
        "older_than_days": conditions.older_than.days if conditions.older_than else 0,
        "unpulled_days": conditions.unpulled_for.days if conditions.unpulled_for else 0,
        "never_pulled": conditions.never_pulled,
        "never_deployed": conditions.never_deployed,
        "untagged": conditions.untagged,
        "reason": rule.reason,
    }


def _did(action: str, subject: str, now: datetime, **details: object) -> Event:
    return Event(rfc3339(now), str(SYSTEM), action, subject, "done", details)
