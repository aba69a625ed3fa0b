"""A scan as a message, and as tables for people."""

from collections import Counter
from collections.abc import Sequence

from lading.api.images import LayerLine, PackageLine, SeverityCounts, UnreadableLine
from lading.api.scans import ScanFeed, ScanReport
from lading.cataloging.layer import ANALYSER
from lading.cli.inspection_views import coverage_words, origin_words, power_views, secret_row
from lading.cli.output import Facts, Line, Listing, View
from lading.foundation.instants import rfc3339
from lading.packages.realm import unjudged_words
from lading.ports.records.matches import MatchStatus
from lading.server.management.image_lines import finding_line, package_line, secret_line, unreadable_line
from lading.server.management.inspection_lines import config_secret_lines, inspection_line
from lading.workflows.scan_image import ScannedImage

_IMAGES = ("registry", "docker", "podman", "container", "docker-archive", "oci-layout")
_NAMED = ("critical", "high", "medium", "low")


def report_of(scanned: ScannedImage) -> ScanReport:
    """The message of a scan; findings are in the order of the records, the worst of each flaw first."""
    contents, image = scanned.contents, scanned.image
    distro = contents.distro
    unread = [
        UnreadableLine(layer=0, path=path, cataloger="source", reason=reason)
        for path, reason in scanned.source.unread
    ]
    return ScanReport(
        source=scanned.source.name,
        kind=scanned.source.kind.value,
        digest=str(scanned.digest),
        platform=str(image.platform),
        system=distro.name if distro else "",
        user=image.user,
        analyser=ANALYSER,
        layers=_layers(scanned),
        packages=[package_line(each) for each in contents.packages],
        findings=sorted(
            (finding_line(each) for each in scanned.findings),
            key=lambda line: (_rank(line.severity), line.flaw, line.purl, line.path),
        ),
        counts=_counts(scanned),
        secrets=[
            *(secret_line(baked, image.layers) for baked in contents.secrets if not baked.secret.example),
            *config_secret_lines(scanned.inspection.secrets),
        ],
        inspection=inspection_line(scanned.inspection),
        not_told=unjudged_words(scanned.unjudged),
        unreadable=[*(unreadable_line(layer, doubt) for layer, doubt in contents.unreadable), *unread],
        feeds=[
            ScanFeed(
                name=feed.name,
                advisories=feed.count,
                published_at=rfc3339(feed.published_at) if feed.published_at else "",
            )
            for feed in scanned.feeds
        ],
    )


def views_of(report: ScanReport, most: int | None) -> list[View]:
    """The report as tables of at most ``most`` lines each."""
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.model_dump().items() if number)
    views: list[View] = [
        Facts(
            (
                ("source", f"{report.source} ({report.kind})"),
                ("digest", report.digest),
                ("platform", report.platform),
                ("system", report.system or "unknown"),
                ("user", report.user or ("root (none is named)" if report.kind in _IMAGES else "")),
                ("packages", str(len(report.packages))),
                ("findings", counts or "none by the advisories below"),
                ("not judged", report.not_told),
                ("secrets", str(len(report.secrets)) if report.secrets else "none found"),
                ("coverage", coverage_words(report.inspection.coverage)),
                ("files", origin_words(report.inspection.origins)),
                ("not understood", str(len(report.unreadable)) if report.unreadable else ""),
                ("advisories", ", ".join(f"{feed.name} ({feed.advisories})" for feed in report.feeds)),
            )
        ),
        Listing(
            ("layer", "step", "bytes", "packages", "findings"),
            [(each.number, each.step, each.size, each.packages, each.findings) for each in report.layers],
            empty="no layers",
            title="Layers",
        ),
    ]
    views += power_views(report.inspection, most)
    tables: tuple[tuple[str, tuple[str, ...], list[tuple[object, ...]]], ...] = (
        (
            "Findings",
            ("flaw", "severity", "package", "fixed in", "layer", "status"),
            [
                (
                    each.flaw,
                    f"{each.severity}{' exploited' if each.known_exploited else ''}",
                    f"{each.package} {each.version}",
                    each.fixed_in or "no fix known",
                    each.layer,
                    f"{each.status}{', declared only' if each.declared else ''}",
                )
                for each in report.findings
            ],
        ),
        (
            "Secrets",
            ("secret", "path", "line", "layer", "step", "deleted", "what to do"),
            [secret_row(each) for each in report.secrets],
        ),
        (
            "Could not be read",
            ("path", "reason", "layer"),
            [(each.path, each.reason, each.layer) for each in report.unreadable],
        ),
        (
            "Packages",
            ("package", "version", "type", "layer", "path"),
            [(each.name, each.version, each.type, each.layer, _place(each)) for each in report.packages],
        ),
    )
    for title, columns, rows in tables:
        if rows:
            shown = rows if most is None else rows[:most]
            views.append(Listing(columns, shown, empty="", title=_title(title, rows, shown)))
    if not report.packages:
        views.append(Line("no packages were found: that is not the same as there being none"))
    return views


def _layers(scanned: ScannedImage) -> list[LayerLine]:
    packages = Counter(each.layer for each in scanned.contents.packages)
    findings = Counter(each.installed.layer for each in scanned.findings)
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
        for number, layer in enumerate(scanned.image.layers)
    ]


def _counts(scanned: ScannedImage) -> SeverityCounts:
    """As the server counts: a package version and a flaw once, wherever it is installed."""
    distinct = {(each.installed.package, each.match.flaw): each.match for each in scanned.findings}.values()
    affecting = Counter(
        str(match.severity) if str(match.severity) in _NAMED else "other"
        for match in distinct
        if match.status is MatchStatus.AFFECTED
    )
    undetermined = sum(match.status is MatchStatus.UNDETERMINED for match in distinct)
    unjudged = sum(scanned.unjudged.values())
    return SeverityCounts(**affecting, undetermined=undetermined, unjudged=unjudged)


def _place(line: PackageLine) -> str:
    return f"{line.path} (declared)" if line.declared else line.path


def _rank(severity: str) -> int:
    return _NAMED.index(severity) if severity in _NAMED else len(_NAMED)


def _title(name: str, rows: Sequence[object], shown: Sequence[object]) -> str:
    return (
        f"{name} ({len(rows)})"
        if len(rows) == len(shown)
        else f"{name} (the first {len(shown)} of {len(rows)})"
    )
