"""`lading campaign` and `lading patch`."""

import click

from lading.api import campaigns as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Facts, Line, Listing, Output, View

_CODES = {"needs rebuild": ExitCode.DENIED, "could not tell": ExitCode.UNDETERMINED}
_SHOWN = 30


@click.group("campaign")
def campaign() -> None:
    """Move the fleet away from a flaw or a base, wave by wave, until nothing old runs."""


@campaign.command("open")
@click.option("--cve", "flaw", default="", help="The flaw to leave.")
@click.option("--base", default="", help="The base to leave: REPOSITORY[:TAG][@DIGEST].")
@click.option("--onto", default="", help="The base to move to; the newest in its repository where not given.")
@click.option("--title", default="")
@click.option("--reason", default="", help="What owners are told.")
@click.option("--warn", default="", metavar="DATE", help="From then on gates warn of what is left.")
@click.option("--no-promotion", default="", metavar="DATE", help="… refuse to promote it.")
@click.option("--no-start", default="", metavar="DATE", help="… refuse to start it.")
@click.option("--no-pull", default="", metavar="DATE", help="… refuse to give it out.")
@click.option("--wave-days", type=click.IntRange(0, 90), default=2, show_default=True)
@click.option("--only-ask", is_flag=True, help="Let owners do everything; the server makes no image itself.")
@click.option("--dry-run", is_flag=True, help="Only plan it.")
@output_option
def open_one(output: Output, only_ask: bool, **said: object) -> None:
    """Plan what is to be done with each image, and begin."""
    body = api.CampaignRequest.model_validate({**said, "automatic": not only_ask})
    with output.progress("planning"), connected() as client:
        answer = client.post("campaigns", api.CampaignAnswer, body)
    views: list[View] = [*_campaign_views(answer.campaign), _items(answer.items[:_SHOWN])]
    if len(answer.items) > _SHOWN:
        views.append(
            Line(f"and {len(answer.items) - _SHOWN} more: lading campaign items {answer.campaign.id}")
        )
    output.show(answer, *views)


@campaign.command("list")
@output_option
def list_all(output: Output) -> None:
    """List campaigns, the newest first."""
    with connected() as client:
        page = client.get("campaigns", PageOf[api.CampaignLine])
    rows = [
        (
            one.id,
            one.title,
            one.state,
            one.stage,
            f"{one.done} of {one.items}",
            one.containers,
            one.opened_at[:10],
        )
        for one in page.items
    ]
    columns = ("campaign", "title", "state", "stage", "done", "old running", "opened")
    output.show(page, Listing(columns, rows, empty="no campaigns: `lading campaign open`"))


@campaign.command("show")
@click.argument("campaign_id", metavar="CAMPAIGN")
@output_option
def show(campaign_id: str, output: Output) -> None:
    """Show how far a campaign has come, by team, and what was told to whom."""
    with connected() as client:
        line = client.get(f"campaigns/{campaign_id}", api.CampaignLine)
    told = [(one.at[:16], one.team or "nobody", one.kind, one.text) for one in line.notices[:_SHOWN]]
    output.show(
        line,
        *_campaign_views(line),
        Listing(("when", "team", "kind", "told"), told, empty="nobody was told anything yet", title="Told"),
    )


@campaign.command("items")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--state", default="")
@click.option("--team", default="")
@paging_options
@output_option
def items(campaign_id: str, state: str, team: str, limit: int, after: str, output: Output) -> None:
    """List the images of a campaign, by wave."""
    with connected() as client:
        page = client.get(
            f"campaigns/{campaign_id}/items",
            PageOf[api.ItemLine],
            state=state,
            team=team,
            limit=limit,
            after=after,
        )
    views: list[View] = [_items(page.items)]
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@campaign.command("pause")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--reason", required=True)
@output_option
def pause(campaign_id: str, reason: str, output: Output) -> None:
    """Stop asking for anything; what was asked goes on."""
    _change(campaign_id, "pause", reason, output)


@campaign.command("resume")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--reason", default="")
@output_option
def resume(campaign_id: str, reason: str, output: Output) -> None:
    """Go on."""
    _change(campaign_id, "resume", reason, output)


@campaign.command("close")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--reason", required=True)
@output_option
def close(campaign_id: str, reason: str, output: Output) -> None:
    """Give a campaign up, with what is left. It closes itself when nothing old runs."""
    _change(campaign_id, "close", reason, output)


