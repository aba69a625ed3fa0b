"""`lading why`: what needs a package of an image, and what it needs."""

from collections.abc import Iterator, Sequence

import click

from lading.api.dependencies import NeighbourLine, WhyAnswer, WhyLine
from lading.cli.client import connected
from lading.cli.options import output_option
from lading.cli.output import Facts, Listing, Output, View

_ARROW = " → "
_SHOWN = 12  # names of one line


@click.command("why")
@click.argument("package")
@click.argument("image")
@click.option("--platform", default="", help="linux/amd64 …, where IMAGE is looked into here.")
@output_option
def command(package: str, image: str, platform: str, output: Output) -> None:
    """Tell why PACKAGE is in IMAGE: what needs it, by the shortest ways from what nothing needs.

    IMAGE is REPOSITORY[:TAG][@DIGEST] of the server, or whatever `lading scan` takes that is no such name: a
    folder, an archive, docker:NAME, registry:NAME.
    """
    from lading.cli.commands.scan import is_local  # noqa: PLC0415 - the server knows most images

    answer = _looked_into(package, image, platform) if is_local(image) else _asked(package, image)
    output.show(answer, *(view for each in answer.packages for view in _views(each)))


def _asked(package: str, image: str) -> WhyAnswer:
    with connected() as client:
        return client.get("image/why", WhyAnswer, ref=image, package=package)


def _looked_into(package: str, image: str, platform: str) -> WhyAnswer:
    from lading.bootstrap.scanning import default_cache  # noqa: PLC0415
    from lading.cli.commands.scan import run_scan  # noqa: PLC0415
    from lading.server.management.dependency_lines import why_line  # noqa: PLC0415
    from lading.workflows.why_here import explain  # noqa: PLC0415

    scanned = run_scan(image, platform, (), default_cache())
    found = explain(scanned.dependencies, package)
    return WhyAnswer(digest=str(scanned.digest), packages=[why_line(each) for each in found])


def _views(why: WhyLine) -> Iterator[View]:
    package, shipped = why.package, why.shipped_by
    yield Facts(
        (
            ("package", f"{package.type} {package.name} {package.version}"),
            ("found in", f"/{package.path}, layer {package.layer}"),
            ("shipped by", f"{shipped.type} {shipped.name} {shipped.version}" if shipped else ""),
            ("needed by", _names(why.needed_by) or _nothing(why)),
            ("needs", _names(why.needs)),
            ("needs, and is not here", ", ".join(why.unanswered[:_SHOWN])),
        )
    )
    if why.chains:
        rows = [(_ARROW.join(f"{each.name} {each.version}" for each in chain),) for chain in why.chains]
        yield Listing(("the shortest ways to it, from what nothing needs",), rows, empty="")


def _nothing(why: WhyLine) -> str:
    if not why.is_known:
        return f"not known: no {why.package.type} package of the image says what it needs"
    return "nothing else: it was asked for itself, or what needs it does not say so"


def _names(packages: Sequence[NeighbourLine]) -> str:
    names = ", ".join(f"{each.name} {each.version}" for each in packages[:_SHOWN])
    more = len(packages) - _SHOWN
    return f"{names} and {more} more" if more > 0 else names
