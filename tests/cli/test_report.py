"""A judgement as it reads on a terminal: whole texts."""

from dataclasses import replace

import pytest

from app.cli.report import print_judgement
from app.core.verdict import Blocker, Finding, GateName, Judgement, Outcome, Tier, Verdict
from tests.builders import NOW, subject

BLOCKER = Blocker("CODE", "the scan: incomplete", "nobody", "Evaluate again.")
PASSED = Verdict(GateName.FRESHNESS, Outcome.PASS, "C", "Up to date with `main`")
LEAKED = Verdict(
    GateName.SECRETS,
    Outcome.FAIL,
    "C",
    "1 secret found",
    findings=(
        Finding("github-token", Tier.BLOCK, "Rotate it.", "a.py", 3, "ab12ab12ab12ab12"),
        Finding("entropy", Tier.INFO, "Looks random.", "b.py", 1),
    ),
    blockers=(BLOCKER,),
)
WARNED = Verdict(
    GateName.COMPLIANCE,
    Outcome.ERROR,
    "C",
    "Cannot tell",
    findings=(Finding("size", Tier.WARN, "It is large."),),
    blockers=(BLOCKER,),
)


@pytest.fixture
def printed(capsys):
    """Print a judgement and return its lines without the spaces at their ends."""

    def run(*verdicts: Verdict, rollup: Verdict = PASSED) -> list[str]:
        source = "[policy].yml"
        print_judgement(Judgement(subject(), "p", source, "f", "e", NOW, verdicts, rollup))
        return [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    return run


def test_what_passes_is_a_line(printed):
    assert printed(PASSED) == [
        "freshness  pass  Up to date with `main`",
        "",
        "pass Up to date with `main` (626173650000..686561640000, policy: [policy].yml)",
    ]


def test_what_stops_is_shown_with_its_place_and_notes_are_not(printed):
    assert printed(LEAKED)[1:4] == [
        "",
        "secrets",
        "  a.py:3 in ab12ab12ab12: github-token (block)",
    ]
    assert printed(LEAKED)[4] == "    Rotate it."
    text = "".join(printed(LEAKED))
    assert [word for word in ("entropy", "what is missing", "the scan") if word in text] == []


def test_what_strangers_wrote_is_shown_as_it_is_in_every_place(printed):
    bad, shown = "\x1b[2J[red]x[/]", "<U+001B>[2J[red]x[/]"
    hostile = replace(
        WARNED,
        title=bad,
        findings=(Finding(bad, Tier.WARN, bad, bad, 1),),
        blockers=(Blocker("C", bad, "", bad),),
    )
    assert printed(hostile, rollup=replace(hostile, title=bad)) == [
        f"compliance  error  {shown}",
        "",
        "compliance",
        f"  {shown}:1: {shown} (warn)",
        f"    {shown}",
        "",
        "compliance: what is missing",
        f"  {shown}: {shown}",
        "",
        f"error {shown} (626173650000..686561640000, policy: [policy].yml)",
    ]


def test_a_gate_whose_findings_do_not_explain_it_says_what_is_missing(printed):
    assert printed(WARNED)[1:-2] == [
        "",
        "compliance",
        "  size (warn)",
        "    It is large.",
        "",
        "compliance: what is missing",
        "  the scan: incomplete: Evaluate again.",
    ]
