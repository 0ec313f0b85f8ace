"""Branches and what protects them."""

from app.sandbox.payloads.commits import commit
from app.sandbox.payloads.common import Json, iso, node_id
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.world.repos import BranchRules, Repo, Ruleset
from app.sandbox.world.world import World

_FLAGS = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


def short_branch(world: World, repo: Repo, name: str, sha: str) -> Json:
    """Show a branch in a list."""
    url = f"{api_url(world, repo)}/commits/{sha}"
    return {
        "name": name,
        "commit": {"sha": sha, "url": url},
        "protected": is_protected(repo, name),
    }


def branch_page(world: World, repo: Repo, name: str, sha: str) -> Json:
    """Show a branch with its whole tip."""
    url = f"{api_url(world, repo)}/branches/{name}"
    rules = repo.protections.get(name)
    checks = rules.checks if rules else ()
    contexts = {
        "enforcement_level": _level(rules),
        "contexts": [check.context for check in checks],
        "checks": [{"context": c.context, "app_id": c.app_id} for c in checks],
    }
    return {
        "name": name,
        "commit": commit(world, repo, sha),
        "_links": {"self": url, "html": f"{html_url(world, repo)}/tree/{name}"},
        "protected": is_protected(repo, name),
        "protection": {"enabled": rules is not None, "required_status_checks": contexts},
        "protection_url": f"{url}/protection",
    }


def is_protected(repo: Repo, name: str) -> bool:
    """Whether protection or a ruleset covers a branch."""
    if name in repo.protections:
        return True
    return any(each.covers(name, repo.default_branch) for each in repo.rulesets.values())


def protection(world: World, repo: Repo, branch: str, rules: BranchRules) -> Json:
    """Classic branch protection."""
    url = f"{api_url(world, repo)}/branches/{branch}/protection"
    made: Json = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": rules.enforce_admins},
        "required_signatures": {"url": f"{url}/required_signatures", "enabled": False},
    } | {name: {"enabled": rules.flags.get(name, False)} for name in _FLAGS}
    if rules.has_checks:
        made["required_status_checks"] = _required_checks(url, rules)
    if rules.approvals is not None:
        made["required_pull_request_reviews"] = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": rules.dismiss_stale,
            "require_code_owner_reviews": rules.code_owners,
            "required_approving_review_count": rules.approvals,
            "require_last_push_approval": False,
        }
    return made


def event_rule(repo: Repo, branch: str, rules: BranchRules) -> Json:
    """Show classic protection in webhooks, where switches are words."""
    reviews = "off" if rules.approvals is None else "everyone"
    return {
        "id": repo.id * 100 + sorted(repo.protections).index(branch),
        "repository_id": repo.id,
        "name": branch,
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.updated_at),
        "pull_request_reviews_enforcement_level": reviews,
        "required_approving_review_count": rules.approvals or 0,
        "dismiss_stale_reviews_on_push": rules.dismiss_stale,
        "require_code_owner_review": rules.code_owners,
        "authorized_dismissal_actors_only": False,
        "ignore_approvals_from_contributors": False,
        "required_status_checks": [check.context for check in rules.checks],
        "required_status_checks_enforcement_level": _level(rules),
        "strict_required_status_checks_policy": rules.strict,
        "signature_requirement_enforcement_level": "off",
        "linear_history_requirement_enforcement_level": "off",
        "admin_enforced": rules.enforce_admins,
        "allow_force_pushes_enforcement_level": "off",
        "allow_deletions_enforcement_level": "off",
        "merge_queue_enforcement_level": "off",
        "required_deployments_enforcement_level": "off",
        "required_conversation_resolution_level": "off",
        "authorized_actors_only": False,
        "authorized_actor_names": [],
    }


def ruleset(world: World, repo: Repo, found: Ruleset) -> Json:
    """Show a ruleset with its rules."""
    api = api_url(world, repo)
    return {
        "id": found.id,
        "name": found.name,
        "target": "branch",
        "source_type": "Repository",
        "source": repo.full_name,
        "enforcement": found.enforcement,
        "node_id": node_id("RRS", found.id),
        "_links": {
            "self": {"href": f"{api}/rulesets/{found.id}"},
            "html": {"href": f"{html_url(world, repo)}/rules/{found.id}"},
        },
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "bypass_actors": [],
        "current_user_can_bypass": "never",
        "conditions": {
            "ref_name": {"include": list(found.include), "exclude": list(found.exclude)}
        },
        "rules": found.rules,
    }


def short_ruleset(world: World, repo: Repo, found: Ruleset) -> Json:
    """Show a ruleset in a list: without its rules."""
    made = ruleset(world, repo, found)
    for name in ("bypass_actors", "current_user_can_bypass", "conditions", "rules"):
        del made[name]
    return made


def effective_rules(repo: Repo, branch: str) -> list[Json]:
    """Show the rules of all active rulesets for a branch, each with its source."""
    return [
        rule
        | {
            "ruleset_source_type": "Repository",
            "ruleset_source": repo.full_name,
            "ruleset_id": each.id,
        }
        for each in repo.rulesets.values()
        if each.covers(branch, repo.default_branch)
        for rule in each.rules
    ]


def _level(rules: BranchRules | None) -> str:
    if rules is None or not rules.has_checks:
        return "off"
    return "everyone" if rules.enforce_admins else "non_admins"


def _required_checks(url: str, rules: BranchRules) -> Json:
    return {
        "url": f"{url}/required_status_checks",
        "strict": rules.strict,
        "contexts": [check.context for check in rules.checks],
        "contexts_url": f"{url}/required_status_checks/contexts",
        "checks": [{"context": c.context, "app_id": c.app_id} for c in rules.checks],
    }
