"""`/recheck`: everything about a pull request is judged once more; evidence stays what it is."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.text import quoted
from app.service import keys
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.doing.orders import refused
from app.store import commands, deployments

_RECHECKED = "rechecked"
_PAUSE = timedelta(minutes=1)


def recheck(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Wake the evaluation of the pull request and its deployments, once a minute at most.

    One evaluation judges every gate, also those that nobody named.
    """
    refusal = refused(asked, command, Situation())
    if refusal is not None:
        return refusal
    place = (asked.seen.repository_id, asked.seen.number)
    wants = [
        asked.want(keys.pull_request(*place), "a command"),
        *(
            asked.want(keys.deployment(each.repository_id, each.id), "a command")
            for each in deployments.unfinished(connection, *place)
        ),
    ]
    gate = f", {quoted(command.gate)} among them" if command.gate else ""
    text = f"All gates{gate} are judged again on {quoted(asked.scene.pull.head_sha)}."
    answer = done(command, text, *wants, code=_RECHECKED)

    def unless_asked(writing: sa.Connection) -> Answer:
        """Look in the transaction: of two comments at the same time one counts."""
        if commands.was_answered(writing, place, _RECHECKED, asked.now - _PAUSE):
            return no(command, Code.DUPLICATE, "It was asked for less than a minute ago.")
        return answer

    return replace(answer, act=unless_asked)
