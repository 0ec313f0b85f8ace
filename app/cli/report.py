"""A judgement as it reads on a terminal."""

from rich.console import Console
from rich.table import Table

from app.cli.terminal import safe, terminal
from app.core.verdict import Finding, Judgement, Outcome, Tier, Verdict

_WORDS = {
    Outcome.PASS: "[green]pass[/]",
    Outcome.PENDING: "[yellow]pending[/]",
    Outcome.FAIL: "[red]fail[/]",
    Outcome.ERROR: "[red]error[/]",
}
_STOPPING = (Tier.BLOCK, Tier.CONFIRM)


def print_judgement(judgement: Judgement) -> None:
    """Print a line a gate, then what was found and what is missing."""
    console = terminal()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for verdict in judgement.verdicts:
        table.add_row(verdict.gate.value, _WORDS[verdict.outcome], safe(verdict.title))
    console.print(table)
    for verdict in judgement.verdicts:
        _print_details(console, verdict)
    subject = judgement.subject
    console.print(
        f"\n{_WORDS[judgement.rollup.outcome]} {safe(judgement.rollup.title)} "
        f"([dim]{subject.base_sha[:12]}..{subject.head_sha[:12]}, "
        f"policy: {safe(judgement.policy_source)}[/])"
    )


def _print_details(console: Console, verdict: Verdict) -> None:
    shown = [each for each in verdict.findings if each.tier is not Tier.INFO]
    if shown:
        console.print(f"\n[bold]{verdict.gate.value}[/]")
    for finding in shown:
        console.print(f"  {_place(finding)}{safe(finding.rule)} ({finding.tier.value})")
        console.print(f"    {safe(finding.message)}")
    if verdict.outcome is not Outcome.PASS and not any(each.tier in _STOPPING for each in shown):
        console.print(f"\n[bold]{verdict.gate.value}: what is missing[/]")
        for blocker in verdict.blockers:
            console.print(f"  {safe(blocker.subject)}: {safe(blocker.next_action)}")


def _place(finding: Finding) -> str:
    if finding.path is None:
        return ""
    line = f":{finding.line}" if finding.line else ""
    commit = f" in {finding.commit[:12]}" if finding.commit else ""
    return f"{safe(finding.path)}{line}{commit}: "
