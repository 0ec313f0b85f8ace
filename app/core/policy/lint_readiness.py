"""Mistakes of evidence and gates: numbers without a source, limits without a meaning."""

from collections.abc import Iterator

from app.core.policy.deployments import DeploymentPolicy, Environment
from app.core.policy.problem import Remark
from app.core.policy.readiness import CONDITIONS, EvidenceSource, GateRule
from app.core.policy.watches import share
from app.core.readiness.declared import kinds_of, rules_of
from app.core.readiness.rules import CANARY, MERGE_GATES, OWN_KINDS
from app.core.text import quoted

_SOURCES = ("check", "workflow", "query")
_NUMBERS = ("at_least", "at_most", "below")
_ERRORS = share("0.1%")


def lint_readiness(policy: DeploymentPolicy) -> Iterator[Remark]:
    """Yield each mistake with the keys that lead to it, inside the section `deployments`."""
    seen: set[str] = set()
    for index, source in enumerate(policy.evidence):
        for steps, message in _source(source, seen):
            yield ("evidence", index, *steps), message
        seen.add(source.kind)
    for index, environment in enumerate(policy.environments):
        for steps, message in _gates(environment, seen):
            yield ("environments", index, "gates", *steps), message


def _source(source: EvidenceSource, seen: set[str]) -> Iterator[Remark]:
    if source.kind in seen:
        yield ("kind",), f"the evidence {quoted(source.kind)} stands twice"
    if source.kind in OWN_KINDS:
        yield ("kind",), f"Gatewright itself knows {quoted(source.kind)}; nobody hands it in"
    if sum(getattr(source, each) is not None for each in _SOURCES) != 1:
        yield (), f"the evidence {quoted(source.kind)} needs exactly one of {_listed(_SOURCES)}"
    if (source.check is None) != (source.app is None):
        yield ("check",), "`check` and `app` need each other: anybody can take a check's name"
    if source.workflow is not None and _is_half_named(source.workflow):
        yield ("workflow",), "a workflow that is called is named OWNER/REPO/PATH@REF, whole"
    if source.query is not None and "{sha}" not in source.query:
        yield ("query",), "lacks {sha}, so that it measures every version at once"
    if source.query is None and source.unit != "passed":
        yield ("unit",), "is said by the evidence itself; only `query` needs it here"


def _is_half_named(workflow: str) -> bool:
    """Tell whether a workflow has a repository without a ref, or a ref without a repository."""
    return ("@" in workflow) == workflow.startswith(".github/")


def _gates(environment: Environment, sources: set[str]) -> Iterator[Remark]:
    seen: set[str] = set()
    for index, rule in enumerate(environment.gates.rules):
        for steps, message in _rule(rule, seen):
            yield ("rules", index, *steps), message
        seen.add(rule.name)
    if all(_has_condition(rule) for rule in environment.gates.rules):
        yield from _unsourced(environment, sources)
    if environment.gates.standard and environment.tier == "production":
        yield from _canary(environment)
    if environment.gates.standard and not environment.peer_review:
        yield ("standard",), "the gates of a tier include the merge gates; `peer_review` is off"


def _rule(rule: GateRule, seen: set[str]) -> Iterator[Remark]:
    if rule.name in seen:
        yield ("name",), f"the gate {quoted(rule.name)} stands twice"
    if rule.name in (MERGE_GATES.name, CANARY.name):
        yield ("name",), f"{quoted(rule.name)} is a gate of Gatewright's own"
    if not _has_condition(rule):
        yield (), f"the gate {quoted(rule.name)} needs exactly one of {_listed(CONDITIONS)}"
    is_number = any(getattr(rule, each) is not None for each in _NUMBERS)
    if is_number and rule.unit in (None, "passed"):
        yield ("unit",), "must be written: 0.1 may be a tenth or a tenth of a percent"
    if rule.passes and rule.unit not in (None, "passed"):
        yield ("unit",), "a yes has no unit"


def _has_condition(rule: GateRule) -> bool:
    return sum(getattr(rule, each) is not None for each in CONDITIONS) == 1


def _unsourced(environment: Environment, sources: set[str]) -> Iterator[Remark]:
    """Name evidence that nobody may hand in, so that its gate could never pass."""
    mitigations = {each.mitigated_by for each in rules_of(environment)}
    for kind in kinds_of(rules_of(environment)):
        if kind not in sources and kind not in OWN_KINDS and kind not in mitigations:
            yield (), f"nothing under `evidence` says where {quoted(kind)} comes from"


def _canary(environment: Environment) -> Iterator[Remark]:
    """Hold production's gates against what its canary is judged by."""
    watch = environment.watch
    if environment.strategy.kind != "canary" or watch is None:
        yield (
            ("standard",),
            "production's own gates are those of a canary: `strategy: {kind: canary}`",
        )
        return
    if watch.limits.sla_ms is None:
        yield (
            ("standard",),
            "production's p99 needs its SLA: `watch.slow` and `watch.limits.sla_ms`",
        )
    if share(watch.limits.error_rate) > _ERRORS:
        yield ("standard",), "production's error rate is 0.1% at most: `watch.limits.error_rate`"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))
