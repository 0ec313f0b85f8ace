"""Mistakes of a `watch` and of canaries: what could never pass, or would measure something else."""

from collections.abc import Iterator
from datetime import timedelta

from app.core.policy.deployments import Environment
from app.core.policy.problem import Remark
from app.core.policy.watches import Watch, share

_SHORTEST = timedelta(minutes=30)
_SLO = share("1%")
# Whatever counts requests counts them of one version; instances may be those of a whole place.
_OF_A_VERSION = ("requests", "errors", "slow", "outliers", "p95_ms")


def lint_watch(environment: Environment) -> Iterator[Remark]:
    """Yield each mistake with the keys that lead to it, inside the environment."""
    is_canary = environment.strategy.kind == "canary"
    if is_canary:
        yield from _canary(environment)
    if environment.watch is not None:
        for steps, message in _watch(environment.watch, is_canary=is_canary):
            yield ("watch", *steps), message


def _canary(environment: Environment) -> Iterator[Remark]:
    kind, span = ("strategy", "kind"), ("strategy", "canary_for")
    if environment.watch is None:
        yield kind, "a canary is judged by what `watch` measures; without it none ever passes"
    if environment.workflow is None:
        yield kind, "a canary is brought to everybody by a second run of `workflow`; name one"
    if environment.strategy.canary_for < _SHORTEST:
        yield span, "a canary takes traffic for 30m at least"
    if environment.limits.canary < environment.strategy.canary_for:
        yield (
            ("limits", "canary"),
            "is shorter than `strategy.canary_for`, so that none ever passes",
        )


def _watch(watch: Watch, *, is_canary: bool) -> Iterator[Remark]:
    yield from _versions(watch)
    limits = watch.limits
    if (watch.slow is None) != (limits.sla_ms is None):
        yield ("slow",), "`slow` and `limits.sla_ms` need each other"
    if watch.unhealthy is not None and watch.instances is None:
        yield ("unhealthy",), "`unhealthy` needs `instances`: no instance at all is not health"
    if share(limits.error_rate) > _SLO:
        yield ("limits", "error_rate"), "is above 1%, which no canary may reach in any case"
    if watch.baseline is not None:
        yield from _baseline(watch, is_canary=is_canary)


def _versions(watch: Watch) -> Iterator[Remark]:
    for name in _OF_A_VERSION:
        query = getattr(watch, name)
        if query is not None and "{sha}" not in query:
            yield (name,), "lacks {sha}, so that it measures every version at once"


def _baseline(watch: Watch, *, is_canary: bool) -> Iterator[Remark]:
    base = watch.baseline
    if base is None:
        return
    if not is_canary:
        yield ("baseline",), "only a canary has an earlier version beside it"
    for name in ("requests", "p95_ms"):
        query = getattr(base, name)
        if query is not None and "{sha}" not in query:
            yield ("baseline", name), "lacks {sha}, so that it measures every version at once"
    for name in ("p95_ms", "instances"):
        if getattr(base, name) is not None and getattr(watch, name) is None:
            yield ("baseline", name), f"there is no `{name}` of the new version to compare with"
