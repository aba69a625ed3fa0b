"""Accounts in memory, with quick passwords."""

from lading.adapters.passwords_argon2 import Argon2Passwords
from lading.audit.entry import Event
from lading.ports.records.record_set import Records
from lading.workflows.sign_in import AccountPorts
from tests.support.registry import memory_records

QUICK = Argon2Passwords(memory_kib=64, iterations=1)


def account_ports(records: Records | None = None) -> AccountPorts:
    """Fresh accounts."""
    return AccountPorts(records or memory_records(), QUICK)


def events(ports: AccountPorts, noun: str = "") -> list[Event]:
    """What was written into the audit log, oldest first."""
    with ports.records.read() as kept:
        entries = kept.audit.page(newest_first=False, limit=1000).items
    return [entry.event for entry in entries if entry.event.action.startswith(noun)]