@campaign.command("step")
@click.argument("campaign_id", metavar="CAMPAIGN")
@output_option
def step(campaign_id: str, output: Output) -> None:
    """Do the next step now. Without it, one is done every minute."""
    with connected() as client:
        answer = client.post(f"campaigns/{campaign_id}/step", api.StepAsked)
    output.show(answer, Line(f"a step of campaign {answer.campaign} is done now"))


@campaign.command("exclude")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("image")
@click.option("--reason", required=True)
@click.option("--until", required=True, metavar="DATE")
@output_option
def exclude(campaign_id: str, image: str, reason: str, until: str, output: Output) -> None:
    """Take an image out of a campaign until a date."""
    body = api.ExcludeRequest(image=image, reason=reason, until=until)
    with connected() as client:
        item = client.post(f"campaigns/{campaign_id}/exclude", api.ItemLine, body)
    output.show(item, Line(f"{item.repository}@{item.image[:19]} is out until {until}"))


@click.command("patch")
@click.argument("image")
@click.option(
    "--package", "packages", multiple=True, help="Upgrade this one; those with a finding where not given."
)
@click.option("--tag", default="", help="Tag of the result; the next by pattern where not given.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--without-scripts", "scripts", is_flag=True, help="Let packages pass whose scripts are not run."
)
@click.option("--reason", default="")
@output_option
def patch(image: str, packages: tuple[str, ...], output: Output, **said: object) -> int:
    """Upgrade packages in IMAGE by one layer on top, from the server's mirror, without a build.

    Exit code 1 when it needs a rebuild, 4 when it could not be told: then nothing was changed.
    """
    body = api.PatchBody.model_validate({"image": image, "packages": list(packages), **said})
    with output.progress("looking at packages"), connected() as client:
        answer = client.post("patch", api.PatchAnswer, body)
    pushed = f"{answer.repository}:{answer.tag}@{answer.digest}" if answer.digest else "nothing"
    views: list[View] = [Facts((("image", answer.image), ("verdict", answer.verdict), ("pushed", pushed)))]
    for platform in answer.platforms:
        rows = [(one.package, one.before, one.after) for one in platform.upgraded]
        title = f"{platform.platform}: {platform.verdict}"
        views.append(Listing(("package", "before", "after"), rows, empty="nothing is upgraded", title=title))
        views += [Line(f"{one.weight}: {one.path} {one.reason}".strip()) for one in platform.remarks[:_SHOWN]]
    output.show(answer, *views)
    return _CODES.get(answer.verdict, ExitCode.DONE)


def _change(campaign_id: str, what: str, reason: str, output: Output) -> None:
    with connected() as client:
        line = client.post(
            f"campaigns/{campaign_id}/{what}", api.CampaignLine, api.ReasonRequest(reason=reason)
        )
    output.show(line, Line(f"campaign {line.id} is {line.state}"))


def _campaign_views(line: api.CampaignLine) -> list[View]:
    def days(number: float | None) -> str:
        return "" if number is None else f"{number:.1f}"

    facts = Facts(
        (
            ("campaign", line.id),
            ("title", line.title),
            ("about", line.flaw or line.base),
            ("state", f"{line.state}{': ' + line.paused_because if line.paused_because else ''}"),
            ("stage", line.stage),
            ("wave", line.wave if line.wave >= 0 else "none has begun"),
            ("done", f"{line.done} of {line.items}"),
            ("states", ", ".join(f"{number} {name}" for name, number in sorted(line.states.items()))),
            ("methods", ", ".join(f"{number} {name}" for name, number in sorted(line.methods.items()))),
            ("old containers running", line.containers),
            ("days, half of them", days(line.days_median)),
            ("days, nine tenths", days(line.days_90)),
            ("within 30 days", "" if line.within_goal is None else f"{line.within_goal:.0%}"),
            ("closed", line.closed_at),
        )
    )
    rows = [
        (one.team or "nobody", one.items, one.done, one.made, one.failed, one.containers)
        for one in line.teams
    ]
    columns = ("team", "images", "done", "made", "failed", "old running")
    return [facts, Listing(columns, rows, empty="no image is in it", title="By team")]


def _items(lines: list[api.ItemLine]) -> Listing:
    rows = [
        (
            one.wave,
            f"{one.repository}:{one.tags[0]}" if one.tags else f"{one.repository}@{one.image[:19]}",
            one.method,
            one.state,
            one.new_tag,
            one.containers,
            one.team or "nobody",
            one.note or one.why,
        )
        for one in lines
    ]
    columns = ("wave", "image", "method", "state", "new tag", "running", "team", "why")
    return Listing(columns, rows, empty="no image is in it")
