"""`/api/v1/repos/OWNER/REPO/pulls/NUMBER/commands`: a workflow run asks, and what it is answered.

Only a run that a person started by hand, of a workflow that the policy lists and the default branch
has, speaks for that person: in every other run somebody else's text could.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint, Request, Response, jsonify, request
from pydantic import Field, TypeAdapter

from app.core.canary.samples import Commit
from app.core.commands.codes import MEANING, Code
from app.core.readiness.reading import CLOSED
from app.core.strict import UnreadableError, read_unversioned
from app.ports.identity import RunIdentity
from app.service.chatops.petitions import EVENT, Petition, Petitions
from app.store.commands import Commented
from app.store.database import AWAY
from app.web.api.problems import ProblemError, answer_with_problems
from app.web.api.runs import Callers, json_body, later, unknown_repository

MOST_BYTES = 10_000
_BOT = "[bot]"
# As large as the columns that hold them: no larger number is anybody's.
_NUMBER = f"<int(max={2**31 - 1}):number>"
_RUN = f"<int(max={2**63 - 1}):run_id>"


@dataclass(frozen=True, slots=True)
class Order:
    """One command line, and the head of the pull request that was looked at for it."""

    command: Annotated[str, Field(pattern=r"^/[^\r\n\x00]{1,499}$")]
    sha: Commit


@cache
def _adapter() -> TypeAdapter[tuple[Order]]:
    return TypeAdapter(tuple[Order], config=CLOSED)


@dataclass(frozen=True, slots=True)
class CommandDoor:
    """Takes commands from runs, and says what became of them."""

    petitions: Petitions
    callers: Callers

    def ask(self, full_name: str, number: int, incoming: Request) -> Commented:
        """Keep a command; raises ProblemError."""
        run = self.callers.run(full_name, incoming)
        _check(run)
        asked = _petition(number, json_body(incoming, MOST_BYTES))
        try:
            kept = self.petitions.accept(run, asked)
        except AWAY as error:
            raise later("database-busy", "The database is busy; send it again later.") from error
        if kept is None:
            raise unknown_repository()
        if (kept.number, kept.body, kept.head_sha) != (number, asked.command, asked.head_sha):
            detail = "This run asked for something else before; a run asks once."
            raise ProblemError(HTTPStatus.CONFLICT, "asked-before", detail)
        return kept

    def tell(self, full_name: str, number: int, run_id: int, incoming: Request) -> Commented:
        """Return what became of a command; raises ProblemError."""
        run = self.callers.run(full_name, incoming)
        found = self.petitions.find(run.repository_id, run_id)
        if found is None or found.number != number:
            detail = "No run of this number asked for anything about this pull request."
            raise ProblemError(HTTPStatus.NOT_FOUND, "command-unknown", detail)
        return found


def _check(run: RunIdentity) -> None:
    """Refuse runs in which it is not the person who asks (trap T61: another attempt of a run)."""
    problem = None
    if run.event != EVENT or not run.ref.startswith("refs/heads/"):
        problem = "Only a workflow that a person starts by hand (`workflow_dispatch`) may ask."
    elif run.run_attempt != 1:
        problem = "Another attempt of a run may have been started by somebody else; start anew."
    elif run.called_ref:
        problem = "A workflow that is called by another one may not ask; ask from its caller."
    elif not run.actor_id or run.actor.endswith(_BOT):
        problem = "Bots give no commands."
    if problem is not None:
        raise ProblemError(HTTPStatus.FORBIDDEN, "run-not-trusted", problem)


def _petition(number: int, body: bytes) -> Petition:
    try:
        order = read_unversioned(body, _adapter())
    except UnreadableError as error:
        detail = f"The command cannot be read: {error}."
        kind = "command-unreadable"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, kind, detail) from error
    return Petition(number, order.sha, order.command)


def _shown(found: Commented) -> dict[str, Any]:
    return {
        "id": -found.comment_id,
        "command": found.body,
        "sha": found.head_sha,
        "by": found.author_login,
        "state": "pending" if found.code is None else "done",
        "code": found.code,
        "answers": list(_answers(found)),
    }


def _answers(found: Commented) -> Iterator[dict[str, str]]:
    """Yield what was said to each command, or why none of them was looked at."""
    for each in found.answers:
        yield {"code": each.code, "text": each.text}
    if not found.answers and found.code in set(Code):
        yield {"code": found.code, "text": MEANING[Code(found.code)]}


def commands_blueprint(door: CommandDoor) -> Blueprint:
    """Return the routes by which runs ask, and read what became of it."""
    blueprint = Blueprint("commands", __name__, url_prefix="/api/v1")
    answer_with_problems(blueprint)

    @blueprint.post(f"/repos/<owner>/<repo>/pulls/{_NUMBER}/commands")
    def ask(owner: str, repo: str, number: int) -> tuple[Response, int]:
        kept = door.ask(f"{owner}/{repo}", number, request)
        answer = jsonify(_shown(kept))
        answer.headers["Location"] = f"{request.path}/{-kept.comment_id}"
        return answer, HTTPStatus.ACCEPTED

    @blueprint.get(f"/repos/<owner>/<repo>/pulls/{_NUMBER}/commands/{_RUN}")
    def tell(owner: str, repo: str, number: int, run_id: int) -> Response:
        return jsonify(_shown(door.tell(f"{owner}/{repo}", number, run_id, request)))

    return blueprint
