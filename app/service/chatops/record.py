"""What the log keeps of deployments."""

from collections.abc import Mapping

from app.audit.leaf import Draft, EntryType
from app.store.deployments import Stored


def moved(stored: Stored, evidence: Mapping[str, str] | None = None) -> Draft:
    """Return the entry about the state that a deployment is in now, and what it was made from."""
    fields = {
        "repo": str(stored.repository_id),
        "deployment": stored.id,
        "env": stored.environment,
        "rev": f"gitCommit:{stored.sha}",
        "state": stored.state.value,
        "code": stored.ended_by,
        "by": str(stored.requested_by),
        **(evidence or {}),
    }
    key = f"deployment:{stored.repository_id}:{stored.id}:{stored.version}"
    return Draft(EntryType.DEPLOYMENT_MOVED, key, fields)


def reviewed(bad: Stored, incident: str, by: int, review: tuple[str, str]) -> Draft:
    """Return the entry about the review of an incident: its fix, and the digest of its text."""
    fix, body = review
    fields = {
        "repo": str(bad.repository_id),
        "deployment": bad.id,
        "incident": incident,
        "by": str(by),
        "fix": f"gitCommit:{fix}",
        "ref": body,
    }
    key = f"review:{bad.repository_id}:{bad.id}"
    return Draft(EntryType.INCIDENT_REVIEWED, key, fields)


def incident_of(stored: Stored) -> str:
    """Return the incident's id: that of the request with which a chain of rollbacks began."""
    return f"inc-{stored.id.removeprefix('req-').partition('-')[0]}"
