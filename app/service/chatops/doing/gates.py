"""`/gates`: what is proven of a commit, environment by environment, and what is measured there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.deploy.observed import Result
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.deployments import Environment
from app.core.text import code_span, quoted
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.deploying.observer import Observer
from app.service.chatops.doing import orders
from app.service.chatops.proving import readiness_page, watch_page
from app.store import deployments
from app.store.deployments import Stored

_MERGE = {
    Result.PASS: "pass on this commit",
    Result.FAIL: "do not pass on this commit",
    Result.INCONCLUSIVE: "have not decided about this commit",
}


def show_gates(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Show every gate of one environment or of all, for the head or a commit that is named."""
    sha = Sha(command.sha or asked.scene.pull.head_sha)
    tree = orders.tree_of(asked, sha)
    is_known = sha == asked.scene.pull.head_sha or asked.scene.reading.is_on_base(sha)
    if tree is None or not is_known:
        return no(command, Code.SHA_NOT_PROTECTED)
    chosen = [
        each for each in asked.policy.environments if command.environment in (None, each.name)
    ]
    if not chosen:
        return done(command, "The policy has no environments: nothing can be deployed.")
    past = deployments.history(connection, asked.seen.repository_id)
    parts = [f"Gates of {code_span(sha)}:"]
    for each in chosen:
        stored = orders.requested(asked, command, each, (sha, tree))
        parts += _of(asked, each, replace(stored, state=State.GATING), past)
        parts += _measured(asked, connection, each, past)
    return done(command, "\n\n".join(parts))


def _of(
    asked: Asked, environment: Environment, stored: Stored, past: Sequence[Stored]
) -> Iterator[str]:
    view = Observer(asked.scene, stored, past, asked.now, asked.scene.app_id).view()
    merge = _MERGE[view.merge] if view.merge else "were not looked at"
    if not environment.peer_review:
        merge = "are not asked for"
    yield f"#### {quoted(environment.name)}\n\nThe merge gates {merge}."
    if view.readiness is None:
        yield "The policy asks for no other proof there."
    else:
        yield readiness_page.readiness(view.readiness.report)


def _measured(
    asked: Asked, connection: sa.Connection, environment: Environment, past: Sequence[Stored]
) -> Iterator[str]:
    """Yield what monitoring says of whatever is watched there now."""
    here = environment.name.casefold()
    for each in past:
        if each.environment.casefold() != here:
            continue
        steps = deployments.steps(connection, each.id)
        look = asked.watcher.look(environment, each, past, steps, asked.now)
        if look is not None:
            yield f"Watched there now: {code_span(each.id)} ({code_span(each.sha[:12])})."
            yield watch_page.measured(look)
