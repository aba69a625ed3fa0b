"""Structured logs: JSON lines for machines, aligned text for a terminal, and never a secret."""

import logging
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, TextIO, cast

import orjson
import structlog

from lading.foundation.errors import Malformed

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LossyStream:
    """A stream that loses lines where they cannot be written (a full disk, a closed pipe), and counts them.

    A server whose log has no room still answers: that a line is lost must not fail the request it is about.
    The next line that can be written is followed by how many were lost. ``encode`` makes what the stream
    takes of that text.
    """

    def __init__(self, stream: Any, encode: Callable[[str], Any]) -> None:
        self._stream, self._encode = stream, encode
        self.lost = 0

    def write(self, line: Any) -> int:
        """Write a line, or lose it; give its length either way."""
        try:
            self._stream.write(line)
        except (OSError, ValueError):  # ValueError: the stream was closed
            self.lost += 1
        return len(line)

    def flush(self) -> None:
        """Hand on what was written. What cannot be handed on now is lost too, and counted as one line."""
        try:
            self._stream.flush()
            if self.lost:
                told = orjson.dumps({"event": "log lines were lost", "level": "warning", "lines": self.lost})
                self._stream.write(self._encode(told.decode() + "\n"))
                self.lost = 0
                self._stream.flush()
        except (OSError, ValueError):
            self.lost += 1


def configure_logs(level: str, form: str, redact: Callable[..., Any]) -> None:
    """Send every log line of this process to standard error; ``form`` is json, text or auto."""
    if level not in LEVELS:
        raise Malformed("settings-invalid", f"log.level must be one of {', '.join(LEVELS)}, not {level!r}")
    if form not in {"json", "text", "auto"}:
        raise Malformed("settings-invalid", f"log.format must be json, text or auto, not {form!r}")
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_text:
        tail: list[Any] = [redact, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        structlog.configure(
            processors=[*shared, *tail],
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
            logger_factory=structlog.PrintLoggerFactory(cast("TextIO", LossyStream(sys.stderr, str))),
            cache_logger_on_first_use=True,
        )
    else:
        tail = [
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ]
        structlog.configure(
            processors=[*shared, *tail],
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
            logger_factory=structlog.BytesLoggerFactory(
                cast("BinaryIO", LossyStream(sys.stderr.buffer, str.encode))
            ),
            cache_logger_on_first_use=True,
        )
    # Libraries log through the standard library; only their warnings concern an operator.
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
