"""Turns what could not be read into gaps that name the missing right or the passing fault."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from app.core.facts import Gap, Part
from app.errors import ForbiddenError, GitHubError, GitHubUnavailableError, RateLimitedError

T = TypeVar("T")
D = TypeVar("D")

PERMISSIONS = {
    Part.PULL_REQUEST: "Pull requests: read",
    Part.REVIEWS: "Pull requests: read",
    Part.SIBLINGS: "Pull requests: read",
    Part.HISTORY: "Issues: read",
    Part.CHECKS: "Checks: read and Commit statuses: read",
    Part.WORKFLOW_RUNS: "Actions: read",
    Part.PERMISSIONS: "Metadata: read",
    Part.TEAMS: "Members: read (organization)",
    Part.DIRECTORY: "Members: read (organization)",
    Part.COMMITS: "Contents: read",
    Part.AUTHORSHIP: "Contents: read",
    Part.CHANGES: "Contents: read",
}


@dataclass(slots=True)
class Gaps:
    """Collects gaps while parts are read; `remedy` says how the right of a part is granted."""

    remedy: Callable[[Part], str]
    found: list[Gap] = field(default_factory=list)

    def attempt(self, part: Part, read: Callable[[], T], otherwise: D) -> T | D:
        """Return what was read, or `otherwise` and a gap; a rate limit goes to the caller."""
        try:
            return read()
        except RateLimitedError:
            raise
        except GitHubError as error:
            self.found.append(self._gap(part, error))
            return otherwise

    def add(self, gaps: Iterable[Gap]) -> None:
        """Take over gaps that a reader found itself."""
        self.found.extend(gaps)

    def _gap(self, part: Part, error: GitHubError) -> Gap:
        if isinstance(error, ForbiddenError):
            return Gap(part, "FORBIDDEN", str(error), self.remedy(part), temporary=False)
        temporary = isinstance(error, GitHubUnavailableError)
        return Gap(part, "UNAVAILABLE" if temporary else "UNREADABLE", str(error))


def grant_app(settings_page: str, part: Part) -> str:
    """Say which right the App needs to read a part, and on which page it is granted."""
    right = PERMISSIONS.get(part, "the permissions of this part")
    return f"grant the App {right} on {settings_page}"
