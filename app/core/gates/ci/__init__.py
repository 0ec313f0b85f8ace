"""The ci gate: required checks are green on the head, from the source that the policy names."""

from app.core.gates.ci.codes import MEANING, Code
from app.core.gates.ci.gate import judge, needs

__all__ = ["MEANING", "Code", "judge", "needs"]
