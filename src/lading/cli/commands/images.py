"""`lading images` and `lading image`: what is in the registry, and what is known of it."""

from collections.abc import Iterator, Sequence

import click

from lading.api.images import AccessoryLine, ImageDetails, ImageLine, SeverityCounts
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.inspection_views import coverage_words, origin_words, power_views, secret_row
from lading.cli.options import output_option, paging_options
from lading.cli.output import Facts, Line, Listing, Output, View

_SHOWN = 15  # lines of each table; `--all` and `--format json` have everything


@click.command("images")
@click.option("--repository", default="", help="Of this repository only.")
@click.option("--containing", default="", help="Whose repository's name contains this.")
@paging_options
@output_option
def command(repository: str, containing: str, limit: int, after: str, output: Output) -> None:
    """List images, newest first."""
    with connected() as client:
        page = client.get(
            "images",
            PageOf[ImageLine],
            repository=repository,
            containing=containing,
            limit=limit,
            after=after,
        )
    columns = ("image", "digest", "analysis", "packages", "findings", "owner", "last verdict", "pushed")
    rows = [
        (
            f"{each.repository}:{each.tags[0]}" if each.tags else each.repository,
            _short(each.digest),
            each.analysis or "none",
            each.packages,
            _counted(each.findings),
            each.owner or "nobody",
            each.outcome,
            each.pushed_at[:19],
        )
        for each in page.items
    ]
    views: list[View] = [
        Listing(columns, rows, empty="no images that you may see; push one, or `lading demo`")
    ]
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@click.command("image")
@click.argument("reference")
@click.option("--all", "everything", is_flag=True, help="Every line of every table.")
@output_option
def show(reference: str, everything: bool, output: Output) -> None:
    """Show everything that is known of an image: REPOSITORY[:TAG][@DIGEST]."""
    with connected() as client:
        image = client.get("image", ImageDetails, ref=reference)
    most = len(image.packages) + len(image.findings) + 1 if everything else _SHOWN
    output.show(image, *_views(image, most))


def _views(image: ImageDetails, most: int) -> list[View]:
    line = image.line
    views: list[View] = [
        Facts(
            (
                ("image", f"{line.repository}@{line.digest}"),
                ("tags", line.tags),
                ("platform", line.platform),
                ("system", line.distro or "unknown"),
                ("user", image.user or "root (none is named)"),
                ("owner", line.owner or "nobody"),
                ("contact", image.contact),
                ("pushed", f"{line.pushed_at} by {line.pushed_by}"),
                ("analysis", f"{line.analysis or 'none'}{': ' + image.reason if image.reason else ''}"),
                ("findings", _counted(line.findings)),
                ("not judged", image.not_told),
                ("last verdict", line.outcome),
                ("environments", image.environments),
            )
        ),
        *_entries(image),
    ]
    if image.platforms:
        return views
    views.append(
        Listing(
            ("layer", "step", "bytes", "packages", "findings"),
            [(each.number, each.step, each.size, each.packages, each.findings) for each in image.layers],
            empty="no layers are known",
            title="Layers",
        )
    )
    if image.findings:
        rows = [
            (
                each.flaw,
                f"{each.severity}{' exploited' if each.known_exploited else ''}",
                f"{each.package} {each.version}",
                each.fixed_in or "no fix known",
                each.layer,
                f"{each.status}{', declared only' if each.declared else ''}",
            )
            for each in image.findings[:most]
        ]
        flaw_columns = ("flaw", "severity", "package", "fixed in", "layer", "status")
        title = _title("Findings", image.findings, most)
        views.append(Listing(flaw_columns, rows, empty="", title=title))
    if image.secrets:
        secrets = [secret_row(each) for each in image.secrets]
        titles = ("secret", "path", "line", "layer", "step", "deleted", "what to do")
        views.append(Listing(titles, secrets, empty="", title="Secrets"))
    if image.inspection:
        views.append(
            Facts(
                (
                    ("coverage", coverage_words(image.inspection.coverage)),
                    ("files", origin_words(image.inspection.origins)),
                )
            )
        )
        views += power_views(image.inspection, most)
    if image.unreadable:
        doubts = [(each.path, each.reason, each.layer) for each in image.unreadable[:most]]
        title = _title("Could not be read", image.unreadable, most)
        views.append(Listing(("path", "reason", "layer"), doubts, empty="", title=title))
    packages = [
        (
            each.name,
            each.version,
            each.type,
            each.layer,
            f"{each.path}{' (declared)' if each.declared else ''}",
        )
        for each in image.packages[:most]
    ]
    columns = ("package", "version", "type", "layer", "path")
    title = _title("Packages", image.packages, most)
    views.append(Listing(columns, packages, empty="no packages were found", title=title))
    return views


def _entries(image: ImageDetails) -> Iterator[View]:
    """The images of an index, and what goes with each of them or with this image."""
    if image.platforms:
        columns = ("platform", "digest", "analysis", "findings", "last verdict", "with it")
        rows = [
            (
                each.platform or "not said",
                _short(each.digest),
                each.analysis or "none",
                _counted(each.findings),
                each.outcome,
                "; ".join(_said(accessory) for accessory in each.accessories),
            )
            for each in image.platforms
        ]
        yield Listing(columns, rows, empty="", title="Images of this index")
    if image.accessories:
        others = [(each.kind, _short(each.digest), ", ".join(each.predicates)) for each in image.accessories]
        yield Listing(("kind", "digest", "predicates"), others, empty="", title="Goes with it")


def _said(accessory: AccessoryLine) -> str:
    return ", ".join(accessory.predicates) or accessory.kind


def _title(name: str, lines: Sequence[object], most: int) -> str:
    return f"{name} ({len(lines)})" if len(lines) <= most else f"{name} (the first {most} of {len(lines)})"


def _counted(counts: SeverityCounts) -> str:
    numbers = counts.model_dump()
    return ", ".join(f"{number} {name}" for name, number in numbers.items() if number) or "none"


def _short(digest: str) -> str:
    return digest.partition(":")[2][:12]
