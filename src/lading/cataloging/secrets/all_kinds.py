"""The kinds of credentials that are sought. Where two fit the same text, the one that comes first counts."""

from lading.cataloging.secrets.kind import MANY_SECRETS, NAMED_SECRET, SecretKind
from lading.cataloging.secrets.kinds import (
    clouds,
    hosting,
    logins,
    messages,
    models,
    operations,
    payments,
    private_keys,
    registries,
)

ALL_KINDS: tuple[SecretKind, ...] = (
    *private_keys.KINDS,
    *hosting.KINDS,
    *clouds.KINDS,
    *registries.KINDS,
    *payments.KINDS,
    *models.KINDS,
    *messages.KINDS,
    *operations.KINDS,
    *logins.KINDS,
)

# What is found in other ways than by a pattern.
_OTHERS = {
    NAMED_SECRET: (
        "secret in a setting",
        "set a new one, and hand it to the container when it starts, not to the build",
    ),
    MANY_SECRETS: ("many credentials", "look at the file, and replace all that it holds"),
}

_BY_NAME = {kind.name: kind for kind in ALL_KINDS}


def kind_of(name: str) -> SecretKind | None:
    """The kind that a found credential is of: forms of private keys have longer names than their kind."""
    while name:
        if name in _BY_NAME:
            return _BY_NAME[name]
        name = name.rpartition("-")[0]
    return None


def title_of(name: str) -> str:
    """What it is, for people."""
    if name in _OTHERS:
        return _OTHERS[name][0]
    kind = kind_of(name)
    return kind.title if kind else name


def rotation_of(name: str) -> str:
    """What to do about it; empty for kinds of other versions."""
    if name in _OTHERS:
        return _OTHERS[name][1]
    kind = kind_of(name)
    return kind.rotate if kind else ""
