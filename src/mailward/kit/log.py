# SPDX-License-Identifier: Apache-2.0
"""Logs are events with fields, one JSON object a line on standard error. Never a body, never a secret."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

MAX_FIELD = 500


def configure(*, level: str = "INFO", human: bool = False) -> None:
    """Set up logging once per process; `human` prints coloured lines for a terminal. A line and its end are written at
    once, since several processes write to one file."""
    renderer: Any = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _shorten,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def _shorten(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A stranger's text in a field is cut, and its control characters are made visible."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = _visible(value[:MAX_FIELD])
    return event


def _visible(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
