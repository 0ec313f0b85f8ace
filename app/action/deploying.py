"""May this commit go to this environment now: the deployment decision as one job can make it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.action.job import InputError
from app.action.parts import Parts, utc_now
from app.core.canary.verdict import Decision
from app.core.clearance import Asked, Condition, Head, Seen, conditions, decide
from app.core.commands.codes import Code
from app.core.deploy.history import Past
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.deployments import DeploymentPolicy, Environment
from app.core.policy.problem import PolicyProblem
from app.core.readiness.declared import rules_of
from app.core.readiness.rules import MERGE_GATES
from app.core.text import quoted
from app.core.verdict import Outcome
from app.github.records import DeployedSeen
from app.ports import ChangeReading
from app.service.chatops import plan
from app.service.policies import LoadedPolicy

_SHA = re.compile(r"\A[0-9a-f]{40}\Z")
_ENDED = {
    "success": State.SUCCEEDED,
    "failure": State.FAILED,
    "error": State.FAILED,
    "inactive": State.CLEARED,
}


@dataclass(frozen=True, slots=True)
class Order:
    """A commit and an environment, as the inputs name them."""

    sha: Sha
    environment: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """The decision with each condition it rests on, under one policy."""

    order: Order
    policy: LoadedPolicy
    conditions: tuple[Condition, ...]

    @property
    def decision(self) -> Decision:
        """GO, SHADOW ONLY or PAUSE & FIX."""
        return decide(self.conditions)


def order_from(environment: Mapping[str, str]) -> Order:
    """Read the inputs; a branch or a short name could mean another commit a moment later."""
    sha = environment.get("GATEWRIGHT_SHA", "").strip()
    name = environment.get("GATEWRIGHT_ENVIRONMENT", "").strip()
    if not _SHA.match(sha):
        raise InputError("`sha` must be a whole commit id of 40 hexadecimal digits")
    if not name:
        raise InputError("`environment` must be a name or alias of the policy's environments")
    return Order(Sha(sha), name)


def clearance(parts: Parts, order: Order) -> Clearance:
    """Look at everything and decide, by the policy of the default branch."""
    repository, gatherer = parts.repository, parts.gatherer
    branch = parts.github.default_branch(repository.full_name)
    access = parts.github.reader(repository).git_access()
    ref = f"refs/heads/{branch}"
    with gatherer.changes.open(repository.id, access, branch, ref, (order.sha,)) as reading:
        policy = gatherer.policy(reading)
        found = _environment(policy, order)
        if isinstance(found, Condition):
            return Clearance(order, policy, (found,))
        written, place = found
        asked = _asked(written, place, order, parts.github.records(repository).tree(order.sha))
        return Clearance(
            order, policy, conditions(asked, _seen(parts, asked, reading, branch), utc_now())
        )


def _environment(
    policy: LoadedPolicy, order: Order
) -> tuple[DeploymentPolicy, Environment] | Condition:
    if isinstance(policy.value, PolicyProblem):
        detail = f"{quoted(policy.value.path)}: {policy.value.message}"
        return Condition("policy", Outcome.ERROR, detail, "policy_invalid")
    written = policy.value.deployments
    named = plan.vocabulary(written).environment(order.environment)
    place = plan.environment(written, named.name) if named else None
    if place is None:
        detail = f"the policy names no environment {quoted(order.environment)}"
        return Condition("environment", Outcome.FAIL, detail, Code.UNKNOWN_ENVIRONMENT)
    return written, place


def _asked(written: DeploymentPolicy, place: Environment, order: Order, tree: str) -> Asked:
    return Asked(
        sha=order.sha,
        tree=tree,
        environment=place.name,
        after=place.after,
        same_tree=place.same == "tree" and bool(tree),
        peer_review=place.peer_review,
        drafts=place.drafts,
        forks=place.forks,
        asks_people=place.tier == "production" or _asks_people(written, place.name),
        proofs=tuple(rule.name for rule in rules_of(place) if rule.name != MERGE_GATES.name),
        freezes=plan.freezes(written, place.name),
    )


def _asks_people(written: DeploymentPolicy, name: str) -> bool:
    """Tell whether a rule may ask for people here; its other conditions cannot be told."""
    return any(
        (rule.count or rule.roles)
        and (
            rule.when is None
            or not rule.when.environments
            or name.casefold() in {each.casefold() for each in rule.when.environments}
        )
        for rule in written.sign_offs
    )


def _seen(parts: Parts, asked: Asked, reading: ChangeReading, branch: str) -> Seen:
    records = parts.github.records(parts.repository)
    is_on_default = reading.is_on_base(asked.sha)
    attempts = (records.newest(name) for name in asked.after)
    return Seen(
        default_branch=branch,
        is_on_default=is_on_default,
        heads=() if is_on_default else _heads(parts, asked.sha),
        past=tuple(_past(parts, each) for each in attempts if each is not None),
        exists=records.has_environment(asked.environment),
    )


def _heads(parts: Parts, sha: Sha) -> tuple[Head, ...]:
    siblings = parts.github.reader(parts.repository).siblings(sha)
    return tuple(_head(parts, each.number) for each in siblings)


def _head(parts: Parts, number: int) -> Head:
    ruling = parts.once.pull_request(parts.repository, number)
    pull = ruling.facts.pull_request
    return Head(
        number=number,
        verdict=ruling.verdict,
        is_draft=pull is None or pull.is_draft,
        is_fork=pull is None or pull.head_repository_id != parts.repository.id,
    )


def _past(parts: Parts, seen: DeployedSeen) -> Past:
    return Past(
        id=str(seen.id),
        environment=seen.environment.casefold(),
        sha=seen.sha,
        tree=parts.github.records(parts.repository).tree(seen.sha),
        state=_ENDED.get(seen.state, State.DEPLOYING),
        ended_by="",
        at=seen.at,
    )
