"""One HTTP client for one installation on one thread: paging, ETags, retries, error translation."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import requests
from github import Auth, Github
from github.Requester import Requester

from app.errors import (
    ForbiddenError,
    GitHubError,
    GitHubUnavailableError,
    NotFoundError,
    RateLimitedError,
)
from app.github.connection import (
    MOVED,
    TARGET,
    TIMEOUT_SECONDS,
    Connection,
    connect,
    is_same_host,
)
from app.github.etags import EtagCache, Stored
from app.github.limits import limit_in
from app.github.meter import Meter

Json = Any
_PAGES_AT_MOST = 100
_PAGE = 100
_MOVES_AT_MOST = 3
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_YOUNG = timedelta(seconds=5)
_YOUNG_PAUSES = (1, 2, 4)
_PAUSES = (0.2, 1.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower-case names) and text of one response."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Json:
        """Parse the body; GitHub has no answer that is not JSON on the routes we use."""
        try:
            return json.loads(self.body) if self.body else None
        except json.JSONDecodeError as error:
            raise GitHubUnavailableError("GitHub's answer is not JSON", self.status) from error


@dataclass(frozen=True, slots=True)
class Shared:
    """What the clients of a process have in common."""

    base_url: str
    now: Callable[[], datetime]
    meter: Meter = field(default_factory=Meter)
    etags: EtagCache = field(default_factory=EtagCache)
    pause: Callable[[float], None] = time.sleep


def _requester(base_url: str, auth: Auth.Auth) -> Requester:
    # Pacing and retries are ours: PyGithub's sleep hidden in the worker and repeat POSTs.
    return Github(
        auth=auth,
        base_url=base_url,
        timeout=TIMEOUT_SECONDS,
        per_page=100,
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
        user_agent="gatewright",
    ).requester


@dataclass(slots=True)
class Client:
    """Speaks to GitHub with one credential; not for use by several threads at once.

    `refused` is told when GitHub does not know the credential any more.
    """

    shared: Shared
    auth: Auth.Auth = field(repr=False)
    installation_id: int = 0
    made_at: datetime | None = None
    refused: Callable[[], None] | None = None
    _requester: Requester = field(init=False, repr=False)
    _connection: Connection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build requester and connection once: connections are kept open."""
        self._requester = _requester(self.shared.base_url, self.auth)
        self._connection = connect(self.shared.base_url)

    def get(self, path: str, **parameters: str | int) -> Json:
        """Return the parsed answer, from our store when GitHub says it has not changed."""
        return self._get(_with_query(path, parameters)).json()

    def pages(self, path: str, key: str | None = None, **parameters: str | int) -> Iterator[Json]:
        """Yield the items of all pages; `key` names the list inside a wrapping object.

        Raises GitHubError rather than end early.
        """
        url = _with_query(path, {"per_page": _PAGE, **parameters})
        for _ in range(_PAGES_AT_MOST):
            answer = self._get(url)
            items = answer.json()[key] if key else answer.json()
            yield from items
            found = _NEXT.search(answer.headers.get("link", ""))
            if found is None:
                self._forget_full_page(url, len(items))
                return
            url = found[1]
        raise GitHubError(f"more than {_PAGES_AT_MOST} pages: the list was not read to its end")

    def _forget_full_page(self, url: str, length: int) -> None:
        """Read a full last page anew next time: it stays the same when another one follows."""
        if length >= _PAGE:
            self.shared.etags.forget((self.installation_id, url))

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Create something, once: a POST is never repeated blindly."""
        return self._checked("POST", path, body).json()

    def patch(self, path: str, body: Mapping[str, Any]) -> Json:
        """Change something; repeated on a passing fault, since the same change twice is one."""
        return self._repeated("PATCH", path, body).json()

    def append(self, path: str, body: Mapping[str, Any]) -> Json:
        """Change something that must not be changed twice: a PATCH that is never repeated."""
        return self._checked("PATCH", path, body).json()

    def _get(self, url: str) -> Answer:
        self._check_quota()
        key = (self.installation_id, url)
        stored = self.shared.etags.get(key)
        headers = {"If-None-Match": stored.etag} if stored else {}
        answer = self._repeated("GET", url, None, headers)
        if answer.status == HTTPStatus.NOT_MODIFIED and stored is not None:
            return Answer(200, stored.headers, stored.body)
        etag = answer.headers.get("etag")
        if etag:
            link = {"link": answer.headers["link"]} if "link" in answer.headers else {}
            self.shared.etags.put(key, Stored(etag, answer.body, link))
        return answer

    def _repeated(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        for pause in _PAUSES:
            try:
                return self._checked(method, url, body, headers)
            except GitHubUnavailableError as error:
                if error.status == HTTPStatus.UNAUTHORIZED:
                    raise
                self.shared.pause(pause)
        return self._checked(method, url, body, headers)

    def _checked(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = self._send(method, url, body, headers)
        if answer.status == HTTPStatus.UNAUTHORIZED and self._is_young():
            answer = self._retry_young(method, url, body, headers)
        if answer.status == HTTPStatus.UNAUTHORIZED and self.refused is not None:
            self.refused()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise self._error(method, url, answer)
        return answer

    def _send(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        """Send a request to wherever GitHub has moved the resource; all moves repeat it as it is.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        """
        for _ in range(_MOVES_AT_MOST):
            answer = self._send_once(method, url, body, headers)
            target = answer.headers.get(TARGET)
            if answer.status not in MOVED or target is None:
                return answer
            if not is_same_host(self.shared.base_url, target):
                raise GitHubError(f"GitHub redirected {method} {_shown(url)} to another host")
            url = target
        raise GitHubError(f"GitHub redirected {method} {_shown(url)} too often")

    def _send_once(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        plain = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        try:
            status, got, text = self._requester.requestJson(
                method,
                url,
                headers={**plain, **(headers or {})},
                input=body,
                cnx=self._connection,
            )
        except (requests.RequestException, RuntimeError) as error:
            raise GitHubUnavailableError(
                f"GitHub did not answer {method} {_shown(url)} ({type(error).__name__})"
            ) from error
        self.shared.meter.count(method, status)
        self._note_quota(got)
        return Answer(status, got, text)

    def _note_quota(self, headers: Mapping[str, str]) -> None:
        remaining = headers.get("x-ratelimit-remaining", "")
        reset = headers.get("x-ratelimit-reset", "")
        if remaining.isdigit():
            until = datetime.fromtimestamp(int(reset), UTC) if reset.isdigit() else None
            self.shared.meter.note_remaining(self.installation_id, int(remaining), until)

    def _check_quota(self) -> None:
        """Give the job back while only the reserve is left, rather than run into the limit."""
        until = self.shared.meter.exhausted_until(self.installation_id, self.shared.now())
        if until is not None:
            raise RateLimitedError(until + timedelta(seconds=1), "primary")

    def _is_young(self) -> bool:
        return self.made_at is not None and self.shared.now() - self.made_at < _YOUNG

    def _retry_young(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        """Wait and ask again: a token may be refused for some seconds after it was made."""
        *pauses, last = _YOUNG_PAUSES
        for pause in pauses:
            self.shared.pause(pause)
            answer = self._send(method, url, body, headers)
            if answer.status != HTTPStatus.UNAUTHORIZED:
                return answer
        self.shared.pause(last)
        return self._send(method, url, body, headers)

    def _error(self, method: str, url: str, answer: Answer) -> GitHubError:
        limit = limit_in(answer.status, answer.headers, answer.body, self.shared.now())
        if limit is not None:
            return limit
        said = _message(answer.body)
        text = f"GitHub answered {answer.status} to {method} {_shown(url)}: {said}"
        if answer.status in (404, 410):
            return NotFoundError(text, answer.status)
        if answer.status == HTTPStatus.UNAUTHORIZED and self.refused is not None:
            # The next client gets a new token, so this passes by itself.
            return GitHubUnavailableError(text, answer.status)
        if answer.status in (401, 403, 451):
            return ForbiddenError(text, answer.status)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return GitHubUnavailableError(text, answer.status)
        return GitHubError(text, answer.status)


def _with_query(path: str, parameters: Mapping[str, str | int]) -> str:
    return Requester.add_parameters_to_url(path, dict(parameters)) if parameters else path


def _shown(url: str) -> str:
    path = url.partition("?")[0]
    return path[path.index("/", 8) :] if path.startswith("http") else path


def _message(body: str) -> str:
    """Return GitHub's own sentence; never the whole body, which may quote what was sent."""
    try:
        said = json.loads(body)
    except json.JSONDecodeError:
        return "no reason given"
    message = said.get("message") if isinstance(said, dict) else None
    return " ".join(message.split())[:200] if isinstance(message, str) else "no reason given"
