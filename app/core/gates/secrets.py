"""The secrets gate: no credential in any commit of the change, and nothing left unread."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.core.compliance.change import has_new_content, is_submodule
from app.core.facts import Facts, Part, SecretScan, Unread
from app.core.gates.leaks import STOPPING, Leak, finding, grouped, headline, next_step, where
from app.core.gates.wording import clip, count
from app.core.policy.model import Policy, SecretsPolicy
from app.core.policy.paths import PathSet
from app.core.text import quoted, visible
from app.core.verdict import Blocker, Finding, GateName, Outcome, Seen, Tier, Verdict

__all__ = ["MEANING", "Code", "judge", "needs"]


class Code(StrEnum):
    """Every way in which this gate can end."""

    NONE_FOUND = "SECRETS_NONE_FOUND"
    NOTED = "SECRETS_NOTED"
    NOTHING_NEW = "SECRETS_NOTHING_NEW"
    FOUND = "SECRETS_FOUND"
    LEAKED = "SECRETS_LEAKED"
    TO_CONFIRM = "SECRETS_TO_CONFIRM"
    NOT_INSPECTED = "SECRETS_NOT_INSPECTED"
    NOT_SCANNED = "SECRETS_NOT_SCANNED"
    SCAN_INCOMPLETE = "SECRETS_SCAN_INCOMPLETE"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.NONE_FOUND: "Every commit was scanned and nothing was found.",
        Code.NOTED: "Nothing that stops the merge was found; there is something to look at.",
        Code.NOTHING_NEW: "The change brings no content that could hold a secret.",
        Code.FOUND: "The change holds a credential.",
        Code.LEAKED: "A commit held a credential that a later one removed; it can still be read.",
        Code.TO_CONFIRM: "The change holds something that looks like a credential.",
        Code.NOT_INSPECTED: "Some content could not be looked into.",
        Code.NOT_SCANNED: "There is no scan of this change.",
        Code.SCAN_INCOMPLETE: "The scan saw fewer commits or files than the change has.",
    }
)

_AUTHOR = "the author, with whoever can rotate the credential"
_UNREAD = "none"


def needs(policy: Policy) -> frozenset[Part]:
    """Name the parts of the facts without which this gate cannot tell."""
    del policy  # the scan is needed whatever the policy makes of it
    return frozenset({Part.SECRETS, Part.CHANGES, Part.COMMITS})


def judge(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Fail for a secret in any commit; a scan that saw too little is an error, not a pass."""
    del now  # a secret does not become less of one
    if facts.secrets is None:
        return _not_scanned()
    scan, rules = facts.secrets, policy.gates.secrets
    leaks = grouped(scan.findings, rules)
    stopping = [leak for leak in leaks if leak.tier in STOPPING]
    unread = _unread(scan, rules)
    shortage = _shortage(facts, scan)
    blockers = (
        *map(_leak_blocker, stopping),
        *([_unread_blocker(unread)] if unread else []),
        *([_shortage_blocker(shortage)] if shortage else []),
    )
    code = _code(blockers, leaks, scan)
    return Verdict(
        gate=GateName.SECRETS,
        outcome=_outcome(blockers),
        code=code,
        title=clip(_title(code, stopping, unread, scan)),
        findings=(*map(finding, leaks), *map(_unread_finding, unread)),
        blockers=blockers,
        seen=(*_pragmas(leaks), *_accepted(scan, unread)),
        counted=_counted(scan),
        examined=scan.blobs,
        is_required=code is not Code.NOTHING_NEW,
    )


def _unread(scan: SecretScan, rules: SecretsPolicy) -> tuple[Unread, ...]:
    allowed = PathSet.of(rules.allow_unread)
    rest = {each for each in scan.unread if not allowed.matches(each.path)}
    return tuple(sorted(rest, key=lambda each: (each.path, each.commit, each.reason)))


def _shortage(facts: Facts, scan: SecretScan) -> str:
    """Say what the scan should have seen and did not."""
    if facts.changes.source == _UNREAD and not scan.blobs:
        return "no content scanned, and what changed is not known"
    if scan.commits < len(facts.commits):
        return f"{scan.commits} of {count(len(facts.commits), 'commit')} scanned"
    if facts.changes.files and not scan.commits:
        return f"no commit scanned, but {count(len(facts.changes.files), 'file')} changed"
    new = [file for file in facts.changes.files if has_new_content(file) and not is_submodule(file)]
    if new and not scan.blobs:
        return f"no content scanned, but {count(len(new), 'file')} brought some"
    return ""


