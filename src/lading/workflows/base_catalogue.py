"""Keep the catalogue of bases, and say how each entry stands: its images, their flaws, who uses them."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.lineage.catalogue import CatalogueEntry, Standing, check_entry, standing_of_entry
from lading.oci.digest import Digest
from lading.ports.records.matches import FindingCounts
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation
from lading.workflows.show_lineage import platforms_of

_MOST_TAGS = 500  # of one repository that are looked at for its newest


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry with how it stands. ``newest`` is the image that its newest tag points to."""

    entry: CatalogueEntry
    standing: Standing
    newest: Digest | None
    newest_repository: str
    newest_tag: str
    pushed_at: datetime | None
    users: int  # images that stand on the newest one
    findings: FindingCounts


def save_entry(records: Records, caller: Caller, entry: CatalogueEntry, now: datetime) -> CatalogueEntry:
    """Keep an entry in place of the one of this name; who may edit the policy may do that."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    check_entry(entry)
    with records.write() as kept:
        kept.lineage.save_entry(entry)
        kept.audit.append(
            caller.did(
                "base.save",
                entry.name,
                now,
                state=str(entry.state),
                successor=entry.successor,
                deprecated_on=str(entry.deprecated_on or ""),
                supported_until=str(entry.supported_until or ""),
            )
        )
    return entry


def remove_entry(records: Records, caller: Caller, name: str, now: datetime) -> None:
    """Take an entry out of the catalogue. Raises NotFound ``base-unknown``."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    with records.write() as kept:
        if not kept.lineage.remove_entry(name):
            raise NotFound("base-unknown", f"the catalogue has no entry {name[:200]!r}")
        kept.audit.append(caller.did("base.remove", name, now))


def show_catalogue(records: Records, caller: Caller, now: datetime) -> tuple[ShownEntry, ...]:
    """Every entry of a repository that the caller may see."""
    with records.read() as kept:
        return tuple(
            _shown(kept, entry, now)
            for entry in kept.lineage.catalogue()
            if "*" in entry.repository or caller.may(Verb.READ_EVIDENCE, entry.repository)
        )


def _shown(kept: RecordSet, entry: CatalogueEntry, now: datetime) -> ShownEntry:
    repository = "" if "*" in entry.repository else entry.repository
    tags = kept.registry.tags(repository, limit=_MOST_TAGS).items if repository else ()
    named = (tag for tag in tags if not _is_artifact(tag.name))
    fitting = [tag for tag in named if entry.speaks_for(repository, (tag.name,))]
    newest = max(fitting, key=lambda tag: tag.moved_at, default=None)
    standing = standing_of_entry(entry, now.date())
    if newest is None:
        return ShownEntry(entry, standing, None, "", "", None, 0, FindingCounts({}, 0))
    users, findings = 0, FindingCounts({}, 0)
    for manifest in platforms_of(kept, repository, newest.digest)[:1]:
        placed = kept.lineage.placed(manifest)
        if placed is not None and placed.top is not None:
            users = max(kept.lineage.reach([placed.top]).images - 1, 0)
        findings = kept.matches.finding_counts([manifest]).get(manifest, findings)
    return ShownEntry(
        entry, standing, newest.digest, repository, newest.name, newest.moved_at, users, findings
    )


def _is_artifact(tag: str) -> bool:
    """Signatures and attestations are gathered under tags of their own."""
    return tag.startswith("sha256-")
