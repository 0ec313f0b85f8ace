"""Verdicts of gates that could not be asked: facts are missing, or the policy cannot be used."""

from collections.abc import Iterable

from app.core.decide.codes import Code
from app.core.facts import Gap
from app.core.gates.wording import clip, listed, quoted
from app.core.policy.problem import PolicyProblem
from app.core.text import visible
from app.core.verdict import Blocker, GateName, Outcome, Verdict

_RETRIED = "It is retried automatically."


def facts_missing(gate: GateName, gaps: Iterable[Gap]) -> Verdict:
    """Turn gaps into an error that names what is missing and what would mend it."""
    code = Code(f"{gate.upper()}_FACTS_MISSING")
    ordered = sorted(set(gaps), key=lambda gap: (gap.part, gap.code, gap.detail, gap.remedy))
    parts = listed(gap.part.replace("_", " ") for gap in ordered)
    return Verdict(
        gate=gate,
        outcome=Outcome.ERROR,
        code=code,
        title=clip(f"Could not evaluate: {parts} could not be read in full"),
        blockers=tuple(_gap_blocker(code, gap) for gap in ordered),
    )


def policy_invalid(gate: GateName, problem: PolicyProblem) -> Verdict:
    """Say where the policy is wrong; no gate is judged by a policy that may mean something else."""
    where = quoted(problem.path)
    if problem.line is not None:
        where = f"{where}, line {problem.line}"
        where = where if problem.column is None else f"{where}, column {problem.column}"
    blocker = Blocker(
        code=Code.POLICY_INVALID,
        subject=where,
        who_can_unblock="whoever may change the policy on the base branch",
        next_action=f"{visible(problem.message)} Mend the policy file on the base branch.",
    )
    title = clip(f"Could not evaluate: the policy is not valid ({where})")
    return Verdict(gate, Outcome.ERROR, Code.POLICY_INVALID, title, blockers=(blocker,))


def _gap_blocker(code: Code, gap: Gap) -> Blocker:
    steps = (visible(gap.detail), visible(gap.remedy), _RETRIED if gap.temporary else "")
    return Blocker(
        code=code,
        subject=gap.part.value.replace("_", " "),
        who_can_unblock="nobody needs to act" if gap.temporary else "an administrator",
        next_action=" ".join(_sentence(step) for step in steps if step),
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
