"""The status comment of an environment, as people read it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from app.core.commands.sign_offs import Discounted
from app.core.deploy.observed import Kind, Result
from app.core.deploy.states import STATES, State
from app.core.gates.wording import listed
from app.core.text import code_span, markdown, quoted, table_cell
from app.service.chatops.deploying.aftercare import reminders
from app.service.chatops.deploying.approvals import Agreement
from app.service.chatops.deploying.observer import View
from app.service.chatops.deploying.switches import ASKED, OFF
from app.service.chatops.ordering.loan_page import shown
from app.service.chatops.proving import readiness_page, watch_page
from app.service.incidents.words import line
from app.store.deployments import Step, Stored

_MARKS = {
    State.SUCCEEDED: "✅",
    State.ROLLING_BACK: "⏪",
    State.REVIEW_REQUIRED: "⏪",
    State.CLEARED: "⏪",
    State.ROLLBACK_FAILED: "🚨",
    State.BLOCKED: "⛔",
    State.REFUSED: "⛔",
    State.REJECTED: "⛔",
    State.FAILED: "❌",
}
_NEXT = {
    State.AWAITING_APPROVAL: "Somebody who may approve posts `/approve {id} {sha}`.",
    State.BLOCKED: "Mend what stopped it, then post `/deploy {env}` again.",
    State.REFUSED: "Mend what stopped it, then post `/deploy {env}` again.",
    State.SUPERSEDED: "Look at the new commits, then post `/deploy {env}` again.",
    State.EXPIRED: "Post `/deploy {env}` again if it still holds.",
    State.FAILED: "Look at the run, mend it, then post `/deploy {env}` again.",
    State.CANARY: "`/pause {env}` keeps it as it is, `/abort {env}` takes it back.",
    State.HELD_SHADOW: "`/promote {env}` gives it to everybody, `/abort {env}` takes it back.",
    State.WATCHING: "If something is wrong, post `/abort {env}`.",
    State.SUCCEEDED: 'To take it back, post `/rollback {env} --reason "…"`.',
    State.ROLLBACK_FAILED: "People have to act now: the version before is not back.",
}
_NOT_BEGUN = (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED, State.GATING)
_OPEN_DOOR = (
    "The App's protection rule is not enabled in this environment, so that a workflow can deploy "
    "there without asking. Maintainers enable it under Settings · Environments."
)
_CLOSED = (
    "The environment is closed until somebody at L4 reviews the incident; "
    "`/review {incident}` is answered with the form."
)


def page(stored: Stored, view: View, steps: Sequence[Step]) -> str:
    """Return the comment in Markdown: state, version, what stands in the way, the next step."""
    return "\n\n".join(part for part in _parts(stored, view, steps) if part)


def quiet(view: View) -> View:
    """Return a view without the numbers that change every minute."""
    return replace(view, watch=None, readiness=None)


def outline(view: View) -> str:
    """Return what of those numbers has to change for the comment to be edited."""
    report = view.readiness.report if view.readiness else None
    return watch_page.outline(view.watch) + readiness_page.outline(report)


def _parts(stored: Stored, view: View, steps: Sequence[Step]) -> Iterator[str]:
    what = "Rollback of" if stored.kind is Kind.ROLLBACK else "Deployment to"
    words = stored.state.value.replace("_", " ")
    mark = _MARKS.get(stored.state, "🔷")
    yield f"### {mark} {what} {quoted(stored.environment)}: {words}"
    why = code_span(stored.ended_by) if stored.ended_by else ""
    detail = f" {quoted(stored.detail)}" if stored.detail else ""
    yield (
        f"Commit {code_span(stored.sha)}, request {code_span(stored.id)} "
        f"by {quoted(stored.requested_login)}. {why}{detail}".strip()
    )
    yield _table(stored, view)
    yield readiness_page.readiness(view.readiness.report if view.readiness else None)
    yield watch_page.measured(view.watch)
    yield "\n".join(_objections(stored, view))
    yield "\n".join(_lent(view))
    yield "\n\n".join(reminders(stored, view.care))
    yield from _next(stored, view)
    yield _trail(steps)


def _table(stored: Stored, view: View) -> str:
    rows = list(_rows(stored, view))
    if not rows:
        return ""
    lines = [f"| {name} | {state} | {table_cell(detail)} |" for name, state, detail in rows]
    return "\n".join(("| check | result | |", "| --- | --- | --- |", *lines))


def _rows(stored: Stored, view: View) -> Iterator[tuple[str, str, str]]:
    agreed = view.agreement
    if agreed is not None and agreed.needed:
        counted = agreed.counted
        result = "pass" if counted.suffice else "waiting"
        yield "approvals", result, f"{counted.given} of {counted.needed}{missing(agreed)}"
    if view.merge is not None:
        meaning = {
            Result.PASS: "The merge gates pass on this commit.",
            Result.FAIL: "The merge gates do not pass on this commit.",
            Result.INCONCLUSIVE: "The merge gates have not decided about this commit yet.",
        }
        yield "merge gates", view.merge.value, meaning[view.merge]
    if stored.paused_by is not None and not STATES[stored.state].is_final:
        resume = code_span(f"/resume {stored.environment}")
        yield "canary", "paused", f"by {quoted(stored.paused_by)}; {resume} lets it go on"
    if stored.flag:
        is_known = stored.flag in (ASKED, OFF)
        yield "flag", stored.flag if is_known else "failed", "" if is_known else stored.flag
    fence = view.observed.fence
    if fence is not None and stored.state in _NOT_BEGUN:
        what = f"cannot be taken back automatically: {markdown(fence.detail)}"
        yield "rollback", "by people", f"{code_span(str(fence.code))} {what}"
    yield from _waits(stored, view)


def _waits(stored: Stored, view: View) -> Iterator[tuple[str, str, str]]:
    """Yield what people should know before it begins."""
    if view.unguarded:
        yield "other door", "open", _OPEN_DOOR
    held = view.observed.held
    if stored.state is State.AWAITING_APPROVAL and held is not None:
        yield "hold", "waiting", f"{code_span(str(held.code))} {markdown(held.detail)}"
    obstacle = view.observed.obstacle
    if stored.state is State.QUEUED and obstacle is not None:
        yield "turn", "waiting", f"{code_span(str(obstacle.code))} {markdown(obstacle.detail)}"


def missing(agreed: Agreement) -> str:
    """Say who is still missing, and whose word does not count."""
    tally = agreed.tally
    roles = f"; still needed: {listed(tally.missing_roles)}" if tally.missing_roles else ""
    leads = f"; one of them at {agreed.lead.label}" if tally.missing_leads else ""
    return f"{roles}{leads}{''.join(map(_discounted, tally.discounted))}"


def _discounted(each: Discounted) -> str:
    approver = each.approval.approver
    who = quoted(approver.login) if approver else "somebody"
    return f"; {who} does not count ({code_span(each.code.value)})"


def _objections(stored: Stored, view: View) -> Iterator[str]:
    if stored.state in (State.REQUESTED, State.REFUSED, State.BLOCKED) and view.objections:
        yield "What stands in the way:\n"
        for each in view.objections:
            detail = f" {markdown(each.detail)}" if each.detail else ""
            yield f"- {code_span(str(each.code))}{detail}"


def _lent(view: View) -> Iterator[str]:
    """Say which gates were lent: those that count now, and those without which it had not begun."""
    lent = {each.id: each for each in (*view.lent, *(each.loan for each in view.care.used))}
    for each in lent.values():
        yield f"Lent: {shown(each)}"


def _next(stored: Stored, view: View) -> Iterator[str]:
    names = {"id": stored.id, "sha": stored.sha[:7], "env": stored.environment}
    is_back = stored.kind is Kind.ROLLBACK and stored.state is State.SUCCEEDED
    if stored.state in _NEXT and not is_back:
        yield _NEXT[stored.state].format(**names)
    if view.incident is not None:
        yield _CLOSED.format(incident=view.incident.id)
        yield line(view.incident)


def _trail(steps: Sequence[Step]) -> str:
    body = "\n".join(map(_step, steps))
    return f"<details><summary>Steps</summary>\n\n{body}\n\n</details>"


def _step(each: Step) -> str:
    words = each.state.value.replace("_", " ")
    why = f" ({code_span(each.code)})" if each.code else ""
    detail = f" {quoted(each.detail)}" if each.detail else ""
    return f"- {_clock(each.at)} {words}{why}{detail}"


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
