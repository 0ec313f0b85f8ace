"""From facts and policy to verdicts: the table of gates, their rollup, and merge groups."""

from app.core.decide.codes import MEANING, Code
from app.core.decide.rollup import (
    is_governed,
    rollup,
    rollup_across,
    rollup_locally,
    rollup_of_some,
)
from app.core.decide.table import GATES, Gate, decide, needs

__all__ = [
    "GATES",
    "MEANING",
    "Code",
    "Gate",
    "decide",
    "is_governed",
    "needs",
    "rollup",
    "rollup_across",
    "rollup_locally",
    "rollup_of_some",
]
