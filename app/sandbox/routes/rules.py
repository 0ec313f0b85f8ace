"""Branch protection and rulesets, as far as merging obeys them."""

from typing import Any

from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import branches as show
from app.sandbox.problems import ProblemError, invalid, not_found
from app.sandbox.world.events import Event
from app.sandbox.world.repos import BranchRules, RequiredCheck, Ruleset

_FLAGS = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


def get_protection(call: Call) -> Any:
    """Show the protection of a branch."""
    return show.protection(call.world, call.repo, call.params["branch"], _rules(call))


def put_protection(call: Call) -> Any:
    """Protect a branch, replacing what was."""
    branch = call.params["branch"]
    if call.repo.git.branch(branch) is None:
        raise ProblemError(404, "Branch not found")
    reviews = call.maybe("required_pull_request_reviews", dict)
    checks = call.maybe("required_status_checks", dict)
    made = BranchRules(
        checks=_checks(checks or {}),
        has_checks=checks is not None,
        strict=bool((checks or {}).get("strict")),
        enforce_admins=bool(call.maybe("enforce_admins", bool)),
        approvals=None if reviews is None else reviews.get("required_approving_review_count", 1),
        dismiss_stale=bool((reviews or {}).get("dismiss_stale_reviews")),
        code_owners=bool((reviews or {}).get("require_code_owner_reviews")),
        flags={name: bool(call.maybe(name, bool)) for name in _FLAGS},
    )
    action = "edited" if branch in call.repo.protections else "created"
    call.repo.protections[branch] = made
    _tell_protection(call, action, branch, made)
    return show.protection(call.world, call.repo, branch, made)


def delete_protection(call: Call) -> Any:
    """Leave a branch without protection."""
    _tell_protection(call, "deleted", call.params["branch"], _rules(call))
    del call.repo.protections[call.params["branch"]]
    return Reply(204)


def get_required_checks(call: Call) -> Any:
    """Show the required checks of a branch."""
    made = show.protection(call.world, call.repo, call.params["branch"], _rules(call))
    if "required_status_checks" not in made:
        raise ProblemError(404, "Required status checks not enabled")
    return made["required_status_checks"]


def branch_rules(call: Call) -> Any:
    """Show the rules that active rulesets have for a branch."""
    return list(call.paged(show.effective_rules(call.repo, call.params["branch"])))


def list_rulesets(call: Call) -> Any:
    """Show the rulesets without their rules."""
    found = call.paged(list(call.repo.rulesets.values()))
    return [show.short_ruleset(call.world, call.repo, each) for each in found]


def create_ruleset(call: Call) -> Any:
    """Make a ruleset for branches."""
    now = call.world.now()
    made = Ruleset(
        id=call.world.new_id("ruleset"),
        name=call.need("name", str),
        enforcement=call.choice("enforcement", ("disabled", "active", "evaluate"), "active"),
        include=(),
        exclude=(),
        rules=call.maybe("rules", list) or [],
        created_at=now,
        updated_at=now,
    )
    _set_conditions(call, made)
    call.repo.rulesets[made.id] = made
    _tell_ruleset(call, "created", made)
    return Reply(201, show.ruleset(call.world, call.repo, made))


def get_ruleset(call: Call) -> Any:
    """Show a ruleset."""
    return show.ruleset(call.world, call.repo, _ruleset(call))


def put_ruleset(call: Call) -> Any:
    """Change what is given of a ruleset."""
    found = _ruleset(call)
    found.name = call.maybe("name", str) or found.name
    found.enforcement = call.choice(
        "enforcement", ("disabled", "active", "evaluate"), found.enforcement
    )
    rules = call.maybe("rules", list)
    found.rules = found.rules if rules is None else rules
    _set_conditions(call, found)
    found.updated_at = call.world.now()
    _tell_ruleset(call, "edited", found)
    return show.ruleset(call.world, call.repo, found)


def delete_ruleset(call: Call) -> Any:
    """Remove a ruleset."""
    found = _ruleset(call)
    del call.repo.rulesets[found.id]
    _tell_ruleset(call, "deleted", found)
    return Reply(204)


def _tell_protection(call: Call, action: str, branch: str, rules: BranchRules) -> None:
    body = {"rule": show.event_rule(call.repo, branch, rules)}
    call.world.emit(Event("branch_protection_rule", action, call.account, body, call.repo))


def _tell_ruleset(call: Call, action: str, found: Ruleset) -> None:
    body = {"repository_ruleset": show.ruleset(call.world, call.repo, found)}
    call.world.emit(Event("repository_ruleset", action, call.account, body, call.repo))


def _rules(call: Call) -> BranchRules:
    branch = call.params["branch"]
    if call.repo.git.branch(branch) is None:
        raise ProblemError(404, "Branch not found")
    found = call.repo.protections.get(branch)
    if found is None:
        raise ProblemError(404, "Branch not protected")
    return found


def _checks(given: dict[str, Any]) -> tuple[RequiredCheck, ...]:
    """Read required checks: bare names from `contexts`, pinned ones from `checks`."""
    pinned = {each["context"]: _pin(each.get("app_id")) for each in given.get("checks") or []}
    names = [*given.get("contexts", []), *pinned]
    return tuple(RequiredCheck(name, pinned.get(name)) for name in dict.fromkeys(names))


def _pin(app_id: int | None) -> int | None:
    """Read -1, GitHub's word for "any App", as no pin."""
    return None if app_id in {None, -1} else app_id


def _ruleset(call: Call) -> Ruleset:
    found = call.repo.rulesets.get(call.number("ruleset_id"))
    if found is None:
        raise not_found()
    return found


def _set_conditions(call: Call, found: Ruleset) -> None:
    conditions = call.maybe("conditions", dict)
    if conditions is None:
        return
    names = conditions.get("ref_name")
    if not isinstance(names, dict):
        raise invalid("Ruleset", "conditions", "invalid")
    found.include = tuple(names.get("include", ()))
    found.exclude = tuple(names.get("exclude", ()))


_REPO = "/repos/{owner}/{repo}"
_PROTECTION = f"{_REPO}/branches/{{branch}}/protection"
_RULESET = f"{_REPO}/rulesets/{{ruleset_id}}"
_READ, _WRITE = "administration:read", "administration:write"
ROUTES = (
    Route("GET", _PROTECTION, get_protection, _READ, role="admin"),
    Route("PUT", _PROTECTION, put_protection, _WRITE),
    Route("DELETE", _PROTECTION, delete_protection, _WRITE),
    Route("GET", f"{_PROTECTION}/required_status_checks", get_required_checks, _READ, role="admin"),
    Route("GET", f"{_REPO}/rules/branches/{{branch}}", branch_rules),
    Route("GET", f"{_REPO}/rulesets", list_rulesets),
    Route("POST", f"{_REPO}/rulesets", create_ruleset, _WRITE),
    Route("GET", _RULESET, get_ruleset),
    Route("PUT", _RULESET, put_ruleset, _WRITE),
    Route("DELETE", _RULESET, delete_ruleset, _WRITE),
)
