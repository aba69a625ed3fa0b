"""Who administers the installation."""

from collections.abc import Iterator

from lading.ports.records.people import PeopleRecords, User

_PAGE = 1000


def is_last_administrator(kept: PeopleRecords, name: str) -> bool:
    """Whether nobody else who can sign in administers the installation."""
    return not any(user.admin and not user.disabled and user.name != name for user in iter_users(kept))


def iter_users(kept: PeopleRecords) -> Iterator[User]:
    """Every user."""
    after = ""
    while True:
        page = kept.users(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next
