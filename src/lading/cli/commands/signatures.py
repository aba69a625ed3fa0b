"""`lading sign`, `attest`, `verify`, `provenance`, `rebuild-check`, `keys`, `key`."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from lading.api.message import Listing as PageOf
from lading.api.signatures import PublicKeyText, Signed, Verification
from lading.api.trust import BuildLine, GrantAsk, GrantLine, KeyLine, RebuildCheck, Rotated, RotationAsk
from lading.cli.client import connected
from lading.cli.commands.trust import content_of, sentence
from lading.cli.exit_codes import ExitCode
from lading.cli.keyless_places import KeylessPlaces, keyless_options
from lading.cli.local_build import local_build
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output
from lading.server.management.verdict_lines import verification_line
from lading.signing.ci_provenance import provenance_predicate, read_build
from lading.signing.provenance import SLSA_V1
from lading.signing.sigstore_bundle import COSIGN_SIGN

_EXITS = {
    "verified": ExitCode.DONE,
    "rejected": ExitCode.DENIED,
    "undetermined": ExitCode.UNDETERMINED,
}


_KEY = click.option("--key", default="", help="A key of the server that you were granted; see `lading keys`.")
_PROVENANCE, _CUSTOM = "provenance", "custom"
_MAX_PREDICATE = 1 << 20  # bytes
_MAX_KEY = 16 << 10  # bytes
_KNOWN_TYPES = {
    "slsaprovenance1": "https://slsa.dev/provenance/v1",
    "test-result": "https://in-toto.io/attestation/test-result/v0.1",
    "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
    "openvex": "https://openvex.dev/ns/v0.2.0",
}


@click.command("sign")
@click.argument("reference")
@_KEY
@click.option(
    "--form",
    type=click.Choice(["cosign", "notary-jws", "notary-cose"]),
    default="cosign",
    show_default=True,
    help="What verifies it: cosign, or notation in one of its two envelopes.",
)
@keyless_options
@output_option
def sign(reference: str, key: str, form: str, keyless: KeylessPlaces | None, output: Output) -> None:
    """Sign REPOSITORY[:TAG][@DIGEST] with a key of the server.

    With --keyless, sign an image of any registry here, as whoever the identity token names: no key is kept.
    """
    if keyless is not None:
        _sign_keyless(reference, keyless, COSIGN_SIGN, b"{}", output)
        return
    with connected() as client:
        signed = client.post("image/signatures", Signed, ref=reference, key=key, form=form)
    output.show(signed, *_views(signed, "signed"))


@click.command("attest")
@click.argument("reference")
@click.option(
    "--type",
    "predicate",
    type=click.Choice(["cyclonedx", "spdx", "scan", _PROVENANCE, _CUSTOM]),
    default="scan",
    show_default=True,
    help="What the server found, how this job builds, or what --predicate says.",
)
@click.option("--predicate", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--predicate-type", default="", help=f"Type URI, or one of {', '.join(_KNOWN_TYPES)}.")
@click.option("--base", "bases", multiple=True, help="NAME@sha256:… of an image built upon; may be repeated.")
@_KEY
@keyless_options
@output_option
def attest(
    reference: str,
    predicate: str,
    file: Path | None,
    predicate_type: str,
    bases: tuple[str, ...],
    key: str,
    keyless: KeylessPlaces | None,
    output: Output,
) -> None:
    """Attest something about REPOSITORY[:TAG][@DIGEST], as a signed in-toto statement.

    With --type provenance, run in a job of GitHub Actions, GitLab CI, Jenkins or Buildkite, or locally: SLSA
    provenance v1 of what builds here. With --type custom, what the file of --predicate says. With --keyless,
    either of these two about an image of any registry, signed here as whoever the identity token names.
    """
    if keyless is not None:
        if predicate not in {_PROVENANCE, _CUSTOM}:
            raise click.UsageError("--keyless goes with --type provenance or custom: no server is asked")
        kind, content = _statement(predicate, file, predicate_type, bases)
        _sign_keyless(reference, keyless, kind, content, output)
        return
    with connected() as client:
        if predicate in {_PROVENANCE, _CUSTOM}:
            kind, content = _statement(predicate, file, predicate_type, bases)
            signed = client.post_content(
                "image/statements", Signed, content, ref=reference, predicate_type=kind, key=key
            )
        else:
            signed = client.post("image/attestations", Signed, ref=reference, predicate=predicate, key=key)
    output.show(signed, *_views(signed, f"attested ({predicate})"))


@click.command("provenance")
@click.argument("reference")
@output_option
def provenance(reference: str, output: Output) -> int:
    """Tell how REPOSITORY[:TAG][@DIGEST] was built: builder, workflow, commit, materials, who started it.

    Exit code 1 where nobody who is trusted says.
    """
    with connected() as client:
        build = client.get("image/provenance", BuildLine, ref=reference)
    if not build.known:
        output.show(
            build, Line(f"{build.repository}@{build.digest}: nobody who is trusted says how it was built")
        )
        return ExitCode.DENIED
    listed = f"{build.listed_as} ({build.owner})" if build.listed_as else "not on the list of builders"
    materials = [(each.uri, next(iter(each.digests.values()), "")) for each in build.materials]
    output.show(
        build,
        Facts(
            (
                ("image", f"{build.repository}@{build.digest}"),
                ("builder", build.builder),
                ("listed as", listed),
                ("build type", build.build_type),
                ("source", build.source),
                ("commit", build.commit),
                ("ref", build.ref),
                ("workflow", build.workflow),
                ("run", build.invocation),
                ("started by", build.started_by),
                ("when", " to ".join(filter(None, (build.started, build.finished)))),
                ("signed by", build.signers),
            )
        ),
        Listing(("material", "digest"), materials, empty="no materials are named", title="Materials"),
    )
    return ExitCode.DONE


@click.command("rebuild-check")
@click.argument("original")
@click.argument("rebuilt")
@output_option
def rebuild_check(original: str, rebuilt: str, output: Output) -> int:
    """Compare the image REBUILT with ORIGINAL, file by file, and explain what differs.

    Exit code 0 identical, equivalent or explained, 1 different.
    """
    with connected() as client:
        found = client.get("rebuild-check", RebuildCheck, original=original, rebuilt=rebuilt)
    files = [(each.change, each.path, each.cause) for each in found.files]
    packages = [(each.name, each.original or "none", each.rebuilt or "none") for each in found.packages]
    output.show(
        found,
        Line(f"{found.verdict}: {_VERDICTS[found.verdict]}"),
        Listing(("package", "original", "rebuild"), packages, empty="no package differs", title="Packages"),
        Listing(
            ("change", "file", "cause"), files, empty="no file differs", title=f"Files ({found.differences})"
        ),
    )
    return ExitCode.DENIED if found.verdict == "different" else ExitCode.DONE


_VERDICTS = {
    "identical": "bit for bit the same image",
    "equivalent": "every file is the same; layers differ in timestamps or in the order of entries",
    "explained": "files differ, each for a reason that is known",
    "different": "files differ, and not all of it is explained",
}


@click.group("keys")
def keys() -> None:
    """Keys of the server, and who may use which for what."""


@keys.command("list")
@output_option
def list_keys(output: Output) -> None:
    """List keys and grants."""
    with connected() as client:
        page = client.get("keys", PageOf[KeyLine])
    rows = [
        (
            each.name,
            each.algorithm,
            each.key_id[:19],
            "yes" if each.has_certificate else "",
            "whoever may sign"
            if each.default
            else [f"{grant.subject} for {grant.repositories}" for grant in each.grants],
        )
        for each in page.items
    ]
    output.show(page, Listing(("key", "algorithm", "id", "certificate", "used by"), rows, empty="no keys"))


@keys.command("grant")
@click.argument("key")
@click.option("--to", "subject", required=True, help="person:NAME, group:NAME or robot:NAME")
@click.option("--for", "repositories", required=True, help="Pattern of repositories.")
@output_option
def grant(key: str, subject: str, repositories: str, output: Output) -> None:
    """Let somebody sign with KEY."""
    with connected() as client:
        body = GrantAsk(subject=subject, repositories=repositories)
        made = client.post(f"keys/{key}/grants", GrantLine, body)
    output.show(made, Line(f"{made.subject} may sign {made.repositories} with {made.key}"))


@keys.command("withdraw")
@click.argument("key")
@click.option("--to", "subject", required=True)
@click.option("--for", "repositories", required=True)
def withdraw(key: str, subject: str, repositories: str) -> None:
    """Take a grant back at once."""
    with connected() as client:
        client.delete(f"keys/{key}/grants", subject=subject, repositories=repositories)


@keys.command("rotate")
@click.argument("old")
@click.option("--to", "new", default="", help="The key of the server that takes its place.")
@click.option("--public-key", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="What to call the key of --public-key in the trust policy.")
@click.option("--overlap-days", default=30, show_default=True, help="How long the old key counts on.")
@click.option("--reason", required=True)
@output_option
def rotate(
    old: str, new: str, file: Path | None, name: str, overlap_days: int, reason: str, output: Output
) -> None:
    """Put another key in the place of the signer OLD, in every rule of the trust policy.

    Both count as one signer while they overlap. What OLD signed can be signed again with the new key.
    """
    pem = content_of(file, _MAX_KEY).decode("utf-8", "replace") if file else ""
    body = RotationAsk(signer=old, key=new, name=name, pem=pem, overlap_days=overlap_days, reason=reason)
    with connected() as client:
        done = client.post("trust/rotations", Rotated, body)
    again = f"lading signers resign {old}" + (f" --key {new}" if new else "")
    lines = [Line(f"{done.new} takes the place of {old}, which counts until {done.old_until[:19]}Z")]
    if done.images:
        lines.append(Line(f"{old} has signed {done.images} images; to sign them again: {again} --do-it"))
    output.show(done, *lines)


@click.command("verify")
@click.argument("reference")
@click.option("--env", "environment", default="", help="Environment whose rule is asked.")
@click.option(
    "--trust",
    "trust_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verify here, by this trust policy, an image of any registry: no server is asked.",
)
@output_option
def verify(reference: str, environment: str, trust_file: Path | None, output: Output) -> int:
    """Verify REPOSITORY[:TAG][@DIGEST] under the trust policy in force, or under a file of your own.

    Exit code 0 verified, 1 not verified, 4 could not tell. Attestations are shown; those decide that a rule
    demands.
    """
    if trust_file is not None:
        from lading.cli.local_verification import verify_at_registry  # noqa: PLC0415 - a heavy import

        result = verification_line(verify_at_registry(reference, trust_file, environment))
    else:
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
@click.argument("name", default="")
@output_option
def key(name: str, output: Output) -> None:
    """Print the public key of the server, or of its key NAME, as PEM, for `cosign verify --key`."""
    with connected() as client:
        found = client.get(f"keys/{name}" if name else "key", PublicKeyText)
    output.show(found, Line(found.pem.rstrip()))


def _sign_keyless(
    reference: str, places: KeylessPlaces, predicate_type: str, predicate: bytes, output: Output
) -> None:
    from lading.cli.keyless_signing import sign_at_registry  # noqa: PLC0415 - a heavy import

    made = sign_at_registry(reference, places, predicate_type, predicate)
    signed = Signed(
        digest=str(made.digest), key_name="keyless", key_id="", referrer=str(made.referrer), tag=""
    )
    output.show(signed, Line(f"signed: {made.digest}"), Facts((("referrer", str(made.referrer)),)))


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


def _statement(
    kind: str, file: Path | None, predicate_type: str, bases: tuple[str, ...]
) -> tuple[str, bytes]:
    """The type and the predicate to attest."""
    if kind == _CUSTOM:
        if file is None or not predicate_type:
            raise click.UsageError("--type custom needs --predicate and --predicate-type")
        return _KNOWN_TYPES.get(predicate_type, predicate_type), content_of(file, _MAX_PREDICATE)
    facts = read_build(os.environ, local_build())
    now = datetime.now(UTC)
    predicate = provenance_predicate(facts, [_base(each) for each in bases], started=None, finished=now)
    return SLSA_V1, json.dumps(predicate).encode()


def _base(text: str) -> tuple[str, str]:
    name, _, digest = text.partition("@")
    if not name or not digest.startswith("sha256:"):
        raise click.UsageError(f"--base {text}: write NAME@sha256:…")
    return name, digest.removeprefix("sha256:")
