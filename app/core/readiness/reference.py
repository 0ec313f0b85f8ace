"""The gates that come with a tier, as a table for people."""

from collections.abc import Iterator

from app.core.readiness.rules import OBJECTIVES, STANDARD, Rule


def gate_table() -> str:
    """Return a Markdown table of the gates of each tier and of the default objectives."""
    rows = [row for tier, rules in STANDARD.items() for row in _rows(f"`{tier}`", rules)]
    rows += _rows("`objectives`", OBJECTIVES)
    return "\n".join(("| tier | gate | limit | stage |", "| --- | --- | --- | --- |", *rows))


def _rows(tier: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        more = f", or fresh `{rule.mitigated_by}`" if rule.mitigated_by else ""
        limit = rule.text.replace("<", "&lt;")
        yield f"| {tier} | `{rule.name}` | {limit}{more} | {rule.stage} |"
