"""`/review`: what went wrong is understood, so that the environment may be used again (T99)."""

from dataclasses import replace

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.review import Review, read_review, template
from app.core.commands.risk import Situation
from app.core.commands.scales import Level
from app.core.facts import Sha
from app.core.text import code_span
from app.errors import GitError, NotFoundError
from app.service import keys
from app.service.chatops.asked import Answer, Asked, digest, done, no, then
from app.service.chatops.doing.loan_reviews import review_loan
from app.service.chatops.doing.orders import refused
from app.service.chatops.ordering.grants import UNREVIEWED
from app.service.chatops.ordering.placing import BARRED, Matter, place
from app.service.chatops.record import incident_of, reviewed
from app.store import deployments
from app.store.deployments import Stored

REVIEWED = "reviewed"


def review(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Accept a complete review by somebody at L4 who did not ask for the deployment.

    Handed in by anybody else, it waits for such a person.
    """
    if (command.incident or "").startswith("ovr-"):
        return review_loan(asked, command, connection)
    past = deployments.history(connection, asked.seen.repository_id)
    name = command.incident
    found = [each for each in past if each.state in UNREVIEWED and incident_of(each) == name]
    if not found:
        return no(command, Code.REVIEW_REQUIRED, "No incident of that name waits for a review.")
    bad = found[0]
    refusal = refused(asked, command, Situation(tier=bad.tier))
    read = refusal or _read(asked, command, bad)
    if isinstance(read, Answer):
        return read
    # Nobody closes an incident alone who caused it, or who could not approve it.
    is_alone = asked.person.id == bad.requested_by
    if is_alone or asked.standing.level < Level.OPERATE_PRODUCTION:
        return _handed_in(asked, command, found, read)
    return _accepted(asked, command, found, read.fix)


def _read(asked: Asked, command: Command, bad: Stored) -> Review | Answer:
    """Return a complete review, or what is wrong with it."""
    read = read_review(asked.seen.body)
    if isinstance(read, tuple):
        form = f"```\n{template(command.incident or '')}\n```"
        return no(command, Code.REVIEW_REQUIRED, f"Missing: {', '.join(read)}.\n\n{form}")
    if not _is_known(asked, read.fix):
        return no(command, Code.REVIEW_REQUIRED, "`fix` names no commit of this repository.")
    if asked.scene.reading.holds(bad.sha, read.fix):
        detail = "`fix` names a commit that was already in what went wrong."
        return no(command, Code.REVIEW_REQUIRED, detail)
    return read


def _handed_in(asked: Asked, command: Command, found: list[Stored], read: Review) -> Answer:
    """Let a review wait for somebody at L4 who did not ask for the deployment."""
    bad, fix = found[0], read.fix
    if asked.scene.stands_in:
        detail = "Where there is no pull request, somebody else at L4 posts the review."
        return no(command, Code.PERMISSION_DENIED, detail)
    what = (
        f"The review of {code_span(command.incident or '')} with the fix {code_span(fix)} is to "
        "be accepted"
    )
    facts = {
        "incident": command.incident,
        "closing": [each.id for each in found],
        "fix": fix,
        "body": digest(asked.seen.body),
        "review": dict(read.fields),
        BARRED: [bad.requested_by],
    }
    matter = Matter(what, bad.tier, fix, asked.scene.reading.tree(fix), facts)
    return place(asked, command, matter)


def _is_known(asked: Asked, sha: Sha) -> bool:
    try:
        asked.scene.reading.tree(sha)
    except (GitError, NotFoundError):
        return False
    return True


def _accepted(asked: Asked, command: Command, found: list[Stored], fix: Sha) -> Answer:
    bad = found[0]
    review = (fix, digest(asked.seen.body))
    entry = reviewed(bad, command.incident or "", asked.person.id, review)
    wants = [
        asked.want(keys.deployment(each.repository_id, each.id), "a review", urgent=True)
        for each in found
    ]
    text = (
        f"The incident {code_span(command.incident or '')} is reviewed. "
        f"Versions that hold {code_span(fix)} may be deployed again."
    )
    answer = replace(done(command, text, *wants, code=REVIEWED), entries=(entry,))

    def write(writing: sa.Connection) -> None:
        for each in found:
            deployments.note(writing, each.id, cleared_by=fix)

    return then(answer, write)
