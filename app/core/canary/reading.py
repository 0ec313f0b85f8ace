"""Samples and limits from JSON, strictly: known version, each key known and once, exact numbers.

What cannot be understood is refused with its place. What is understood and cannot be trusted
(NaN, gaps, another commit) is read, and the judge says that it cannot tell.
"""

import json
from functools import cache
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from app.core.canary.flaws import is_finite
from app.core.canary.limits import LIMITS_SCHEMA, Limits
from app.core.canary.samples import SAMPLES_SCHEMA, Samples
from app.errors import GatewrightError

CLOSED = ConfigDict(extra="forbid", strict=True)
T = TypeVar("T")


class CanaryUnreadableError(GatewrightError, ValueError):
    """Bytes are not canary samples or limits of a version that is known."""


def samples_from_bytes(content: bytes) -> Samples:
    """Read samples; a share above one whole is refused, since its unit must be wrong."""
    samples = _read(content, SAMPLES_SCHEMA, samples_adapter())
    sides = {"canary": samples.canary.readings}
    if samples.baseline is not None:
        sides["baseline"] = samples.baseline.readings
    for side, readings in sides.items():
        rate = readings.error_rate
        if rate is not None and is_finite(rate.value) and rate.ratio > 1:
            place = f"{side}.readings.error_rate"
            raise CanaryUnreadableError(f"{place}: above 100%: is {rate.unit.value} its unit?")
    return samples


def limits_from_bytes(content: bytes) -> Limits:
    """Read limits; what is left out keeps its default, and no check at all is refused."""
    limits = _read(content, LIMITS_SCHEMA, limits_adapter())
    if not limits.expected:
        raise CanaryUnreadableError("expected: name at least one check")
    if limits.longest < limits.shortest:
        raise CanaryUnreadableError("longest: must not be shorter than `shortest`")
    return limits


@cache
def samples_adapter() -> TypeAdapter[tuple[Samples]]:
    """Return the strict reader of an array that holds samples, built at its first use."""
    # NOTE: pydantic takes a configuration for a tuple, and hands it down to dataclasses in it.
    return TypeAdapter(tuple[Samples], config=CLOSED)


@cache
def limits_adapter() -> TypeAdapter[tuple[Limits]]:
    """Return the strict reader of an array that holds limits, built at its first use."""
    return TypeAdapter(tuple[Limits], config=CLOSED)


def _read(content: bytes, schema: str, adapter: TypeAdapter[tuple[T]]) -> T:
    try:
        # NOTE: fractions stay texts until they are decimals; 9.999999999999999999 is not 10.
        loaded = json.loads(
            content,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_without_repeated_keys,
        )
    except CanaryUnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise CanaryUnreadableError(f"not JSON: {error}") from error
    if not isinstance(loaded, dict) or loaded.pop("schema", None) != schema:
        raise CanaryUnreadableError(f"not of the version {schema}, the only one known")
    try:
        (value,) = adapter.validate_json(json.dumps([loaded]))
    except ValidationError as error:
        raise CanaryUnreadableError(_first_mistake(error)) from error
    return value


def _without_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse what two readers of the same bytes could understand differently."""
    loaded = dict(pairs)
    if len(loaded) < len(pairs):
        raise CanaryUnreadableError("a key is repeated in an object")
    return loaded


def _first_mistake(error: ValidationError) -> str:
    """Name the place and the mistake, never the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"][1:]) or "the whole"
    return f"{place}: {first['msg']}"
