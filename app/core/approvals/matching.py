"""Give each person to at most one rule so that as many places as possible are filled."""

from collections import deque
from collections.abc import Mapping, Sequence

_Step = tuple[int, int]


def assign(wanted: Sequence[int], able: Sequence[frozenset[int]]) -> tuple[frozenset[int], ...]:
    """Return the people of each rule: a maximum matching with places, the same on every run.

    `wanted[i]` is the number of people that rule i needs and `able[i]` who could serve it. Places
    of earlier rules are never given up for later ones.
    """
    serves: dict[int, int] = {}
    for rule, places in enumerate(wanted):
        for _ in range(places):
            if not _augment(rule, able, serves):
                break
    return tuple(
        frozenset(person for person, served in serves.items() if served == rule)
        for rule in range(len(wanted))
    )


def _augment(start: int, able: Sequence[frozenset[int]], serves: dict[int, int]) -> bool:
    """Find one more person for a rule, moving others between rules where that helps."""
    entered: dict[int, _Step | None] = {start: None}
    queue = deque([start])
    while queue:
        rule = queue.popleft()
        for person in sorted(able[rule]):
            holder = serves.get(person)
            if holder is None:
                _hand_over((person, rule), entered, serves)
                return True
            if holder not in entered:
                entered[holder] = (person, rule)
                queue.append(holder)
    return False


def _hand_over(last: _Step, entered: Mapping[int, _Step | None], serves: dict[int, int]) -> None:
    """Walk the path back: each rule takes a person and gives up the one it was entered by."""
    step: _Step | None = last
    while step is not None:
        person, rule = step
        serves[person] = rule
        step = entered[rule]
