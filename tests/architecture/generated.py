"""The parts of the documentation that are made from the code; run as a program it writes them.

python -m tests.architecture.generated
"""

import re
from collections.abc import Callable
from pathlib import Path

from app.core.canary import document as canary
from app.core.commands import reference as command_reference
from app.core.deploy import codes, states
from app.core.dora import document as dora
from app.core.dora import flaws
from app.core.policy import reference as policy_reference
from app.core.readiness import codes as readiness_codes
from app.core.readiness import document as readiness
from app.core.readiness import reference as readiness_reference
from app.core.reference import table_of
from app.core.schema import facts_schema, judgement_schema, schema_text
from app.settings import Settings
from tests.architecture import actions, proofs

DOCS = Path(__file__).parents[2] / "docs"
_GATES = ("ci", "compliance", "secrets", "approval", "freshness", "merge")


def settings_table() -> str:
    """Return every setting with default and meaning."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for each in Settings.model_construct().listed():
        default = f"`{each.default}`" if each.default else ""
        rows.append(f"| `{each.name}` | {default} | {each.meaning} |")
    return "\n".join(rows)


def _filled(text: str, marker: str, content: str) -> str:
    """Put content between a marker and its end, replacing what stood there."""
    start, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    pattern = re.compile(re.escape(start) + r"(?:.*?" + re.escape(end) + ")?", re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"the page has no place for {marker}")
    return pattern.sub(lambda _: f"{start}\n\n{content}\n\n{end}", text, count=1)


def _gates(text: str) -> str:
    for gate in _GATES:
        text = _filled(text, f"codes: {gate}", table_of(gate))
    return text


def _policy(text: str) -> str:
    text = _filled(text, "rules", policy_reference.rule_table())
    return _filled(text, "keys", policy_reference.key_table())


def _commands(text: str) -> str:
    for place, content in command_reference.tables().items():
        text = _filled(text, place, content)
    return text


def _deployments(text: str) -> str:
    text = _filled(text, "states", states.table())
    return _filled(text, "codes", codes.code_table())


def _readiness(text: str) -> str:
    text = _filled(text, "gates", readiness_reference.gate_table())
    return _filled(text, "codes", readiness_codes.code_table())


def _traps(text: str) -> str:
    text = _filled(text, "count", proofs.trap_count())
    return _filled(text, "traps", proofs.trap_list())


def _comparison(text: str) -> str:
    text = _filled(text, "count", proofs.feature_count())
    return _filled(text, "features", proofs.feature_tables())


PAGES: dict[str, Callable[[str], str]] = {
    "gates.md": _gates,
    "policy.md": _policy,
    "commands.md": _commands,
    "canary.md": lambda text: _filled(text, "codes", canary.code_table()),
    "deployments.md": _deployments,
    "readiness.md": _readiness,
    "traps.md": _traps,
    "comparison.md": _comparison,
    "dora.md": lambda text: _filled(text, "codes", flaws.code_table()),
    "operations.md": lambda text: _filled(text, "settings", settings_table()),
}


def main() -> None:
    """Write every page and every schema anew."""
    for name, fill in PAGES.items():
        page = DOCS / name
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
    schemas = {
        "policy": policy_reference.schema_text(),
        "facts": schema_text(facts_schema()),
        "judgement": schema_text(judgement_schema()),
        "canary-verdict": schema_text(canary.verdict_schema()),
        "canary-samples": schema_text(canary.samples_schema()),
        "canary-limits": schema_text(canary.limits_schema()),
        "dora": schema_text(dora.metrics_schema()),
        "dora-events": schema_text(dora.events_schema()),
        "dora-rules": schema_text(dora.rules_schema()),
        "readiness": schema_text(readiness.report_schema()),
        "readiness-facts": schema_text(readiness.facts_schema()),
    }
    for name, text in schemas.items():
        (DOCS / "schema" / f"{name}.v1.json").write_text(text, encoding="utf-8")
    actions.write()


if __name__ == "__main__":
    main()
