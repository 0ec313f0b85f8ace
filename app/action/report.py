"""What a job says in the end: outputs, a summary for people, annotations, a report for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.action.commands import command
from app.action.deploying import Clearance
from app.core.approvals import assess
from app.core.canary.verdict import Decision
from app.core.canonical import Plain, judgement_document, to_plain
from app.core.clearance import Condition
from app.core.policy.model import Policy
from app.core.render import Remark, gate_page, prose, rollup_page
from app.core.text import code_span, markdown, shorten, table_cell, visible
from app.core.verdict import GateName, Outcome, Tier, Verdict
from app.service.once import Ruling

SCHEMA = "gatewright/report/1"
# GitHub shows ten of each level of a step; one is kept for the verdict itself.
_ANNOTATIONS_AT_MOST = 9
_SUMMARY_BYTES = 1_000_000
_LEVELS = {"failure": "error", "warning": "warning", "notice": "notice"}
_STOPPING = (Tier.BLOCK, Tier.CONFIRM)
_WORDS = {
    Outcome.PASS: "passes",
    Outcome.PENDING: "waits",
    Outcome.FAIL: "fails",
    Outcome.ERROR: "cannot be told",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a job says; `verdict` is the word that the step Enforce looks at."""

    verdict: Outcome
    title: str
    summary: str
    document: Mapping[str, Any]
    findings: int = 0
    remarks: tuple[Remark, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def decision(self) -> Decision:
        """The same in the words of deployments."""
        return decision_of(self.verdict)

    def annotations(self, *, enforces: bool) -> Iterator[str]:
        """Yield workflow commands, worst first; where nothing is enforced nothing is an error."""
        worst = "error" if enforces else "warning"
        shown: dict[str, int] = {}
        for remark in self.remarks:
            level = _LEVELS.get(remark.level, "notice")
            level = worst if level == "error" else level
            shown[level] = shown.get(level, 0) + 1
            if shown[level] <= _ANNOTATIONS_AT_MOST:
                title = visible(remark.title)
                place: dict[str, str | int] = {
                    "file": remark.path,
                    "line": remark.line,
                    "title": title,
                }
                yield command(level, visible(remark.message), place)
        if self.verdict is not Outcome.PASS:
            hidden = sum(max(0, count - _ANNOTATIONS_AT_MOST) for count in shown.values())
            more = f" ({hidden} more in the summary)" if hidden else ""
            yield command(worst, f"{visible(self.title)}{more}", {"title": "Gatewright"})

    def text(self) -> str:
        """Return the summary within GitHub's limit."""
        return shorten(self.summary, _SUMMARY_BYTES) + "\n\n"


def decision_of(outcome: Outcome) -> Decision:
    """Return the decision that an outcome stands for."""
    if outcome is Outcome.PASS:
        return Decision.GO
    return Decision.PAUSE_AND_FIX if outcome is Outcome.FAIL else Decision.SHADOW_ONLY


def of_ruling(ruling: Ruling) -> Report:
    """Report on a pull request or a merge group."""
    gates, verdict = ruling.gates, ruling.verdict
    alone = gates[0] if len(gates) == 1 and gates[0].outcome is verdict.outcome else None
    return Report(
        verdict=verdict.outcome,
        title=f"{alone.gate.value}: {alone.title}" if alone else verdict.title,
        summary="\n\n".join((*_pages(ruling, alone), _footer(ruling))),
        document=_document(ruling),
        findings=len(verdict.blockers),
        remarks=tuple(remark for each in gates for remark in gate_page(each, {}).remarks),
        extra=_extra(ruling),
    )


def of_trouble(message: str) -> Report:
    """Report that nothing can be told, and why."""
    said = " ".join(message.split())
    return Report(
        verdict=Outcome.ERROR,
        title=said,
        summary=f"## Gatewright\n\n**Could not evaluate.** {markdown(said)}",
        document={"schema": SCHEMA, "verdict": Outcome.ERROR.value, "title": said},
        findings=1,
    )


def of_clearance(found: Clearance) -> Report:
    """Report on a deployment that is asked for."""
    decision = found.decision
    unmet = [each for each in found.conditions if each.outcome is not Outcome.PASS]
    verdict = {Decision.GO: Outcome.PASS, Decision.PAUSE_AND_FIX: Outcome.FAIL}.get(
        decision, Outcome.ERROR
    )
    order = found.order
    names = ", ".join(each.name for each in unmet)
    title = f"{decision.value}: {names}" if names else decision.value
    place = f"{code_span(order.sha[:12])} to {code_span(order.environment)}"
    rows = "\n".join(_row(each) for each in found.conditions)
    table = f"| condition | | |\n|---|---|---|\n{rows}"
    policy = f"Policy: {code_span(found.policy.source)}"
    return Report(
        verdict=verdict,
        title=title,
        summary=f"## Gatewright: {place}\n\n**{decision.value}**\n\n{table}\n\n{policy}",
        document=_clearance_document(found),
        findings=len(unmet),
        extra={"failed": _listed(each.name for each in unmet)},
    )


def _row(each: Condition) -> str:
    code = f" ({code_span(each.code)})" if each.code else ""
    detail = table_cell(prose(each.detail))
    return f"| {each.name} | {_WORDS[each.outcome]} | {detail}{code} |"


def _clearance_document(found: Clearance) -> dict[str, Plain]:
    return {
        "schema": SCHEMA,
        "decision": found.decision.value,
        "sha": found.order.sha,
        "environment": found.order.environment,
        "policy": {"digest": found.policy.digest, "source": found.policy.source},
        "conditions": to_plain(found.conditions),
    }


def _pages(ruling: Ruling, alone: Verdict | None) -> Iterator[str]:
    """Yield the page of all gates and of each that has to speak, or that of the only one."""
    if alone is not None:
        yield f"## Gatewright: {alone.gate.value}\n\n{gate_page(alone, {}).summary}"
        return
    gates, verdict = ruling.gates, ruling.verdict
    shown = replace(ruling.judgement, verdicts=gates, rollup=verdict)
    yield f"## Gatewright\n\n{rollup_page(shown, verdict, {}).summary}"
    for each in gates:
        if _speaks(each):
            yield f"## {each.gate.value}\n\n{gate_page(each, {}).summary}"


def _speaks(verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.PASS or bool(verdict.findings)


def _footer(ruling: Ruling) -> str:
    subject = ruling.judgement.subject
    about = f"#{subject.pull_request}" if subject.pull_request else code_span(subject.base_ref)
    policy = code_span(ruling.judgement.policy_source)
    return f"{about} at {code_span(subject.head_sha[:12])}, policy: {policy}"


def _document(ruling: Ruling) -> dict[str, Plain]:
    verdict = ruling.verdict
    others = {str(n): judgement_document(each.judgement) for n, each in ruling.others.items()}
    return {
        "schema": SCHEMA,
        "verdict": verdict.outcome.value,
        "code": verdict.code,
        "title": verdict.title,
        "judgement": judgement_document(ruling.judgement),
        "others": to_plain(others),
    }


def _extra(ruling: Ruling) -> dict[str, str]:
    """Return the outputs that only some actions show."""
    failed = (each.gate.value for each in ruling.gates if each.outcome is not Outcome.PASS)
    extra = {"failed": _listed(failed)}
    for each in ruling.gates:
        extra |= _of_gate(each, ruling)
    return extra


def _of_gate(verdict: Verdict, ruling: Ruling) -> dict[str, str]:
    match verdict.gate:
        case GateName.CI:
            return {"missing": _listed(each.subject for each in verdict.blockers)}
        case GateName.COMPLIANCE:
            stopping = (each.rule for each in verdict.findings if each.tier in _STOPPING)
            return {"rules": _listed(sorted(set(stopping)))}
        case GateName.APPROVAL:
            return {"approved-by": _listed(_approvers(ruling))}
        case GateName.FRESHNESS:
            divergence = ruling.facts.divergence
            return {"behind": "" if divergence is None else str(divergence.behind)}
        case _:
            return {}


def _approvers(ruling: Ruling) -> list[str]:
    policy = ruling.policy.value
    if not isinstance(policy, Policy) or ruling.facts.pull_request is None:
        return []
    tallies = assess(ruling.facts, policy).tallies
    return sorted({one.person.login for each in tallies for one in each.approvers})


def _listed(names: Iterable[str]) -> str:
    """Return names as a JSON list on one line, which `fromJSON` reads."""
    return json.dumps([visible(name) for name in names])
