"""Handing evidence in as a workflow run does, with a token of the sandbox's own issuer."""

from datetime import UTC, datetime
from typing import Any

import requests

from app.sandbox.acts.oidc import TokenOrder
from tests.service.chatops.conftest import Play
from tests.service.conftest import REPO

QUALITY = ".github/workflows/quality.yml"
AUDIENCE = "gatewright"


def item(kind: str, value: Any, unit: str = "percent", **more: Any) -> dict[str, Any]:
    """Return one number, measured now."""
    now = datetime.now(UTC).isoformat()
    return {"kind": kind, "value": value, "unit": unit, "observed_at": now, **more}


def token(play: Play, sha: str, **order: Any) -> str:
    """Return the token of a run for a commit: of a pull request, unless another event is given."""
    event, path = order.pop("event", "pull_request"), order.pop("path", QUALITY)
    ref = order.pop("ref", f"refs/pull/{play.number}/merge")
    run = play.box.start_workflow(REPO, sha, "ann", path=path, event=event)
    # Of a pull request, the token names the trial merge, which is another commit.
    is_pull = event.startswith("pull_request")
    own = "f" * 40 if is_pull else sha
    order = {"base": "main" if is_pull else "", **order}
    return play.box.workflow_token(
        REPO, run, TokenOrder(order.pop("audience", AUDIENCE), ref, own, **order)
    )


def post(play: Play, bearer: str, body: Any) -> requests.Response:
    """Send a body to the door."""
    root = play.box.webhook_url.removesuffix("/webhook")
    return requests.post(
        f"{root}/api/v1/repos/{REPO}/evidence",
        json=body,
        headers={"Authorization": f"Bearer {bearer}"},
        timeout=10,
    )


def hand_in(play: Play, *items: dict[str, Any], sha: str = "", **order: Any) -> requests.Response:
    """Let a run hand evidence in about the head, and everything be done about it."""
    sha = sha or play.head
    body: dict[str, Any] = {"sha": sha, "evidence": list(items)}
    if "tree" in order:
        body["tree"] = order.pop("tree")
    answer = post(play, token(play, order.pop("run_for", sha), **order), body)
    play.bot.settle()
    return answer
