"""Why a statement of a readiness report says what it says: stable words, each with a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """Reason codes of deployment gates."""

    KEPT = "GATE_KEPT"
    MISSED = "GATE_MISSED"
    MITIGATED = "GATE_MITIGATED"
    LENT = "GATE_LENT"
    NOTHING_LIVE = "GATE_NOTHING_LIVE"
    MISSING = "EVIDENCE_MISSING"
    OTHER_COMMIT = "EVIDENCE_OTHER_COMMIT"
    UNTRUSTED = "EVIDENCE_UNTRUSTED"
    STALE = "EVIDENCE_STALE"
    FUTURE = "EVIDENCE_FUTURE"
    OTHER_UNIT = "EVIDENCE_OTHER_UNIT"
    NOT_FINITE = "EVIDENCE_NOT_FINITE"
    IMPOSSIBLE = "EVIDENCE_IMPOSSIBLE"
    TOO_SMALL = "EVIDENCE_TOO_SMALL"
    UNREADABLE = "EVIDENCE_UNREADABLE"
    NO_BASELINE = "BASELINE_MISSING"
    BASELINE_STALE = "BASELINE_STALE"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.KEPT: "The limit is kept.",
        Code.MISSED: "The limit is not kept.",
        Code.MITIGATED: "The limit is not kept, and fresh evidence says that it is mitigated.",
        Code.LENT: "Somebody lent a pass for this gate, this commit and this environment.",
        Code.NOTHING_LIVE: "Nothing is live yet that the number could be compared with.",
        Code.MISSING: "Nobody handed in such evidence.",
        Code.OTHER_COMMIT: "The evidence is about another commit with another tree.",
        Code.UNTRUSTED: "The evidence does not come from where the policy says it must come from.",
        Code.STALE: "The evidence is older than the gate allows, or has expired.",
        Code.FUTURE: "The evidence was measured in the future.",
        Code.OTHER_UNIT: "The evidence has another unit than the limit.",
        Code.NOT_FINITE: "The number is NaN, infinite or beyond any measurement.",
        Code.IMPOSSIBLE: (
            "The number cannot be: a ratio above one, less than nothing, a yes that is neither 0 "
            "nor 1."
        ),
        Code.TOO_SMALL: "Too little was measured.",
        Code.UNREADABLE: "The source could not be read, or did not answer with one number.",
        Code.NO_BASELINE: "The same number of the live version is missing, or zero.",
        Code.BASELINE_STALE: "The same number of the live version is too old.",
    }
)


def documentation_of(code: Code) -> str:
    """Return the anchor in the documentation that explains a reason code."""
    return f"docs/readiness.md#{code.value.lower()}"


def code_table() -> str:
    """Return the reason codes as a Markdown table whose rows can be linked to by code."""
    rows = [f'| <a id="{code.value.lower()}"></a>`{code}` | {MEANING[code]} |' for code in Code]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows])
