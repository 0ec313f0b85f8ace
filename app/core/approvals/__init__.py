"""Whose approval of which commit counts for which rule; texts and outcomes are the gate's.

`opinions` finds what each person says now, `contributors` who is barred, `staleness` whether an
approval still holds, `access` what people may do, `rules` and `matching` how many are needed, and
`assessment` puts these together.
"""

from app.core.approvals.access import described
from app.core.approvals.assessment import (
    Assessment,
    assess,
    missing_parts,
    parts_needed,
    rule_satisfied,
)
from app.core.approvals.ballot import Approval, Outdated
from app.core.approvals.codes import MEANING, Code
from app.core.approvals.contributors import Tie
from app.core.approvals.objections import Objection
from app.core.approvals.rules import Problem, Tally

__all__ = [
    "MEANING",
    "Approval",
    "Assessment",
    "Code",
    "Objection",
    "Outdated",
    "Problem",
    "Tally",
    "Tie",
    "assess",
    "described",
    "missing_parts",
    "parts_needed",
    "rule_satisfied",
]
