"""Structured logs on standard error: one line an event, with the delivery that caused it."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Literal

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from app.core.text import visible

# It brings a handler of its own, unless it finds one.
_WITH_OWN_HANDLER = "dbos"

Event = MutableMapping[str, Any]


def configure(log_format: Literal["json", "text"]) -> None:
    """Set up logging for this process; values are escaped here, never by callers."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _renderers(log_format)
    structlog.configure(
        processors=[*common, *last],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(common, last)


def _renderers(log_format: Literal["json", "text"]) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.JSONRenderer()]
    logfmt = structlog.processors.LogfmtRenderer(sort_keys=False, key_order=["event"])
    return [_without_hidden_characters, logfmt]


def _configure_libraries(common: list[Processor], last: list[Processor]) -> None:
    """Give what libraries say the same form; below warning level they may quote strangers."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[ProcessorFormatter.remove_processors_meta, _without_traceback, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    own = logging.getLogger(_WITH_OWN_HANDLER)
    own.handlers, own.propagate = [handler], False


def _without_traceback(_logger: object, _method: str, event: Event) -> Event:
    """Name an exception and its place; its text may quote strangers."""
    event.pop("stack_info", None)
    found = event.pop("exc_info", None)
    if found:
        kind, _, trace = found
        frames = traceback.extract_tb(trace)
        event["error"] = getattr(kind, "__name__", "")
        event["at"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return event


def _without_hidden_characters(_logger: object, _method: str, event: Event) -> Event:
    """Show what JSON would have escaped: a terminal acts on control characters."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = visible(value)
    return event
