"""How far two words are apart, for "did you mean"."""

from collections.abc import Iterable

_FAR = 3


def is_one_apart(written: str, meant: str) -> bool:
    """Tell whether one letter too many, too few, wrong, or one swapped pair makes the difference.

    Equal words are not apart.
    """
    return _distance(written, meant) == 1


def nearest(written: str, names: Iterable[str], most: int = 2) -> str | None:
    """Return the one name that is nearest and not far; None if there is none or several."""
    by_distance = sorted((_distance(written, name.casefold()), name) for name in names)
    if not by_distance or by_distance[0][0] > most:
        return None
    if len(by_distance) > 1 and by_distance[0][0] == by_distance[1][0]:
        return None
    return by_distance[0][1]


def _distance(left: str, right: str) -> int:
    """Count single changes, a swapped pair being one; beyond what matters any large number."""
    if abs(len(left) - len(right)) >= _FAR:
        return _FAR
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, start=1):
            row.append(min(row[-1] + 1, before[j] + 1, before[j - 1] + (a != b)))
            if older and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
