"""`/review` of any incident: of what was taken back, and of what no deployment is behind."""

import json
from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.review import Review, read_review, template
from app.core.commands.risk import Situation
from app.core.commands.scales import Level, Tier
from app.core.deploy.history import CLOSING
from app.core.text import code_span
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, digest, done, no
from app.service.chatops.doing import reviews
from app.service.chatops.doing.orders import refused
from app.service.incidents.book import Book
from app.service.incidents.slip import Slip
from app.store import deployments, incidents
from app.store.incidents import Event, Incident, What


def review(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Take a review in under whichever name of the incident it was given."""
    found = incidents.named(connection, asked.seen.repository_id, command.incident or "")
    if found is None:
        return reviews.review(asked, command, connection)
    own = _name_by_deployment(connection, found)
    if own is None:
        return _alone(asked, command, found)
    answer = reviews.review(asked, replace(command, incident=own), connection)
    return _kept(asked, found, answer)


def _name_by_deployment(connection: sa.Connection, found: Incident) -> str | None:
    """Return the incident's name by the deployment that still waits for the review."""
    for each in incidents.links(connection, found):
        row = deployments.read(connection, each.deployment_id)
        if row is not None and row.state in CLOSING:
            return each.name
    return None


def _kept(asked: Asked, found: Incident, answer: Answer) -> Answer:
    """Keep what the review says in the transaction that accepts it, for the issue to show."""
    read, act = read_review(asked.seen.body), answer.act
    if act is None or not isinstance(read, Review):
        return answer

    def write(writing: sa.Connection) -> Answer:
        """Do what was to be done, and keep the review if that was accepted."""
        given = act(writing)
        if given.code == reviews.REVIEWED:
            _keep(writing, asked, found, read)
        return given

    return replace(answer, act=write)


def _keep(writing: sa.Connection, asked: Asked, found: Incident, read: Review) -> None:
    told = json.dumps(dict(read.fields))
    by = asked.person
    made = Event(What.REVIEWED, str(asked.seen.comment_id), asked.now, told, by.id, by.login)
    incidents.note(writing, found, made)


def _alone(asked: Asked, command: Command, found: Incident) -> Answer:
    """Accept the review of an incident that no deployment of ours is behind."""
    if found.resolved_at is not None:
        return no(command, Code.REVIEW_REQUIRED, "The incident is reviewed and closed.")
    refusal = refused(asked, command, Situation(tier=_tier(asked, found)))
    if refusal is not None:
        return refusal
    if asked.standing.level < Level.OPERATE_PRODUCTION:
        return no(command, Code.PERMISSION_DENIED, "A review is accepted from L4 on.")
    read = read_review(asked.seen.body)
    if isinstance(read, tuple):
        form = f"```\n{template(command.incident or '')}\n```"
        return no(command, Code.REVIEW_REQUIRED, f"Missing: {', '.join(read)}.\n\n{form}")
    if not asked.scene.reading.has(read.fix):
        return no(command, Code.REVIEW_REQUIRED, "`fix` names no commit of this repository.")
    return _accepted(asked, command, found, read)


def _tier(asked: Asked, found: Incident) -> Tier:
    here = plan.environment(asked.policy, found.environment)
    return Tier(here.tier) if here else Tier.PRODUCTION


def _accepted(asked: Asked, command: Command, found: Incident, read: Review) -> Answer:
    fields = {
        "repo": str(found.repository_id),
        "incident": found.id,
        "by": str(asked.person.id),
        "fix": f"gitCommit:{read.fix}",
        "ref": digest(asked.seen.body),
    }
    entry = Draft(EntryType.INCIDENT_REVIEWED, f"review:{found.repository_id}:{found.id}", fields)
    text = f"The incident {code_span(found.id)} is reviewed."
    answer = done(command, text, code="reviewed")

    def write(writing: sa.Connection) -> Answer:
        """End the incident as it is now."""
        slip = Slip()
        book = Book(writing, slip, asked.now)
        now = incidents.read(writing, found.repository_id, found.id) or found
        _keep(writing, asked, now, read)
        book.resolved(now, read.fix)
        wants = book.awoken(now, "a review")
        return replace(answer, entries=(entry, *slip.drafts), wants=wants)

    return replace(answer, act=write)
