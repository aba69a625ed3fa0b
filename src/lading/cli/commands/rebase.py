"""`lading rebase`: another base under an image, without building it again."""

import click

from lading.api import rebase as api
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output, View

_SHOWN = 20  # remarks of each platform; `--format json` has them all
_CODES = {"needs rebuild": ExitCode.DENIED, "could not tell": ExitCode.UNDETERMINED}


@click.command("rebase")
@click.argument("image")
@click.option(
    "--onto", default="", metavar="BASE", help="The base to put under it: REPOSITORY[:TAG][@DIGEST]."
)
@click.option("--back", is_flag=True, help="Move the tags of IMAGE back to what it was made from.")
@click.option(
    "--from", "old_base", default="", metavar="DIGEST", help="The base to take away, where not found."
)
@click.option("--tag", default="", help="Tag of the result; the next by pattern (1.4.2-r1) where not given.")
@click.option("--dry-run", is_flag=True, help="Only prove it.")
@click.option(
    "--allow",
    "allow",
    multiple=True,
    type=click.Choice(["other-release", "older-packages", "other-variant"]),
    help="Let pass what is refused otherwise.",
)
@click.option("--reason", default="", help="Goes into the attestation and the audit log.")
@output_option
def command(image: str, onto: str, back: bool, output: Output, **said: object) -> int:
    """Put BASE under IMAGE without building it again, if that is proven to come out the same.

    No layer is moved. The result gets a tag of its own, a bill of materials, a signature, and an
    attestation of what was rebased onto what, by whom, on which proof; the image stays as it was. Exit code
    1 when it needs a rebuild, 4 when it could not be told: then nothing was changed.

    With --back every tag that names IMAGE, which was rebased or patched, names again what it was made from;
    only the tag that it got when it was made stays.
    """
    if back == bool(onto):
        raise click.UsageError("name a base by --onto, or go back by --back")
    if back:
        return _go_back(image, str(said["reason"]), output)
    given = {**said, "allow": list(said["allow"])}  # type: ignore[call-overload] # click gives a tuple
    body = api.RebaseBody.model_validate({"image": image, "onto": onto, **given})
    with output.progress("looking at layers"), connected() as client:
        answer = client.post("rebase", api.RebaseAnswer, body)
    facts = Facts(
        (
            ("image", f"{answer.repository}@{answer.image}"),
            ("onto", answer.onto),
            ("verdict", answer.verdict),
            ("proof", answer.proof),
            ("pushed", f"{answer.repository}:{answer.tag}@{answer.digest}" if answer.digest else "nothing"),
        )
    )
    views: list[View] = [facts]
    for platform in answer.platforms:
        views += _views(platform)
    output.show(answer, *views)
    return _CODES.get(answer.verdict, ExitCode.DONE)


def _go_back(image: str, reason: str, output: Output) -> int:
    with connected() as client:
        went = client.post("rebase/back", api.BackAnswer, api.BackBody(image=image, reason=reason))
    facts = Facts(
        (
            ("image", f"{went.repository}@{went.image}"),
            ("back to", f"{went.repository}@{went.made_from}"),
            ("undone", went.method),
            ("tags moved", ", ".join(went.tags) or "none named it but its own"),
            ("still running", went.containers),
        )
    )
    output.show(went, facts)
    return ExitCode.DONE


def _views(proof: api.ProofLine) -> list[View]:
    rows = [(one.weight, one.rule, one.path, one.reason) for one in proof.remarks[:_SHOWN]]
    title = f"{proof.platform or 'image'}: {proof.verdict} ({proof.files} files, {proof.programs} programs)"
    views: list[View] = [
        Listing(("weight", "rule", "path", "reason"), rows, empty="nothing to remark", title=title)
    ]
    if len(proof.remarks) > _SHOWN:
        views.append(Line(f"and {len(proof.remarks) - _SHOWN} more: --format json"))
    if proof.fixed:
        views.append(Line(f"set right in a layer of their own: {', '.join(proof.fixed[:10])}"))
    return views
