"""The policy's words about deployments as the values that the core speaks in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from app.core.commands.command import Environment, Vocabulary
from app.core.commands.scales import Level, Tier
from app.core.commands.sign_offs import Occasion, SignOffs
from app.core.deploy.freeze import Freeze, Once, Weekly
from app.core.deploy.loans import MERGE_GATES, is_security_gate
from app.core.deploy.states import State
from app.core.facts import PullRequest
from app.core.policy import deployments as written
from app.core.policy.deployments import DeploymentPolicy, SignOffRule
from app.core.policy.paths import PathSet
from app.core.readiness.declared import gate_names, rules_of
from app.core.readiness.rules import MERGE_GATES as ROLLED_UP
from app.service.chatops.people import level
from app.store.freezes import PersonFreeze


def vocabulary(policy: DeploymentPolicy) -> Vocabulary:
    """Return the names that commands may use."""
    return Vocabulary(
        tuple(
            Environment(each.name, Tier(each.tier), each.aliases) for each in policy.environments
        ),
        tuple(dict.fromkeys((*MERGE_GATES, *gate_names(policy)))),
    )


def gates_of(found: written.Environment) -> tuple[str, ...]:
    """Return the gates of an environment that can be lent; what rolls others up is none."""
    own = (each.name for each in rules_of(found) if each.name != ROLLED_UP.name)
    return tuple(dict.fromkeys((*(MERGE_GATES if found.peer_review else ()), *own)))


def is_about_security(policy: DeploymentPolicy, gate: str) -> bool:
    """Tell whether a gate is about security, by its name or by what it looks at anywhere."""
    kinds = {
        rule.kind
        for each in policy.environments
        for rule in rules_of(each)
        if rule.name.casefold() == gate.casefold()
    }
    checks = {each.check or "" for each in policy.evidence if each.kind in kinds}
    return any(map(is_security_gate, {gate, *kinds, *checks}))


def environment(policy: DeploymentPolicy, name: str) -> written.Environment | None:
    """Return an environment by its name, whatever its case; None when it is not there any more."""
    for each in policy.environments:
        if each.name.casefold() == name.casefold():
            return each
    return None


def freezes(policy: DeploymentPolicy, name: str) -> tuple[Freeze, ...]:
    """Return the freezes of an environment."""
    return tuple(
        _freeze(each)
        for each in policy.freezes
        if not each.environments or _among(name, each.environments)
    )


def _among(name: str, names: Iterable[str]) -> bool:
    return name.casefold() in {each.casefold() for each in names}


def _freeze(each: written.Freeze) -> Freeze:
    zone = written.zone(each.timezone)
    start, end = (written.minutes_of_week(text) for text in (each.start, each.end))
    if start is not None and end is not None:
        return Weekly(start, end, zone, each.reason)
    return Once(written.local_time(each.start), written.local_time(each.end), zone, each.reason)


def by_command(each: PersonFreeze) -> Freeze:
    """Return a freeze that a person set, in the form of the policy's."""
    start, until = (
        moment.astimezone(UTC).replace(tzinfo=None) for moment in (each.start, each.until)
    )
    return Once(start, until, written.zone("UTC"), f"{each.reason} ({each.by_login})")


def times(found: written.Environment) -> tuple[tuple[State, timedelta], ...]:
    """Return the limits that the policy sets, by state."""
    limits = found.limits
    return (
        (State.AWAITING_APPROVAL, limits.approval),
        (State.QUEUED, limits.queue),
        (State.GATING, limits.gates),
        (State.DEPLOYING, limits.run),
        (State.CANARY, limits.canary),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What a sign-off rule looks at."""

    environment: str
    pull: PullRequest | None
    paths: Sequence[str]


@dataclass(frozen=True, slots=True)
class SignOff:
    """Whose approval the policy asks for in a case: roles, people in all, the asker's level.

    The roles in `after` look at what was done, once it was begun.
    """

    rule: str
    roles: tuple[str, ...]
    count: int
    level: Level
    after: tuple[str, ...] = ()

    def by_occasion(self) -> dict[Occasion, SignOffs]:
        """Return the roles in the form in which approvals are counted."""
        return {Occasion.PRODUCTION: SignOffs(self.roles, self.after)}


def sign_off(policy: DeploymentPolicy, change: Change) -> SignOff | None:
    """Return the first rule that applies; None when the policy asks for nothing of its own."""
    for rule in policy.sign_offs:
        if _applies(rule, change):
            return SignOff(rule.id, rule.roles, rule.count, level(rule.level), rule.review_after)
    return None


def looks_at_paths(policy: DeploymentPolicy) -> bool:
    """Tell whether whose approval is needed depends on what is changed."""
    return any(rule.when is not None and rule.when.paths for rule in policy.sign_offs)


def _applies(rule: SignOffRule, change: Change) -> bool:
    when = rule.when
    if when is None:
        return True
    if when.environments and not _among(change.environment, when.environments):
        return False
    if when.paths and not PathSet.of(when.paths).any(change.paths):
        return False
    head = change.pull.head_ref if change.pull else ""
    if when.head and not PathSet.of(when.head).matches(head):
        return False
    labels = set(change.pull.labels) if change.pull else set()
    return not when.labels or bool(labels & set(when.labels))
