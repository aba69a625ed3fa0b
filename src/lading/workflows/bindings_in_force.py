"""The role bindings of this moment, read anew only when they have changed.

Reading thousands of bindings takes longer than everything else that a request does. So whatever changes one
(a binding, a role, a robot) changes a stamp in the same transaction, and each question reads the stamp: a
change counts with the next request, on every server.
"""

from lading.access.bindings import NO_BINDINGS, Bindings
from lading.ports.records.record_set import Records
from lading.workflows.rights import read_bindings


class BindingsInForce:
    """Gives the bindings when it is called. Safe to share between threads."""

    def __init__(self, records: Records, *, anonymous_pull: bool = False) -> None:
        self._records = records
        self._anonymous_pull = anonymous_pull
        self._held: tuple[str, Bindings] = ("", NO_BINDINGS)  # one value, so that threads see both or neither

    def __call__(self) -> Bindings:
        """The bindings as they are now."""
        stamp, bindings = self._held
        with self._records.read() as kept:
            now = kept.people.rights_stamp()
            if now and now == stamp:
                return bindings
            bindings = read_bindings(kept.people, anonymous_pull=self._anonymous_pull)
        self._held = (now, bindings)
        return bindings
