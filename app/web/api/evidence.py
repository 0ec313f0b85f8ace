"""`POST /api/v1/repos/OWNER/REPO/evidence`: a workflow run hands in what it measured."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Request, Response, jsonify, request

from app.core.readiness.submission import read_submission
from app.core.strict import UnreadableError
from app.service.chatops.proving.handing import Handing
from app.store.database import AWAY
from app.web.api.problems import ProblemError, answer_with_problems
from app.web.api.runs import Callers, json_body, later, unknown_repository

MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class EvidenceDoor:
    """Takes evidence from runs of the repository itself."""

    handing: Handing
    callers: Callers

    def receive(self, full_name: str, incoming: Request) -> int:
        """Take evidence in and return how much is new; raises ProblemError."""
        run = self.callers.run(full_name, incoming)
        body = json_body(incoming, MOST_BYTES)
        try:
            count = self.handing.accept(run, read_submission(body))
        except UnreadableError as error:
            detail = f"The evidence cannot be read: {error}."
            kind = "evidence-unreadable"
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, kind, detail) from error
        except AWAY as error:
            raise later("database-busy", "The database is busy; send it again later.") from error
        if count is None:
            raise unknown_repository()
        return count


def evidence_blueprint(door: EvidenceDoor) -> Blueprint:
    """Return the route by which evidence is handed in."""
    blueprint = Blueprint("evidence", __name__, url_prefix="/api/v1")
    answer_with_problems(blueprint)

    @blueprint.post("/repos/<owner>/<repo>/evidence")
    def receive(owner: str, repo: str) -> tuple[Response, int]:
        return jsonify(new=door.receive(f"{owner}/{repo}", request)), HTTPStatus.CREATED

    return blueprint
