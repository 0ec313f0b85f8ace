"""Loans: a pass for one gate, one commit and one environment, for a while (break-glass).

A loan never lifts anything but its gate: not the fence, quarantine, the order of environments, the
rule about forks or a review that is due.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.decide.codes import Code
from app.core.deploy.observed import Result
from app.core.facts import Sha
from app.core.verdict import GateName, Outcome, worst

DEFAULT_LENGTH = timedelta(hours=2)
LONGEST = timedelta(hours=24)
MERGE_GATES = tuple(each.value for each in GateName if each is not GateName.MERGE)

_SECURITY = re.compile(r"secret|secur|cvss|vuln|sev-?1|malware|sast|dast", re.IGNORECASE)
# Whatever else the rollup says is a condition of its own, which nobody lends.
_OF_GATES = frozenset({Code.READY, Code.WAITING, Code.UNDECIDED, Code.BLOCKED})


@dataclass(frozen=True, slots=True)
class Loan:
    """A pass that somebody has; `by` is the login of whoever asked for it."""

    id: str
    gate: str
    environment: str
    sha: Sha
    by: str
    until: datetime
    reason: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Lent:
    """What the merge gates say once loans are counted, and which gates would not have passed."""

    result: Result
    used: frozenset[str] = frozenset()


def is_security_gate(name: str) -> bool:
    """Tell by its name whether a gate is about security, which makes an override CRITICAL."""
    return _SECURITY.search(name) is not None


def merge_result(gates: Mapping[str, str], code: str, lent: Collection[str]) -> Lent:
    """Judge the recorded merge gates one by one, those that are lent counting as passed.

    An approval that is missing is `pending`, so that a gate that is lent is not waited for either.
    """
    outcomes = {name: Outcome(gates.get(name, Outcome.ERROR.value)) for name in MERGE_GATES}
    merged = Outcome(gates.get(GateName.MERGE.value, Outcome.ERROR.value))
    if code not in _OF_GATES or worst(outcomes.values()) is not merged:
        return Lent(_RESULTS[merged])
    used = frozenset(
        name for name, each in outcomes.items() if each is not Outcome.PASS and name in lent
    )
    left = (Outcome.PASS, *(each for name, each in outcomes.items() if name not in used))
    return Lent(_RESULTS[worst(left)], used)


_RESULTS: Mapping[Outcome, Result] = {
    Outcome.PASS: Result.PASS,
    Outcome.PENDING: Result.INCONCLUSIVE,
    Outcome.ERROR: Result.INCONCLUSIVE,
    Outcome.FAIL: Result.FAIL,
}
