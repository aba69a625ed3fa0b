"""What runs: containers, and how each stands to what the registry knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.ownership import Owned, OwnershipRule, owner_of
from lading.console.formats.instants import Instant, instant, instant_of_text
from lading.console.formats.numbers import count
from lading.console.formats.sentences import sentence
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.inventory.standing import Flag, RunningImage, Standing
from lading.ports.records.inventory import Host, SeenContainer
from lading.workflows.list_running import RunningEntry

SILENT_AFTER = timedelta(minutes=15)  # agents report every minute, whether or not anything changed


@dataclass(frozen=True, slots=True)
class ContainerRow:
    """One running container. ``flags`` say how it stands, each with its reason."""

    name: str
    id: str
    engine: str
    host: str
    host_link: str
    image: str  # the reference it was started by
    image_link: str  # empty where the image is not known here
    digest: str
    flags: tuple[Badge, ...]
    owner: str
    environment: str  # of its host; empty where it is not asked
    user: str
    privileged: bool
    started: Instant | None
    seen: Instant


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many containers carry a flag, and the list of them."""

    flag: str
    badge: Badge
    number: str
    link: str


@dataclass(frozen=True, slots=True)
class HostRow:
    """A machine with an agent."""

    name: str
    link: str
    agent: str
    seen: Instant
    badge: Badge | None  # when it has been silent for long


@dataclass(frozen=True, slots=True)
class RunningView:
    """The whole page."""

    host: str
    flag: str
    search: str
    flags: tuple[FlagCount, ...]
    rows: tuple[ContainerRow, ...]
    hosts: tuple[HostRow, ...]
    next_link: str
    first_link: str
    address: str  # of this server, for the command that starts an agent


_FLAGS = {
    Flag.FAILED: (Tone.BAD, "Denied"),
    Flag.UNKNOWN: (Tone.BAD, "Unknown image"),
    Flag.UNSIGNED: (Tone.BAD, "Unsigned"),
    Flag.UNDETERMINED: (Tone.UNKNOWN, "Undetermined"),
    Flag.MODIFIED_TAG: (Tone.WARN, "Tag moved"),
    Flag.KNOWN: (Tone.GOOD, "Known"),
}


def flag_badge(flag: Flag, why: str = "") -> Badge:
    """The badge of a flag, with its reason."""
    tone, text = _FLAGS[flag]
    return Badge(tone, text, why)


def standing_badges(standing: Standing) -> tuple[Badge, ...]:
    """What is to be said of a container, the worst first; "known" only where nothing else is."""
    remarks = [remark for remark in standing if remark.flag is not Flag.KNOWN]
    if not remarks:
        return (flag_badge(Flag.KNOWN),) if standing else (flag_badge(Flag.UNDETERMINED),)
    order = list(_FLAGS)
    remarks.sort(key=lambda remark: order.index(remark.flag))
    return tuple(flag_badge(remark.flag, sentence(remark.reason)) for remark in remarks)


def running_row(entry: RunningEntry, rules: Iterable[OwnershipRule], now: datetime) -> ContainerRow:
    """Make a row of the list of what runs."""
    owner = owner_of(entry.image.repository, rules) if entry.image else None
    name = owner.team.name if isinstance(owner, Owned) else ""
    return container_row(
        entry.seen, entry.image, entry.standing, owner=name, environment=entry.environment, now=now
    )


def container_row(
    seen: SeenContainer,
    image: RunningImage | None,
    standing: Standing,
    *,
    owner: str,
    environment: str,
    now: datetime,
) -> ContainerRow:
    """Make a row. ``image`` is None where the registry does not hold it."""
    container = seen.container
    return ContainerRow(
        name=container.name or container.id[:12],
        id=container.id,
        engine=container.engine,
        host=container.host,
        host_link=list_link("/running", host=container.host),
        image=container.image_reference or "not said",
        image_link=image_link(image.repository, str(image.digest)) if image else "",
        digest=str(image.digest) if image else container.image_id,
        flags=standing_badges(standing),
        owner=owner,
        environment=environment,
        user=container.user,
        privileged=container.privileged,
        started=instant_of_text(container.started_at, now),
        seen=instant(seen.last_seen_at, now),
    )


def image_container_row(seen: SeenContainer, now: datetime) -> ContainerRow:
    """Make a row for the page of an image, where how the container stands is not asked."""
    return container_row(seen, None, (), owner="", environment="", now=now)


def flag_counts(numbers: Mapping[Flag, int], *, host: str, search: str, after: str) -> tuple[FlagCount, ...]:
    """Count containers by flag, the worst first, without those that none carries."""
    return tuple(
        FlagCount(
            flag.value,
            flag_badge(flag),
            count(numbers[flag]),
            list_link("/running", flag=flag.value, host=host, q=search, after=after),
        )
        for flag in _FLAGS
        if numbers.get(flag)
    )


def shown_flags(standing: Standing) -> tuple[Flag, ...]:
    """The flags that a container is counted under: those whose badges its row shows."""
    wrong = tuple(dict.fromkeys(remark.flag for remark in standing if remark.flag is not Flag.KNOWN))
    return wrong or ((Flag.KNOWN,) if standing else (Flag.UNDETERMINED,))


def host_rows(hosts: Iterable[Host], now: datetime) -> tuple[HostRow, ...]:
    """Make the rows of hosts. A silent agent makes what we say about its host old."""
    return tuple(
        HostRow(
            name=host.name,
            link=list_link("/running", host=host.name),
            agent=host.agent,
            seen=instant(host.last_seen_at, now),
            badge=Badge(Tone.UNKNOWN, "Silent") if now - host.last_seen_at > SILENT_AFTER else None,
        )
        for host in hosts
    )
