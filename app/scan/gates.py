"""Gates: cheap tests, run over a whole text at once, that tell which lines a rule must read."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from app.scan.rules import Rule

_LINE_BREAK = re.compile("\n")


class Folded:
    """A text without upper case, as Python folds it where an expression ignores case."""

    def __init__(self, text: str) -> None:
        self.text = fold(text)
        self.starts: Sequence[int] = (
            0,
            *(found.end() for found in _LINE_BREAK.finditer(self.text)),
        )


class Gate:
    """The test of one rule; it may open for nothing, but never stays closed for a match."""

    def __init__(self, rule: Rule) -> None:
        self._needles = rule.needles
        self._expression = re.compile(rule.gate or "|".join(map(re.escape, rule.needles)))

    def opens(self, text: str) -> bool:
        """Tell whether the rule could match anywhere in a folded text."""
        if not self._needles:
            return True
        if not any(needle in text for needle in self._needles):
            return False
        return self._expression.search(text) is not None

    def lines(self, folded: Folded) -> Iterator[int]:
        """Return the numbers of the lines that the rule must read, counted from nought."""
        if not self._needles:
            yield from range(len(folded.starts))
        if not any(needle in folded.text for needle in self._needles):
            return
        at: int | None = 0
        while at is not None and (found := self._expression.search(folded.text, at)):
            number = bisect_right(folded.starts, found.start()) - 1
            yield number
            at = folded.starts[number + 1] if number + 1 < len(folded.starts) else None


def fold(text: str) -> str:
    """Lower a text; letters that ignoring case takes for ASCII ones become those."""
    if text.isascii():
        return text.lower()
    # U+0130 lowers to two characters, U+017F and U+0131 do not lower to what they match.
    return text.replace("\u0130", "i").lower().replace("\u017f", "s").replace("\u0131", "i")
