"""Groups of pull requests that wait in a merge queue."""

from dataclasses import dataclass

from app.sandbox.world.accounts import Account


@dataclass(frozen=True, slots=True, eq=False)
class MergeGroup:
    """A temporary branch on which the queue tests pull requests together."""

    ref: str
    base_ref: str
    base_sha: str
    head_sha: str
    numbers: tuple[int, ...]
    actor: Account
