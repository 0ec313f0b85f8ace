"""One request as the handlers see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from app.sandbox.hooks.courier import Courier
from app.sandbox.http.access import visible
from app.sandbox.http.actors import NOBODY, Actor
from app.sandbox.http.quota import Quota
from app.sandbox.problems import ProblemError, invalid, not_found
from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App
from app.sandbox.world.issues import Issue
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

T = TypeVar("T")
LARGEST_PAGE = 100
USUAL_PAGE = 30


@dataclass(slots=True, eq=False)
class Call:
    """A request with its caller and, under /repos, the repository it is about."""

    world: World
    courier: Courier
    quota: Quota
    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    actor: Actor = NOBODY
    found_repo: Repo | None = None
    reply_headers: dict[str, str] = field(default_factory=dict)

    # -- what it is about

    @property
    def repo(self) -> Repo:
        """The repository of the path; rights were checked before."""
        if self.found_repo is None:
            raise not_found()
        return self.found_repo

    @property
    def account(self) -> Account:
        """The account that acts: a user, or the App's bot."""
        if self.actor.account is None:
            raise ProblemError(401, "Requires authentication")
        return self.actor.account

    @property
    def app(self) -> App | None:
        """The App that acts, if one does."""
        return self.actor.app

    def sees(self, repo: Repo) -> bool:
        """Whether the caller may know of another repository."""
        return visible(self.world, self.actor, repo)

    def number(self, name: str) -> int:
        """Return a numeric parameter of the path."""
        return int(self.params[name])

    def pull(self) -> Pull:
        """Return the pull request of the path."""
        found = self.repo.pulls.get(self.number("pull_number"))
        if found is None:
            raise not_found()
        return found

    def issue(self) -> Issue:
        """Return the issue, or pull request, of the path."""
        found = self.repo.issues.get(self.number("issue_number"))
        if found is None:
            raise not_found()
        return found

    def commit_sha(self, name: str = "ref") -> str:
        """Return the commit that a parameter of the path names by SHA, branch or tag."""
        wanted = self.params[name].removeprefix("refs/")
        revision = wanted.removeprefix("heads/").removeprefix("tags/")
        sha = self.repo.git.resolve(revision)
        if sha is None:
            raise ProblemError(422, f"No commit found for SHA: {revision}")
        return sha

    # -- what the caller sent

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON body, which must be an object."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise ProblemError(400, "Body should be a JSON object")
        return self.body

    def need(self, name: str, kind: type[T]) -> T:
        """Return a field that must be there and of the type."""
        if name not in self.fields:
            message = f'Invalid request.\n\n"{name}" wasn\'t supplied.'
            raise ProblemError(422, message)
        value = self.maybe(name, kind)
        if value is None:
            raise self._wrong_type(name)
        return value

    def maybe(self, name: str, kind: type[T]) -> T | None:
        """Return a field that may be absent or null, but not of another type."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._wrong_type(name)
        return value

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return a text field with a fixed set of values."""
        value = self.maybe(name, str) or default
        if value not in allowed:
            raise invalid("Request", name, "invalid", f"{value!r} is not one of {list(allowed)}")
        return value

    def accepts(self, media: str) -> bool:
        """Whether the Accept header asks for a media type such as `diff` or `raw`."""
        accept = self.headers.get("accept", "")
        return f".{media}" in accept or accept.endswith(f"/{media}")

    def _wrong_type(self, name: str) -> ProblemError:
        message = (
            f"Invalid request.\n\nFor 'properties/{name}', {self.fields[name]!r} is not valid."
        )
        return ProblemError(422, message)

    # -- pages

    def page_bounds(self) -> tuple[int, int]:
        """(page, per_page) within GitHub's limits."""
        per_page = _positive(self.query.get("per_page"), USUAL_PAGE)
        return _positive(self.query.get("page"), 1), min(per_page, LARGEST_PAGE)

    def paged(self, items: Sequence[T]) -> Sequence[T]:
        """Return the asked-for page; sets the Link header."""
        page, per_page = self.page_bounds()
        last = max(1, -(-len(items) // per_page))
        links = {
            "prev": min(page - 1, last) if page > 1 else None,
            "next": page + 1 if page < last else None,
            "last": last if page < last else None,
            "first": 1 if page > 1 else None,
        }
        self.link({rel: {"page": str(to)} for rel, to in links.items() if to})
        return items[(page - 1) * per_page : page * per_page]

    def link(self, targets: Mapping[str, Mapping[str, str]]) -> None:
        """Set the Link header to this URL with changed query parameters."""
        if targets:
            here = f"{self.world.base_url}{self.path}"
            self.reply_headers["Link"] = ", ".join(
                f'<{here}?{urlencode({**self.query, **change})}>; rel="{rel}"'
                for rel, change in targets.items()
            )


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else default
