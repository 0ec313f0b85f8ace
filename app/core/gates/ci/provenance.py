"""Whether the pull request changes the workflow that makes its own checks, and who agreed."""

from app.core.approvals import parts_needed, rule_satisfied
from app.core.facts import Facts, GroupMember
from app.core.gates.changed import changed_paths
from app.core.gates.ci.codes import Code
from app.core.gates.ci.reports import GITHUB_ACTIONS
from app.core.gates.ci.ruling import Problem
from app.core.gates.wording import listed, quoted
from app.core.policy.model import CiPolicy, Policy, RequiredCheck
from app.core.text import visible
from app.core.verdict import GateName, Outcome

_WORKFLOWS = ".github/workflows"
_ACTIONS = ".github/actions"
_ACTIONS_APP = (None, GITHUB_ACTIONS, "github-actions")
_ACTIONS_CREATOR = (None, "github-actions[bot]")


def modified_workflow(facts: Facts, policy: Policy) -> Problem | None:
    """Return why the checks do not count yet, or None when nobody touched what makes them."""
    rule = policy.gates.ci.modified_workflow
    touched = "" if rule == "ignore" else _touched(facts, policy.gates.ci)
    if not touched:
        return None
    name = f"rule {quoted(rule)}"
    if facts.group is not None:
        detail = f"{touched}, and not every pull request of the group passed its ci gate."
        members = facts.group.members
        return None if _passed(members) else Problem(Code.WORKFLOW_MODIFIED, name, detail)
    unread = facts.gaps_in(*parts_needed(policy))
    if unread:
        details = "; ".join(sorted(visible(gap.detail) for gap in unread))
        return Problem(Code.WORKFLOW_UNKNOWN, name, f"{touched}; {details}.")
    if rule_satisfied(rule, facts, policy):
        return None
    return Problem(Code.WORKFLOW_MODIFIED, name, f"{touched}.")


def _touched(facts: Facts, policy: CiPolicy) -> str:
    """Say what was changed that can make a required check green, empty if nothing."""
    producers = {place for entry in policy.required for place in _producers(entry)}
    if policy.all:
        producers |= {_WORKFLOWS, _ACTIONS}
    if not producers:
        return ""
    paths = changed_paths(facts)
    if paths is None:
        return "It is not known which workflows the pull request changes"
    touched = [path for path in paths if any(_is_in(path, place) for place in producers)]
    return f"The pull request changes {listed(touched)}" if touched else ""


def _producers(entry: RequiredCheck) -> tuple[str, ...]:
    """Return the places that decide about a check; none if GitHub Actions does not make it."""
    if entry.app not in _ACTIONS_APP or entry.creator not in _ACTIONS_CREATOR:
        return ()
    return (entry.workflow or _WORKFLOWS, _ACTIONS)


def _is_in(path: str, place: str) -> bool:
    """Tell whether the path is the place or below it; the place itself may become a link."""
    return path == place or path.startswith(f"{place}/")


def _passed(members: tuple[GroupMember, ...]) -> bool:
    """Tell whether the gate passed on every member, where the rule was asked with its reviews."""
    return bool(members) and all(
        {outcome for name, outcome in member.outcomes if name == GateName.CI} == {Outcome.PASS}
        for member in members
    )
