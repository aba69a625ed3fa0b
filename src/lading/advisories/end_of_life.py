"""When releases of distributions stop getting security updates: facts that their makers publish."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lading.packages.release import release_of


class Support(StrEnum):
    """What a release gets on a day. LONG_TERM is for everybody too, but slower and for fewer packages."""

    REGULAR = "regular"
    LONG_TERM = "long-term"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EndOfLife:
    """The last days of updates for one release (``lading.packages.release``).

    ``long_term`` is None where there is none for everybody; ``paid`` where there is none to buy.
    """

    release: str
    regular: date
    long_term: date | None
    paid: date | None
    source: str

    def support_on(self, today: date) -> Support:
        """What everybody gets on a day; what is paid for is not counted."""
        if today <= self.regular:
            return Support.REGULAR
        if self.long_term and today <= self.long_term:
            return Support.LONG_TERM
        return Support.ENDED

    @property
    def last_day(self) -> date:
        """The last day of updates for everybody."""
        return self.long_term or self.regular


def end_of_life(distro: str) -> EndOfLife | None:
    """The facts about ``ID-VERSION_ID``; None where we have none, which is not the same as supported."""
    return _BY_RELEASE.get(release_of(distro))


def support_of(distro: str, today: date) -> Support:
    """What a distribution gets on a day, UNKNOWN where we have no facts or it has no releases."""
    found = end_of_life(distro)
    return found.support_on(today) if found else Support.UNKNOWN


_DEBIAN = "https://www.debian.org/releases/ and https://wiki.debian.org/LTS"
_UBUNTU = "https://ubuntu.com/about/release-cycle"
_ALPINE = "https://alpinelinux.org/releases/"
_CENTOS = "https://www.centos.org/centos-linux-eol/"
_RHEL = "https://access.redhat.com/support/policy/updates/errata"
_ALMA = "https://wiki.almalinux.org/release-notes/"
_ROCKY = "https://wiki.rockylinux.org/rocky/version/"
_FEDORA = "https://docs.fedoraproject.org/en-US/releases/eol/"
_AMAZON = "https://aws.amazon.com/linux/amazon-linux-2023/faqs/"
_ORACLE = "https://www.oracle.com/a/ocom/docs/elsp-lifetime-069338.pdf"
_SUSE = "https://www.suse.com/lifecycle"
_OPENSUSE = "https://en.opensuse.org/Lifetime"

# release, regular support, long-term support for everybody, support that is paid for; "" where there is none.
_TABLE: tuple[tuple[str, str, str, str, str], ...] = (
    ("almalinux-8", "2029-05-31", "", "", _ALMA),
    ("almalinux-9", "2032-05-31", "", "", _ALMA),
    ("almalinux-10", "2035-05-31", "", "", _ALMA),
    ("alpine-3.8", "2020-05-01", "", "", _ALPINE),
    ("alpine-3.9", "2020-11-01", "", "", _ALPINE),
    ("alpine-3.10", "2021-05-01", "", "", _ALPINE),
    ("alpine-3.11", "2021-11-01", "", "", _ALPINE),
    ("alpine-3.12", "2022-05-01", "", "", _ALPINE),
    ("alpine-3.13", "2022-11-01", "", "", _ALPINE),
    ("alpine-3.14", "2023-05-01", "", "", _ALPINE),
    ("alpine-3.15", "2023-11-01", "", "", _ALPINE),
    ("alpine-3.16", "2024-05-23", "", "", _ALPINE),
    ("alpine-3.17", "2024-11-22", "", "", _ALPINE),
    ("alpine-3.18", "2025-05-09", "", "", _ALPINE),
    ("alpine-3.19", "2025-11-01", "", "", _ALPINE),
    ("alpine-3.20", "2026-04-01", "", "", _ALPINE),
    ("alpine-3.21", "2026-11-01", "", "", _ALPINE),
    ("alpine-3.22", "2027-05-01", "", "", _ALPINE),
    ("alpine-3.23", "2027-11-01", "", "", _ALPINE),
    ("alpine-3.24", "2028-06-01", "", "", _ALPINE),
    ("amzn-2", "2026-06-30", "", "", _AMAZON),
    ("amzn-2018", "2023-12-31", "", "", _AMAZON),
    ("amzn-2023", "2029-06-30", "", "", _AMAZON),
    ("centos-5", "2017-03-31", "", "", _CENTOS),
    ("centos-6", "2020-11-30", "", "", _CENTOS),
    ("centos-7", "2024-06-30", "", "", _CENTOS),
    # CentOS Stream has the same ID and number. Stream 8 ended in 2024, and CentOS Linux 8 before it.
    ("centos-8", "2024-05-31", "", "", _CENTOS),
    ("centos-9", "2027-05-31", "", "", _CENTOS),
    ("centos-10", "2030-05-31", "", "", _CENTOS),
    ("debian-7", "2016-04-25", "2018-05-31", "", _DEBIAN),
    ("debian-8", "2018-06-17", "2020-06-30", "", _DEBIAN),
    ("debian-9", "2020-07-18", "2022-07-01", "", _DEBIAN),
    ("debian-10", "2022-09-10", "2024-06-30", "", _DEBIAN),
    ("debian-11", "2024-08-14", "2026-08-31", "", _DEBIAN),
    ("debian-12", "2026-07-11", "2028-06-30", "", _DEBIAN),
    ("debian-13", "2028-08-09", "2030-06-30", "", _DEBIAN),
    ("fedora-35", "2022-12-13", "", "", _FEDORA),
    ("fedora-36", "2023-05-16", "", "", _FEDORA),
    ("fedora-37", "2023-12-05", "", "", _FEDORA),
    ("fedora-38", "2024-05-21", "", "", _FEDORA),
    ("fedora-39", "2024-11-26", "", "", _FEDORA),
    ("fedora-40", "2025-05-13", "", "", _FEDORA),
    ("fedora-41", "2025-12-15", "", "", _FEDORA),
    ("fedora-42", "2026-05-27", "", "", _FEDORA),
    ("fedora-43", "2026-12-09", "", "", _FEDORA),
    ("fedora-44", "2027-06-02", "", "", _FEDORA),
    ("ol-6", "2021-03-31", "", "2024-12-31", _ORACLE),
    ("ol-7", "2024-12-31", "", "2028-06-30", _ORACLE),
    ("ol-8", "2029-07-31", "", "2032-07-31", _ORACLE),
    ("ol-9", "2032-06-30", "", "2035-06-30", _ORACLE),
    ("opensuse-leap-15.2", "2022-01-04", "", "", _OPENSUSE),
    ("opensuse-leap-15.3", "2022-12-31", "", "", _OPENSUSE),
    ("opensuse-leap-15.4", "2023-12-07", "", "", _OPENSUSE),
    ("opensuse-leap-15.5", "2024-12-31", "", "", _OPENSUSE),
    ("opensuse-leap-15.6", "2026-04-30", "", "", _OPENSUSE),
    ("opensuse-leap-16.0", "2027-10-31", "", "", _OPENSUSE),
    ("rhel-5", "2017-03-31", "", "2020-11-30", _RHEL),
    ("rhel-6", "2020-11-30", "", "2024-06-30", _RHEL),
    ("rhel-7", "2024-06-30", "", "2029-05-31", _RHEL),
    ("rhel-8", "2029-05-31", "", "2033-05-31", _RHEL),
    ("rhel-9", "2032-05-31", "", "2036-05-31", _RHEL),
    ("rhel-10", "2035-05-31", "", "2039-05-31", _RHEL),
    ("rocky-8", "2029-05-31", "", "", _ROCKY),
    ("rocky-9", "2032-05-31", "", "", _ROCKY),
    ("rocky-10", "2035-05-31", "", "", _ROCKY),
    ("sles-12.5", "2024-10-31", "", "2027-10-31", _SUSE),
    ("sles-15.3", "2022-12-31", "", "2025-12-31", _SUSE),
    ("sles-15.4", "2023-12-31", "", "2026-12-31", _SUSE),
    ("sles-15.5", "2024-12-31", "", "2027-12-31", _SUSE),
    ("sles-15.6", "2025-12-31", "", "2028-12-31", _SUSE),
    ("sles-15.7", "2031-07-31", "", "2034-07-31", _SUSE),
    ("sles-16.0", "2027-11-30", "", "2030-11-30", _SUSE),
    ("ubuntu-12.04", "2017-04-28", "", "2019-04-26", _UBUNTU),
    ("ubuntu-14.04", "2019-04-02", "", "2024-04-02", _UBUNTU),
    ("ubuntu-16.04", "2021-04-02", "", "2026-04-02", _UBUNTU),
    ("ubuntu-18.04", "2023-05-31", "", "2028-04-01", _UBUNTU),
    ("ubuntu-20.04", "2025-05-31", "", "2030-04-02", _UBUNTU),
    ("ubuntu-22.04", "2027-04-01", "", "2032-04-09", _UBUNTU),
    ("ubuntu-22.10", "2023-07-20", "", "", _UBUNTU),
    ("ubuntu-23.04", "2024-01-20", "", "", _UBUNTU),
    ("ubuntu-23.10", "2024-07-12", "", "", _UBUNTU),
    ("ubuntu-24.04", "2029-05-31", "", "2036-05-31", _UBUNTU),
    ("ubuntu-24.10", "2025-07-10", "", "", _UBUNTU),
    ("ubuntu-25.04", "2026-01-17", "", "", _UBUNTU),
    ("ubuntu-25.10", "2026-07-01", "", "", _UBUNTU),
    ("ubuntu-26.04", "2031-04-30", "", "2036-04-30", _UBUNTU),
)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


ALL_END_OF_LIFE: tuple[EndOfLife, ...] = tuple(
    EndOfLife(release, date.fromisoformat(regular), _day(long_term), _day(paid), source)
    for release, regular, long_term, paid, source in _TABLE
)
_BY_RELEASE = {fact.release: fact for fact in ALL_END_OF_LIFE}
