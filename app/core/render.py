"""Verdicts as people read them: title, summary and text of a check run, in Markdown.

Order of every text: what is wrong, where, who can change it, the next step. All that strangers
wrote is escaped. The last block repeats the verdict as JSON for programs.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.text import code_span, markdown, table_cell
from app.core.verdict import Blocker, Finding, GateName, Judgement, Outcome, Seen, Tier, Verdict

_HEADLINE = {
    Outcome.PASS: "Passed",
    Outcome.PENDING: "Waiting",
    Outcome.FAIL: "Blocked",
    Outcome.ERROR: "Could not evaluate",
}
_TIERS = {
    Tier.BLOCK: "blocks",
    Tier.CONFIRM: "needs an answer",
    Tier.WARN: "warning",
    Tier.INFO: "note",
}
_REMARKS_AT_MOST = 100
_LEVELS = {
    Tier.BLOCK: "failure",
    Tier.CONFIRM: "failure",
    Tier.WARN: "warning",
    Tier.INFO: "notice",
}
# A code span as CommonMark finds it: a run of backticks up to the next run of the same length.
_CODE = re.compile(r"(?<!`)(?P<fence>`+)(?!`)(?P<code>.+?)(?<!`)(?P=fence)(?!`)", re.DOTALL)
_SHOWN_AT_MOST = 100
_TITLE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding at a line of the head, for display beside the diff."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a check run shows."""

    title: str
    summary: str
    text: str
    remarks: tuple[Remark, ...]


def gate_page(verdict: Verdict, document: Mapping[str, Any]) -> Page:
    """Render one gate's verdict; `document` is its part of the machine-readable judgement."""
    parts = [_lead(verdict), *_blockers(verdict), *_findings(verdict), *_grounds(verdict)]
    return Page(
        title=_title(verdict),
        summary="\n\n".join(parts),
        text=_machine_block(document),
        remarks=tuple(_remarks(verdict)),
    )


def rollup_page(judgement: Judgement, rollup: Verdict, document: Mapping[str, Any]) -> Page:
    """Render the rollup: one line a gate, worst news first in the blockers below."""
    parts = [_lead(rollup), _table(judgement), *_blockers(rollup), *_grounds(rollup)]
    return Page(
        title=_title(rollup),
        summary="\n\n".join(parts),
        text=_machine_block(document),
        remarks=(),
    )


def prose(text: str) -> str:
    """Escape a sentence of ours for Markdown, keeping what it quotes in backticks as code.

    Gates put strangers' words between backticks; inside a code span nothing of them can act.
    """
    pieces: list[str] = []
    end = 0
    for span in _CODE.finditer(text):
        pieces += [_plain(text[end : span.start()]), code_span(span["code"].strip())]
        end = span.end()
    return "".join((*pieces, _plain(text[end:])))


def _plain(text: str) -> str:
    """Escape text between two code spans; the spaces at its edges belong to the sentence."""
    inner = text.strip()
    if not inner:
        return " " if text else ""
    lead = " " if text[0].isspace() else ""
    tail = " " if text[-1].isspace() else ""
    return f"{lead}{markdown(inner)}{tail}"


def _title(verdict: Verdict) -> str:
    return verdict.title[:_TITLE_AT_MOST]


def _lead(verdict: Verdict) -> str:
    if not verdict.is_required:
        return f"{prose(verdict.title)}."
    return f"**{_HEADLINE[verdict.outcome]}.** {prose(verdict.title)}."


def _table(judgement: Judgement) -> str:
    rows = ["| gate | state | |", "|---|---|---|"]
    for each in judgement.verdicts:
        state = _HEADLINE[each.outcome] if each.is_required else "Not required"
        shown = each.title.removeprefix("Not required: ")
        title = table_cell(prose(shown))
        rows.append(f"| `gatewright/{each.gate.value}` | {state} | {title} |")
    return "\n".join(rows)


