"""Which rules apply to a change, and how far each of them is satisfied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.approvals.access import Access, shortfall, unknown_names
from app.core.approvals.ballot import Approval, Ballot, Outdated
from app.core.approvals.codes import Code
from app.core.approvals.matching import assign
from app.core.approvals.words import listed, name
from app.core.facts import Account, Facts
from app.core.policy.model import ApprovalCondition, ApprovalRule, Policy
from app.core.policy.paths import PathSet
from app.core.verdict import Seen


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the policy that makes it impossible to tell."""

    code: Code
    subject: str
    next_action: str


@dataclass(frozen=True, slots=True)
class Tally:
    """One applicable rule: how many people it needs, who serves it, who would if not stale.

    `is_extra` says that `needed` holds one more because of an unknown contributor.
    """

    rule: ApprovalRule
    needed: int
    approvers: tuple[Approval, ...]
    outdated: tuple[Outdated, ...]
    is_extra: bool

    @property
    def missing(self) -> int:
        """How many more people are needed."""
        return max(0, self.needed - len(self.approvers))


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules that apply to a change, or the problem that hides them."""

    rules: tuple[ApprovalRule, ...]
    problems: tuple[Problem, ...]
    seen: tuple[Seen, ...]


def select(facts: Facts, policy: Policy) -> Selection:
    """Choose the rules whose `if` holds; when there is none, the one that `otherwise` names."""
    approval = policy.gates.approval
    reasons = [(rule, _inapplicable(rule, facts)) for rule in approval.rules]
    applicable = tuple(rule for rule, reason in reasons if reason is None)
    if applicable or approval.otherwise == "pass":
        return Selection(applicable, (), _not_applied(reasons))
    fallback = rules_named(approval.otherwise, policy)
    if not fallback:
        return Selection((), (_no_such_rule(approval.otherwise),), _not_applied(reasons))
    others = [(rule, reason) for rule, reason in reasons if rule not in fallback]
    return Selection(fallback, (), _not_applied(others))


def rules_named(rule_id: str, policy: Policy) -> tuple[ApprovalRule, ...]:
    """Return the rules with an id; more than one only if the policy repeats it."""
    return tuple(rule for rule in policy.gates.approval.rules if rule.id == rule_id)


def name_problems(rules: Sequence[ApprovalRule], access: Access) -> tuple[Problem, ...]:
    """Return a problem for each rule that names users or teams which nobody answers to."""
    return tuple(
        Problem(
            Code.POLICY_UNKNOWN_NAME,
            f"rule {rule.id} names the unknown {listed(unknown)}",
            f"Correct rule {rule.id} in the policy, or let Gatewright see what it names.",
        )
        for rule in rules
        if (unknown := unknown_names(rule.by, access))
    )


def tally(rule: ApprovalRule, votes: Ballot, access: Access, *, is_extra: bool) -> Tally:
    """Count for one rule on its own; a rule that asks for nobody asks for no extra either."""
    return Tally(
        rule=rule,
        needed=0 if rule.count == "none" else rule.count + is_extra,
        approvers=tuple(one for one in votes.approvals if _fits(one.person, rule, access)),
        outdated=tuple(one for one in votes.outdated if _fits(one.person, rule, access)),
        is_extra=is_extra,
    )


def shared_out(tallies: Sequence[Tally]) -> tuple[Tally, ...]:
    """Let each person serve one rule only, in the way that leaves the fewest places open."""
    able = [frozenset(one.person.id for one in each.approvers) for each in tallies]
    served = assign([each.needed for each in tallies], able)
    return tuple(
        replace(each, approvers=tuple(one for one in each.approvers if one.person.id in ids))
        for each, ids in zip(tallies, served, strict=True)
    )


def unfitting(tallies: Sequence[Tally], votes: Ballot, access: Access) -> tuple[Seen, ...]:
    """Explain for each rule which valid approvals do not serve it."""
    return tuple(
        Seen(f"approval by {name(one.person)} for rule {each.rule.id}", _unused(one, each, access))
        for each in tallies
        for one in votes.approvals
        if each.needed and one not in each.approvers
    )


def _unused(approval: Approval, serving: Tally, access: Access) -> str:
    reason = shortfall(serving.rule.by, approval.person, access)
    if reason is not None:
        return reason
    return "it serves another rule" if serving.missing else "the rule has enough without it"


def _fits(person: Account, rule: ApprovalRule, access: Access) -> bool:
    return shortfall(rule.by, person, access) is None


def _inapplicable(rule: ApprovalRule, facts: Facts) -> str | None:
    condition = rule.when or ApprovalCondition()
    if condition.base and not PathSet.of(condition.base).matches(facts.subject.base_ref):
        return "the base branch is not one of its `base`"
    return _elsewhere(rule, condition, facts) if condition.paths else None


def _elsewhere(rule: ApprovalRule, condition: ApprovalCondition, facts: Facts) -> str | None:
    """Compare old and new names with `paths`: one is enough to ask for people.

    All must be among them to ask for nobody, or a touched README would wave anything through.
    """
    among = PathSet.of(condition.paths)
    matches = [among.matches(path) for change in facts.changes.files for path in change.paths]
    if not any(matches):
        return "no changed path, old or new, is one of its `paths`"
    if rule.count == "none" and not all(matches):
        return "it asks for nobody, and not every changed path is one of its `paths`"
    return None


def _not_applied(reasons: Sequence[tuple[ApprovalRule, str | None]]) -> tuple[Seen, ...]:
    return tuple(
        Seen(f"rule {rule.id}", f"not applicable: {reason}")
        for rule, reason in reasons
        if reason is not None
    )


def _no_such_rule(rule_id: str) -> Problem:
    return Problem(
        Code.POLICY_UNKNOWN_RULE,
        f"`otherwise` names the unknown rule {rule_id}",
        f"Add a rule {rule_id} to the policy, or write `otherwise: pass`.",
    )
