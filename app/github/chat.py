"""Comments and reactions on pull requests; a comment is written once, however often it is asked.

https://docs.github.com/en/rest/issues/comments
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.text import shorten
from app.errors import GitHubError, GitHubUnavailableError, NotFoundError, RateLimitedError
from app.github.client import Client
from app.github.reader import account
from app.ports import RepositoryRef
from app.ports.deployments import CommentSeen, Reaction

MAX_TEXT = 65_536


@dataclass(frozen=True, slots=True)
class IssueChat:
    """The conversation of one repository."""

    client: Client
    repository: RepositoryRef
    app_id: int

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository.full_name}/issues"

    def comment(self, comment_id: int) -> CommentSeen | None:
        """Return a comment as it stands now; None when it is gone."""
        try:
            found = self.client.get(f"{self._root}/comments/{comment_id}")
        except NotFoundError:
            return None
        app = found.get("performed_via_github_app")
        return CommentSeen(
            id=found["id"],
            author=account(found["user"]),
            body=found.get("body") or "",
            created_at=datetime.fromisoformat(found["created_at"]),
            updated_at=datetime.fromisoformat(found["updated_at"]),
            app_id=app["id"] if app else None,
        )

    def say(self, number: int, body: str, marker: str) -> int:
        """Write a comment; after an unclear answer look for its marker before trying once more."""
        if marker not in body:
            raise ValueError("a comment must hold its marker")
        try:
            return self._post(number, body)
        except GitHubUnavailableError:
            return self.find(number, marker) or self._post(number, body)

    def find(self, number: int, marker: str) -> int | None:
        """Return our own comment that holds a marker; others can write markers, but not as us."""
        for found in self.client.pages(f"{self._root}/{number}/comments"):
            app = found.get("performed_via_github_app") or {}
            if app.get("id") == self.app_id and marker in (found.get("body") or ""):
                return int(found["id"])
        return None

    def edit(self, comment_id: int, body: str) -> bool:
        """Replace a comment's text; False when the comment is gone."""
        try:
            self.client.patch(f"{self._root}/comments/{comment_id}", {"body": _fitting(body)})
        except NotFoundError:
            return False
        return True

    def react(self, comment_id: int, reaction: Reaction) -> None:
        """Show a reaction; except for limits, what goes wrong with it changes nothing (T05)."""
        path = f"{self._root}/comments/{comment_id}/reactions"
        try:
            self.client.post(path, {"content": reaction})
        except RateLimitedError:
            raise
        except GitHubError as error:
            structlog.get_logger().info("no reaction", comment=comment_id, why=str(error))

    def _post(self, number: int, body: str) -> int:
        made = self.client.post(f"{self._root}/{number}/comments", {"body": _fitting(body)})
        return int(made["id"])


def _fitting(body: str) -> str:
    return shorten(body, MAX_TEXT)
