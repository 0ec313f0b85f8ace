"""Everything that bears on approval, put together for the gate and for other gates' questions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.approvals.access import Access
from app.core.approvals.ballot import ballot
from app.core.approvals.contributors import Tie, barred, unknown_hands
from app.core.approvals.objections import Objection, harmless_requests, objections
from app.core.approvals.rules import (
    Problem,
    Tally,
    name_problems,
    rules_named,
    select,
    shared_out,
    tally,
    unfitting,
)
from app.core.facts import Facts, Gap, Part
from app.core.policy.model import Approvers, Policy
from app.core.verdict import Seen

_ALWAYS = frozenset(
    {
        Part.PULL_REQUEST,
        Part.COMMITS,
        Part.AUTHORSHIP,
        Part.REVIEWS,
        Part.PERMISSIONS,
        Part.HISTORY,
        Part.CARRIES,
    }
)
_EFFECT = {
    "block": "the policy blocks approval",
    "require_extra": "one more approval is needed where approvals are",
    "ignore": "the policy ignores that",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What stands against the change, how far each applicable rule is, and what did not count."""

    objections: tuple[Objection, ...]
    problems: tuple[Problem, ...]
    blocking_unknown: tuple[str, ...]
    tallies: tuple[Tally, ...]
    ties: tuple[Tie, ...]
    seen: tuple[Seen, ...]


def parts_needed(policy: Policy) -> frozenset[Part]:
    """Name the parts of the facts without which nobody can tell whether approvals suffice."""
    rules = policy.gates.approval.rules
    named = [by for rule in rules for by in _with_alternatives(rule.by)]
    parts = set(_ALWAYS)
    if any(rule.when is not None and rule.when.paths for rule in rules):
        parts.add(Part.CHANGES)
    if any(by.users or by.teams for by in named):
        parts.add(Part.DIRECTORY)
    if any(by.teams for by in named):
        parts.add(Part.TEAMS)
    return frozenset(parts)


def missing_parts(facts: Facts, policy: Policy) -> tuple[Gap, ...]:
    """Return what is missing of the needed parts; a list of files that is too short is missing."""
    needed = parts_needed(policy)
    gaps = facts.gaps_in(*needed)
    if Part.CHANGES in needed - {gap.part for gap in gaps} and _is_cut_short(facts):
        detail = "fewer files than the pull request has"
        return (*gaps, Gap(Part.CHANGES, "CHANGES_INCOMPLETE", detail))
    return gaps


def rule_satisfied(rule_id: str, facts: Facts, policy: Policy) -> bool:
    """Tell whether the rule has the approvals it asks for, whatever its `if` says.

    Meant for gates that send a finding to an approval rule. A rule that does not exist, names
    nobody knows and facts that are missing are all a no. Change requests are not looked at: the
    approval gate holds those.
    """
    rules = rules_named(rule_id, policy)
    if not rules or facts.pull_request is None or missing_parts(facts, policy):
        return False
    access = Access.of(facts)
    if name_problems(rules, access):
        return False
    unknown = unknown_hands(facts, policy)
    votes = ballot(facts, policy)
    tallies = [tally(rule, votes, access, is_extra=_is_extra(unknown, policy)) for rule in rules]
    return not any(each.missing for each in tallies) and not _blocking(unknown, tallies, policy)


def assess(facts: Facts, policy: Policy) -> Assessment:
    """Weigh all reviews against all rules; nothing is hidden by something worse."""
    access = Access.of(facts)
    selection = select(facts, policy)
    votes = ballot(facts, policy)
    unknown = unknown_hands(facts, policy)
    is_extra = _is_extra(unknown, policy)
    tallies = tuple(tally(rule, votes, access, is_extra=is_extra) for rule in selection.rules)
    if policy.gates.approval.distinct_across_rules:
        tallies = shared_out(tallies)
    return Assessment(
        objections=objections(facts, policy, access),
        problems=selection.problems + name_problems(selection.rules, access),
        blocking_unknown=_blocking(unknown, tallies, policy),
        tallies=tallies,
        ties=tuple(barred(facts, policy).values()),
        seen=(
            *selection.seen,
            *votes.seen,
            *harmless_requests(facts, policy, access),
            *unfitting(tallies, votes, access),
            *_seen_unknown(unknown, policy),
        ),
    )


def _is_cut_short(facts: Facts) -> bool:
    """Compare names, not files, with GitHub's count: it may see a rename as two files."""
    expected = facts.pull_request.changed_files if facts.pull_request else None
    names = sum(len(change.paths) for change in facts.changes.files)
    return facts.changes.source == "none" or names < (expected or 0)


def _with_alternatives(by: Approvers) -> Iterator[Approvers]:
    yield by
    for each in by.any_of:
        yield from _with_alternatives(each)


def _is_extra(unknown: Sequence[str], policy: Policy) -> bool:
    return bool(unknown) and policy.gates.approval.unknown_contributor == "require_extra"


def _blocking(
    unknown: tuple[str, ...], tallies: Sequence[Tally], policy: Policy
) -> tuple[str, ...]:
    """Return the unknown contributors that block; none do where no approval is asked for."""
    is_blocked = policy.gates.approval.unknown_contributor == "block"
    return unknown if is_blocked and any(each.needed for each in tallies) else ()


def _seen_unknown(unknown: Sequence[str], policy: Policy) -> Iterator[Seen]:
    effect = _EFFECT[policy.gates.approval.unknown_contributor]
    for hand in unknown:
        yield Seen(hand, f"no GitHub account is known for it; {effect}")
