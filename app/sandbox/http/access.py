"""Whether a caller may use an endpoint on a repository or organisation."""

from app.sandbox.http.actors import Actor
from app.sandbox.http.routing import Route
from app.sandbox.problems import ProblemError, not_accessible, not_found
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World, covers

_LEVELS = ("read", "write", "admin")
# Permissions whose write level a user has as soon as he may read: anybody comments and reviews.
_OPEN_TO_READERS = {"issues", "pull_requests", "metadata"}
_ADMIN_ONLY = {"administration", "environments"}
_NEVER_PUBLIC = {"administration", "members", "merge_queues"}


def check_kind(route: Route, actor: Actor) -> None:
    """Refuse a kind of caller for which the endpoint does not exist."""
    if route.auth == "anyone":
        return
    if route.auth == "app" and actor.kind != "app":
        raise ProblemError(401, "A JSON web token could not be decoded")
    if route.auth != "app" and actor.kind == "app":
        raise ProblemError(
            401, "'Authorization' with a JSON web token is only for the endpoints of the App itself"
        )
    if route.auth in {"known", "user", "installation"} and actor.kind == "anonymous":
        raise ProblemError(401, "Requires authentication")
    if route.auth in {"user", "installation"} and actor.kind != route.auth:
        raise not_accessible()


def check_repo(world: World, route: Route, actor: Actor, repo: Repo) -> None:
    """Refuse what the caller's rights on the repository do not allow."""
    if actor.token is not None:
        _check_installation(route, actor, repo)
    elif actor.account is not None:
        _check_user(world, route, actor, repo)
    elif repo.private:
        raise not_found()
    elif route.method != "GET":
        raise ProblemError(401, "Requires authentication")
    if repo.archived and route.method != "GET" and "administration" not in route.needs:
        raise ProblemError(403, "Repository was archived so is read-only.")


def check_org(route: Route, actor: Actor) -> None:
    """Refuse an installation that lacks the permission on its organisation."""
    if actor.token is not None and not has_permission(actor, route.needs):
        raise not_accessible()


def has_permission(actor: Actor, needs: str) -> bool:
    """Whether an installation token holds one of the permissions."""
    if actor.token is None:
        return False
    held = actor.token.permissions
    for alternative in needs.split("|"):
        name, _, level = alternative.partition(":")
        if name in held and _LEVELS.index(held[name]) >= _LEVELS.index(level):
            return True
    return False


def visible(world: World, actor: Actor, repo: Repo) -> bool:
    """Whether the caller may know that the repository exists."""
    if not repo.private:
        return True
    if actor.token is not None:
        return _in_reach(actor, repo)
    return actor.account is not None and world.can(repo, actor.account, "read")


def require_role(world: World, actor: Actor, repo: Repo, role: str) -> None:
    """Refuse a user below a role; what an installation may do was checked before."""
    account = actor.account
    if actor.token is None and (account is None or not world.can(repo, account, role)):
        raise ProblemError(403, "Must have admin rights to Repository.")


def _in_reach(actor: Actor, repo: Repo) -> bool:
    token = actor.token
    if token is None or not covers(token.installation, repo):
        return False
    return token.repository_ids is None or repo.id in token.repository_ids


def _check_installation(route: Route, actor: Actor, repo: Repo) -> None:
    if not _in_reach(actor, repo):
        if repo.private:
            raise not_found()
        if route.method != "GET":
            raise not_accessible()
        return
    if not has_permission(actor, route.needs) and not _public_read(route, repo):
        raise not_accessible()


def _public_read(route: Route, repo: Repo) -> bool:
    """Most facts about a public repository are readable without the permission."""
    if route.method != "GET" or repo.private:
        return False
    name, _, level = route.needs.partition(":")
    return level == "read" and name not in _NEVER_PUBLIC


def _check_user(world: World, route: Route, actor: Actor, repo: Repo) -> None:
    account = actor.account
    if account is None or not world.can(repo, account, "read"):
        raise not_found()
    if not world.can(repo, account, route.role or _usual_role(route.needs)):
        raise ProblemError(403, "Must have admin rights to Repository.")


def _usual_role(needs: str) -> str:
    name, _, level = needs.split("|", maxsplit=1)[0].partition(":")
    if level == "read" or name in _OPEN_TO_READERS:
        return "read"
    return "admin" if name in _ADMIN_ONLY else "write"
