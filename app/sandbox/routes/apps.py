"""Apps, installations and their tokens."""

from typing import Any

from app.sandbox.acts import apps
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import apps as show
from app.sandbox.payloads.repos import repository
from app.sandbox.problems import ProblemError, not_found, refused
from app.sandbox.world.apps import App, Installation


def get_app(call: Call) -> Any:
    """Show the App itself."""
    return show.own_app(call.world, _app(call))


def get_app_by_slug(call: Call) -> Any:
    """Any App, by its slug."""
    for found in call.world.apps.values():
        if found.slug == call.params["app_slug"]:
            return show.app(call.world, found)
    raise not_found()


def list_installations(call: Call) -> Any:
    """Where the App is installed."""
    mine = [i for i in call.world.installations.values() if i.app is _app(call)]
    return [show.installation(call.world, each) for each in call.paged(mine)]


def get_installation(call: Call) -> Any:
    """One installation of the App."""
    return show.installation(call.world, _installation(call))


def delete_installation(call: Call) -> Any:
    """Let the App remove itself."""
    apps.uninstall(call.world, _installation(call), call.account)
    return Reply(204)


def suspend(call: Call) -> Any:
    """Let the App put an installation to sleep."""
    apps.suspend(call.world, _installation(call), call.account)
    return Reply(204)


def unsuspend(call: Call) -> Any:
    """Let the App wake an installation."""
    apps.unsuspend(call.world, _installation(call), call.account)
    return Reply(204)


def create_token(call: Call) -> Any:
    """Make an installation token, narrowed as asked."""
    found = _installation(call)
    ids = call.maybe("repository_ids", list)
    names = call.maybe("repositories", list)
    if names:
        ids = [*(ids or []), *(_repo_id(call, found, name) for name in names)]
    made = apps.take_token(call.world, found, call.maybe("permissions", dict), ids)
    return Reply(201, show.token(call.world, made))


def revoke_token(call: Call) -> Any:
    """Let the token end itself."""
    if call.actor.token is not None:
        call.actor.token.revoked = True
    return Reply(204)


def list_repositories(call: Call) -> Any:
    """Show what the token reaches."""
    token = call.actor.token
    if token is None:
        raise not_found()
    repos = apps.covered(call.world, token.installation)
    if token.repository_ids is not None:
        repos = [repo for repo in repos if repo.id in token.repository_ids]
    return {
        "total_count": len(repos),
        "repository_selection": "all" if token.installation.selected is None else "selected",
        "repositories": [repository(call.world, repo) for repo in call.paged(repos)],
    }


def repo_installation(call: Call) -> Any:
    """Show the App's installation on a repository."""
    full_name = f"{call.params['owner']}/{call.params['repo']}"
    repo = call.world.repo(full_name)
    if repo is None:
        raise not_found()
    found = apps.installation_of(call.world, _app(call), repo.owner, repo)
    return show.installation(call.world, found)


def account_installation(call: Call) -> Any:
    """Show the App's installation on an organisation or user."""
    login = call.params.get("org") or call.params["username"]
    account = call.world.account(login)
    if account is None:
        raise not_found()
    found = apps.installation_of(call.world, _app(call), account, None)
    return show.installation(call.world, found)


def add_repository(call: Call) -> Any:
    """Let the owner add a repository to an installation."""
    return _change_selection(call, add=True)


def remove_repository(call: Call) -> Any:
    """Let the owner take a repository out of an installation."""
    return _change_selection(call, add=False)


def convert_manifest(call: Call) -> Any:
    """Exchange the code of a manifest flow for the new App's secrets, once."""
    made = call.world.manifests.pop(call.params["code"], None)
    if made is None:
        raise not_found()
    return Reply(201, show.own_app(call.world, made) | show.secrets(made))


def _change_selection(call: Call, *, add: bool) -> Reply:
    found = call.world.installations.get(call.number("installation_id"))
    repo = call.world.repos.get(call.number("repository_id"))
    if found is None or repo is None or repo.owner is not found.account:
        raise not_found()
    if not call.world.can(repo, call.account, "admin"):
        raise ProblemError(403, "Must have admin rights to Repository.")
    others = [each for each in apps.covered(call.world, found) if each is not repo]
    apps.select_repos(call.world, found, [*others, repo] if add else others, call.account)
    return Reply(204)


def _app(call: Call) -> App:
    if call.actor.app is None:
        raise ProblemError(401, "A JSON web token could not be decoded")
    return call.actor.app


def _installation(call: Call) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app is not _app(call):
        raise not_found()
    return found


def _repo_id(call: Call, found: Installation, name: str) -> int:
    for repo in apps.covered(call.world, found):
        if repo.name.lower() == str(name).lower():
            return repo.id
    raise refused("There is at least one repository that does not exist or is not accessible.")


ROUTES = (
    Route("GET", "/app", get_app, auth="app"),
    Route("GET", "/apps/{app_slug}", get_app_by_slug),
    Route("GET", "/app/installations", list_installations, auth="app"),
    Route("GET", "/app/installations/{installation_id}", get_installation, auth="app"),
    Route("DELETE", "/app/installations/{installation_id}", delete_installation, auth="app"),
    Route("PUT", "/app/installations/{installation_id}/suspended", suspend, auth="app"),
    Route("DELETE", "/app/installations/{installation_id}/suspended", unsuspend, auth="app"),
    Route("POST", "/app/installations/{installation_id}/access_tokens", create_token, auth="app"),
    Route("POST", "/app-manifests/{code}/conversions", convert_manifest),
    Route("GET", "/installation/repositories", list_repositories, auth="installation"),
    Route("DELETE", "/installation/token", revoke_token, auth="installation"),
    Route("GET", "/repos/{owner}/{repo}/installation", repo_installation, auth="app"),
    Route("GET", "/orgs/{org}/installation", account_installation, auth="app"),
    Route("GET", "/users/{username}/installation", account_installation, auth="app"),
    Route(
        "PUT",
        "/user/installations/{installation_id}/repositories/{repository_id}",
        add_repository,
        auth="user",
    ),
    Route(
        "DELETE",
        "/user/installations/{installation_id}/repositories/{repository_id}",
        remove_repository,
        auth="user",
    ),
)
