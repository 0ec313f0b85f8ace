"""What status comments and answers say of incidents, in a line each."""

from collections.abc import Iterable

from app.core.text import code_span, markdown, quoted
from app.service.incidents.page import clock
from app.store.incidents import Incident


def line(seen: Incident) -> str:
    """Return an incident in one sentence: how bad, how far, whose it is, where to read on."""
    severity, phase = seen.severity.value, seen.phase.value
    head = f"Incident {code_span(seen.id)} ({severity}, {phase}) of {quoted(seen.environment)}"
    return f"{head}: {_owner(seen)}.{_place(seen)}"


def _owner(seen: Incident) -> str:
    if seen.acknowledged_at is None:
        return f"nobody has taken it on yet, {code_span(f'/ack {seen.id}')} does"
    return f"{quoted(seen.acknowledged_login)} looks after it since {clock(seen.acknowledged_at)}"


def _place(seen: Incident) -> str:
    if seen.issue_number is not None:
        return f" Its course is in #{seen.issue_number}."
    return f" It has no issue: {markdown(seen.issue_problem)}" if seen.issue_problem else ""


def listed(seen: Iterable[Incident]) -> str:
    """Return several incidents, a line each; empty where there are none."""
    return "\n".join(f"- {line(each)}" for each in seen)
