"""Samples and limits from JSON, strictly: known version, each key known and once, exact numbers.

What cannot be understood is refused with its place. What is understood and cannot be trusted
(NaN, gaps, another commit) is read, and the judge says that it cannot tell.
"""

from functools import cache
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter

from app.core.canary.flaws import is_finite
from app.core.canary.limits import LIMITS_SCHEMA, Limits
from app.core.canary.samples import SAMPLES_SCHEMA, Samples
from app.core.strict import UnreadableError, read_strictly
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
        return read_strictly(content, schema, adapter)
    except UnreadableError as error:
        raise CanaryUnreadableError(str(error)) from error
