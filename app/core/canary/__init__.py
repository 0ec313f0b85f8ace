"""The canary judge: samples and limits in, a verdict out; exact bounds where counts allow them."""

from app.core.canary.judge import judge
from app.core.canary.verdict import CanaryVerdict, Decision

__all__ = ["CanaryVerdict", "Decision", "judge"]
