"""What a branch demands of a merge: classic protection and rulesets together."""

from app.sandbox.acts.suites import latest
from app.sandbox.payloads.common import Json
from app.sandbox.world.checks import PASSING, CheckRun, Status
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo, RequiredCheck

_DECISIVE = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}


def required_checks(repo: Repo, branch: str) -> list[RequiredCheck]:
    """Every check that some rule of the branch requires."""
    protection = repo.protections.get(branch)
    wanted = list(protection.checks) if protection else []
    for rule in ruleset_rules(repo, branch, "required_status_checks"):
        for check in rule.get("parameters", {}).get("required_status_checks", []):
            wanted.append(RequiredCheck(check["context"], check.get("integration_id")))
    return list(dict.fromkeys(wanted))


def ruleset_rules(repo: Repo, branch: str, kind: str) -> list[Json]:
    """Return the rules of one kind in all active rulesets of a branch."""
    return [
        rule
        for ruleset in repo.rulesets.values()
        if ruleset.covers(branch, repo.default_branch)
        for rule in ruleset.rules
        if rule["type"] == kind
    ]


def unmet(repo: Repo, pull: Pull) -> list[str]:
    """Why the rules forbid the merge, in GitHub's words; empty when they do not."""
    reasons = missing_checks(repo, pull.base_ref, pull.head_sha)
    protection = repo.protections.get(pull.base_ref)
    wanted = protection.approvals if protection else None
    if wanted and approvals(pull) < wanted:
        reasons.append(f"At least {wanted} approving review is required by reviewers with write")
    return reasons


def missing_checks(repo: Repo, branch: str, sha: str) -> list[str]:
    """Return required checks that are not green on a commit."""
    wanted = required_checks(repo, branch)
    red = [check.context for check in wanted if not is_green(repo, sha, check)]
    return [f'Required status check "{context}" is expected.' for context in red]


def is_green(repo: Repo, sha: str, check: RequiredCheck) -> bool:
    """Whether the newest results of the name are good; a run and a status must both be."""
    runs = [run for run in latest_runs(repo, sha) if run.name == check.context]
    if check.app_id is not None:
        runs = [run for run in runs if run.suite.app.id == check.app_id]
    status = None if check.app_id is not None else latest_statuses(repo, sha).get(check.context)
    good = all(run.status == "completed" and run.conclusion in PASSING for run in runs)
    if status is not None:
        return good and status.state == "success"
    return bool(runs) and good


def is_behind(repo: Repo, pull: Pull) -> bool:
    """Whether strict checks demand an update from the base first."""
    protection = repo.protections.get(pull.base_ref)
    tip = repo.git.branch(pull.base_ref)
    if protection is None or not protection.strict or tip is None:
        return False
    return not repo.git.is_ancestor(tip, pull.head_sha)


def approvals(pull: Pull) -> int:
    """How many people's last word is an approval; one demand for changes outweighs all."""
    last: dict[int, str] = {}
    for review in pull.reviews:
        if review.state in _DECISIVE:
            last[review.user.id] = review.state
    if "CHANGES_REQUESTED" in last.values():
        return 0
    return sum(state == "APPROVED" for state in last.values())


def latest_runs(repo: Repo, sha: str) -> list[CheckRun]:
    """Return the newest run of each App and name on a commit."""
    runs = latest([run for run in repo.check_runs.values() if run.head_sha == sha])
    newest = {(run.suite.app.id, run.name): run for run in runs}
    return list(newest.values())


def latest_statuses(repo: Repo, sha: str) -> dict[str, Status]:
    """Return the newest status of each context on a commit."""
    return {status.context: status for status in repo.statuses if status.sha == sha}
