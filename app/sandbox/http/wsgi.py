"""The door itself: REST, git and control behind one port, with faults in front."""

import json
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from app.sandbox.acts import oidc
from app.sandbox.control.remote import Control
from app.sandbox.http.faults import HOLD_AT_MOST_SECONDS, Fault, FaultKind, Faults
from app.sandbox.http.rest import JSON, Answer, Rest, parsed_body
from app.sandbox.http.smart_git import SmartGit
from app.sandbox.problems import ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL = "/_sandbox/"


class Door:
    """The WSGI application."""

    def __init__(self, rest: Rest, git: SmartGit, control: Control, faults: Faults) -> None:
        self._rest = rest
        self._git = git
        self._control = control
        self._faults = faults

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return self._control.serve(request)
        if request.path == oidc.JWKS:
            return self._keys()
        if self._git.wants(request):
            return self._git.serve(request)
        answer = self._rest_answer(request)
        response = Response(answer.content, answer.status, answer.headers)
        response.headers["Content-Type"] = JSON if answer.json is not None else answer.media
        response.headers["X-GitHub-Request-Id"] = secrets.token_hex(10).upper()
        response.headers["X-GitHub-Media-Type"] = f"github.v3; format={_format(answer.media)}"
        return response

    def _keys(self) -> Response:
        """Publish the keys of workflow tokens, as another service of GitHub's does."""
        with self._rest.world.lock:
            keys = oidc.jwks(self._rest.world)
        return Response(json.dumps(keys), content_type=JSON)

    def _rest_answer(self, request: Request) -> Answer:
        fault = self._faults.take(request.method, request.path)
        answer = self._early(fault, request) or self._rest.serve(request)
        if fault is not None and fault.kind is FaultKind.AFTER:
            answer = self._rest.refuse(ProblemError(fault.status, "Server Error"), answer.actor)
        self._rest.log(request, _quiet_body(request), answer)
        return answer

    def _early(self, fault: Fault | None, request: Request) -> Answer | None:
        """Return the answer of a fault that strikes before any work is done."""
        if fault is None or fault.kind is FaultKind.AFTER:
            return None
        if fault.kind is FaultKind.HOLD:
            fault.reached.set()
            fault.released.wait(HOLD_AT_MOST_SECONDS)
            return None
        if fault.kind is FaultKind.STALE:
            return self._rest.previous(request)
        return self._rest.refuse(_problem(fault))


def _format(media: str) -> str:
    """Read the part of a media type that chooses the form of the answer."""
    return media.partition(";")[0].rpartition(".")[2].removeprefix("application/")


def _problem(fault: Fault) -> ProblemError:
    if fault.kind is FaultKind.SECONDARY_LIMIT:
        message = "You have exceeded a secondary rate limit. Please wait a few minutes."
        return ProblemError(403, message, headers={"Retry-After": str(fault.retry_after)})
    if fault.kind is FaultKind.PRIMARY_LIMIT:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000"}
        headers |= {"X-RateLimit-Limit": "5000", "X-RateLimit-Resource": "core"}
        headers["X-RateLimit-Reset"] = str(fault.reset)
        return ProblemError(403, "API rate limit exceeded for installation.", headers=headers)
    return ProblemError(fault.status, "Server Error")


def _quiet_body(request: Request) -> Any:
    """Return the body for the log; what cannot be read is logged as none."""
    try:
        return parsed_body(request)
    except ProblemError:
        return None
