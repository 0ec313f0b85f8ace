"""The five gates in one explicit table, and the decision that asks each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from app.core.decide.queue import CARRIED, carried
from app.core.decide.rollup import ROLLUP_NEEDS
from app.core.decide.undecided import facts_missing, policy_invalid
from app.core.facts import Facts, Part
from app.core.gates import approval, ci, compliance, freshness, secrets
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.verdict import GateName, Verdict


@dataclass(frozen=True, slots=True)
class Gate:
    """How a gate is asked, and which parts of the facts it cannot do without."""

    judge: Callable[[Facts, Policy, datetime], Verdict]
    needs: Callable[[Policy], frozenset[Part]]


GATES: Mapping[GateName, Gate] = MappingProxyType(
    {
        GateName.CI: Gate(ci.judge, ci.needs),
        GateName.COMPLIANCE: Gate(compliance.judge, compliance.needs),
        GateName.SECRETS: Gate(secrets.judge, secrets.needs),
        GateName.APPROVAL: Gate(approval.judge, approval.needs),
        GateName.FRESHNESS: Gate(freshness.judge, freshness.needs),
    }
)


def decide(
    facts: Facts,
    policy: Policy | PolicyProblem,
    now: datetime,
    gates: Mapping[GateName, Gate] = GATES,
) -> tuple[Verdict, ...]:
    """Judge every gate of the table, in its order, as a pure function of the arguments."""
    if isinstance(policy, PolicyProblem):
        return tuple(policy_invalid(name, policy) for name in gates)
    return tuple(_ask(name, gate, facts, policy, now) for name, gate in gates.items())


def needs(policy: Policy, gates: Mapping[GateName, Gate] = GATES) -> frozenset[Part]:
    """Return every part of the facts that some gate or the rollup cannot do without."""
    return ROLLUP_NEEDS.union(*(gate.needs(policy) for gate in gates.values()))


def _ask(name: GateName, gate: Gate, facts: Facts, policy: Policy, now: datetime) -> Verdict:
    if facts.group is not None and name in CARRIED:
        return carried(name, facts, facts.group)
    gaps = facts.gaps_in(*gate.needs(policy))
    return facts_missing(name, gaps) if gaps else gate.judge(facts, policy, now)
