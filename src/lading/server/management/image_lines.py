"""Images as messages."""

from collections import Counter
from collections.abc import Sequence

from lading.access.ownership import Owned, Ownership
from lading.advisories.advisory import Severity
from lading.api.images import (
    AccessoryLine,
    ContainerLine,
    DecisionLine,
    DeclaredPackageLine,
    FindingLine,
    ImageDetails,
    ImageLine,
    LayerLine,
    PackageLine,
    PlatformLine,
    ReferrerLine,
    SbomComparisonLine,
    SbomLine,
    SecretLine,
    SeverityCounts,
    TagMoveLine,
    UnreadableLine,
)
from lading.cataloging.analysis import BakedSecret, InstalledPackage, Unreadable
from lading.cataloging.secrets.all_kinds import rotation_of, title_of
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.purl import package_url
from lading.packages.realm import unjudged_words
from lading.policy.decision import Outcome
from lading.ports.records.contents import ImageLayer, ImageRecord
from lading.ports.records.governance import StoredDecision
from lading.ports.records.matches import FindingCounts, ImageFinding, MatchStatus
from lading.sbom.comparison import SbomDifferences
from lading.server.management.inspection_lines import config_secret_lines, inspection_line
from lading.workflows.compare_sboms import ComparedSbom
from lading.workflows.list_images import ListedImage
from lading.workflows.show_image import ShownImage
from lading.workflows.show_platforms import ShownAccessory, ShownPlatform

_NAMED = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def listed_line(listed: ListedImage) -> ImageLine:
    """An image of a list."""
    listing = listed.listing
    return ImageLine(
        repository=listing.repository,
        digest=str(listing.digest),
        kind=listing.kind,
        tags=list(listing.tags),
        platform=listing.platform,
        size=listing.size,
        pushed_at=rfc3339(listing.pushed_at),
        pushed_by=listing.pushed_by,
        owner=_owner(listed.owner),
        analysis=_analysis(listed.image),
        distro=_distro(listed.image),
        packages=listed.packages,
        findings=counts_message(listed.findings),
        outcome=str(listed.decision.decision.outcome) if listed.decision else "",
    )


def details(shown: ShownImage) -> ImageDetails:
    """One image with everything."""
    image = shown.image
    return ImageDetails(
        line=_shown_line(shown),
        media_type=shown.stored.media_type,
        user=image.user if image else "",
        created=image.created if image else "",
        reason=image.analysis.reason if image else "",
        contact=shown.owner.team.contact if isinstance(shown.owner, Owned) else "",
        platforms=[_platform(each) for each in shown.entries.platforms],
        accessories=[_accessory(each) for each in (*shown.accessories, *shown.entries.others)],
        layers=_layers(shown),
        packages=[package_line(each) for each in shown.packages],
        more_packages=shown.more_packages,
        findings=[finding_line(finding) for finding in shown.findings],
        more_findings=shown.more_findings,
        secrets=[
            *(secret_line(baked, image.layers if image else ()) for baked in shown.secrets),
            *config_secret_lines(shown.inspection.secrets if shown.inspection else ()),
        ],
        inspection=inspection_line(shown.inspection) if shown.inspection else None,
        unreadable=[unreadable_line(layer, doubt) for layer, doubt in shown.unreadable],
        not_told=unjudged_words(shown.unjudged),
        sboms=[
            SbomLine(
                format=each.format,
                document=str(each.document),
                referrer=str(each.referrer),
                made_at=rfc3339(each.made_at),
            )
            for each in shown.sboms
        ],
        referrers=[_referrer(each) for each in shown.referrers],
        environments=[pointer.environment for pointer in shown.pointers],
        decisions=[decision_line(each) for each in shown.history.decisions],
        tag_moves=[
            TagMoveLine(
                tag=move.name,
                before=_digest(move.before),
                after=_digest(move.after),
                at=rfc3339(move.at),
                by=move.by,
            )
            for move in shown.history.tag_moves
        ],
        running=[
            ContainerLine(
                host=seen.container.host,
                id=seen.container.id,
                name=seen.container.name,
                since=seen.container.started_at,
            )
            for seen in shown.running
        ],
    )


def package_line(installed: InstalledPackage) -> PackageLine:
    """One package, and the file that says so."""
    package = installed.package
    return PackageLine(
        purl=package_url(package),
        type=package.type,
        name=package.name,
        version=package.version,
        path=installed.path,
        layer=installed.layer,
        licenses=list(package.licenses),
        declared=installed.declared,
        owned_by=package.owner,
    )


def secret_line(baked: BakedSecret, layers: Sequence[ImageLayer]) -> SecretLine:
    """One credential of a layer, without itself."""
    return SecretLine(
        kind=baked.secret.kind,
        title=title_of(baked.secret.kind),
        step=layers[baked.layer].step if baked.layer < len(layers) else "",
        rotate=rotation_of(baked.secret.kind),
        path=baked.secret.path,
        line=baked.secret.line,
        layer=baked.layer,
        deleted_by=baked.deleted_by,
        excerpt=baked.secret.excerpt,
    )


def unreadable_line(layer: int, doubt: Unreadable) -> UnreadableLine:
    """One part that was not understood."""
    return UnreadableLine(layer=layer, path=doubt.path, cataloger=doubt.cataloger, reason=doubt.reason)


