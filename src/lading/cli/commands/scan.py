"""`lading scan`: look into an image, a folder, a container or a file, without a server."""

import sys
from pathlib import Path

import click

from lading import __version__
from lading.api.scans import ScanReport
from lading.bootstrap.scanning import (
    SCHEMES,
    default_cache,
    find_engines,
    import_feed_file,
    open_scan_records,
    open_source,
    scan,
    this_platform,
)
from lading.cli.exit_codes import ExitCode
from lading.cli.output import Format, Output
from lading.foundation.errors import Malformed
from lading.oci.descriptor import Platform
from lading.workflows.scan_image import ScannedImage

FORMATS = ("table", "json", "cyclonedx", "spdx", "spdx-3", "sarif")
_SEVERITIES = ("critical", "high", "medium", "low", "any")
_SHOWN = 15  # lines of each table without --all


@click.command("scan")
@click.argument("source")
@click.option("--platform", default="", help="linux/amd64 …; of this machine without.")
@click.option(
    "--advisories",
    multiple=True,
    metavar="[FEED=]FILE",
    help="A feed, or a folder of feeds, to match against besides those that were given before.",
)
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), help="Folder of what is known already."
)
@click.option("--no-cache", is_flag=True, help="Know nothing and keep nothing.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option("--all", "everything", is_flag=True, help="Every line of every table.")
@click.option(
    "--fail-on",
    type=click.Choice(_SEVERITIES),
    help="Exit with 1 if a finding is as bad as this or worse, or if there is a secret.",
)
@click.option("--require-complete", is_flag=True, help="Exit with 4 if anything could not be read or judged.")
def command(
    source: str,
    platform: str,
    advisories: tuple[str, ...],
    cache: Path | None,
    no_cache: bool,
    form: str,
    file: Path | None,
    everything: bool,
    fail_on: str | None,
    require_complete: bool,
) -> int:
    """Look into SOURCE, without a server, as the server does.

    SOURCE is a folder, an OCI layout, an archive of `docker save`, a file, or an image's name, which the
    engines of this machine are asked for and then its registry. To say which: registry:NAME, docker:NAME,
    podman:NAME, container:ID, docker-archive:FILE[:TAG], oci:FOLDER[:TAG], dir:FOLDER, file:FILE.

    Exit code 0 when it was looked into, whatever was found; 1 with --fail-on; 4 with --require-complete.
    What could not be read or judged is never taken for clean.
    """
    scanned = run_scan(source, platform, advisories, None if no_cache else cache or default_cache())
    from lading.cli.scan_report import report_of  # noqa: PLC0415 - not needed for --help

    report = report_of(scanned)
    _write(file, rendered(scanned, report, form, everything=everything))
    if require_complete and (report.unreadable or report.not_told):
        unread = f"{len(report.unreadable)} parts could not be read" if report.unreadable else ""
        click.echo("; ".join(filter(None, (unread, report.not_told))), err=True)
        return ExitCode.UNDETERMINED
    return ExitCode.DENIED if fail_on and _fails(report, fail_on) else ExitCode.DONE


def run_scan(source: str, platform: str, advisories: tuple[str, ...], cache: Path | None) -> ScannedImage:
    """Open the records, import what is to be imported, open the source, scan it."""
    progress = Output(Format.TABLE)
    with open_scan_records(cache) as records:
        for each in advisories:
            name, _, path = each.rpartition("=")
            for feed in _feed_files(Path(path)):
                with progress.progress(f"importing {feed.name}"):
                    import_feed_file(records, feed, name)
        with (
            progress.progress(f"scanning {source}"),
            open_source(source, parse_platform(platform), find_engines()) as opened,
        ):
            return scan(records, opened)


def rendered(scanned: ScannedImage, report: ScanReport, form: str, *, everything: bool) -> bytes:
    """The scan in one of the formats."""
    if form == "json":
        return report.model_dump_json(indent=2).encode() + b"\n"
    if form == "sarif":
        from lading.api.sarif import encode as sarif  # noqa: PLC0415

        return sarif(report, __version__)
    if form in {"cyclonedx", "spdx", "spdx-3"}:
        return bill_of_materials(scanned, form)
    from io import StringIO  # noqa: PLC0415

    from lading.cli.scan_report import views_of  # noqa: PLC0415

    text = StringIO()
    Output(Format.TABLE, text).show(None, *views_of(report, None if everything else _SHOWN))
    return text.getvalue().encode()


def bill_of_materials(scanned: ScannedImage, form: str) -> bytes:
    """What is in it as a bill of materials. Its moment is that of the image, so that it can be made again."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from lading.sbom import cyclonedx, spdx, spdx3  # noqa: PLC0415
    from lading.workflows.describe_image import describe_image  # noqa: PLC0415
    from lading.workflows.platform_facts import parse_moment  # noqa: PLC0415

    sbom = describe_image(
        scanned.source.name, scanned.digest, scanned.config, scanned.contents, scanned.dependencies
    )
    made = parse_moment(scanned.config.created) or datetime(1980, 1, 1, tzinfo=UTC)
    if form == "cyclonedx":
        return cyclonedx.encode(sbom, made)
    return spdx3.encode(sbom, made) if form == "spdx-3" else spdx.encode(sbom, made)


def parse_platform(text: str) -> Platform:
    """Read ``os/architecture[/variant]``; nothing is this machine's."""
    if not text:
        return this_platform()
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise Malformed("platform-invalid", f"{text!r} is no platform", hint="for example linux/arm64")
    return Platform(*parts)


def is_local(source: str) -> bool:
    """Whether ``source`` says that it means something else than an image of the server."""
    return source.partition(":")[0] in SCHEMES or Path(source).exists()


def _feed_files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.name.endswith((".zip", ".json", ".json.gz")))
    if not path.is_file():
        raise click.BadParameter(f"there is no {path}", param_hint="--advisories")
    return [path]


def _fails(report: ScanReport, fail_on: str) -> bool:
    if report.secrets:
        return True
    if fail_on == "any":
        return bool(report.findings)
    bad = _SEVERITIES[: _SEVERITIES.index(fail_on) + 1]
    return any(each.severity in bad and each.status == "affected" for each in report.findings)


def _write(file: Path | None, content: bytes) -> None:
    if file is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        file.write_bytes(content)
