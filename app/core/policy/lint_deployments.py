"""Mistakes in the section `deployments` that its form alone does not show."""

from collections.abc import Iterable, Iterator, Mapping

from app.core.policy.deployments import (
    DeploymentPolicy,
    Environment,
    Freeze,
    SignOffRule,
    local_time,
    minutes_of_week,
)
from app.core.policy.lint_readiness import lint_readiness
from app.core.policy.lint_watches import lint_watch
from app.core.policy.problem import Remark, Steps
from app.core.text import quoted


def lint_deployments(policy: DeploymentPolicy) -> Iterator[Remark]:
    """Yield each mistake with the keys that lead to it, inside the section."""
    known = _names(policy.environments)
    yield from _clashes(policy.environments)
    for index, environment in enumerate(policy.environments):
        for steps, message in _environment(environment, known):
            yield ("environments", index, *steps), message
    yield from _cycles(policy.environments)
    for index, freeze in enumerate(policy.freezes):
        for steps, message in (
            *_freeze(freeze),
            *_unknown(("environments",), freeze.environments, known),
        ):
            yield ("freezes", index, *steps), message
    yield from _sign_offs(policy, known)
    for steps, message in _unknown(("environments",), policy.migrations.environments, known):
        yield ("migrations", *steps), message
    if policy.migrations.compatible and not policy.migrations.paths:
        what = "`compatible` says which of `paths` are harmless, and `paths` names none"
        yield ("migrations", "compatible"), what
    yield from lint_readiness(policy)


def _names(environments: Iterable[Environment]) -> dict[str, str]:
    """Return every environment's name by its folded form; GitHub does not tell cases apart."""
    return {each.name.casefold(): each.name for each in environments}


def _clashes(environments: Iterable[Environment]) -> Iterator[Remark]:
    seen: dict[str, str] = {}
    for index, each in enumerate(environments):
        for name in (each.name, *each.aliases):
            if name.casefold() in seen:
                what = f"{quoted(name)} already stands for {quoted(seen[name.casefold()])}"
                yield ("environments", index, "name"), what
            seen[name.casefold()] = each.name


def _environment(environment: Environment, known: Mapping[str, str]) -> Iterator[Remark]:
    yield from _unknown(("after",), environment.after, known)
    if environment.tier == "production" and environment.strategy.kind == "recreate":
        yield ("strategy", "kind"), "`recreate` moves everybody at once; production needs another"
    if environment.strategy.flag_webhook and environment.strategy.kind != "feature_flag":
        yield ("strategy", "flag_webhook"), "only the strategy `feature_flag` has a flag"
    yield from lint_watch(environment)


def _unknown(steps: Steps, names: Iterable[str], known: Mapping[str, str]) -> Iterator[Remark]:
    for name in names:
        if name.casefold() not in known:
            listed = ", ".join(quoted(each) for each in known.values()) or "none"
            yield steps, f"there is no environment {quoted(name)}; known are: {listed}"


def _cycles(environments: Iterable[Environment]) -> Iterator[Remark]:
    after = {
        each.name.casefold(): [name.casefold() for name in each.after] for each in environments
    }
    for index, each in enumerate(environments):
        reached: set[str] = set()
        waiting = list(after[each.name.casefold()])
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += after.get(name, [])
        if each.name.casefold() in reached:
            what = f"{quoted(each.name)} comes after itself, so that it is never its turn"
            yield ("environments", index, "after"), what
            return


def _freeze(freeze: Freeze) -> Iterator[Remark]:
    weekly = [minutes_of_week(each) is not None for each in (freeze.start, freeze.end)]
    if weekly[0] != weekly[1]:
        yield ("end",), "`start` and `end` must both be weekly times or both be dates"
    elif not weekly[0] and local_time(freeze.end) <= local_time(freeze.start):
        yield ("end",), "`end` must come after `start`"


def _sign_offs(policy: DeploymentPolicy, known: Mapping[str, str]) -> Iterator[Remark]:
    seen: set[str] = set()
    for index, rule in enumerate(policy.sign_offs):
        if rule.id in seen:
            yield ("sign_offs", index, "id"), f"the rule {quoted(rule.id)} stands twice"
        seen.add(rule.id)
        for steps, message in (*_roles(rule, policy), *_sign_off_environments(rule, known)):
            yield ("sign_offs", index, *steps), message
    for role, people in policy.roles.items():
        if not (people.users or people.teams):
            yield ("roles", role), f"nobody has the role {quoted(role)}; name users or teams"


def _roles(rule: SignOffRule, policy: DeploymentPolicy) -> Iterator[Remark]:
    before = (("roles", role) for role in rule.roles)
    after = (("review_after", role) for role in rule.review_after)
    for key, role in (*before, *after):
        if role not in policy.roles:
            listed = ", ".join(map(quoted, policy.roles)) or "none"
            yield (key,), f"there is no role {quoted(role)}; known are: {listed}"


def _sign_off_environments(rule: SignOffRule, known: Mapping[str, str]) -> Iterator[Remark]:
    if rule.when is not None:
        yield from _unknown(("if", "environments"), rule.when.environments, known)
