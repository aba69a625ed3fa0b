"""`lading trust`, `lading signers`: whom is trusted, what each signed, and where that runs."""

from pathlib import Path

import click

from lading.api import trust as api
from lading.api.message import Listing as PageOf
from lading.api.signatures import VerdictLine
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output
from lading.foundation.errors import Malformed

_MAX_POLICY = 1 << 20  # bytes
_EXITS = {
    "verified": ExitCode.DONE,
    "rejected": ExitCode.DENIED,
    "undetermined": ExitCode.UNDETERMINED,
}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("trust")
def trust() -> None:
    """Whose signatures count: the trust policy that every gate asks."""


@trust.command("show")
@output_option
def show(output: Output) -> None:
    """Print the trust policy in force, as it was written."""
    with connected() as client:
        found = client.get("trust", api.TrustText)
    by = f"# set by {found.set_by} at {found.set_at}" if found.set_by else "# nobody has set one yet"
    why = [Line(f"# {found.why}")] if found.why else []
    output.show(found, Line(f"# {found.digest}"), Line(by), *why, *map(Line, found.text.splitlines()))


@trust.command("history")
@paging_options
@output_option
def history(limit: int, after: str, output: Output) -> None:
    """List trust policies as they were put in force, the newest first."""
    with connected() as client:
        page = client.get("trust/history", PageOf[api.TrustChange], limit=limit, after=after)
    rows = [(each.set_at[:19], each.set_by, each.why, each.digest[:19]) for each in page.items]
    output.show(page, Listing(("when", "who", "why", "trust policy"), rows, empty="nothing was ever set"))


@trust.command("test")
@click.argument("file", type=_FILE)
@click.argument("references", nargs=-1)
@click.option("--env", "environment", default="", help="Environment that the images want to enter.")
@output_option
def test(file: Path, references: tuple[str, ...], environment: str, output: Output) -> int:
    """Read a trust policy FILE, and say what it would make of images of the server.

    Without REFERENCES the file is only read, here, without a server. Exit code 0 all verified, 1 one is not
    verified, 4 one could not be told, 8 the file cannot be understood.
    """
    from lading.workflows.trust_in_force import read_trust  # noqa: PLC0415 - a heavy import

    content = content_of(file)
    policy = read_trust(content, str(file))
    check = api.TrustCheck(
        digest=str(policy.digest),
        signers=len(policy.signers),
        rules=len(policy.rules),
        builders=len(policy.builders),
    )
    summary = f"{file}: {check.signers} signers, {check.rules} rules, {check.builders} builders"
    if not references:
        output.show(check, Line(summary))
        return ExitCode.DONE
    with connected() as client:
        tests = [
            client.post_content("trust/test", api.TrustTest, content, ref=reference, environment=environment)
            for reference in references
        ]
    rows = [
        (
            f"{each.proposed.repository}@{each.proposed.digest[:19]}",
            each.rule or "no rule",
            each.proposed.signatures.outcome,
            each.in_force.signatures.outcome,
            sentence(each.proposed.signatures),
        )
        for each in tests
    ]
    columns = ("image", "rule", "would be", "is now", "why")
    output.show(PageOf(items=tests), Line(summary), Listing(columns, rows, empty=""))
    return max(_EXITS[each.proposed.signatures.outcome] for each in tests)


@trust.command("set")
@click.argument("file", type=_FILE)
@click.option("--why", default="", help="For the audit log.")
@output_option
def set_policy(file: Path, why: str, output: Output) -> None:
    """Put the trust policy FILE in force at every gate."""
    with connected() as client:
        done = client.put_content("trust", api.TrustCheck, content_of(file), why=why)
    output.show(done, Line(f"in force: {done.signers} signers, {done.rules} rules, {done.digest}"))


@trust.command("import-notation")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@output_option
def import_notation(folder: Path, output: Output) -> None:
    """Print what notation's FOLDER (trustpolicy.json, truststore/) trusts, as a trust policy.

    What has no counterpart is named on standard error. Read the rest, try it with `lading trust test`, then
    put it in force with `lading trust set`.
    """
    from lading.adapters.notation_folder import read_notation  # noqa: PLC0415 - a heavy import
    from lading.workflows.trust_in_force import read_trust  # noqa: PLC0415 - a heavy import

    found = read_notation(folder)
    policy = read_trust(found.text.encode(), str(folder))
    for each in found.left_out:
        click.echo(f"left out: {each}", err=True)
    shown = api.TrustText(digest=str(policy.digest), text=found.text)
    output.show(shown, *map(Line, found.text.splitlines()))