def _blockers(verdict: Verdict) -> Iterator[str]:
    if not verdict.blockers:
        return
    yield (
        "### What is missing\n\n"
        + "\n".join(_blocker(each) for each in verdict.blockers[:_SHOWN_AT_MOST])
        + _more(len(verdict.blockers) - _SHOWN_AT_MOST)
    )


def _blocker(blocker: Blocker) -> str:
    who = f" Who: {prose(blocker.who_can_unblock)}." if blocker.who_can_unblock else ""
    step = f" Next: {prose(blocker.next_action)}" if blocker.next_action else ""
    return f"- **{prose(blocker.subject)}** ({code_span(blocker.code)}).{who}{step}"


def _findings(verdict: Verdict) -> Iterator[str]:
    if not verdict.findings:
        return
    ordered = sorted(verdict.findings, key=lambda each: list(Tier).index(each.tier))
    yield (
        "### Findings\n\n"
        + "\n".join(_finding(each) for each in ordered[:_SHOWN_AT_MOST])
        + _more(len(ordered) - _SHOWN_AT_MOST)
    )


def _finding(finding: Finding) -> str:
    """Say a finding once: the place is left out where the message names it already."""
    named = finding.path is not None and finding.path in finding.message
    parts = (
        f"- **{_TIERS[finding.tier]}**, {code_span(finding.rule)}",
        "" if named else _place(finding),
        prose(finding.message),
        f"({', '.join(finding.controls)})" if finding.controls else "",
    )
    return " ".join(part for part in parts if part)


def _place(finding: Finding) -> str:
    if finding.path is None:
        return ""
    line = f" line {finding.line}" if finding.line else ""
    commit = f" in {code_span(finding.commit[:12])}" if finding.commit else ""
    return f"{code_span(finding.path)}{line}{commit}:"


def _grounds(verdict: Verdict) -> Iterator[str]:
    lines = [f"- counted: {prose(each)}" for each in verdict.counted[:_SHOWN_AT_MOST]]
    lines += [_not_counted(each) for each in verdict.seen[:_SHOWN_AT_MOST]]
    if lines:
        hidden = _more(len(verdict.counted) + len(verdict.seen) - len(lines))
        yield (
            f"<details><summary>Grounds ({verdict.examined} examined)</summary>\n\n"
            + "\n".join(lines)
            + hidden
            + "\n\n</details>"
        )


def _not_counted(seen: Seen) -> str:
    return f"- seen, not counted: {prose(seen.what)}, because {prose(seen.because)}"


def _more(hidden: int) -> str:
    return f"\n- and {hidden} more" if hidden > 0 else ""


def _machine_block(document: Mapping[str, Any]) -> str:
    """Return the document as a fenced block; three backticks inside a string are escaped."""
    body = json.dumps(document, indent=1, sort_keys=True).replace("```", "\\u0060\\u0060\\u0060")
    return f"For programs, the same verdict:\n\n```json\n{body}\n```"


def _remarks(verdict: Verdict) -> Iterator[Remark]:
    """Yield the worst findings as annotations; GitHub takes fifty with one request."""
    placed = [each for each in verdict.findings if each.path and each.line]
    shown = [each for each in placed if each.tier is not Tier.INFO]
    shown.sort(key=lambda finding: list(Tier).index(finding.tier))
    for finding in shown[:_REMARKS_AT_MOST]:
        yield Remark(
            path=finding.path or "",
            line=finding.line or 1,
            level=_LEVELS[finding.tier],
            title=finding.rule,
            message=finding.message,
        )


def check_name(gate: GateName) -> str:
    """Return the name under which a gate's verdict is published."""
    return f"gatewright/{gate.value}"


def conclusion(verdict: Verdict) -> str | None:
    """Map an outcome to GitHub: None is in progress; `neutral` and `skipped` would satisfy."""
    match verdict.outcome:
        case Outcome.PASS:
            return "success"
        case Outcome.PENDING:
            return None
        case Outcome.FAIL | Outcome.ERROR:
            return "failure"
