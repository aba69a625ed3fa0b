"""Trust and what follows from it, in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.registry_repositories import note_change
from lading.adapters.sql.tables.trust import BUILD, KEY_GRANT, SIGNED_FACT, TRUST_ACTIVATION, TRUST_DOCUMENT
from lading.adapters.sql.writing import insert_new, insert_one, upsert
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.trust import TRUST_STAMP, BuildRecord, KeyGrant, SignedFact, TrustDocument


class SqlTrust(OnConnection):
    """See ``lading.ports.records.trust.TrustRecords``."""

    __slots__ = ()

    def activate_trust(self, document: TrustDocument) -> None:
        """Keep the document and make it the active one."""
        insert_one(self._connection, TRUST_DOCUMENT, {"digest": document.digest, "text": document.text})
        activation = {
            "document": document.digest,
            "set_at": document.set_at,
            "set_by": document.set_by,
            "why": document.why,
        }
        self._connection.execute(TRUST_ACTIVATION.insert(), activation)
        note_change(self._connection, TRUST_STAMP)

    def active_trust(self) -> TrustDocument | None:
        """The trust policy in force."""
        newest = self.trust_history(limit=1).items
        return newest[0] if newest else None

    def trust_history(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[TrustDocument]:
        """Trust policies as they were activated, the newest first."""
        newest = sa.select(sa.func.max(TRUST_ACTIVATION.c.sequence)).scalar_subquery()
        wanted = sa.select(
            TRUST_DOCUMENT.c.digest,
            TRUST_DOCUMENT.c.text,
            TRUST_ACTIVATION.c.set_at,
            TRUST_ACTIVATION.c.set_by,
            TRUST_ACTIVATION.c.why,
            (TRUST_ACTIVATION.c.sequence == newest).label("active"),
        ).join_from(TRUST_ACTIVATION, TRUST_DOCUMENT)
        key = (TRUST_ACTIVATION.c.sequence,)
        return fetch_page(self._connection, wanted, key, _document, after=after, limit=limit, descending=True)

    def note_signed(self, facts: Sequence[SignedFact]) -> None:
        """Keep who signed what."""
        names = [column.name for column in SIGNED_FACT.c]
        insert_new(
            self._connection, SIGNED_FACT, [{name: getattr(fact, name) for name in names} for fact in facts]
        )

    def signed_by(
        self, names: Sequence[str], *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[SignedFact]:
        """What signers of these names or with these ids have signed."""
        wanted = sa.select(SIGNED_FACT).where(SIGNED_FACT.c.name.in_(names) | SIGNED_FACT.c.shown.in_(names))
        table = SIGNED_FACT.c
        key = (table.repository, table.digest, table.what, table.shown)
        return fetch_page(
            self._connection,
            wanted,
            key,
            lambda row: SignedFact(**{name: getattr(row, name) for name in SignedFact.__slots__}),
            after=after,
            limit=limit,
        )

    def signed_counts(self) -> Mapping[str, int]:
        """How many images each signer has signed."""
        images = (
            sa.select(SIGNED_FACT.c.shown, SIGNED_FACT.c.repository, SIGNED_FACT.c.digest)
            .distinct()
            .subquery()
        )
        counted = sa.select(images.c.shown, sa.func.count()).group_by(images.c.shown)
        return {row[0]: row[1] for row in self._connection.execute(counted)}

    def grant_key(self, grant: KeyGrant) -> bool:
        """Keep a grant."""
        return insert_one(
            self._connection, KEY_GRANT, {name: getattr(grant, name) for name in KeyGrant.__slots__}
        )

    def withdraw_key(self, grant: KeyGrant) -> bool:
        """Forget a grant."""
        gone = KEY_GRANT.delete().where(
            KEY_GRANT.c.key == grant.key,
            KEY_GRANT.c.subject == grant.subject,
            KEY_GRANT.c.repositories == grant.repositories,
        )
        return self._connection.execute(gone).rowcount > 0

    def key_grants(self, key: str = "") -> tuple[KeyGrant, ...]:
        """Grants of a key, or all of them."""
        wanted = sa.select(KEY_GRANT).order_by(*KEY_GRANT.primary_key)
        if key:
            wanted = wanted.where(KEY_GRANT.c.key == key)
        return tuple(KeyGrant(**row._asdict()) for row in self._connection.execute(wanted))

    def save_build(self, record: BuildRecord) -> None:
        """Keep how an image was built."""
        row = {name: getattr(record, name) for name in BuildRecord.__slots__}
        upsert(self._connection, BUILD, row)

    def build(self, repository: str, digest: Digest) -> BuildRecord | None:
        """How an image was built."""
        wanted = sa.select(BUILD).where(BUILD.c.repository == repository, BUILD.c.digest == digest)
        row = self._connection.execute(wanted).first()
        return None if row is None else BuildRecord(**row._asdict())

    def builds(
        self, *, method_known: bool | None = None, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[BuildRecord]:
        """How images were built."""
        wanted = sa.select(BUILD)
        if method_known is not None:
            wanted = wanted.where(BUILD.c.method != "" if method_known else BUILD.c.method == "")
        key = (BUILD.c.repository, BUILD.c.digest)
        return fetch_page(
            self._connection,
            wanted,
            key,
            lambda row: BuildRecord(**{name: getattr(row, name) for name in BuildRecord.__slots__}),
            after=after,
            limit=limit,
        )


def _document(row: sa.Row[Any]) -> TrustDocument:
    return TrustDocument(row.digest, row.text, row.set_at, row.set_by, row.why, bool(row.active))
