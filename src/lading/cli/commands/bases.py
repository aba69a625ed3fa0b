"""`lading base`: what images stand on, what stands on a base, and the catalogue of bases."""

import click

from lading.api import lineage as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.options import output_option, paging_options
from lading.cli.output import Facts, Line, Listing, Output, View


class _Group(click.Group):
    """``lading base IMAGE`` is ``lading base show IMAGE``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group("base", cls=_Group)
def base() -> None:
    """What images stand on, and what stands on them. `lading base IMAGE` shows the chain of an image."""


@base.command("show")
@click.argument("reference")
@output_option
def show(reference: str, output: Output) -> None:
    """Show what REFERENCE was built on: base below base, whose layers are whose, and whose findings."""
    with connected() as client:
        answer = client.get("lineage", api.LineageAnswer, ref=reference)
    views: list[View] = []
    for image in answer.images:
        rows = [
            (
                level.kind,
                _named(level.places, level.digest),
                f"{level.bottom}-{level.top - 1}" if level.top > level.bottom else "none",
                level.packages,
                level.findings,
                level.owner or "nobody",
                f"{level.state}{': ' + level.state_reason if level.state != 'approved' else ''}"
                if level.state
                else ("" if level.kind == "app" else "not in the catalogue"),
                level.created[:10],
            )
            for level in reversed(image.levels)
        ]
        columns = ("level", "image", "layers", "packages", "findings", "owner", "catalogue", "made")
        title = f"{image.repository}@{image.digest[:19]} for {image.platform or 'an unknown platform'}"
        views.append(Listing(columns, rows, empty="", title=title))
        views += [Line(text) for text in _remarks(image)]
    output.show(answer, *views)


@base.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--unknown", is_flag=True, help="Layers that many share and no image here is made of.")
@output_option
def list_bases(limit: int, unknown: bool, output: Output) -> None:
    """List images that others stand on, the most used first."""
    with connected() as client:
        if unknown:
            groups = client.get("bases/unknown", PageOf[api.FoundationLine], limit=limit)
            lines = [(one.chain[:19], one.layers, one.images, one.example[:19]) for one in groups.items]
            columns = ("layers' chain", "layers", "images", "for example")
            output.show(groups, Listing(columns, lines, empty="every image with company has a base here"))
            return
        page = client.get("bases", PageOf[api.UsedBaseLine], limit=limit)
    rows = [(_named(one.places, one.digest), one.digest[:19], one.users) for one in page.items]
    empty = "no image that you may see stands on another one"
    output.show(page, Listing(("base", "digest", "images on it"), rows, empty=empty))


@base.command("users")
@click.argument("reference")
@paging_options
@output_option
def users(reference: str, limit: int, after: str, output: Output) -> None:
    """List what stands on REFERENCE, at any depth."""
    with connected() as client:
        reach = client.get("bases/reach", api.ReachAnswer, ref=reference)
        page = client.get("bases/users", PageOf[api.BaseUserLine], ref=reference, limit=limit, after=after)
    rows = [(_named(one.places, one.digest), one.digest[:19], one.platform) for one in page.items]
    views: list[View] = [*_reach_views(reach), Listing(("image", "digest", "platform"), rows, empty="")]
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@base.command("reach")
@click.argument("reference")
@output_option
def reach_command(reference: str, output: Output) -> None:
    """Count what a base or a flaw reaches: images, running containers, repositories and teams."""
    flaw = "/" not in reference and ":" not in reference and "-" in reference and reference[:3].isupper()
    with connected() as client:
        query = {"flaw": reference} if flaw else {"ref": reference}
        reach = client.get("bases/reach", api.ReachAnswer, **query)
    rows = [(one.repository, one.images, one.containers) for one in reach.repositories]
    listing = Listing(("repository", "images", "running"), rows, empty="", title="Repositories")
    output.show(reach, *_reach_views(reach), *([listing] if rows else []))


@base.group("catalogue")
def catalogue() -> None:
    """The bases to build on: what for, until when, and what follows."""


@catalogue.command("list")
@output_option
def list_catalogue(output: Output) -> None:
    """List the entries, and how each stands today."""
    with connected() as client:
        page = client.get("bases/catalogue", PageOf[api.CatalogueLine])
    rows = [
        (
            each.name,
            each.state_now if each.state_now == each.state else f"{each.state_now} ({each.state})",
            each.newest_tag or "nothing pushed",
            each.users,
            ", ".join(f"{n} {name}" for name, n in each.counts.model_dump().items() if n) or "none",
            each.owner or "nobody",
            each.supported_until,
            each.successor,
            each.purpose,
        )
        for each in page.items
    ]
    columns = (
        "base", "state", "newest", "images on it", "findings", "owner", "supported until", "successor", "for",
    )  # fmt: skip
    output.show(page, Listing(columns, rows, empty="the catalogue is empty: `lading base catalogue set`"))


@catalogue.command("set")
@click.argument("repository")
@click.option("--tags", default="", help="A pattern of tags; every tag where not given.")
@click.option("--state", type=click.Choice(["approved", "deprecated", "forbidden"]), default="approved")
@click.option("--purpose", default="", help="What it is for.")
@click.option("--contents", default="", help="What is in it, and why.")
@click.option("--tools", default="", help="What there is to look around with.")
@click.option("--owner", default="", help="The team that answers for it.")
@click.option("--supported-until", default="", metavar="DATE")
@click.option("--deprecated-on", default="", metavar="DATE", help="From then on nothing new may stand on it.")
@click.option("--variant", "variants", multiple=True, help="A variant: with a debugger, without a shell.")
@click.option("--successor", default="", help="What to move to.")
@output_option
def set_entry(repository: str, output: Output, **said: str | tuple[str, ...]) -> None:
    """Put a base into the catalogue. REPOSITORY may be a pattern: base/*."""
    variants = said.pop("variants")
    body = api.CatalogueRequest.model_validate({"repository": repository, "variants": list(variants), **said})
    with connected() as client:
        kept = client.put("bases/catalogue", api.CatalogueRequest, body)
    output.show(kept, Line(f"{kept.repository}{':' + kept.tags if kept.tags else ''} is {kept.state}"))


@catalogue.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Take an entry out of the catalogue."""
    with connected() as client:
        client.delete("bases/catalogue", name=name)
    click.echo(f"removed {name}")


def _reach_views(reach: api.ReachAnswer) -> list[View]:
    facts = Facts(
        (
            ("of", reach.of),
            ("images", reach.images),
            ("running containers", reach.containers),
            ("repositories", len(reach.repositories)),
            ("not all of it", "" if reach.whole else "there may be more that you may not see"),
        )
    )
    rows = [(one.team or "nobody", one.repositories, one.images, one.containers) for one in reach.teams]
    return [facts, Listing(("team", "repositories", "images", "running"), rows, empty="it reaches nothing")]


def _remarks(image: api.LineageLine) -> list[str]:
    said = f"{image.declared_name} {image.declared_digest}".strip()
    remarks = []
    if image.declared == "false":
        remarks.append(f"it says that it was built on {said}, and its layers do not bear that out")
    elif image.declared == "unknown":
        remarks.append(f"it says that it was built on {said}, which is not in this registry")
    elif image.declared == "true":
        remarks.append("what it says of its base is true")
    if image.guess is not None:
        where = _named(image.guess.places, image.guess.digest)
        remarks.append(f"a guess: {image.guess.likeness} from {where}; {image.guess.reason}")
    elif len(image.levels) == 1:
        remarks.append("no image in this registry stands below it")
    return remarks


def _named(places: list[api.PlaceLine], digest: str) -> str:
    for place in places:
        if place.tags:
            return f"{place.repository}:{place.tags[0]}"
    return f"{places[0].repository}@{digest[:19]}" if places else digest[:19]
