"""What is known of one image for one platform, and of several as one.

An index is judged by all of its images at once: it is as large as they are together, it starts as root if one
of them does, and it holds what any of them holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from lading.advisories.end_of_life import end_of_life
from lading.advisories.product_end_of_life import product_end_of_life
from lading.cataloging.analysis import Distro, ImageContents, InstalledPackage
from lading.cataloging.image_contents import combine
from lading.lineage.inspection.facts import Inspection
from lading.matching.flaws import name_sets
from lading.oci.config import MAX_CONFIG_BYTES, ImageConfig, parse_config
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.packages.licenses import normalise
from lading.packages.realm import realm_words
from lading.policy.content_evidence import FilesFacts, PowerFacts
from lading.policy.evidence import (
    BaseFacts,
    DistroFacts,
    FindingFact,
    ImageFacts,
    PackageFact,
    ScanFacts,
    ScanState,
    SecretFact,
    starts_as_root,
)
from lading.ports.blob_store import BlobReader
from lading.ports.records.contents import AnalysisState, ImageRecord
from lading.ports.records.matches import ImageFinding, MatchStatus
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import StoredManifest
from lading.workflows.evidence_sources import LookUps
from lading.workflows.feed_standing import unjudged_in
from lading.workflows.file_facts import files_facts, merged_files, merged_power, power_facts

CONTENTS = (
    "distro",
    "packages",
    "findings",
    "secrets",
    "scan.unmatched",
    "scan.unjudged",
    "scan.system_judged",
    "scan.unreadable",
    "scan.coverage",
    "power",
    "files",
)
CONFIGURATION = tuple(
    f"image.{name}"
    for name in (
        "platform",
        "created",
        "size",
        "layers",
        "user",
        "root",
        "entrypoint",
        "command",
        "ports",
        "volumes",
        "labels",
    )
)
_PAGE = 10_000
_SHIPPED_FEED = "starter"
# https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"
_STATES = {
    AnalysisState.PENDING: ScanState.RUNNING,
    AnalysisState.DONE: ScanState.DONE,
    AnalysisState.FAILED: ScanState.FAILED,
}
# The worst of several comes first.
_WORST_FIRST = (ScanState.FAILED, ScanState.NONE, ScanState.RUNNING, ScanState.DONE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """The facts that come from an image's own bytes, and from matching what is in them."""

    image: ImageFacts
    distro: DistroFacts = field(default_factory=DistroFacts)
    packages: tuple[PackageFact, ...] = ()
    findings: tuple[FindingFact, ...] = ()
    secrets: tuple[SecretFact, ...] = ()
    base: BaseFacts = field(default_factory=BaseFacts)
    scan: ScanFacts = field(default_factory=ScanFacts)
    power: PowerFacts = field(default_factory=PowerFacts)
    files: FilesFacts = field(default_factory=FilesFacts)


def platform_facts(
    kept: RecordSet, blobs: BlobReader, stored: StoredManifest, image: ImageFacts, looking: LookUps
) -> PlatformFacts:
    """Find what is known of one image; ``image`` is what is known of it already."""
    manifest = parse_manifest(stored.raw, stored.media_type)
    if not isinstance(manifest, Manifest) or not manifest.is_image:
        looking.not_known((*CONFIGURATION, *CONTENTS), f"{stored.digest} is not an image that can run")
        return PlatformFacts(image)
    config = looking.try_for(CONFIGURATION, lambda: _read_config(blobs, manifest), None)
    said = dict(manifest.annotations)
    if config is not None:
        image = _configured(image, config, manifest)
        said = {**config.labels, **said}
    found = PlatformFacts(image, base=_base(said))
    return looking.try_for(CONTENTS, lambda: _with_contents(kept, stored.digest, found, looking), found)


