"""Structured logs on standard error: one line an event, with the delivery that caused it."""

import logging
import sys
from typing import Literal

import structlog


def configure(log_format: Literal["json", "text"]) -> None:
    """Set up logging for this process; values are escaped by the renderer, never by callers."""
    renderer: structlog.typing.Processor
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.processors.LogfmtRenderer(sort_keys=False, key_order=["event"])
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries below warning level may quote what strangers sent.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
