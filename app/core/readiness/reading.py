"""Facts of a readiness report as bytes that are read back to equal values, so that it replays."""

from functools import cache

from pydantic import ConfigDict, TypeAdapter

from app.core.canonical import canonical
from app.core.readiness.report import ReadinessFacts
from app.core.strict import read_strictly

FACTS_SCHEMA = "gatewright/readiness-facts/1"
CLOSED = ConfigDict(extra="forbid", strict=True)


@cache
def facts_adapter() -> TypeAdapter[tuple[ReadinessFacts]]:
    """Return the strict reader of an array that holds facts, built at its first use."""
    # NOTE: pydantic takes a configuration for a tuple, and hands it down to dataclasses in it.
    return TypeAdapter(tuple[ReadinessFacts], config=CLOSED)


def facts_to_bytes(facts: ReadinessFacts) -> bytes:
    """Return facts in their published form; decimals are texts, so that none loses a digit."""
    (plain,) = facts_adapter().dump_python((facts,), mode="json")
    return canonical({"schema": FACTS_SCHEMA, **plain})


def facts_from_bytes(content: bytes) -> ReadinessFacts:
    """Read facts; raises UnreadableError that names the first mistake's place."""
    return read_strictly(content, FACTS_SCHEMA, facts_adapter())