def merged(parts: Sequence[PlatformFacts], image: ImageFacts) -> PlatformFacts:
    """Give several images as one; ``image`` is what is known of the index that lists them."""
    images = [part.image for part in parts]
    first = images[0]
    scans = [part.scan for part in parts]
    root = [one for one in images if one.root]
    return PlatformFacts(
        image=replace(
            image,
            platform=", ".join(sorted({one.platform for one in images})),
            created=min((one.created for one in images if one.created), default=None),
            size=sum(one.size for one in images),
            layers=max(one.layers for one in images),
            user=root[0].user if root else first.user,
            root=bool(root),
            root_on=", ".join(sorted({one.platform for one in root})),
            entrypoint=first.entrypoint,
            command=first.command,
            ports=_each_once(port for one in images for port in one.ports),
            volumes=_each_once(volume for one in images for volume in one.volumes),
            labels=first.labels,
        ),
        # The distribution whose support ends first speaks for all.
        distro=min((part.distro for part in parts), key=_support_left),
        packages=_by_platform((part.image.platform, part.packages) for part in parts),
        findings=_by_platform((part.image.platform, part.findings) for part in parts),
        secrets=_by_platform((part.image.platform, part.secrets) for part in parts),
        base=min((part.base for part in parts), key=lambda base: base.pinned),
        scan=ScanFacts(
            state=min((scan.state for scan in scans), key=_WORST_FIRST.index),
            at=_earliest(scan.at for scan in scans),
            feeds_at=_earliest(scan.feeds_at for scan in scans),
            unmatched=_each_once(name for scan in scans for name in scan.unmatched),
            unjudged=_each_once(words for scan in scans for words in scan.unjudged),
            system_judged=all(scan.system_judged for scan in scans),
            unreadable=_each_once(path for scan in scans for path in scan.unreadable),
            coverage=min(scan.coverage for scan in scans),
        ),
        power=merged_power([part.power for part in parts]),
        files=merged_files([part.files for part in parts]),
    )


def parse_moment(text: str) -> datetime | None:
    """Read an RFC 3339 moment that somebody else wrote; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _read_config(blobs: BlobReader, manifest: Manifest) -> ImageConfig | None:
    stream = blobs.read(manifest.config.digest, stop=MAX_CONFIG_BYTES + 1)
    try:
        return parse_config(b"".join(stream))
    finally:
        stream.close()


def _configured(image: ImageFacts, config: ImageConfig, manifest: Manifest) -> ImageFacts:
    return replace(
        image,
        platform=str(config.platform),
        created=parse_moment(config.created),
        size=sum(blob.size for blob in manifest.iter_blobs()),
        layers=len(manifest.layers),
        user=config.user,
        root=starts_as_root(config.user),
        entrypoint=config.entrypoint,
        command=config.cmd,
        ports=config.exposed_ports,
        volumes=config.volumes,
        labels=dict(config.labels),
    )


def _base(said: Mapping[str, str]) -> BaseFacts:
    name, digest = said.get(_BASE_NAME, ""), said.get(_BASE_DIGEST, "")
    named, _, by_digest = name.partition("@")
    return BaseFacts(reference=named, digest=digest or by_digest, pinned=bool(digest or by_digest))


def _with_contents(kept: RecordSet, digest: Digest, found: PlatformFacts, looking: LookUps) -> PlatformFacts:
    record = kept.contents.image(digest)
    if record is None or record.analysis.state is not AnalysisState.DONE:
        looking.not_known(CONTENTS, _not_analysed(record))
        state = ScanState.NONE if record is None else _STATES[record.analysis.state]
        return replace(found, scan=ScanFacts(state))
    contents = combine(kept.contents.layers_of(digest))
    findings = tuple(_iter_findings(kept, digest))
    inspection = kept.contents.inspection(digest)
    if inspection is None:
        looking.not_known(("power", "files", "scan.coverage"), "the image's files have not been looked at")
    affected = [one for one in findings if one.match.status is MatchStatus.AFFECTED]
    return replace(
        found,
        distro=_distro(contents.distro, looking),
        packages=tuple(_package(installed) for installed in contents.packages),
        findings=tuple(_finding(one) for one in affected),
        secrets=(
            *(
                SecretFact(baked.secret.kind, baked.secret.path, baked.layer, baked.deleted_by is not None)
                for baked in contents.secrets
                if not baked.secret.example
            ),
            *_config_secrets(inspection),
        ),
        scan=replace(_scan(kept, record, contents, findings), coverage=_coverage(inspection)),
        power=power_facts(inspection.power) if inspection else PowerFacts(),
        files=files_facts(inspection.origins) if inspection else FilesFacts(),
    )


def _config_secrets(inspection: Inspection | None) -> Iterator[SecretFact]:
    for secret in inspection.secrets if inspection else ():
        if not secret.example:
            yield SecretFact(secret.kind, secret.place, -1)


def _coverage(inspection: Inspection | None) -> int:
    return inspection.coverage.score if inspection else 0


def _not_analysed(record: ImageRecord | None) -> str:
    if record is None or record.analysis.state is AnalysisState.PENDING:
        return "the image has not been analysed yet"
    return f"the image could not be analysed: {record.analysis.reason}"


def _distro(distro: Distro | None, looking: LookUps) -> DistroFacts:
    if distro is None:
        return DistroFacts()
    facts = end_of_life(distro.key)
    if facts is None:
        looking.not_known(("distro.end_of_life",), f"no dates are known for {distro.name or distro.key}")
        return DistroFacts(distro.id, distro.version_id, distro.name)
    return DistroFacts(distro.id, distro.version_id, distro.name, _day_after(facts.last_day))


def _day_after(last_day: date) -> datetime:
    return datetime.combine(last_day + timedelta(days=1), datetime.min.time(), UTC)


def _package(installed: InstalledPackage) -> PackageFact:
    package = installed.package
    end = product_end_of_life(package)
    return PackageFact(
        package.type,
        _full_name(package.namespace, package.name, package.type),
        package.version,
        installed.path,
        installed.layer,
        tuple(normalise(text).expression or text for text in installed.licenses),
        installed.declared,
        _day_after(end.last_day) if end else None,
    )


def _full_name(namespace: str, name: str, kind: str) -> str:
    """Distributions' namespaces (``debian``) say nothing that the distribution does not."""
    return f"{namespace}/{name}" if namespace and kind not in {"deb", "apk", "rpm"} else name