@trust.command("revoke")
@click.argument("signer")
@click.option("--reason", required=True)
@click.option("--since", default="", help="Moment that it was lost (RFC 3339); now if not given.")
@output_option
def revoke(signer: str, reason: str, since: str, output: Output) -> None:
    """Stop trusting SIGNER at every gate, and list what runs that it has signed.

    What a trusted timestamp proves to have been signed before counts on.
    """
    with connected() as client:
        body = api.Revocation(signer=signer, reason=reason, since=since)
        done = client.post("trust/revocations", api.TrustCheck, body)
        page = client.get(f"signers/{signer}/signed", PageOf[api.SignedLine], limit=1000)
    running = [each for each in page.items if each.running or each.environments]
    rows = [_row(each) for each in running]
    output.show(
        page,
        Line(f"{signer} is revoked; in force: {done.digest}"),
        Listing(_COLUMNS, rows, empty="nothing that it signed runs or is in an environment"),
    )


@click.group("signers")
def signers() -> None:
    """Signers of the trust policy, and what each has signed."""


@signers.command("list")
@output_option
def list_signers(output: Output) -> None:
    """List signers, until when they count, and how many images each has signed."""
    with connected() as client:
        page = client.get("signers", PageOf[api.SignerLine])
    rows = [
        (each.name, each.kind, each.rules, each.images, each.revoked[:19] or each.end[:19], each.refusal)
        for each in page.items
    ]
    columns = ("signer", "kind", "rules", "images", "ends", "does not count")
    output.show(page, Listing(columns, rows, empty="the trust policy names nobody"))


@signers.command("signed")
@click.argument("signer")
@paging_options
@output_option
def signed(signer: str, limit: int, after: str, output: Output) -> None:
    """List what SIGNER (a name, key id or identity) signed, where it runs, and which environments have it."""
    with connected() as client:
        page = client.get(f"signers/{signer}/signed", PageOf[api.SignedLine], limit=limit, after=after)
    output.show(page, Listing(_COLUMNS, [_row(each) for each in page.items], empty="nothing"))


@signers.command("resign")
@click.argument("signer")
@click.option("--key", default="", help="Key to sign with; the server's default one if not given.")
@click.option("--do-it", is_flag=True, help="Sign. Without, only say what would be signed.")
@output_option
def resign(signer: str, key: str, do_it: bool, output: Output) -> None:
    """Sign again, with another key, what SIGNER signed while it counted.

    Run it again until nothing is left: one run takes up to 1000 signatures.
    """
    with connected() as client:
        path = f"signers/{signer}/resign"
        page = client.post(path, PageOf[api.ResignedLine], key=key, do_it=do_it)
    rows = [(f"{each.repository}@{each.digest[:19]}", each.outcome, each.reason) for each in page.items]
    output.show(page, Listing(("image", "outcome", "why"), rows, empty="nothing is left to sign again"))


_COLUMNS = ("image", "what", "signed", "runs as", "environments")


def _row(each: api.SignedLine) -> tuple[object, ...]:
    return (
        f"{each.repository}@{each.digest[:19]}",
        each.what,
        (each.signed_at or each.seen_at)[:19],
        each.running,
        each.environments,
    )


def sentence(verdict: VerdictLine) -> str:
    """A verdict in a sentence."""
    if verdict.outcome == "verified":
        signers = f", signed by {', '.join(verdict.signers)}" if verdict.signers else ""
        return f"verified{signers} (rule {verdict.rule})"
    if verdict.outcome == "rejected":
        return f"not verified at step {verdict.step}: {verdict.reason}"
    return f"could not tell: {verdict.lookup}: {verdict.reason}"


def content_of(file: Path, most: int = _MAX_POLICY) -> bytes:
    """A small file, whole."""
    if file.stat().st_size > most:
        raise Malformed("file-too-large", f"{file} has more than {most} bytes")
    return file.read_bytes()
