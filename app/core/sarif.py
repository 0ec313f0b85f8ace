"""A judgement as SARIF 2.1.0, for editors and code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

Results are findings at a place in a file. What has no such place, and what a gate misses, are
notifications of the run: readers of SARIF refuse results without one.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from app.core.verdict import Finding, Judgement, Outcome, Tier, Verdict

Json = dict[str, Any]
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Tier.BLOCK: "error",
    Tier.CONFIRM: "error",
    Tier.WARN: "warning",
    Tier.INFO: "note",
}
_FINGERPRINT = "gatewright/v1"


def sarif(judgement: Judgement) -> Json:
    """Return the document; equal judgements give equal documents."""
    name, _, version = judgement.engine.partition("/")
    placed = [each for each in _findings(judgement) if _is_placed(each)]
    rules = sorted({each.rule for each in placed})
    driver = {"name": name, "version": version, "rules": [{"id": rule} for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(judgement)],
        "results": list(_results(placed, rules)),
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _findings(judgement: Judgement) -> Iterator[Finding]:
    for verdict in judgement.verdicts:
        yield from verdict.findings


def _is_placed(finding: Finding) -> bool:
    """Tell whether a finding is in a file; a commit's message is none."""
    return finding.path is not None and not finding.path.startswith("(commit ")


def _results(placed: list[Finding], rules: list[str]) -> Iterator[Json]:
    seen: dict[str, int] = {}
    for each in placed:
        twin = f"{each.rule}\0{each.path}"
        seen[twin] = seen.get(twin, 0) + 1
        yield {
            "ruleId": each.rule,
            "ruleIndex": rules.index(each.rule),
            "level": _LEVELS[each.tier],
            "message": {"text": each.message},
            "locations": [_location(each)],
            "partialFingerprints": {_FINGERPRINT: _digest(f"{twin}\0{seen[twin]}")},
            "properties": _properties(each),
        }


def _location(finding: Finding) -> Json:
    place: Json = {"artifactLocation": {"uri": quote(finding.path or ""), "uriBaseId": "%SRCROOT%"}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {"physicalLocation": place}


def _properties(finding: Finding) -> Json:
    """Name the commit: a credential may be gone from the file and still be leaked."""
    commit = {"commit": finding.commit} if finding.commit else {}
    return {"tier": finding.tier.value, "tags": list(finding.controls), **commit}


def _digest(text: str) -> str:
    """Return what stays the same when lines move: rule, path, and the how-manieth it is there."""
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _invocation(judgement: Judgement) -> Json:
    moment = judgement.decided_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = [note for verdict in judgement.verdicts for note in _notifications(verdict)]
    could_tell = all(each.outcome is not Outcome.ERROR for each in judgement.verdicts)
    return {
        "executionSuccessful": could_tell,
        "endTimeUtc": moment,
        "toolExecutionNotifications": told,
    }


def _notifications(verdict: Verdict) -> Iterator[Json]:
    """Yield each gate's outcome, what it misses, and its findings without a place."""
    passed = verdict.outcome is Outcome.PASS
    yield _note(verdict.code, "note" if passed else "error", f"{verdict.gate}: {verdict.title}")
    for blocker in verdict.blockers:
        yield _note(blocker.code, "error", f"{blocker.subject}: {blocker.next_action}")
    for finding in verdict.findings:
        if not _is_placed(finding):
            yield _note(finding.rule, _LEVELS[finding.tier], finding.message)


def _note(code: str, level: str, text: str) -> Json:
    return {"descriptor": {"id": code}, "level": level, "message": {"text": text}}
