"""`/review ovr-…`: somebody else looks after the fact at a gate that was lent and needed."""

from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.review import AFTER_LOAN, read_fields, template
from app.core.commands.risk import Situation
from app.core.commands.scales import Level
from app.core.text import code_span
from app.service import keys
from app.service.chatops.asked import Answer, Asked, digest, done, no
from app.service.chatops.doing.orders import refused
from app.service.chatops.ordering.grants import loan_fields
from app.store import deployments, loans
from app.store.loans import Kept


def review_loan(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Record that somebody at L4 looked who neither asked for the loan nor deployed with it."""
    kept = loans.read(connection, command.incident or "")
    if kept is None or kept.repository_id != asked.seen.repository_id or not kept.is_due:
        return no(command, Code.NO_REQUEST, "No override of that name waits for a review.")
    refusal = refused(asked, command, Situation()) or _not_by(asked, command, connection, kept)
    if refusal is not None:
        return refusal
    missing = [name for name, text in read_fields(asked.seen.body, AFTER_LOAN).items() if not text]
    if missing:
        form = f"```\n{template(kept.loan.id, AFTER_LOAN)}\n```"
        return no(command, Code.REVIEW_REQUIRED, f"Missing: {', '.join(missing)}.\n\n{form}")
    return _recorded(asked, command, kept)


def _not_by(asked: Asked, command: Command, connection: sa.Connection, kept: Kept) -> Answer | None:
    if asked.standing.level < Level.OPERATE_PRODUCTION:
        return no(command, Code.PERMISSION_DENIED, "The use of a loan is reviewed from L4 on.")
    deployed = deployments.read(connection, kept.used_by or "")
    if asked.person.id in {kept.by_id, deployed.requested_by if deployed else None}:
        detail = "Whoever asked for the loan or deployed with it cannot review that."
        return no(command, Code.SELF_APPROVAL, detail)
    return None


def _recorded(asked: Asked, command: Command, kept: Kept) -> Answer:
    fields = loan_fields(kept.loan, kept.repository_id) | {
        "deployment": kept.used_by or "",
        "by": str(asked.person.id),
        "ref": digest(asked.seen.body),
    }
    key = f"loan:{kept.repository_id}:{kept.loan.id}:reviewed"
    entry = Draft(EntryType.LOAN_REVIEWED, key, fields)
    wants = (
        asked.want(keys.order(kept.repository_id, kept.order_id), "a review"),
        asked.want(keys.deployment(kept.repository_id, kept.used_by or ""), "a review"),
    )
    text = f"The use of {code_span(kept.loan.id)} is reviewed."
    answer = replace(done(command, text, *wants, code="reviewed"), entries=(entry,))

    def write(writing: sa.Connection) -> Answer:
        if loans.review(writing, kept.loan.id, asked.person.id):
            return answer
        return no(command, Code.NO_REQUEST, "Somebody has reviewed it already.")

    return replace(answer, act=write)
