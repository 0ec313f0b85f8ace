"""A deployment asked for at the server: the same decision as for a comment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import sleep
from typing import Any

from app.action.deploying import Order
from app.action.job import InputError, Inputs, Runner
from app.action.parts import utc_now
from app.action.report import SCHEMA, Report
from app.action.server import Server, server_from
from app.core.text import code_span, shorten, visible
from app.core.verdict import Outcome

_ENVIRONMENT = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._/@:+-]{0,99}\Z")
_TAKEN = "requested"
_PAUSE = timedelta(seconds=3)
_PATIENCE = timedelta(minutes=2)
_TITLE_BYTES = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `code` is None as long as it has not worked on it."""

    run_id: int
    code: str | None
    texts: tuple[str, ...]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Answer":
        """Read the server's document."""
        code = found.get("code")
        texts = (str(each.get("text", "")) for each in found.get("answers") or ())
        return cls(int(found["id"]), str(code) if code else None, tuple(texts))


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether a server is named."""
    return bool(environment.get("GATEWRIGHT_SERVER", "").strip())


def asked(runner: Runner, inputs: Inputs, order: Order, environment: Mapping[str, str]) -> Report:
    """Ask for the deployment and wait until it is taken or refused; the App carries it out."""
    if inputs.pull_request is None:
        raise InputError("a server is asked about a pull request; set `pull-request`")
    if not _ENVIRONMENT.match(order.environment):
        raise InputError("`environment` must be a name or alias of the policy's environments")
    server = server_from(environment, runner.repository, inputs.pull_request)
    answer = _answer(server, order, max(inputs.wait, _PATIENCE))
    return _report(answer, order, inputs.pull_request)


def _answer(server: Server, order: Order, patience: timedelta) -> Answer:
    found = server.ask(f"/deploy {order.environment}", order.sha)
    until = utc_now() + patience
    answer = Answer.of(found)
    while answer.code is None and utc_now() + _PAUSE <= until:
        sleep(_PAUSE.total_seconds())
        answer = Answer.of(server.told(found))
    return answer


def _report(answer: Answer, order: Order, number: int) -> Report:
    """Say what became of it; never GO, since the App itself deploys."""
    verdict, title = _verdict(answer)
    request = f"req-r{answer.run_id}" if answer.code == _TAKEN else ""
    head = f"## Gatewright: {code_span(f'/deploy {order.environment}')} for #{number}"
    said = "\n\n".join(answer.texts) or title
    return Report(
        verdict=verdict,
        title=title,
        summary=f"{head} at {code_span(order.sha[:12])}\n\n{said}",
        document={
            "schema": SCHEMA,
            "sha": order.sha,
            "environment": order.environment,
            "pull_request": number,
            "code": answer.code,
            "answers": list(answer.texts),
        },
        findings=int(verdict is not Outcome.PASS),
        extra={"decision": "", "failed": "[]", "request": request},
    )


def _verdict(answer: Answer) -> tuple[Outcome, str]:
    if answer.code is None:
        return Outcome.ERROR, "The server has the request and has not answered it yet"
    if answer.code == _TAKEN:
        return Outcome.PASS, "Requested: the App goes on by itself, and says so in the pull request"
    first = (answer.texts[0] if answer.texts else "").strip().partition("\n")[0]
    return (
        Outcome.FAIL,
        f"Refused ({visible(answer.code)}): {shorten(visible(first), _TITLE_BYTES)}",
    )
