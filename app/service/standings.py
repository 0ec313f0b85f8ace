"""What a head should show: the rollup's page, a page for each gate, and pages about trouble."""

from collections.abc import Mapping

from app.core.canonical import judgement_document
from app.core.decide import Code, rollup_across
from app.core.policy.model import Policy
from app.core.render import gate_page, rollup_page
from app.core.verdict import Blocker, GateName, Judgement, Outcome, Verdict
from app.service.gather import Gathered
from app.service.publish import Standing


def shown_standings(
    judgement: Judgement,
    gathered: Gathered,
    siblings: Mapping[int, Mapping[str, Verdict] | None],
) -> tuple[Standing, ...]:
    """Return what the head should show: the rollup first, then each gate."""
    document = judgement_document(judgement)
    common = {key: document[key] for key in ("schema", "subject", "policy", "engine")}

    def across(own: Verdict) -> Verdict:
        others = {
            number: found.get(own.gate.value) if found else None
            for number, found in siblings.items()
        }
        return rollup_across(own, others)

    merge = across(judgement.rollup)
    shown = [Standing(merge, rollup_page(judgement, merge, document))]
    policy = gathered.policy.value
    rollup_only = isinstance(policy, Policy) and policy.checks.detail == "rollup_only"
    if rollup_only or merge.code == Code.NOT_GOVERNED:
        return tuple(shown)
    for own in judgement.verdicts:
        verdict = across(own)
        part = {**common, "gate": own.gate.value, **_part(document, own.gate)}
        shown.append(Standing(verdict, gate_page(verdict, part)))
    return tuple(shown)


def governed(shown: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Publish nothing for a base that is not governed, unless an older verdict has to go."""
    return tuple(each for each in shown if each.verdict.code != Code.NOT_GOVERNED)


def _part(document: Mapping[str, object], gate: GateName) -> dict[str, object]:
    gates = document["gates"]
    found = gates[gate.value] if isinstance(gates, dict) else {}
    return dict(found) if isinstance(found, dict) else {}


def again_page(cause: str) -> Standing:
    """Return the page that takes a success back until the next verdict."""
    verdict = Verdict(
        gate=GateName.MERGE,
        outcome=Outcome.PENDING,
        code=Code.AGAIN,
        title=f"Being judged again after {cause}",
    )
    return Standing(verdict, gate_page(verdict, {"verdict": "pending", "code": verdict.code}))


def broken_page(reason: str) -> Standing:
    """Return the page of what failed too often to be tried again."""
    verdict = Verdict(
        gate=GateName.MERGE,
        outcome=Outcome.ERROR,
        code=Code.ENGINE_ERROR,
        title="Could not evaluate: the evaluation failed several times",
        blockers=(
            Blocker(
                code=Code.ENGINE_ERROR,
                subject=reason,
                who_can_unblock="whoever operates Gatewright",
                next_action="Look at `gatewright jobs list`, mend the cause, and press re-run.",
            ),
        ),
    )
    return Standing(verdict, gate_page(verdict, {"verdict": "error", "code": verdict.code}))
