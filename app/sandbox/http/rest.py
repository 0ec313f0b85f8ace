"""Serving one REST request from route to answer."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request

from app.errors import GitError
from app.sandbox.hooks.courier import Courier
from app.sandbox.http import access, quota
from app.sandbox.http.actors import NOBODY, Actor, identify
from app.sandbox.http.call import Call
from app.sandbox.http.journal import Entry, Journal
from app.sandbox.http.routing import Reply, Route, Router
from app.sandbox.problems import DOCUMENTATION, ProblemError, not_found
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

_BY_ID = re.compile(r"/repositories/(\d+)(/.*)?")
_BY_NAME = re.compile(r"/repos/([^/]+/[^/]+)(/.*)?")
JSON = "application/json; charset=utf-8"
# Endpoints whose answers cost nothing.
_FREE = {"/rate_limit"}


@dataclass(slots=True)
class Answer:
    """What goes back over the wire, with what the log wants to know."""

    status: int
    content: bytes = b""
    media: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    template: str | None = None
    path: str = ""
    actor: Actor = NOBODY
    json: Any = None


class Rest:
    """The REST API over a world."""

    def __init__(self, world: World, courier: Courier, router: Router) -> None:
        self.world = world
        self.courier = courier
        self.router = router
        self.quota = quota.Quota()
        self.journal = Journal()
        self._last: dict[tuple[str, str], Answer] = {}

    def serve(self, request: Request) -> Answer:
        """Answer one request under the world's lock."""
        with self.world.lock:
            answer = self._serve(request)
            if request.method == "GET":
                self._last[_question(request)] = answer
            return answer

    def previous(self, request: Request) -> Answer | None:
        """Return what the caller was told the last time, as a lagging replica would."""
        return self._last.get(_question(request))

    def refuse(self, problem: ProblemError, actor: Actor = NOBODY) -> Answer:
        """Return an error answer."""
        return self._answer(Reply(problem.status, problem.body()), actor, dict(problem.headers))

    def log(self, request: Request, body: Any, answer: Answer) -> None:
        """Note the request."""
        entry = Entry(
            method=request.method,
            path=request.path,
            template=answer.template,
            query=request.args.to_dict(),
            body=body,
            status=answer.status,
            actor=answer.actor.name,
            plain_path=answer.path or request.path,
            answer=answer.json,
            media=answer.media.partition(";")[0].removesuffix("+json"),
        )
        self.journal.add(entry)

    def _serve(self, request: Request) -> Answer:
        actor = NOBODY
        try:
            actor = identify(self.world, request.headers.get("Authorization"))
            self._check_budget(actor, request.path)
            answer = self._dispatch(request, actor)
        except ProblemError as problem:
            answer = self.refuse(problem, actor)
        except GitError as error:
            answer = self.refuse(ProblemError(500, f"Server Error: {error}"), actor)
        answer.path = self._plain_path(request.path)
        found = self.router.find(request.method, answer.path)
        answer.template = found[0].template if found else None
        answer.actor = actor
        if found is not None and actor.token is not None:
            accepted = found[0].needs.replace(":", "=").replace("|", "; ")
            answer.headers["X-Accepted-GitHub-Permissions"] = accepted
        self._finish(request, answer)
        return answer

    def _dispatch(self, request: Request, actor: Actor) -> Answer:
        moved = self._moved(request)
        if moved is not None:
            return moved
        path = self._plain_path(request.path)
        found = self.router.find(request.method, path)
        if found is None:
            raise not_found()
        route, params = found
        access.check_kind(route, actor)
        call = Call(
            world=self.world,
            courier=self.courier,
            quota=self.quota,
            method=request.method,
            path=path,
            params=params,
            query=request.args.to_dict(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=parsed_body(request),
            actor=actor,
            found_repo=self._repo(route, params, actor),
        )
        result = route.handler(call)
        reply = result if isinstance(result, Reply) else Reply(body=result)
        return self._answer(reply, actor, call.reply_headers)

    def _repo(self, route: Route, params: dict[str, str], actor: Actor) -> Repo | None:
        """Return the repository of the path, once the caller's rights on it are checked."""
        if route.auth == "app":
            return None
        if not {"owner", "repo"} <= set(params):
            access.check_org(route, actor)
            return None
        repo = self.world.repo(f"{params['owner']}/{params['repo']}")
        if repo is None:
            raise not_found()
        access.check_repo(self.world, route, actor, repo)
        return repo

    def _plain_path(self, path: str) -> str:
        """`/repositories/{id}/…` is `/repos/{owner}/{repo}/…`."""
        found = _BY_ID.fullmatch(path)
        repo = self.world.repos.get(int(found[1])) if found else None
        return f"/repos/{repo.full_name}{found[2] or ''}" if found and repo else path

    def _moved(self, request: Request) -> Answer | None:
        """Redirect from a former name to the id."""
        found = _BY_NAME.fullmatch(request.path)
        if found is None or self.world.repo(found[1]) is not None:
            return None
        key = self.world.former_names.get(found[1].lower())
        if key is None or key not in self.world.repos:
            return None
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        target = f"{self.world.base_url}/repositories/{key}{found[2] or ''}{query}"
        status = 301 if request.method == "GET" else 307
        body = {"message": "Moved Permanently", "url": target, "documentation_url": DOCUMENTATION}
        return self._answer(Reply(status, body), NOBODY, {"Location": target})

    def _check_budget(self, actor: Actor, path: str) -> None:
        budget = self.quota.of(actor, self.world.now())
        if path in _FREE:
            return
        if budget.remaining <= 0:
            raise ProblemError(403, f"API rate limit exceeded for {actor.name}.")
        budget.used += 1

    def _answer(self, reply: Reply, actor: Actor, headers: dict[str, str]) -> Answer:
        if reply.text is not None:
            text = reply.text
            content = text if isinstance(text, bytes) else text.encode()
            return Answer(reply.status, content, reply.media, headers, actor=actor)
        has_body = reply.body is not None
        content = json.dumps(reply.body, separators=(",", ":")).encode() if has_body else b""
        return Answer(reply.status, content, reply.media, headers, actor=actor, json=reply.body)

    def _finish(self, request: Request, answer: Answer) -> None:
        """ETag, 304 and the headers that every answer has."""
        budget = self.quota.of(answer.actor, self.world.now())
        if request.method == "GET" and answer.status == 200 and answer.content:  # noqa: PLR2004
            tag = f'W/"{hashlib.sha256(answer.content).hexdigest()}"'
            answer.headers["ETag"] = tag
            if tag in request.headers.get("If-None-Match", ""):
                answer.status, answer.content, answer.json = 304, b"", None
                budget.used = max(0, budget.used - 1)
        answer.headers = quota.headers(budget) | answer.headers


def _question(request: Request) -> tuple[str, str]:
    return request.headers.get("Authorization", ""), request.full_path


def parsed_body(request: Request) -> Any:
    """Return the JSON body, None when there is none; what is not JSON is refused."""
    raw = request.get_data()
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ProblemError(400, "Problems parsing JSON") from error
