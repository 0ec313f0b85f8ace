"""Issues that we open once and edit in place.

https://docs.github.com/en/rest/issues/issues
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.text import shorten
from app.errors import GitHubUnavailableError, NotFoundError
from app.github.chat import MAX_TEXT
from app.github.client import Client
from app.github.reader import account
from app.ports import RepositoryRef
from app.ports.issues import IssueOrder, IssueSeen

MAX_TITLE = 256


@dataclass(frozen=True, slots=True)
class RepositoryIssues:
    """The issues of one repository."""

    client: Client
    repository: RepositoryRef
    app_id: int

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository.full_name}/issues"

    def open(self, order: IssueOrder, since: datetime) -> int:
        """Open an issue; after an unclear answer look for its marker before trying once more.

        Raises NotFoundError where issues are disabled, ForbiddenError without the permission.
        """
        if order.marker not in order.body:
            raise ValueError("an issue must hold its marker")
        try:
            return self._post(order)
        except GitHubUnavailableError:
            return self.find(order.marker, since) or self._post(order)

    def _post(self, order: IssueOrder) -> int:
        fields = {
            "title": shorten(order.title, MAX_TITLE),
            "body": shorten(order.body, MAX_TEXT),
            "labels": list(order.labels),
        }
        return int(self.client.post(self._root, fields)["number"])

    def find(self, marker: str, since: datetime) -> int | None:
        """Return our own issue that holds a marker; others can write markers, but not as us."""
        start = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for found in self.client.pages(self._root, state="all", since=start):
            app = found.get("performed_via_github_app") or {}
            if app.get("id") == self.app_id and marker in (found.get("body") or ""):
                return int(found["number"])
        return None

    def read(self, number: int) -> IssueSeen | None:
        """Return an issue as it stands now; None when it is gone, or issues are disabled."""
        try:
            found = self.client.get(f"{self._root}/{number}")
        except NotFoundError:
            return None
        app = found.get("performed_via_github_app")
        return IssueSeen(
            number=found["number"],
            title=found["title"],
            is_open=found["state"] == "open",
            labels=tuple(_name(each) for each in found["labels"]),
            author=account(found["user"]),
            created_at=datetime.fromisoformat(found["created_at"]),
            app_id=app["id"] if app else None,
            is_pull_request="pull_request" in found,
        )

    def edit(self, number: int, changes: Mapping[str, object]) -> bool:
        """Change title, text, state, labels or assignees; False when the issue is gone."""
        fields = dict(changes)
        for name, limit in (("title", MAX_TITLE), ("body", MAX_TEXT)):
            if name in fields:
                fields[name] = shorten(str(fields[name]), limit)
        try:
            self.client.patch(f"{self._root}/{number}", fields)
        except NotFoundError:
            return False
        return True


def _name(label: object) -> str:
    return str(label["name"] if isinstance(label, dict) else label)
