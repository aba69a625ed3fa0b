"""`lading audit`: read the log, and prove that nobody changed it."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from lading.api.audit import AuditEntry, AuditVerdict
from lading.api.message import Listing as PageOf
from lading.audit.chain import Head, Intact, verify
from lading.audit.entry import Entry, Event
from lading.cli.client import Client, connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output
from lading.foundation import strict_json
from lading.foundation.errors import Malformed

_PAGE = 1000
_MAX_LINE = 1 << 20  # bytes of one exported entry


@click.group("audit")
def command() -> None:
    """Read the audit log, export it, and prove that nobody changed it."""


@command.command("list")
@click.option("--actor", default="", help="Who did it, such as person:ann.")
@click.option("--action", default="", help="What was done, such as manifest.push, or only manifest.")
@click.option("--subject", default="", help="What it was done to: the beginning is enough.")
@paging_options
@output_option
def list_entries(actor: str, action: str, subject: str, limit: int, after: str, output: Output) -> None:
    """Show entries, newest first."""
    with connected() as client:
        page = client.get(
            "audit",
            PageOf[AuditEntry],
            actor=actor,
            action=action,
            subject=subject,
            limit=limit,
            after=after,
        )
    rows = [
        (each.sequence, each.at[:19], each.actor, each.action, each.subject, each.outcome)
        for each in page.items
    ]
    columns = ("entry", "at", "who", "what", "to what", "outcome")
    views = [Listing(columns, rows, empty="no entry is like that")]
    output.show(page, *views, *([Line(f"more: --after {page.next}")] if page.next else []))


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(file: Path) -> None:
    """Write the whole log to FILE, one JSON entry to a line, oldest first."""
    count = 0
    with connected() as client, file.open("w", encoding="utf-8") as stream:
        for entry in _iter_entries(client):
            stream.write(entry.model_dump_json() + "\n")
            count += 1
    click.echo(f"{count} entries written to {file}", err=True)


@command.command("verify")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An exported log.")
@click.option("--head", default="", metavar="SEQUENCE:DIGEST", help="A head that was remembered elsewhere.")
@output_option
def verify_log(file: Path | None, head: str, output: Output) -> int:
    """Check the chain: of the server, or of an exported FILE without any server.

    Exit code 1 when an entry was changed, removed, inserted or moved; the first one is named.
    """
    if file is None:
        with connected() as client:
            verdict = client.get("audit/verify", AuditVerdict, head=head)
    else:
        verdict = _verdict(file, _head(head))
    if verdict.intact:
        text = f"intact: {verdict.sequence} entries, head {verdict.sequence}:{verdict.digest}"
    else:
        text = f"BROKEN at entry {verdict.sequence}: {verdict.reason}"
    output.show(verdict, Line(text))
    return ExitCode.DONE if verdict.intact else ExitCode.DENIED


def _iter_entries(client: Client) -> Iterator[AuditEntry]:
    after = ""
    while True:
        page = client.get("audit", PageOf[AuditEntry], oldest_first=True, limit=_PAGE, after=after)
        yield from page.items
        after = page.next
        if not after:
            return


def _verdict(file: Path, expected: Head | None) -> AuditVerdict:
    result = verify(_iter_exported(file), expected=expected)
    if isinstance(result, Intact):
        return AuditVerdict(intact=True, sequence=result.head.sequence, digest=result.head.digest, reason="")
    return AuditVerdict(intact=False, sequence=result.sequence, digest="", reason=result.reason)


def _iter_exported(file: Path) -> Iterator[Entry]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            members = strict_json.decode_object(line, what=f"{file}:{number}", max_bytes=_MAX_LINE)
            try:
                entry = AuditEntry.model_validate(members)
            except ValueError as error:
                raise Malformed("audit-export-invalid", f"{file}:{number} is no audit entry") from error
            event = Event(
                at=entry.at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                outcome=entry.outcome,
                details=json.loads(json.dumps(entry.details)),
                request_id=entry.request_id,
            )
            yield Entry(entry.sequence, event, entry.previous, entry.digest)


def _head(text: str) -> Head | None:
    if not text:
        return None
    sequence, _, digest = text.partition(":")
    if not sequence.isdigit():
        raise click.BadParameter("write SEQUENCE:DIGEST, as `lading audit verify` prints it")
    return Head(int(sequence), digest)
