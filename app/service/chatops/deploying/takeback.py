"""The deployment that takes another one back: a row of its own, approved with what it undoes."""

import json
from dataclasses import replace
from datetime import datetime

from app.core.deploy.history import Past
from app.core.deploy.observed import Kind, RunState
from app.core.deploy.states import State
from app.store.deployments import Stored


def rollback_id(deployment_id: str) -> str:
    """Return the id of the deployment that takes another one back."""
    return f"{deployment_id}-back"


def rollback_of(bad: Stored, target: Past, now: datetime) -> Stored:
    """Return the row that brings an earlier version back in the name of whoever asked for the bad.

    Nothing that was learnt or wished of the bad deployment is handed on.
    """
    return replace(
        bad,
        id=rollback_id(bad.id),
        kind=Kind.ROLLBACK,
        sha=target.sha,
        tree=target.tree,
        state=State.GATING,
        version=1,
        entered_at=now,
        requested_at=now,
        begun_at=now,
        comment_id=None,
        params=json.dumps({"command": "", "to": target.id}),
        ended_by=bad.ended_by,
        detail=f"takes {bad.id} back to {target.id} {bad.detail}".rstrip(),
        replaces=bad.id,
        github_id=None,
        github_sha=None,
        run_id=None,
        run_state=RunState.ABSENT,
        run_sha=None,
        has_moved_traffic=False,
        cancelled_by=None,
        aborted_by=None,
        paused_by=None,
        promoted_by=None,
        promoted_anyway=False,
        flag="",
        fencing=None,
        schema=target.schema,
        floor=target.floor,
        told="",
        rollback_to=None,
        review_after="[]",
    )
