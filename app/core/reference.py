"""The gates as documentation: every reason code with its meaning."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core import decide
from app.core.approvals import codes as approval
from app.core.gates import compliance, freshness, secrets
from app.core.gates.ci import codes as ci

_TABLES: Mapping[str, Iterable[tuple[StrEnum, str]]] = {
    "ci": ci.MEANING.items(),
    "compliance": compliance.MEANING.items(),
    "secrets": secrets.MEANING.items(),
    "approval": approval.MEANING.items(),
    "freshness": freshness.MEANING.items(),
    "merge": decide.MEANING.items(),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One stable reason code."""

    gate: str
    code: str
    meaning: str


def reasons() -> Iterator[Reason]:
    """Yield every reason code once, under the gate that explains it, in order of declaration."""
    known: set[str] = set()
    for gate, table in _TABLES.items():
        for code, meaning in table:
            if code.value not in known:
                known.add(code.value)
                yield Reason(gate, code.value, meaning)


def table_of(gate: str) -> str:
    """Return a gate's codes as a Markdown table whose rows can be linked to by code."""
    rows = ["| code | meaning |", "|---|---|"]
    rows += [
        f'| <a id="{each.code.lower()}"></a>`{each.code}` | {each.meaning} |'
        for each in reasons()
        if each.gate == gate
    ]
    return "\n".join(rows)
