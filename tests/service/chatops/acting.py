"""What people and time do in the tests of commands, in few words."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from app.audit.leaf import decode
from app.audit.verify import entries, log_ids
from app.store.deployment_tables import command, deployment, environment_lock
from app.store.incident_tables import incident
from app.store.order_tables import loan, person_freeze, waiting_order
from app.store.times import moment, stamp
from app.wiring import utc_now
from tests.service.chatops.conftest import Play
from tests.service.conftest import REPO

APPROVERS = ("eve", "carol")


def pass_time(play: Play, **span: float) -> None:
    """Let deployments, locks and comments grow older, and do what has been put to sleep."""
    for table, names in (
        (deployment, ("entered_at",)),
        (environment_lock, ("until",)),
        (command, ("created_at", "received_at")),
        (incident, ("opened_at", "detected_at", "mitigated_at", "issue_tried_at")),
        (waiting_order, ("expires_at",)),
        (loan, ("until",)),
        (person_freeze, ("start", "until")),
    ):
        _age(play, table, names, timedelta(**span))
    wake(play)


def _age(play: Play, table: sa.Table, names: tuple[str, ...], by: timedelta) -> None:
    key = list(table.primary_key)
    with play.bot.parts.database.write() as connection:
        for row in connection.execute(sa.select(table)).mappings().all():
            older = {each: stamp(moment(row[each]) - by) for each in names if row[each]}
            where = [column == row[column.name] for column in key]
            if older:
                connection.execute(table.update().where(*where).values(**older))


def wake(play: Play) -> None:
    """Do what has been put to sleep, whenever it was to be woken."""
    later = replace(play.bot.parts.scheduler, now=lambda: utc_now() + timedelta(days=400))
    with play.bot.parts.database.write() as connection:
        later.wake(connection)
    play.bot.settle()


def to_dev(play: Play) -> None:
    """Have the head live in development."""
    play.say("bob", "/deploy dev")
    play.finish()


def green(play: Play) -> None:
    """Let the merge gates pass on the head."""
    play.box.review(REPO, play.number, "bob")
    play.bot.settle()


def ready(play: Play) -> None:
    """Do everything that production asks for but the request itself."""
    to_dev(play)
    green(play)


def ask(play: Play, who: str = "dora") -> None:
    """Let somebody ask for production once everything is ready for it."""
    ready(play)
    play.say(who, "/deploy production")


def approve(play: Play, *people: str) -> None:
    """Let these people agree, by default two who may."""
    for who in people or APPROVERS:
        play.say(who, f"/approve {play.past()[-1].id} {play.head[:7]}")


def to_production(play: Play) -> None:
    """Have the head live in production, and watched to the end."""
    ask(play)
    approve(play)
    play.finish()
    pass_time(play, minutes=31)


def push(play: Play, text: str = "a = 3\n", **details) -> str:
    """Push another commit to the pull request's branch."""
    made = play.box.commit(REPO, "fix", {"src/a.py": text}, **{"author": "ann", **details})
    play.bot.settle()
    return made


def last(play: Play):
    """Return the newest deployment: its state, and why."""
    found = play.past()[-1]
    return found.state.value, found.ended_by


def status_comments(play: Play) -> list[str]:
    return [each for each in play.replies() if "gatewright:environment:" in each]


def answers(play: Play) -> list[str]:
    return [each for each in play.replies() if "gatewright:reply:" in each]


def order_pages(play: Play) -> list[str]:
    return [each for each in play.replies() if "gatewright:order:" in each]


def recorded(play: Play, kind: str) -> list[dict]:
    """Return the entries of a kind in the log."""
    with play.bot.parts.database.read() as connection:
        every = [
            decode(leaf) for log in log_ids(connection) for _, leaf, _ in entries(connection, log)
        ]
    return [each for each in every if each["type"] == kind]
