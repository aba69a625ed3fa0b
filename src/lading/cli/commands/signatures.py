"""`lading sign`, `lading attest`, `lading verify`, `lading key`."""

import click

from lading.api.signatures import PublicKeyText, Signed, Verification
from lading.cli.client import connected
from lading.cli.commands.trust import sentence
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output

_EXITS = {
    "verified": ExitCode.DONE,
    "rejected": ExitCode.DENIED,
    "undetermined": ExitCode.UNDETERMINED,
}


@click.command("sign")
@click.argument("reference")
@output_option
def sign(reference: str, output: Output) -> None:
    """Sign REPOSITORY[:TAG][@DIGEST] with the server's key, so that `cosign verify --key` accepts it."""
    with connected() as client:
        signed = client.post("image/signatures", Signed, ref=reference)
    output.show(signed, *_views(signed, "signed"))


@click.command("attest")
@click.argument("reference")
@click.option(
    "--type", "predicate", type=click.Choice(["cyclonedx", "spdx", "scan"]), default="scan", show_default=True
)
@output_option
def attest(reference: str, predicate: str, output: Output) -> None:
    """Attest what the server found in REPOSITORY[:TAG][@DIGEST], as a signed in-toto statement."""
    with connected() as client:
        signed = client.post("image/attestations", Signed, ref=reference, predicate=predicate)
    output.show(signed, *_views(signed, f"attested ({predicate})"))


@click.command("verify")
@click.argument("reference")
@click.option("--env", "environment", default="", help="Environment whose rule is asked.")
@output_option
def verify(reference: str, environment: str, output: Output) -> int:
    """Verify REPOSITORY[:TAG][@DIGEST] under the trust policy.

    Exit code 0 verified, 1 not verified, 4 could not tell. Attestations are shown, and do not decide.
    """
    with connected() as client:
        result = client.get("image/verification", Verification, ref=reference, environment=environment)
    rows = [
        (kind, verdict.outcome, verdict.step or verdict.lookup, verdict.reason)
        for kind, verdict in result.attestations.items()
    ]
    output.show(
        result,
        Line(f"{result.repository}@{result.digest}: {sentence(result.signatures)}"),
        Listing(
            ("attestation", "outcome", "at", "reason"), rows, empty="no attestations", title="Attestations"
        ),
    )
    return _EXITS[result.signatures.outcome]


@click.command("key")
@output_option
def key(output: Output) -> None:
    """Print the public key of the server, as PEM, for `cosign verify --key`."""
    with connected() as client:
        found = client.get("key", PublicKeyText)
    output.show(found, Line(found.pem.rstrip()))


def _views(signed: Signed, done: str) -> list[Line | Facts]:
    return [
        Line(f"{done}: {signed.digest}"),
        Facts(
            (
                ("key", f"{signed.key_name} ({signed.key_id})"),
                ("referrer", signed.referrer),
                ("tag", signed.tag),
            )
        ),
    ]
