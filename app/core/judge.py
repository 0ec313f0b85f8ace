"""The whole decision as one pure function of stored bytes: facts, policy and a moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from app import __version__
from app.core.canonical import digest, facts_to_bytes
from app.core.decide import GATES, Gate, decide, rollup, rollup_locally, rollup_of_some
from app.core.facts import Facts, Part
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.verdict import GateName, Judgement, Verdict

ENGINE = f"gatewright/{__version__}"


# The gates that need nothing but a repository.
LOCAL_GATES = {
    name: GATES[name] for name in (GateName.SECRETS, GateName.COMPLIANCE, GateName.FRESHNESS)
}


def judge(
    facts: Facts, policy: Policy | PolicyProblem, policy_digest: str, source: str, now: datetime
) -> Judgement:
    """Judge every gate and join them; the same arguments give the same bytes."""
    verdicts = decide(facts, policy, now)
    joined = rollup(verdicts, facts, policy)
    return _judgement(facts, (policy_digest, source), now, verdicts, joined)


def judge_locally(
    facts: Facts, policy: Policy | PolicyProblem, policy_digest: str, source: str, now: datetime
) -> Judgement:
    """Judge what needs no GitHub: secrets, compliance and freshness."""
    verdicts = decide(facts, policy, now, LOCAL_GATES)
    return _judgement(facts, (policy_digest, source), now, verdicts, rollup_locally(verdicts))


@dataclass(frozen=True, slots=True)
class Rule:
    """What facts are judged by: a policy with its digest and source."""

    policy: Policy | PolicyProblem
    digest: str
    source: str


def judge_some(gates: Collection[GateName], facts: Facts, rule: Rule, now: datetime) -> Judgement:
    """Judge the chosen gates as they are; all of them together are what `judge` says."""
    if set(gates) == set(GATES):
        return judge(facts, rule.policy, rule.digest, rule.source, now)
    verdicts = decide(facts, rule.policy, now, chosen(gates))
    joined = rollup_of_some(verdicts, facts)
    return _judgement(facts, (rule.digest, rule.source), now, verdicts, joined)


def chosen(gates: Collection[GateName]) -> Mapping[GateName, Gate]:
    """Return the chosen gates in the order of the table."""
    return {name: gate for name, gate in GATES.items() if name in gates}


def _judgement(
    facts: Facts,
    policy: tuple[str, str],
    now: datetime,
    verdicts: tuple[Verdict, ...],
    joined: Verdict,
) -> Judgement:
    return Judgement(
        subject=facts.subject,
        policy_digest=policy[0],
        policy_source=policy[1],
        facts_digest=digest(facts_to_bytes(facts)),
        engine=ENGINE,
        decided_at=now,
        verdicts=verdicts,
        rollup=joined,
    )


def parts_needed(policy: Policy, gates: Collection[GateName] = tuple(GATES)) -> frozenset[Part]:
    """Return every part of the facts that some of the gates needs under this policy."""
    asked = set(gates)
    if GateName.CI in asked and policy.gates.ci.modified_workflow != "ignore":
        # Whoever changes the workflow of a required check is let through by an approval rule.
        asked.add(GateName.APPROVAL)
    return frozenset().union(*(gate.needs(policy) for gate in chosen(asked).values()))
