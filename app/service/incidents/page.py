"""An incident as its issue shows it: what, where, how far, what next, and the course of it."""

import json
from collections.abc import Iterator
from datetime import datetime

from app.core.deploy.states import State
from app.core.incidents.life import Phase
from app.core.text import code_span, markdown, quoted, shorten, table_cell, visible
from app.service.incidents.dossier import Dossier
from app.store.deployments import Step, Stored
from app.store.incidents import Event, Incident, What

MOST_ROWS = 200
_MARKS = {
    Phase.OPEN: "🔥",
    Phase.ACKNOWLEDGED: "🧯",
    Phase.MITIGATED: "🩹",
    Phase.REVIEWED: "✅",
}
_EARLY = (
    State.REQUESTED,
    State.AWAITING_APPROVAL,
    State.QUEUED,
    State.GATING,
)


def title(seen: Incident) -> str:
    """Return the title of the issue; a title knows no markup, and hidden letters are shown."""
    what = visible(seen.title).replace("@", "(at)")
    return f"[{seen.severity.value}] {seen.environment}: {shorten(what, 160)} ({seen.id})"


def marker(seen: Incident) -> str:
    """Return what our issue, or our page in somebody's issue, is found by again."""
    return f"<!-- gatewright:incident:{seen.id} -->"


def body(found: Dossier, *, is_closed: bool) -> str:
    """Return the issue in Markdown; the marker comes first, where nothing cuts it off."""
    seen = found.incident
    mark, words = _MARKS[seen.phase], seen.phase.value
    head = f"### {mark} {code_span(seen.id)} {seen.severity.value}: {words}"
    parts = (
        marker(seen),
        head,
        _facts(found),
        next_step(found, is_closed=is_closed),
        _course(found),
        "Closing this issue changes nothing; the review does.",
    )
    return "\n\n".join(part for part in parts if part)


def _facts(found: Dossier) -> str:
    rows = [f"| {name} | {table_cell(value)} |" for name, value in _facts_of(found)]
    return "\n".join(("| | |", "| --- | --- |", *rows))


def _facts_of(found: Dossier) -> Iterator[tuple[str, str]]:
    seen = found.incident
    yield "what", markdown(seen.title)
    yield "environment", quoted(seen.environment)
    bad = found.caused_by
    if bad is not None:
        pull = f" of #{bad.number}" if bad.number else ""
        yield "deployment", f"{code_span(bad.id)}{pull} by {quoted(bad.requested_login)}"
        yield "version", code_span(bad.sha)
        yield "state", bad.state.value.replace("_", " ")
    if seen.source_number:
        yield "reported in", f"#{seen.source_number}"
    yield "first signal", clock(seen.opened_at)
    yield "known since", clock(seen.detected_at)
    yield "taken on", _taken(seen)
    yield "traffic back", clock(seen.mitigated_at) if seen.mitigated_at else "not yet"
    if seen.resolved_at is not None:
        fix = f", fixed by {code_span(seen.fix)}" if seen.fix else ""
        yield "reviewed", f"{clock(seen.resolved_at)}{fix}"


def _taken(seen: Incident) -> str:
    if seen.acknowledged_at is None:
        return "by nobody yet"
    return f"by {quoted(seen.acknowledged_login)} at {clock(seen.acknowledged_at)}"


def next_step(found: Dossier, *, is_closed: bool) -> str:
    """Return what people do next, with the exact command."""
    seen, lines = found.incident, []
    if seen.resolved_at is not None:
        return "**Nothing is left to do.**"
    if any(each.state is State.ROLLBACK_FAILED for each in found.rows):
        lines.append("**Bring the earlier version back by hand now**: the rollback did not work.")
    if seen.acknowledged_at is None:
        lines.append(f"Whoever looks after it says so, here or on the pull request:\n\n"
                     f"```text\n/ack {seen.id}\n```")  # fmt: skip
    shut = f"{quoted(seen.environment)} is closed until then. " if is_closed else ""
    lines.append(
        f"Once it is understood, somebody at L4 who did not deploy it posts the review. {shut}"
        f"This command is answered with the form:\n\n```text\n/review {seen.id}\n```"
    )
    return "\n\n".join(lines)


def _course(found: Dossier) -> str:
    told = sorted((*_of_events(found), *_of_steps(found)), key=lambda row: row[0])
    left_out = f"- … {len(told) - MOST_ROWS} earlier ones\n" if len(told) > MOST_ROWS else ""
    rows = "\n".join(f"- {clock(at)} {text}" for at, text in told[-MOST_ROWS:])
    return f"#### Course (UTC)\n\n{left_out}{rows}"


def _of_steps(found: Dossier) -> Iterator[tuple[datetime, str]]:
    for row, step in found.steps:
        if step.state not in _EARLY:
            yield step.at, _step(row, step)


def _step(row: Stored, step: Step) -> str:
    why = f" ({code_span(step.code)})" if step.code else ""
    detail = f" {quoted(step.detail)}" if step.detail else ""
    return f"{code_span(row.id)} {step.state.value.replace('_', ' ')}{why}{detail}"


def _of_events(found: Dossier) -> Iterator[tuple[datetime, str]]:
    for each in found.events:
        text = _words(each)
        if text:
            yield each.at, text


def _words(each: Event) -> str:
    who = quoted(each.by_login) if each.by_login else ""
    if each.what is What.ALERT:
        told = json.loads(each.detail)
        source = each.ref.partition(":")[0]
        return f"alert of {quoted(source)}, {told['severity']}: {markdown(told['title'])}"
    plain = {
        What.OPENED: "the incident began",
        What.REOPENED: "the incident began again",
        What.ALERT_OVER: f"an alert is over: {markdown(each.detail)}",
        What.ACKNOWLEDGED: f"taken on by {who}",
        What.MITIGATED: "traffic is back on the earlier version",
        What.REVIEWED: f"review handed in by {who}",
        What.RESOLVED: "reviewed, and ended by that",
        What.PAGED: f"people were told: {markdown(each.detail)}",
        What.CLOSED_BY_HAND: "the issue was closed by hand, which changed nothing",
        What.HANDED_OFF: "the context was written down for whoever mends it",
    }
    return plain.get(each.what, "")


def summary(found: Dossier) -> str:
    """Return the review as the last comment tells it; every line of it is a stranger's text."""
    reviews = found.of(What.REVIEWED)
    seen = found.incident
    head = f"The incident {code_span(seen.id)} is reviewed and closed."
    if not reviews:
        return head
    told = json.loads(reviews[-1].detail)
    rows = [f"- **{name}**: {markdown(text)}" for name, text in told.items()]
    return "\n".join((f"{head} Review by {quoted(reviews[-1].by_login)}:", "", *rows))


def clock(at: datetime) -> str:
    """Write a moment as people read it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
