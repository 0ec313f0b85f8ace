"""Pull requests that share one head: what is recorded of each, and who of them writes the page."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from app.core.decide import Code
from app.core.facts import Facts
from app.core.render import check_name
from app.core.verdict import GateName, Outcome, Verdict, worst
from app.store import verdicts
from app.store.verdicts import Recorded

Siblings = Mapping[int, Recorded | None]


def judged(connection: sa.Connection, facts: Facts) -> dict[int, Recorded | None]:
    """Return what is recorded for other open pull requests with this head, None for nothing.

    A verdict on another head or base is nothing. Pull requests into branches that are not
    governed neither help nor hinder.
    """
    subject = facts.subject
    numbers = [each.number for each in facts.siblings]
    known = verdicts.current(connection, subject.repository_id, numbers)
    found: dict[int, Recorded | None] = {}
    for sibling in facts.siblings:
        recorded = known.get(sibling.number)
        place = (subject.head_sha, sibling.base_ref)
        if recorded is None or (recorded.head_sha, recorded.base_ref) != place:
            found[sibling.number] = None
        elif recorded.code != Code.NOT_GOVERNED:
            found[sibling.number] = recorded
    return found


def outcomes(siblings: Siblings) -> dict[int, dict[str, Verdict] | None]:
    """Return recorded outcomes as verdicts by gate, as far as a sibling needs them."""
    return {
        number: None if recorded is None else _as_verdicts(recorded)
        for number, recorded in siblings.items()
    }


def _as_verdicts(recorded: Recorded) -> dict[str, Verdict]:
    return {
        gate: Verdict(
            gate=GateName(gate),
            outcome=Outcome(outcome),
            code=recorded.code if gate == GateName.MERGE.value else "",
            title=f"recorded as {recorded.id}",
        )
        for gate, outcome in recorded.gates
    }


def speaker(own: Recorded, siblings: Siblings) -> Recorded:
    """Return whose page the head shows: the worst, among equals the lowest number.

    As long as a sibling is not judged, whoever is judged says so. Without this rule pull requests
    with one head would write over each other at every event.
    """
    others = list(siblings.values())
    known = [each for each in others if each is not None]
    if own.code == Code.NOT_GOVERNED:
        return _worst(known) if known else own
    return _worst([own, *known]) if len(known) == len(others) else own


def _worst(recorded: Sequence[Recorded]) -> Recorded:
    bad = worst(each.outcome(GateName.MERGE) for each in recorded)
    equals = [each for each in recorded if each.outcome(GateName.MERGE) is bad]
    return min(equals, key=lambda each: each.pull_request or 0)


def speaks(own: Recorded, siblings: Siblings) -> bool:
    """Tell whether it is this pull request that writes the page of the head."""
    if own.code == Code.NOT_GOVERNED and siblings:
        return False
    return speaker(own, siblings).id == own.id


def to_judge(connection: sa.Connection, own: Recorded, siblings: Siblings) -> list[int]:
    """Return the siblings that have to be judged: never judged ones, and whoever has to speak."""
    missing = [number for number, recorded in siblings.items() if recorded is None]
    chosen = speaker(own, siblings)
    if chosen.id == own.id or chosen.pull_request is None:
        return missing
    shown = verdicts.publications(connection, own.repository_id, own.head_sha)
    page = shown.get(check_name(GateName.MERGE))
    outcome = chosen.outcome(GateName.MERGE).value
    stands = page is not None and (page.verdict_id, page.outcome) == (chosen.id, outcome)
    return missing if stands else [*missing, chosen.pull_request]
