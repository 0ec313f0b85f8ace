"""What a policy file is made of: sections, durations, names, patterns, permissions."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

from app.core.policy.paths import check_glob

_DURATION = re.compile(r"\A(?P<count>[1-9][0-9]{0,5})(?P<unit>[smhd])\Z")
_NUMBER = re.compile(r"\A-?[0-9]{1,15}(\.[0-9]{1,15})?\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: object) -> timedelta:
    """Read `90s`, `15m`, `2h` or `7d`; anything else raises ValueError."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            "must be a duration: a whole number and a unit, for example 90s, 15m, 2h or 7d"
        )
    return timedelta(seconds=int(match["count"]) * _SECONDS[match["unit"]])


def duration_text(value: timedelta) -> str:
    """Write a duration in the largest unit that needs no fraction."""
    seconds = int(value.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


# The titles name these forms in the reference and in the JSON Schema.
Duration = Annotated[
    timedelta,
    BeforeValidator(
        parse_duration,
        json_schema_input_type=Annotated[
            str, Field(title="duration", pattern=r"^[1-9][0-9]{0,5}[smhd]$")
        ],
    ),
    PlainSerializer(duration_text, return_type=str),
]


def parse_number(text: object) -> Decimal:
    """Read a decimal number such as `4.0` exactly; anything else raises ValueError."""
    if isinstance(text, Decimal):
        return text
    if isinstance(text, int) and not isinstance(text, bool):
        return Decimal(text)
    if not isinstance(text, str) or not _NUMBER.match(text):
        raise ValueError("must be a number, for example 80 or 0.1")
    return Decimal(text)


Number = Annotated[
    Decimal,
    BeforeValidator(parse_number, json_schema_input_type=float),
    PlainSerializer(float, return_type=float),
]
Identifier = Annotated[str, Field(title="name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Glob = Annotated[
    str, Field(title="pattern", min_length=1, max_length=512), AfterValidator(check_glob)
]
Globs = Annotated[tuple[Glob, ...], Field(max_length=500)]
Login = Annotated[str, Field(title="login", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,98}(\[bot\])?$")]
Permission = Literal["read", "write", "admin"]


class Section(BaseModel):
    """A mapping of the policy file: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
