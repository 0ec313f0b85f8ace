"""Samples as the JSON text that a source would deliver."""

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core.canary.samples import SAMPLES_SCHEMA, Samples


def text_of(samples: Samples) -> str:
    return json.dumps({"schema": SAMPLES_SCHEMA, **plain(samples)})


def plain(value: Any) -> Any:
    """Return a value as JSON knows it; decimals become texts."""
    if is_dataclass(value):
        found = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {name: each for name, each in found.items() if each is not None}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
