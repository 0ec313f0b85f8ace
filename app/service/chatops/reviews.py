"""`/review`: what went wrong is understood, so that the environment may be used again (T99)."""

from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.review import read_review, template
from app.core.commands.risk import Situation
from app.core.commands.scales import Level
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.text import code_span
from app.errors import GitError, NotFoundError
from app.service import keys
from app.service.chatops.asked import Answer, Asked, digest, done, no, then
from app.service.chatops.orders import refused
from app.service.chatops.record import incident_of
from app.store import deployments
from app.store.deployments import Stored

_OPEN = (State.REVIEW_REQUIRED, State.ROLLBACK_FAILED)


def review(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Accept a complete review by somebody at L4 who did not ask for the deployment."""
    past = deployments.history(connection, asked.seen.repository_id)
    found = [each for each in past if each.state in _OPEN and incident_of(each) == command.incident]
    if not found:
        return no(command, Code.REVIEW_REQUIRED, "No incident of that name waits for a review.")
    bad = found[0]
    refusal = refused(asked, command, Situation(tier=bad.tier)) or _not_by(asked, command, bad)
    if refusal is not None:
        return refusal
    read = read_review(asked.seen.body)
    if isinstance(read, tuple):
        form = f"```\n{template(command.incident or '')}\n```"
        return no(command, Code.REVIEW_REQUIRED, f"Missing: {', '.join(read)}.\n\n{form}")
    if not _is_known(asked, read.fix):
        return no(command, Code.REVIEW_REQUIRED, "`fix` names no commit of this repository.")
    if asked.scene.reading.holds(bad.sha, read.fix):
        detail = "`fix` names a commit that was already in what went wrong."
        return no(command, Code.REVIEW_REQUIRED, detail)
    return _accepted(asked, command, found, read.fix)


def _not_by(asked: Asked, command: Command, bad: Stored) -> Answer | None:
    """Let nobody close an incident alone who caused it, or who could not approve it."""
    if asked.standing.level < Level.OPERATE_PRODUCTION:
        return no(command, Code.PERMISSION_DENIED, "A review is accepted from L4 on.")
    if asked.person.id == bad.requested_by:
        return no(command, Code.SELF_APPROVAL, "Whoever deployed it cannot close the incident.")
    return None


def _is_known(asked: Asked, sha: Sha) -> bool:
    try:
        asked.scene.reading.tree(sha)
    except (GitError, NotFoundError):
        return False
    return True


def _accepted(asked: Asked, command: Command, found: list[Stored], fix: Sha) -> Answer:
    bad = found[0]
    fields = {
        "repo": str(bad.repository_id),
        "deployment": bad.id,
        "incident": command.incident or "",
        "by": str(asked.person.id),
        "fix": f"gitCommit:{fix}",
        "ref": digest(asked.seen.body),
    }
    entry = Draft(EntryType.INCIDENT_REVIEWED, f"review:{bad.repository_id}:{bad.id}", fields)
    wants = [
        asked.want(keys.deployment(each.repository_id, each.id), "a review", urgent=True)
        for each in found
    ]
    text = (
        f"The incident {code_span(command.incident or '')} is reviewed. "
        f"Versions that hold {code_span(fix)} may be deployed again."
    )
    answer = replace(done(command, text, *wants, code="reviewed"), entries=(entry,))

    def write(writing: sa.Connection) -> None:
        for each in found:
            deployments.note(writing, each.id, cleared_by=fix)

    return then(answer, write)
