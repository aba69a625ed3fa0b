"""Gates of content: who links it goes through together with others, who removes it closes it for all.

On SQLite the one writer of the database is gate enough. On PostgreSQL a gate is an advisory lock that is held
until the transaction ends; its number is made of the digest, and two digests that share one only wait for
each other.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from lading.oci.digest import Digest

_KIND = int.from_bytes(b"gate")  # the first half of the lock's number: no other lock of ours has it


def pass_gate(connection: sa.Connection, digest: Digest) -> None:
    """Hold the gate of the digest together with others who link (rule C5 of ``registry.collection``)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_KIND, _number(digest))))


def close_gates(connection: sa.Connection, digests: Iterable[Digest]) -> None:
    """Hold the gates of the digests alone, in an order that everybody keeps: nobody waits in a ring."""
    if connection.dialect.name == "postgresql":
        for number in sorted({_number(digest) for digest in digests}):
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_KIND, number)))


def _number(digest: Digest) -> int:
    return int(digest.hex[:8], 16) - (1 << 31)  # PostgreSQL's integers have a sign
