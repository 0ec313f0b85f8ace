"""`POST /api/v1/repos/OWNER/REPO/evidence`: a workflow run hands in what it measured."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Request, Response, jsonify, request

from app.core.readiness.submission import Submission, read_submission
from app.core.strict import UnreadableError
from app.errors import KeysUnavailableError, TokenRefusedError
from app.ports.identity import RunIdentity, RunTokens
from app.service.chatops.handing import Handing
from app.store.database import AWAY
from app.web.api.problems import ProblemError, answer_with_problems

MOST_BYTES = 100_000
_RETRY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class EvidenceDoor:
    """Who may hand evidence in: a run of the repository itself, by its OIDC token."""

    handing: Handing
    tokens: RunTokens

    def receive(self, full_name: str, incoming: Request) -> int:
        """Take evidence in and return how much is new; raises ProblemError."""
        run = self._run(full_name, incoming)
        given = _submission(incoming)
        try:
            count = self.handing.accept(run, given)
        except UnreadableError as error:
            raise _unreadable(error) from error
        except AWAY as error:
            raise _later("database-busy", "The database is busy; send it again later.") from error
        if count is None:
            detail = "The App is not installed on this repository."
            raise ProblemError(HTTPStatus.NOT_FOUND, "repository-unknown", detail)
        return count

    def _run(self, full_name: str, incoming: Request) -> RunIdentity:
        kind, _, token = incoming.headers.get("Authorization", "").partition(" ")
        if kind.casefold() != "bearer" or not token.strip():
            detail = "Send the run's OIDC token as `Authorization: Bearer …`."
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "token-missing", detail)
        try:
            run = self.tokens.identity(token.strip())
        except TokenRefusedError as error:
            detail = f"{str(error).capitalize()}."
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "token-refused", detail) from error
        except KeysUnavailableError as error:
            raise _later("issuer-unavailable", f"{str(error).capitalize()}.") from error
        if run.repository.casefold() != full_name.casefold():
            detail = "The token is that of a run of another repository."
            raise ProblemError(HTTPStatus.FORBIDDEN, "other-repository", detail)
        return run


def _later(kind: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, kind, detail, _RETRY_SECONDS)


def _submission(incoming: Request) -> Submission:
    if incoming.mimetype != "application/json":
        detail = "Evidence is sent as application/json."
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", detail)
    if incoming.content_length is None or incoming.content_length > MOST_BYTES:
        detail = f"The body must be at most {MOST_BYTES} bytes, and say how many."
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)
    try:
        return read_submission(incoming.get_data(cache=False))
    except UnreadableError as error:
        raise _unreadable(error) from error


def _unreadable(error: UnreadableError) -> ProblemError:
    detail = f"The evidence cannot be read: {error}."
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "evidence-unreadable", detail)


def evidence_blueprint(door: EvidenceDoor) -> Blueprint:
    """Return the route by which evidence is handed in."""
    blueprint = Blueprint("evidence", __name__, url_prefix="/api/v1")
    answer_with_problems(blueprint)

    @blueprint.post("/repos/<owner>/<repo>/evidence")
    def receive(owner: str, repo: str) -> tuple[Response, int]:
        return jsonify(new=door.receive(f"{owner}/{repo}", request)), HTTPStatus.CREATED

    return blueprint
