"""Path patterns: git's wildmatch anchored at the root, with `!` for exclusion.

`*` and `?` do not cross `/`, `**` does, dot files match, matching is case-sensitive.
Exclusions win whatever their order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from pathspec import GitIgnoreSpec


def _anchored(pattern: str) -> str:
    return pattern if pattern.startswith("/") else f"/{pattern}"


@lru_cache(maxsize=1024)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(_anchored(pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class PathSet:
    """A set of paths described by patterns; empty patterns match nothing."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Self:
        """Split patterns into included and excluded (`!`) ones; only `!` patterns include all."""
        listed = tuple(patterns)
        excluded = tuple(pattern[1:] for pattern in listed if pattern.startswith("!"))
        included = tuple(pattern for pattern in listed if not pattern.startswith("!"))
        return cls(included or (("**",) if excluded else ()), excluded)

    def matches(self, path: str) -> bool:
        """Tell whether the path is included and not excluded."""
        if not self.included or not _spec(self.included).match_file(path):
            return False
        return not (self.excluded and _spec(self.excluded).match_file(path))

    def any(self, paths: Iterable[str]) -> bool:
        """Tell whether at least one of the paths matches."""
        return any(self.matches(path) for path in paths)