def finding_line(finding: ImageFinding) -> FindingLine:
    """One finding, with the place of the package and why it is one."""
    installed, match = finding.installed, finding.match
    return FindingLine(
        flaw=match.flaw,
        advisory=match.advisory_id,
        feed=match.feed,
        status=str(match.status),
        severity=str(match.severity),
        known_exploited=finding.known_exploited,
        likelihood=finding.likelihood,
        purl=package_url(installed.package),
        package=installed.package.name,
        version=installed.package.version,
        fixed_in=match.fixed_in,
        layer=installed.layer,
        path=installed.path,
        declared=installed.declared,
        summary=finding.advisory.summary,
        reason=dict(match.reason),
    )


def comparison_line(compared: ComparedSbom) -> SbomComparisonLine:
    """One bill of materials of others."""
    differences = compared.differences or SbomDifferences(0, (), (), ())
    return SbomComparisonLine(
        origin=str(compared.origin),
        format=compared.format,
        attested=compared.attested,
        reason=compared.reason,
        agreed=differences.agreed,
        not_found=[_declared(package) for package in differences.not_found],
        not_declared=[_declared(package) for package in differences.not_declared],
        other_versions=[_declared(each.declared, each.found) for each in differences.other_versions],
        unusable=list(differences.unusable),
    )


def _declared(package: Package, found: tuple[str, ...] = ()) -> DeclaredPackageLine:
    try:
        purl = package_url(package)
    except Malformed:
        purl = ""
    return DeclaredPackageLine(purl=purl, name=package.name, version=package.version, found=list(found))


def decision_line(stored: StoredDecision) -> DecisionLine:
    """One decision, without its evidence."""
    decision = stored.decision
    return DecisionLine(
        id=stored.id,
        outcome=str(decision.outcome),
        gate=str(decision.gate),
        environment=decision.environment,
        at=rfc3339(decision.at),
        by=stored.by,
        denied_by=[result.rule for result in decision.with_effect(Outcome.DENY)],
        warned_by=[result.rule for result in decision.with_effect(Outcome.WARN)],
    )


def _shown_line(shown: ShownImage) -> ImageLine:
    stored, image = shown.stored, shown.image
    newest = shown.history.decisions[0].decision.outcome if shown.history.decisions else ""
    return ImageLine(
        repository=stored.repository,
        digest=str(stored.digest),
        kind=stored.kind,
        tags=list(shown.tags),
        platform=str(image.platform) if image else "",
        size=sum(layer.size for layer in image.layers) if image else len(stored.raw),
        pushed_at=rfc3339(stored.pushed_at),
        pushed_by=stored.pushed_by,
        owner=_owner(shown.owner),
        analysis=_analysis(image),
        distro=_distro(image),
        packages=len(shown.packages),
        findings=counts_message(_counted(shown)),
        outcome=str(newest),
    )


def _counted(shown: ShownImage) -> FindingCounts:
    """As the list counts them: a package version and a flaw once, wherever it is installed."""
    distinct = {(each.installed.package, each.match.flaw): each.match for each in shown.findings}.values()
    affecting = Counter(match.severity for match in distinct if match.status is MatchStatus.AFFECTED)
    undetermined = sum(match.status is MatchStatus.UNDETERMINED for match in distinct)
    return FindingCounts(affecting, undetermined, shown.unjudged)


def _layers(shown: ShownImage) -> list[LayerLine]:
    if shown.image is None:
        return []
    packages = Counter(each.layer for each in shown.packages)
    findings = Counter(each.installed.layer for each in shown.findings)
    return [
        LayerLine(
            number=number,
            diff_id=str(layer.diff_id),
            blob=str(layer.blob),
            size=layer.size,
            step=layer.step,
            packages=packages[number],
            findings=findings[number],
        )
        for number, layer in enumerate(shown.image.layers)
    ]


def counts_message(counts: FindingCounts) -> SeverityCounts:
    by_severity = counts.by_severity
    return SeverityCounts(
        **{str(severity): by_severity.get(severity, 0) for severity in _NAMED},
        other=sum(count for severity, count in by_severity.items() if severity not in _NAMED),
        undetermined=counts.undetermined,
        unjudged=sum(counts.unjudged.values()),
    )


def _referrer(descriptor: Descriptor) -> ReferrerLine:
    return ReferrerLine(
        digest=str(descriptor.digest), artifact_type=descriptor.artifact_type, size=descriptor.size
    )


def _platform(shown: ShownPlatform) -> PlatformLine:
    entry = shown.descriptor
    return PlatformLine(
        platform=str(entry.platform) if entry.platform else "",
        digest=str(entry.digest),
        size=entry.size,
        analysis=str(shown.analysis.state) if shown.analysis else "",
        findings=counts_message(shown.findings),
        outcome=str(shown.outcome) if shown.outcome else "",
        accessories=[_accessory(each) for each in shown.accessories],
    )


def _accessory(shown: ShownAccessory) -> AccessoryLine:
    return AccessoryLine(
        digest=str(shown.descriptor.digest),
        kind=shown.kind,
        predicates=list(shown.predicates),
        size=shown.descriptor.size,
    )


def _analysis(image: ImageRecord | None) -> str:
    return str(image.analysis.state) if image else ""


def _distro(image: ImageRecord | None) -> str:
    return image.distro.name if image and image.distro else ""


def _owner(owner: Ownership) -> str:
    return owner.team.name if isinstance(owner, Owned) else ""


def _digest(digest: Digest | None) -> str:
    return str(digest) if digest else ""
