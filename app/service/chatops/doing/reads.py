"""`/queue` and `/diff`: who waits for an environment, and what would be new there."""

from collections.abc import Iterable, Iterator
from itertools import islice

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.gates.wording import count
from app.core.policy.deployments import Migrations
from app.core.policy.paths import PathSet
from app.core.text import code_span, markdown, quoted, shorten, table_cell
from app.errors import GitError
from app.ports.deployments import Between, Titled
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.deploying.observer import Observer
from app.service.chatops.doing.orders import environment_of
from app.service.chatops.doing.questions import live_among, past_of
from app.store import deployments
from app.store.deployments import Stored

_WAITING = (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED)
_MOST_ROWS = 25
_MOST = 10
_TITLE_BYTES = 100


def show_queue(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Show who waits for each environment, in the order in which they get it, and what for."""
    past = deployments.history(connection, asked.seen.repository_id)
    here = None if command.environment is None else command.environment.casefold()
    waiting = sorted(
        (
            each
            for each in past
            if each.state in _WAITING and here in (None, each.environment.casefold())
        ),
        key=lambda each: (each.environment.casefold(), each.requested_at, each.id),
    )
    if not waiting:
        return done(command, "Nothing waits.")
    rows = list(_queue_rows(asked, past, waiting))[:_MOST_ROWS]
    head = "| environment | place | request | pull request | waits since (UTC) | for |\n"
    more = f"\n\nAnd {len(waiting) - len(rows)} more." if len(waiting) > len(rows) else ""
    return done(command, "\n".join((f"{head}{'| --- ' * 6}|", *rows)) + more)


def _queue_rows(asked: Asked, past: Iterable[Stored], waiting: Iterable[Stored]) -> Iterator[str]:
    places: dict[str, int] = {}
    everything = tuple(past)
    for each in waiting:
        here = each.environment.casefold()
        is_in_line = each.state is State.QUEUED
        places[here] = places.get(here, 0) + is_in_line
        cells = (
            quoted(each.environment),
            str(places[here]) if is_in_line else "",
            f"{code_span(each.id)} ({code_span(each.sha[:12])}) by {quoted(each.requested_login)}",
            code_span(f"#{each.number}"),
            f"{each.entered_at:%Y-%m-%d %H:%M}",
            _reason(asked, everything, each),
        )
        yield f"| {' | '.join(map(table_cell, cells))} |"


def _reason(asked: Asked, past: tuple[Stored, ...], each: Stored) -> str:
    """Say what a request waits for; nothing of another pull request is asked of GitHub for it."""
    if each.state is State.REQUESTED:
        return "being looked at"
    if each.state is State.AWAITING_APPROVAL:
        return f"{code_span('approval_needed')} people have to agree"
    found = Observer(asked.scene, each, past, asked.now, asked.scene.app_id).waits_for()
    if found is None:
        return "its turn"
    return f"{code_span(str(found.code))} {markdown(found.detail)}"


def show_diff(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Show what the head would bring to an environment, compared with what is live there."""
    environment = environment_of(asked, command)
    live = live_among(past_of(asked, connection, environment.name))
    head = asked.scene.pull.head_sha
    where = quoted(environment.name)
    if live is None:
        return done(command, f"Nothing is live in {where}, so everything of the head is new there.")
    if live.sha == head:
        return done(command, f"{where} has exactly the head, {code_span(head)}.")
    try:
        found = asked.scene.reading.between(live.sha, head, _MOST)
    except GitError:
        detail = f"{code_span(live.sha)} is live there; git cannot compare it with the head."
        return no(command, Code.API_UNAVAILABLE, detail)
    parts = filter(None, _differences(live.sha, head, found, asked.policy.migrations))
    return done(command, "\n\n".join((f"{where} and the head of this pull request:", *parts)))


def _differences(live: Sha, head: Sha, found: Between, migrations: Migrations) -> Iterator[str]:
    brought = sorted(filter(PathSet.of(migrations.paths).matches, found.paths))
    numbers = [
        count(found.gained, "new commit"),
        count(len(found.paths), "changed file"),
    ]
    if found.lost:
        numbers.insert(1, f"{count(found.lost, 'commit')} only live")
    if migrations.paths:
        numbers.append(count(len(brought), "migration"))
    yield f"{code_span(live[:12])} … {code_span(head[:12])}: {', '.join(numbers)}."
    yield _list("Migrations", brought, len(brought))
    yield _list("Commits", map(_titled, found.titles), found.gained, safe=True)
    yield _list("Files", found.paths, len(found.paths))


def _titled(each: Titled) -> str:
    return f"{code_span(each.sha[:7])} {markdown(shorten(each.title, _TITLE_BYTES))}"


def _list(name: str, items: Iterable[str], total: int, *, safe: bool = False) -> str:
    """Return a list of the first few; whatever is not said to be safe Markdown is quoted."""
    lines = [f"- {each if safe else quoted(each)}" for each in islice(items, _MOST)]
    more = [f"- and {total - len(lines)} more"] if total > len(lines) else []
    body = "\n".join([*lines, *more])
    if not lines:
        return ""
    return f"<details><summary>{name}</summary>\n\n{body}\n\n</details>"
