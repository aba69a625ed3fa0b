"""Answers of the server, remembered in one file that only its owner can read and write.

Who can write it can let containers start while the server is away; who can write it is root of the host, and
needs no gate for that.
"""

import contextlib
import os
import threading
from collections import OrderedDict
from pathlib import Path

import msgspec

from lading.ports.engine_gate import GivenAnswer

MOST = 5_000  # answers; refusals have a kilobyte or two
_MAX_BYTES = 64 << 20


class RememberedAnswersFile:
    """RememberedAnswers in a file. One that cannot be read is one without answers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, GivenAnswer] = OrderedDict()
        with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            if path.stat().st_size <= _MAX_BYTES:
                held = msgspec.json.decode(path.read_bytes(), type=dict[str, GivenAnswer])
                self._answers.update((key, one) for key, one in held.items() if one.at.tzinfo is not None)

    def find(self, key: str) -> GivenAnswer | None:
        """Give the last answer under this key."""
        with self._lock:
            return self._answers.get(key)

    def keep(self, key: str, answer: GivenAnswer) -> None:
        """Keep an answer, and write all of them where it says something else than the one before."""
        with self._lock:
            before = self._answers.get(key)
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
            if before is None or _is_worth_writing(before, answer):
                self._write()

    def _write(self) -> None:
        beside = self._path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(dict(self._answers)))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self._path)


def _is_worth_writing(before: GivenAnswer, answer: GivenAnswer) -> bool:
    """An hour on the clock of a remembered answer is little of its day."""
    same = (before.allow, before.message) == (answer.allow, answer.message)
    return not same or (answer.at - before.at).total_seconds() > 3_600
