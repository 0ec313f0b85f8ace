"""Payloads with the fields that handlers read, and some that they do not."""

from typing import Any

from tests.builders import BASE, HEAD

Payload = dict[str, Any]

ANN = {"id": 1, "login": "ann", "type": "User"}
REPOSITORY = {
    "id": 1001,
    "full_name": "acme/widgets",
    "default_branch": "main",
    "archived": False,
    "private": True,
    "owner": {"id": 77, "login": "acme", "type": "Organization"},
}
INSTALLATION = {"id": 9001, "node_id": "MDIz"}


def about(repository: Payload | None = None, **parts: Any) -> Payload:
    """Return a payload about a repository, through an installation, sent by Ann."""
    plain = {"repository": repository or REPOSITORY, "installation": INSTALLATION, "sender": ANN}
    return {**plain, **parts}


def pull_request(action: str = "opened", **changes: Any) -> Payload:
    """Return a `pull_request` payload about number 7; `event` fields go beside it."""
    beside = changes.pop("event", {})
    plain = {
        "number": 7,
        "state": "open",
        "title": "Make widgets bigger",
        "head": {"ref": "bigger", "sha": HEAD, "repo": {"id": 1001}},
        "base": {"ref": "main", "sha": BASE, "repo": {"id": 1001}},
        "merged": False,
        "merge_commit_sha": None,
    }
    return about(action=action, number=7, pull_request={**plain, **changes}, **beside)


def review(action: str = "submitted", state: str = "approved", **changes: Any) -> Payload:
    """Return a `pull_request_review` payload; REST omits `merged` in its pull request."""
    found = pull_request(action, **changes)
    del found["pull_request"]["merged"]
    return {**found, "review": {"id": 5, "state": state, "user": ANN, "commit_id": HEAD}}


def check_run(action: str = "completed", app_id: int = 15368, **changes: Any) -> Payload:
    """Return a `check_run` payload of GitHub Actions."""
    plain = {
        "id": 3,
        "name": "unit",
        "head_sha": HEAD,
        "status": "completed",
        "conclusion": "success",
        "app": {"id": app_id},
        "pull_requests": [],
    }
    return about(action=action, check_run={**plain, **changes})


def check_suite(action: str = "completed", app_id: int = 15368, **changes: Any) -> Payload:
    """Return a `check_suite` payload."""
    plain = {"id": 4, "head_sha": HEAD, "conclusion": "success", "app": {"id": app_id}}
    return about(action=action, check_suite={**plain, **changes})


def status(state: str = "success") -> Payload:
    """Return a `status` payload, which has no action."""
    return about(sha=HEAD, state=state, context="ci/unit")


def push(ref: str = "refs/heads/main", after: str = HEAD, **beside: Any) -> Payload:
    """Return a `push` payload, which has no action."""
    return about(ref=ref, before=BASE, after=after, **beside)


def merge_group(action: str = "checks_requested") -> Payload:
    """Return a `merge_group` payload."""
    group = {
        "head_sha": HEAD,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-abc",
        "base_sha": BASE,
        "base_ref": "refs/heads/main",
    }
    return about(action=action, merge_group=group)


def installation(action: str = "created", **changes: Any) -> Payload:
    """Return an `installation` payload, which has no repository."""
    account = {"id": 77, "login": "acme", "type": "Organization"}
    found = {"id": 9001, "account": account, "suspended_at": None, **changes}
    return {"action": action, "installation": found, "sender": ANN}
