"""`/simulate` and `--dry-run`: everything that would stop a command, at once, and nothing done."""

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from app.core.canary.verdict import Result as Judged
from app.core.commands.command import Command
from app.core.deploy.observed import Result
from app.core.deploy.states import State
from app.core.text import code_span, markdown
from app.service.chatops.asked import Answer, Asked, done
from app.service.chatops.deploying.fence import Fence
from app.service.chatops.deploying.observer import Observer, View
from app.store import deployments
from app.store.deployments import Stored


def rehearse(asked: Asked, command: Command, made: Stored, connection: sa.Connection) -> Answer:
    """Look at a deployment that nobody asked for as if it had just got the environment."""
    past = deployments.history(connection, made.repository_id)
    found = Fence(asked.scene, made.environment).measured(made, past)
    stored = replace(made, state=State.GATING, schema=found.count, floor=found.floor)
    view = Observer(asked.scene, stored, past, asked.now, asked.scene.app_id).view()
    lines = list(_lines(view))
    head = f"Nothing was done. {code_span(command.written())} for {code_span(made.sha)}:"
    return done(command, "\n".join((head, "", *lines)), code="simulated")


def _lines(view: View) -> Iterator[str]:
    stops = [
        f"- stops: {code_span(each.code)} {markdown(each.detail)}".rstrip()
        for each in view.objections
    ]
    yield from stops
    gates = view.observed.gates
    if view.merge is Result.FAIL:
        yield "- stops: the merge gates do not pass on this commit"
    if view.merge is Result.INCONCLUSIVE:
        yield "- waits: the merge gates have not decided about this commit"
    if view.readiness is not None and gates is not Result.PASS:
        report = view.readiness.report
        verb = "stops" if report.result is Judged.FAIL else "waits"
        yield f"- {verb}: {markdown(report.title)} (`/gates` shows every gate)"
    approvals = view.observed.approvals
    if not approvals.suffice:
        yield f"- waits: {approvals.needed} people have to approve"
    obstacle = view.observed.obstacle
    if obstacle is not None:
        yield f"- waits: {code_span(obstacle.code)} {markdown(obstacle.detail)}"
    fence = view.observed.fence
    if fence is not None:
        yield f"- cannot be taken back automatically: {markdown(fence.detail)}"
    if not stops and gates is Result.PASS and approvals.suffice and obstacle is None:
        yield "- nothing stands in the way"


def simulated(command: Command, answer: Answer) -> Answer:
    """Return what a command would be answered, without what it would write."""
    text = f"Nothing was done. {code_span(command.written())} would be answered:\n\n"
    reply = replace(answer.reply, text=f"{text}{answer.reply.text}")
    return Answer("simulated", reply, command.verb, command.environment or "")
