"""Repositories, forks and branches."""

from typing import Any

from app.sandbox.acts import repos
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads.branches import branch_page, short_branch
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.repos import full_repository, repository, short_repository
from app.sandbox.problems import ProblemError, invalid, not_found
from app.sandbox.world.accounts import Account
from app.sandbox.world.repos import Repo

_SWITCHES = (
    "allow_merge_commit",
    "allow_squash_merge",
    "allow_rebase_merge",
    "allow_auto_merge",
    "allow_update_branch",
    "delete_branch_on_merge",
    "has_issues",
)


def get_repo(call: Call) -> Any:
    """Show a repository with the caller's permissions."""
    return _full(call, call.repo)


def edit_repo(call: Call) -> Any:
    """Change settings; a new name makes the old one redirect."""
    found = call.repo
    for name in _SWITCHES:
        value = call.maybe(name, bool)
        if value is not None:
            setattr(found.settings, name, value)
    if "description" in call.fields:
        found.description = call.maybe("description", str)
    _change_default(call, found)
    private = call.maybe("private", bool)
    if private is not None:
        repos.set_private(call.world, found, call.account, private=private)
    archived = call.maybe("archived", bool)
    if archived is not None:
        repos.set_archived(call.world, found, call.account, archived=archived)
    new_name = call.maybe("name", str)
    if new_name is not None and new_name != found.name:
        repos.rename_repo(call.world, found, new_name, call.account)
    return _full(call, found)


def delete_repo(call: Call) -> Any:
    """Remove a repository for good."""
    repos.delete_repo(call.world, call.repo, call.account)
    return Reply(204)


def create_in_org(call: Call) -> Any:
    """Make a new repository of an organisation."""
    org = call.world.account(call.params["org"])
    if org is None or not org.is_org or call.account.id not in org.members:
        raise not_found()
    return _create(call, org)


def create_own(call: Call) -> Any:
    """Make a new repository of the caller."""
    return _create(call, call.account)


def create_fork(call: Call) -> Any:
    """Make a fork under the caller or an organisation of theirs."""
    wanted = call.maybe("organization", str)
    owner = call.world.account(wanted) if wanted else call.account
    if owner is None:
        raise invalid("Fork", "organization", "invalid")
    made = repos.fork_repo(call.world, call.repo, owner, call.maybe("name", str))
    return Reply(202, _full(call, made))


def list_forks(call: Call) -> Any:
    """Show the repository's forks."""
    found = [r for r in call.world.repos.values() if r.parent_id == call.repo.id]
    return [short_repository(call.world, each) for each in call.paged(found)]


def transfer(call: Call) -> Any:
    """Give the repository to another account."""
    owner = call.world.account(call.need("new_owner", str))
    if owner is None:
        raise invalid("Repository", "new_owner", "invalid")
    repos.transfer_repo(call.world, call.repo, owner, call.account)
    return Reply(202, short_repository(call.world, call.repo))


def list_branches(call: Call) -> Any:
    """Branches by name."""
    found = [
        (name.removeprefix("refs/heads/"), sha)
        for name, sha in call.repo.git.refs("refs/heads/").items()
    ]
    if call.query.get("protected") == "true":
        found = [each for each in found if each[0] in call.repo.protections]
    return [short_branch(call.world, call.repo, *each) for each in call.paged(found)]


def get_branch(call: Call) -> Any:
    """One branch with its tip."""
    name = call.params["branch"]
    sha = call.repo.git.branch(name)
    if sha is None:
        raise ProblemError(404, "Branch not found")
    return branch_page(call.world, call.repo, name, sha)


def _create(call: Call, owner: Account) -> Reply:
    order = repos.RepoOrder(
        name=call.need("name", str),
        private=bool(call.maybe("private", bool)),
        description=call.maybe("description", str),
    )
    made = repos.create_repo(call.world, owner, order, call.account)
    return Reply(201, _full(call, made))


def _change_default(call: Call, found: Repo) -> None:
    name = call.maybe("default_branch", str)
    if name is None:
        return
    if found.git.branch(name) is None:
        raise invalid("Repository", "default_branch", "invalid")
    found.default_branch = name
    found.git.run("symbolic-ref", "HEAD", f"refs/heads/{name}")


def _full(call: Call, found: Repo) -> Json:
    token = call.actor.token
    role = call.world.role(found, call.account) if call.actor.account and not token else None
    return full_repository(call.world, found, role)


def list_for_org(call: Call) -> Any:
    """Repositories of an organisation that the caller may see."""
    org = call.world.account(call.params["org"])
    if org is None:
        raise not_found()
    found = [r for r in call.world.repos.values() if r.owner is org and call.sees(r)]
    return [repository(call.world, each) for each in call.paged(found)]


_REPO = "/repos/{owner}/{repo}"
_ADMIN = "administration:write"
ROUTES = (
    Route("GET", _REPO, get_repo),
    Route("PATCH", _REPO, edit_repo, _ADMIN),
    Route("DELETE", _REPO, delete_repo, _ADMIN),
    Route("GET", "/orgs/{org}/repos", list_for_org),
    Route("POST", "/orgs/{org}/repos", create_in_org, _ADMIN, auth="known"),
    Route("POST", "/user/repos", create_own, _ADMIN, auth="user"),
    Route("POST", f"{_REPO}/forks", create_fork, "metadata:read", auth="known"),
    Route("GET", f"{_REPO}/forks", list_forks),
    Route("POST", f"{_REPO}/transfer", transfer, _ADMIN),
    Route("GET", f"{_REPO}/branches", list_branches, "contents:read"),
    Route("GET", f"{_REPO}/branches/{{branch}}", get_branch, "contents:read"),
)
