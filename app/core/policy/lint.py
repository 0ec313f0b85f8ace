"""What a well-formed policy can still get wrong: names without an owner, rules nobody can meet."""

from collections.abc import Iterable, Iterator

from app.core.compliance.examples import run_rule_tests
from app.core.linear_regex import RegexError, compile_regex
from app.core.policy.lint_deployments import lint_deployments
from app.core.policy.model import (
    ApprovalPolicy,
    ApprovalRule,
    Approvers,
    CompliancePolicy,
    ComplianceRule,
    Policy,
)
from app.core.policy.problem import Remark, Steps
from app.core.text import quoted

_RESERVED = "gw-"


def lint(policy: Policy) -> Iterator[Remark]:
    """Yield each mistake with the keys that lead to it."""
    gates = policy.gates
    for steps, message in (
        *_approval(gates.approval),
        *_modified_workflow(gates.ci.modified_workflow, gates.approval),
        *_compliance(gates.compliance),
    ):
        yield ("gates", *steps), message
    for steps, message in lint_deployments(policy.deployments):
        yield ("deployments", *steps), message


def _approval(approval: ApprovalPolicy) -> Iterator[Remark]:
    at = ("approval", "rules")
    yield from _repeated(at, (rule.id for rule in approval.rules))
    if approval.otherwise != "pass" and not _goes_without_saying(approval):
        yield from _unknown_rule(("approval", "otherwise"), approval.otherwise, approval)
    for index, rule in enumerate(approval.rules):
        for steps, message in _people(rule):
            yield (*at, index, *steps), message


def _goes_without_saying(approval: ApprovalPolicy) -> bool:
    """Tell whether `otherwise` is not written, and not needed since a rule applies always."""
    return "otherwise" not in approval.model_fields_set and any(
        rule.when is None for rule in approval.rules
    )


def _modified_workflow(rule_id: str, approval: ApprovalPolicy) -> Iterator[Remark]:
    if rule_id != "ignore":
        yield from _unknown_rule(("ci", "modified_workflow"), rule_id, approval)


def _unknown_rule(steps: Steps, rule_id: str, approval: ApprovalPolicy) -> Iterator[Remark]:
    known = tuple(rule.id for rule in approval.rules)
    if rule_id not in known:
        names = ", ".join(map(quoted, known)) or "none"
        what = f"`{steps[-1]}` names the approval rule {quoted(rule_id)}, which does not exist"
        yield steps, f"{what}; set it to one of: {names}"


def _repeated(steps: Steps, ids: Iterable[str]) -> Iterator[Remark]:
    seen: set[str] = set()
    for index, each in enumerate(ids):
        if each in seen:
            yield (*steps, index, "id"), f"the rule {quoted(each)} stands twice"
        seen.add(each)


def _people(rule: ApprovalRule) -> Iterator[Remark]:
    if rule.count == "none":
        return
    most = _most_people(rule.by)
    if most is not None and most < rule.count:
        yield ("count",), f"{rule.count} approvals are asked for, but only {most} can approve"


def _most_people(by: Approvers) -> int | None:
    """Count who can approve at most where accounts are named; None where that is open."""
    bounds = [len({login.casefold() for login in by.users})] if by.users else []
    alternatives = [_most_people(each) for each in by.any_of]
    if alternatives and None not in alternatives:
        bounds.append(sum(most or 0 for most in alternatives))
    return min(bounds, default=None)


def _compliance(compliance: CompliancePolicy) -> Iterator[Remark]:
    at = ("compliance", "rules")
    yield from _repeated(at, (rule.id for rule in compliance.rules))
    for index, rule in enumerate(compliance.rules):
        remarks = tuple(_rule(rule))
        for steps, message in remarks or tuple(_examples(rule)):
            yield (*at, index, *steps), message


def _rule(rule: ComplianceRule) -> Iterator[Remark]:
    if rule.id.casefold().startswith(_RESERVED):
        yield ("id",), "names that begin with `GW-` belong to the built-in rules"
    if (rule.require is None) == (rule.forbid is None):
        yield (), f"the rule {quoted(rule.id)} needs exactly one of `require` and `forbid`"
    yield from _requirement(rule)
    if rule.forbid is not None and not (rule.forbid.paths or rule.forbid.kinds):
        yield ("forbid",), "`forbid` needs `paths` or `kinds`"


def _requirement(rule: ComplianceRule) -> Iterator[Remark]:
    require = rule.require
    if require is None:
        return
    has_files = bool(require.any_added or require.any_changed)
    if not (has_files or require.only_paths or require.title or require.checker):
        yield ("require",), "`require` is empty; say what the change must have"
    if require.checker and not has_files:
        yield ("require", "checker"), "`checker` needs files: `any_added` or `any_changed`"
    if require.title is not None:
        yield from _title(require.title)


def _title(expression: str) -> Iterator[Remark]:
    try:
        compile_regex(expression)
    except RegexError as error:
        yield ("require", "title"), f"not an RE2 expression: {error}"


def _examples(rule: ComplianceRule) -> Iterator[Remark]:
    for failure in run_rule_tests(rule):
        yield (), f"the rule {quoted(rule.id)} fails its own tests: {failure}"
