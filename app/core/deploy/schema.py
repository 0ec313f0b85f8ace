"""Database schemas, counted by the files that migrate to them: who can run on which (T91)."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.policy.paths import PathSet


@dataclass(frozen=True, slots=True)
class Schema:
    """How many migrations a version brings, and the least that code needs to run beside them.

    None is what is not known.
    """

    count: int | None
    floor: int | None


def brought_by(
    own: frozenset[str], before: frozenset[str], floor_before: int | None, compatible: Iterable[str]
) -> Schema:
    """Return a version's schema from its own migrations and those of the version live before.

    As long as it only adds what is compatible, code for the earlier floor goes on running, or where
    nobody knows that one, code that has as many migrations as the version before. A floor never
    allows a version that lacks a migration which is not compatible.
    """
    harmless = PathSet.of(compatible)
    if all(map(harmless.matches, own - before)):
        return Schema(len(own), len(before) if floor_before is None else floor_before)
    return Schema(len(own), max(len(own), len(before) + 1))
