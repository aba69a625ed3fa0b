"""Accounts that can be signed in to: passwd(5) and shadow(5)."""

from collections.abc import Iterator

from lading.lineage.inspection.facts import Account, Password

_MAX_ACCOUNTS = 10_000


def read_accounts(passwd: bytes, shadow: bytes) -> tuple[Account, ...]:
    """Users who can sign in by a password or without one, and all that are root."""
    states = {fields[0]: _state(fields[1]) for fields in _records(shadow, 2)}
    found = []
    for fields in _records(passwd, 7):
        name, password, uid, shell = fields[0], fields[1], fields[2], fields[6]
        # "x" refers to the shadow file; without an entry there, nobody can sign in.
        state = states.get(name, Password.LOCKED) if password == "x" else _state(password)  # noqa: S105
        number = int(uid) if uid.isdigit() and len(uid) < 11 else -1
        if state is not Password.LOCKED or (number == 0 and name != "root"):
            found.append(Account(name, number, shell, state))
    return tuple(found)


def _records(content: bytes, least: int) -> Iterator[list[str]]:
    for line in content.decode("utf-8", "replace").splitlines()[:_MAX_ACCOUNTS]:
        fields = line.split(":")
        if len(fields) >= least and fields[0] and not line.startswith("#"):
            yield fields


def _state(field: str) -> Password:
    if field == "":
        return Password.EMPTY
    return Password.LOCKED if field[0] in "!*" or field in {"x", "NP", "LK"} else Password.SET
