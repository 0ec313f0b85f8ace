"""The whole decision as one pure function of stored bytes: facts, policy and a moment."""

from datetime import datetime

from app import __version__
from app.core.canonical import digest, facts_to_bytes
from app.core.decide import GATES, decide, rollup, rollup_locally
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


def parts_needed(policy: Policy) -> frozenset[Part]:
    """Return every part of the facts that some gate needs under this policy."""
    return frozenset().union(*(gate.needs(policy) for gate in GATES.values()))
