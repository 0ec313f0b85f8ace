"""Gates that say what a test wants, for tests of what is made of their verdicts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.decide import Gate, decide, rollup
from app.core.facts import Facts, Part
from app.core.verdict import Blocker, GateName, Outcome, Verdict
from tests.builders import NOW, facts, policy

GATE_NAMES = [name for name in GateName if name is not GateName.MERGE]


def verdict(gate: GateName, outcome: Outcome = Outcome.PASS, **changes: Any) -> Verdict:
    blocker = Blocker(f"{gate.upper()}_X", "x", "somebody", f"Mend {gate}.")
    blockers = () if outcome is Outcome.PASS else (blocker,)
    plain = Verdict(gate, outcome, f"{gate.upper()}_X", f"{gate} says x", blockers=blockers)
    return replace(plain, **changes)


def table(**outcomes: Outcome) -> Mapping[GateName, Gate]:
    """Return five gates that always say the same: pass, unless told otherwise."""
    said = {name: verdict(name, outcomes.get(name.value, Outcome.PASS)) for name in GATE_NAMES}
    return {name: gate_saying(said[name]) for name in GATE_NAMES}


def gate_saying(answer: Verdict, *parts: Part) -> Gate:
    return Gate(judge=lambda *_: answer, needs=lambda _: frozenset(parts))


def rolled(seen: Facts | None = None, *, rules: Any = None, **outcomes: Outcome) -> Verdict:
    """Judge by five fixed gates and roll up."""
    seen, rules = seen or facts(), rules or policy()
    return rollup(decide(seen, rules, NOW, table(**outcomes)), seen, rules)


def ending(judged: Verdict) -> tuple[Outcome, str]:
    return judged.outcome, judged.code