def _finding(found: ImageFinding) -> FindingFact:
    package, match = found.installed.package, found.match
    names = {name for names in name_sets(found.advisory) if match.flaw in names for name in names}
    says = match.reason.get("says", "")
    return FindingFact(
        id=match.flaw,
        severity=match.severity,
        package_name=_full_name(package.namespace, package.name, package.type),
        package_version=package.version,
        package_type=package.type,
        aliases=tuple(sorted(names - {match.flaw})),
        fix=match.fixed_in,
        known_exploited=found.known_exploited,
        published=parse_moment(found.advisory.published),
        layer=found.installed.layer,
        vendor_status=says if isinstance(says, str) else "",
        declared=found.installed.declared,
    )


def _iter_findings(kept: RecordSet, digest: Digest) -> Iterator[ImageFinding]:
    after = ""
    while True:
        page = kept.matches.image_findings(digest, after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _scan(
    kept: RecordSet, record: ImageRecord, contents: ImageContents, findings: Iterable[ImageFinding]
) -> ScanFacts:
    """An image whose packages were all matched once stays scanned while they are matched anew.

    Every import matches again what it touches; until it has, the last answer stands. To call that "running"
    would close every gate whenever a feed is imported.
    """
    feeds = kept.advisories.feeds()
    # The set that is shipped counts only where there is nothing else: it is imported once and never again.
    fed = [feed.imported_at for feed in feeds if feed.name != _SHIPPED_FEED] or [
        feed.imported_at for feed in feeds
    ]
    unmatched = {
        f"{found.installed.package.name} ({found.match.flaw})"
        for found in findings
        if found.match.status is MatchStatus.UNDETERMINED
    }
    waiting = kept.matches.never_matched(record.manifest)
    unjudged = unjudged_in(kept, record.manifest)
    return ScanFacts(
        state=ScanState.RUNNING if waiting else ScanState.DONE,
        at=max([record.analysis.changed_at, *fed]),
        feeds_at=min(fed, default=None),
        unmatched=tuple(sorted(unmatched)),
        unjudged=tuple(map(realm_words, unjudged)),
        system_judged=not any(realms[0].is_of_system and len(realms) == 1 for realms in unjudged),
        unreadable=_each_once(unreadable.path for _, unreadable in contents.unreadable),
    )


def _support_left(distro: DistroFacts) -> datetime:
    return distro.end_of_life or datetime.max.replace(tzinfo=UTC)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    listed = list(moments)
    known = [moment for moment in listed if moment is not None]
    return min(known) if known and len(known) == len(listed) else None


_OnPlatform = TypeVar("_OnPlatform", PackageFact, FindingFact, SecretFact)


def _by_platform(parts: Iterable[tuple[str, tuple[_OnPlatform, ...]]]) -> tuple[_OnPlatform, ...]:
    """Each fact once, with all the platforms that it is of."""
    found: dict[_OnPlatform, list[str]] = {}
    for platform, facts in parts:
        for fact in dict.fromkeys(facts):
            found.setdefault(fact, []).append(platform)
    return tuple(replace(fact, platforms=tuple(platforms)) for fact, platforms in found.items())


def _each_once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
