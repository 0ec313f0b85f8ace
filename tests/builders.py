"""Builders of facts with sensible defaults, so that a test names only what it is about."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.facts import (
    Account,
    AccountKind,
    Changes,
    ChangeStatus,
    CheckRun,
    Checks,
    Commit,
    CommitStatus,
    Contributor,
    Divergence,
    Facts,
    FileChange,
    Grant,
    PullRequest,
    Review,
    SecretScan,
    Sha,
    Subject,
    WorkflowAudit,
)
from app.core.policy.model import Policy

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def sha(label: str) -> Sha:
    """Return a full-length SHA that starts with the hex digits of a readable label."""
    return Sha(label.encode().hex().ljust(40, "0")[:40])


BASE, HEAD, OLD = sha("base"), sha("head"), sha("old")

ANN = Account(1, "ann")
BOB = Account(2, "bob")
CAROL = Account(3, "carol")
DAVE = Account(4, "dave")
ROBOT = Account(90, "robot[bot]", AccountKind.BOT)


def at(minutes: float) -> datetime:
    """Return a moment that many minutes after noon (negative: before)."""
    return NOW + timedelta(minutes=minutes)


def subject(**changes: Any) -> Subject:
    """Return pull request 7 of acme/widgets into main."""
    plain = Subject(
        repository_id=1001,
        repository="acme/widgets",
        pull_request=7,
        base_ref="main",
        base_sha=BASE,
        merge_base=BASE,
        head_sha=HEAD,
    )
    return replace(plain, **changes)


def pull_request(**changes: Any) -> PullRequest:
    """Return an open, ready pull request of ann's."""
    plain = PullRequest(
        number=7,
        title="fix: count twice",
        author=ANN,
        head_ref="fix",
        head_repository_id=1001,
        changed_files=1,
    )
    return replace(plain, **changes)


def commit(name: str = "head", *, author: Account | None = ANN, **changes: Any) -> Commit:
    """Return a commit written and committed by one account."""
    people = (Contributor("author", author), Contributor("committer", author))
    return replace(Commit(sha(name), (BASE,), people), **changes)


def changed(path: str, status: ChangeStatus = ChangeStatus.MODIFIED, **changes: Any) -> FileChange:
    """Return a change of one line of text."""
    plain = FileChange(path, status, added_lines=1, removed_lines=1, added=((1, 1),), size=100)
    return replace(plain, **{"old_mode": "100644", "new_mode": "100644"} | changes)


def review(
    author: Account | None, state: str = "APPROVED", *, commit: Sha | None = HEAD, **changes: Any
) -> Review:
    """Return a review of the head; ids rise with `minutes` unless given."""
    minutes = changes.pop("minutes", 0)
    plain = Review(
        id=1000 + int(minutes), author=author, state=state, commit=commit, submitted_at=at(minutes)
    )
    return replace(plain, **changes)


def check(name: str = "unit", conclusion: str | None = "success", **changes: Any) -> CheckRun:
    """Return a completed run of GitHub Actions on the head."""
    plain = CheckRun(
        id=1,
        name=name,
        app_id=15368,
        app_slug="github-actions",
        status="completed",
        conclusion=conclusion,
        head_sha=HEAD,
        suite_id=1,
        started_at=at(-10),
        completed_at=at(-5),
    )
    return replace(plain, **changes)


def status(context: str = "unit", state: str = "success", **changes: Any) -> CommitStatus:
    """Return a commit status on the head."""
    plain = CommitStatus(
        id=1, context=context, state=state, creator=ROBOT, head_sha=HEAD, created_at=at(-5)
    )
    return replace(plain, **changes)


def facts(**changes: Any) -> Facts:
    """Return complete facts about a small pull request that every gate can judge.

    `runs=` and `statuses=` and `files=` are short for the values inside checks and changes.
    """
    checks = Checks(runs=changes.pop("runs", ()), statuses=changes.pop("statuses", ()))
    files = changes.pop("files", (changed("src/app.py"),))
    plain = Facts(
        subject=subject(),
        pull_request=pull_request(),
        commits=(commit(),),
        changes=Changes(source="git", files=files),
        grants=tuple(Grant(person.id, "write") for person in (ANN, BOB, CAROL, DAVE)),
        checks=checks,
        divergence=Divergence(behind=0, ahead=1),
        secrets=SecretScan(engine="test", commits=1, blobs=1),
        workflow_audit=WorkflowAudit(engine="test", files=0),
    )
    return replace(plain, **changes)


def policy(**sections: Any) -> Policy:
    """Return a policy from plain values, as they would stand in the file (keys of `gates`)."""
    top = {
        key: sections.pop(key)
        for key in ("governs", "checks", "identities", "protected_paths")
        if key in sections
    }
    return Policy.model_validate_json(json.dumps({"version": 1, **top, "gates": sections}))
