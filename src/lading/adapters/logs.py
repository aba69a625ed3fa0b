"""Structured logs: JSON lines for machines, aligned text for a terminal, and never a secret."""

import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from lading.foundation.errors import Malformed

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


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
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
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
            logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
            cache_logger_on_first_use=True,
        )
    # Libraries log through the standard library; only their warnings concern an operator.
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
