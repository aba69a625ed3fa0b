"""What an inspection found, for people: the same on `lading image` and `lading scan`."""

from lading.api.images import SecretLine
from lading.api.inspections import CoverageLine, FileFactsLine, InspectionLine, OriginsLine
from lading.cli.output import Facts, Listing, View

_STEP = 60  # characters of a build step that a table shows


def secret_row(secret: SecretLine) -> tuple[object, ...]:
    """One credential as a row: what it is, where, and what to do."""
    return (
        secret.title,
        secret.path,
        secret.line or "",
        secret.layer if secret.layer >= 0 else "config",
        secret.step[:_STEP],
        "" if secret.deleted_by is None else f"by layer {secret.deleted_by}, and still shipped",
        secret.rotate,
    )


def coverage_words(coverage: CoverageLine) -> str:
    """How much is understood, in one line."""
    words = f"{coverage.score} %: {coverage.known} of {coverage.programs} programs and libraries are known"
    return f"{words}, {coverage.unreadable} parts could not be read" if coverage.unreadable else words


def origin_words(origins: OriginsLine) -> str:
    """Where files come from, in one line."""
    counts = ", ".join(f"{number} {origin}" for origin, number in origins.counts.items())
    return f"{counts}; {origins.verified} verified, {origins.changed.count} changed" if counts else ""


def power_views(inspection: InspectionLine, most: int | None) -> list[View]:
    """What can be done in a container, and files that nothing accounts for."""
    power, entry = inspection.power, inspection.power.entry_point
    accounts = [f"{each.name} (password {each.password})" for each in power.accounts]
    views: list[View] = [
        Facts(
            (
                ("starts", entry and f"{entry.program}{': ' + entry.problem if entry.problem else ''}"),
                ("setuid", _short(power.setuid)),
                ("setgid", _short(power.setgid)),
                ("capabilities", _short(power.capabilities)),
                ("world-writable", _short(power.world_writable)),
                ("shells", _short(power.shells)),
                ("package managers", _short(power.package_managers)),
                ("compilers", _short(power.compilers)),
                ("network tools", _short(power.network_tools)),
                ("servers to sign in", _short(power.ssh_servers)),
                ("users who can sign in", ", ".join(accounts)),
                ("writes to", ", ".join(f"/{path}" for path in power.writes)),
            ),
            title="Power",
        )
    ]
    for title, facts in (
        ("Changed since installed", inspection.origins.changed),
        ("Missing since installed", inspection.origins.missing),
        ("Unexplained files", inspection.origins.unexplained),
        ("Programs of unknown origin", inspection.coverage.unknown),
    ):
        if facts.listed:
            rows = [(f"/{each.path}", each.detail, each.layer) for each in facts.listed[:most]]
            name = (
                f"{title} ({facts.count})"
                if len(rows) == facts.count
                else f"{title} ({len(rows)} of {facts.count})"
            )
            views.append(Listing(("path", "what", "layer"), rows, empty="", title=name))
    return views


def _short(facts: FileFactsLine) -> str:
    names = ", ".join(f"/{each.path}" for each in facts.listed[:6])
    return f"{names} and {facts.count - 6} more" if facts.count > 6 else names