def _outcome(blockers: Sequence[Blocker]) -> Outcome:
    codes = {blocker.code for blocker in blockers}
    if codes - {Code.SCAN_INCOMPLETE}:
        return Outcome.FAIL
    return Outcome.ERROR if codes else Outcome.PASS


def _code(blockers: Sequence[Blocker], leaks: Sequence[Leak], scan: SecretScan) -> Code:
    if blockers:
        weightiest = [code for code in Code if code in {blocker.code for blocker in blockers}]
        return weightiest[0]
    if leaks:
        return Code.NOTED
    return Code.NONE_FOUND if scan.blobs else Code.NOTHING_NEW


def _title(code: Code, stopping: Sequence[Leak], unread: Sequence[Unread], scan: SecretScan) -> str:
    number = sum(_code_of(leak) is code for leak in stopping)
    scanned = f"{count(scan.commits, 'commit')} and {count(scan.blobs, 'file version')}"
    titles = {
        Code.FOUND: f"{count(number, 'secret')} found",
        Code.LEAKED: f"{count(number, 'leaked secret')} in earlier commits",
        Code.TO_CONFIRM: f"{count(number, 'possible secret')} to look at",
        Code.NOT_INSPECTED: f"{count(len(unread), 'file')} could not be looked into",
        Code.SCAN_INCOMPLETE: "Cannot tell: the scan is incomplete",
        Code.NOTED: f"Nothing that stops the merge in {scanned}",
        Code.NONE_FOUND: f"No secrets in {scanned}",
        Code.NOTHING_NEW: "Not required: the change brings no content",
    }
    return titles[code]


def _code_of(leak: Leak) -> Code:
    if leak.is_certain:
        return Code.FOUND if leak.is_in_head else Code.LEAKED
    return Code.TO_CONFIRM


def _leak_blocker(leak: Leak) -> Blocker:
    return Blocker(
        code=_code_of(leak),
        subject=headline(leak),
        who_can_unblock=_AUTHOR,
        next_action=next_step(leak),
    )


def _unread_finding(unread: Unread) -> Finding:
    return Finding(
        rule=Code.NOT_INSPECTED,
        tier=Tier.BLOCK,
        message=f"{quoted(unread.path)} in {unread.commit[:7]} could not be looked into: "
        f"{_in_words(unread.reason)}. Commit it in a form that can be read, or add its path to "
        "`allow_unread` on the base branch.",
        path=unread.path,
        commit=unread.commit,
    )


def _in_words(reason: str) -> str:
    return visible(reason).replace("_", " ")


def _unread_blocker(unread: Sequence[Unread]) -> Blocker:
    paths = sorted({each.path for each in unread})
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return Blocker(
        code=Code.NOT_INSPECTED,
        subject=f"{quoted(paths[0])}{more}",
        who_can_unblock="the author",
        next_action="Commit the content in a form that can be read, or have its path added to "
        "`allow_unread` on the base branch.",
    )


def _shortage_blocker(shortage: str) -> Blocker:
    return Blocker(
        code=Code.SCAN_INCOMPLETE,
        subject=shortage,
        who_can_unblock="nobody needs to act at first; Gatewright scans again",
        next_action="If this stays, look at the scanner's log.",
    )


def _pragmas(leaks: Sequence[Leak]) -> tuple[Seen, ...]:
    return tuple(
        Seen(
            f"{quoted(place.pragma)} at {where(place)}",
            "a comment in the change is a request; only the base branch can allow a finding",
        )
        for leak in leaks
        for place in leak.places
        if place.pragma
    )


def _accepted(scan: SecretScan, unread: Sequence[Unread]) -> tuple[Seen, ...]:
    accepted = {each.path for each in scan.unread} - {each.path for each in unread}
    return tuple(
        Seen(quoted(path), "not looked into; `allow_unread` accepts that")
        for path in sorted(accepted)
    )


def _counted(scan: SecretScan) -> tuple[str, ...]:
    return (f"{count(scan.commits, 'commit')}", f"{count(scan.blobs, 'file version')}")


def _not_scanned() -> Verdict:
    return Verdict(
        gate=GateName.SECRETS,
        outcome=Outcome.ERROR,
        code=Code.NOT_SCANNED,
        title="Cannot tell: the change has not been scanned",
        blockers=(
            Blocker(
                code=Code.NOT_SCANNED,
                subject="no scan",
                who_can_unblock="nobody needs to act at first; Gatewright scans again",
                next_action="If this stays, look at the scanner's log.",
            ),
        ),
    )
