"""Placing an order: a dangerous command is recorded and waits for people before it acts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.command import Command
from app.core.commands.definition import Approvals
from app.core.commands.grammar import parse
from app.core.commands.order import OrderState, patience
from app.core.commands.reference import people
from app.core.commands.risk import Situation, form_of
from app.core.commands.scales import Tier
from app.core.facts import Sha
from app.core.policy.deployments import DeploymentPolicy
from app.core.text import code_span, quoted
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, done, then
from app.service.chatops.deploying.approvals import Wanted
from app.store import orders
from app.store.orders import Order

BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Matter:
    """What an order is about: the words for people, the commit, and the facts that it stands on."""

    what: str
    tier: Tier
    sha: Sha
    tree: str
    facts: Mapping[str, object]


def place(asked: Asked, command: Command, matter: Matter) -> Answer:
    """Record an order; people are told who has to agree."""
    made = _order(asked, command, matter)
    found = wanted(made, asked.policy)
    needs = found.needs if found else None
    key = keys.order(made.repository_id, made.id)
    agrees = code_span(f"/approve {made.id}")
    where = f" in #{made.number}" if made.number != asked.seen.number else ""
    text = (
        f"Order {code_span(made.id)}: {matter.what}. {needed(needs, asked.policy)} "
        f"Until {made.expires_at:%Y-%m-%d %H:%M} UTC somebody posts {agrees}{where}."
    )
    answer = done(command, text, asked.want(key, "a command", urgent=True), code="ordered")
    answer = replace(answer, entries=(moved(made),))
    return then(answer, lambda writing: orders.create(writing, made))


def _order(asked: Asked, command: Command, matter: Matter) -> Order:
    risk = form_of(command, _situation(command, matter.tier, asked.policy)).risk
    return Order(
        id=f"ord-{asked.seen.name}",
        account_id=asked.job.account_id,
        repository_id=asked.seen.repository_id,
        installation_id=asked.job.installation_id,
        number=asked.scene.number,
        comment_id=asked.seen.comment_id,
        verb=command.verb,
        command=command.written(),
        environment=command.environment or "",
        tier=matter.tier,
        risk=risk,
        sha=matter.sha,
        tree=matter.tree,
        params=json.dumps({**matter.facts, "what": matter.what}, sort_keys=True),
        policy_sha256=asked.scene.policy.digest,
        requested_at=asked.now,
        requested_by=asked.person.id,
        requested_login=asked.person.login,
        expires_at=asked.now + patience(risk),
    )


def command_of(order: Order, policy: DeploymentPolicy) -> Command | None:
    """Return the command behind an order, read under the present policy."""
    found = parse(order.command, plan.vocabulary(policy)).commands
    return found[0] if len(found) == 1 else None


def situation(order: Order, command: Command, policy: DeploymentPolicy) -> Situation:
    """Return in which of its cases the command is."""
    return _situation(command, order.tier, policy)


def _situation(command: Command, tier: Tier, policy: DeploymentPolicy) -> Situation:
    about_security = plan.is_about_security(policy, command.gate or "security")
    return Situation(tier=tier, is_security_gate=about_security)


def wanted(order: Order, policy: DeploymentPolicy) -> Wanted | None:
    """Return who has to agree; None where the policy reads the command in another way now."""
    command = command_of(order, policy)
    if command is None:
        return None
    barred = frozenset(json.loads(order.params).get(BARRED, ()))
    return Wanted(form_of(command, situation(order, command, policy)).approvals, None, barred)


def needed(needs: Approvals | None, policy: DeploymentPolicy) -> str:
    """Say who has to agree, in a sentence or two."""
    if needs is None:
        return ""
    text = (
        f"Who has to agree: {people(needs)}. Whoever asks, the author and whoever pushed to this "
        "pull request do not count."
    )
    return f"{text} {_security(policy)}" if needs.on_security_list else text


def _security(policy: DeploymentPolicy) -> str:
    listed = (*policy.security.users, *(f"team {each}" for each in policy.security.teams))
    if not listed:
        return "The policy names nobody under `deployments.security`, so that nobody can."
    return f"On the security list: {', '.join(map(quoted, listed))}."


def moved(order: Order) -> Draft:
    """Return the log's entry about what has become of an order."""
    fields = {
        "repo": str(order.repository_id),
        "pr": str(order.number),
        "order": order.id,
        "verb": order.verb,
        "env": order.environment,
        "rev": f"gitCommit:{order.sha}",
        "state": order.state.value,
        "code": order.code,
        "by": str(order.requested_by),
        "policy": order.policy_sha256,
    }
    key = f"order:{order.repository_id}:{order.id}:{order.state}"
    return Draft(EntryType.ORDER_MOVED, key, fields)


def waits(connection: sa.Connection, order_id: str | None, repository_id: int) -> Order | None:
    """Return an order of a repository if it still waits."""
    found = orders.read(connection, order_id or "")
    if found is None or found.repository_id != repository_id:
        return None
    return found if found.state is OrderState.WAITING else None
