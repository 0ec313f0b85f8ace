"""Samples and limits as bytes that `reading` reads back to equal values, so that they replay."""

from app.core.canary.limits import LIMITS_SCHEMA, Limits
from app.core.canary.reading import limits_adapter, samples_adapter
from app.core.canary.samples import SAMPLES_SCHEMA, Samples
from app.core.canonical import canonical


def samples_to_bytes(samples: Samples) -> bytes:
    """Return samples in their published form; decimals are texts, so that none loses a digit."""
    (plain,) = samples_adapter().dump_python((samples,), mode="json", exclude_none=True)
    return canonical({"schema": SAMPLES_SCHEMA, **plain})


def limits_to_bytes(limits: Limits) -> bytes:
    """Return limits in their published form."""
    (plain,) = limits_adapter().dump_python((limits,), mode="json", exclude_none=True)
    return canonical({"schema": LIMITS_SCHEMA, **plain})
