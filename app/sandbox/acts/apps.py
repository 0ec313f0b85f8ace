"""Registering Apps, installing them, and the tokens they take."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import rsa

from app.sandbox.acts.accounts import add_account
from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.apps import installation as installation_payload
from app.sandbox.payloads.apps import installed_repository
from app.sandbox.payloads.common import Json
from app.sandbox.problems import ProblemError, not_found, refused
from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App, HookSettings, Installation, InstallationToken
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World, covers

TOKEN_LIFE = timedelta(hours=1)
ACTIONS_APP_ID = 15368
_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class AppOrder:
    """What a registration asks for; without an `id` the next one is taken."""

    name: str
    owner: Account
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    hook: HookSettings = field(default_factory=HookSettings)
    id: int | None = None


def register_app(world: World, order: AppOrder, key: rsa.RSAPrivateKey | None = None) -> App:
    """Make a new App with its bot user; without a key it gets one of its own."""
    slug = re.sub(r"[^a-z0-9]+", "-", order.name.lower()).strip("-")
    made = App(
        id=order.id or world.new_id("app"),
        hook_id=world.new_id("hook"),
        slug=slug,
        name=order.name,
        client_id=f"Iv23li{secrets.token_hex(7)}",
        client_secret=secrets.token_hex(20),
        owner=order.owner,
        bot=add_account(world, f"{slug}[bot]", "Bot"),
        key=key or new_key(),
        created_at=world.now(),
        permissions={"metadata": "read", **order.permissions},
        events=order.events,
        hook=order.hook,
    )
    world.apps[made.id] = made
    return made


def new_key() -> rsa.RSAPrivateKey:
    """Make a key of the size that GitHub makes."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def install(
    world: World, app: App, account: Account, repos: Iterable[Repo] | None = None
) -> Installation:
    """Put an App on an account: on all repositories, or on the given ones."""
    now = world.now()
    made = Installation(
        id=world.new_id("installation"),
        app=app,
        account=account,
        permissions=dict(app.permissions),
        events=app.events,
        created_at=now,
        updated_at=now,
        selected=None if repos is None else {repo.id for repo in repos},
    )
    world.installations[made.id] = made
    _tell(world, made, "created", account)
    return made


def uninstall(world: World, found: Installation, sender: Account) -> None:
    """Remove an installation; its tokens die with it."""
    _tell(world, found, "deleted", sender)
    found.deleted = True
    del world.installations[found.id]


def suspend(world: World, found: Installation, sender: Account) -> None:
    """Put an installation to sleep: no events, no tokens."""
    found.suspended_at, found.suspended_by = world.now(), sender
    _tell(world, found, "suspend", sender)


def unsuspend(world: World, found: Installation, sender: Account) -> None:
    """Wake an installation."""
    found.suspended_at = found.suspended_by = None
    _tell(world, found, "unsuspend", sender)


def accept_permissions(
    world: World, found: Installation, permissions: Mapping[str, str], sender: Account
) -> None:
    """Let the owner agree to what the App asks for now."""
    found.permissions = {"metadata": "read", **permissions}
    found.events = found.app.events
    _tell(world, found, "new_permissions_accepted", sender)


def select_repos(
    world: World, found: Installation, wanted: Iterable[Repo] | None, sender: Account
) -> None:
    """Change which repositories an installation covers; None is all."""
    before = {repo.id for repo in world.repos.values() if covers(found, repo)}
    found.selected = None if wanted is None else {repo.id for repo in wanted}
    after = {repo.id for repo in world.repos.values() if covers(found, repo)}
    for action, ids in (("added", after - before), ("removed", before - after)):
        if ids:
            _tell_repos(world, found, action, [world.repos[i] for i in sorted(ids)], sender)


def covered(world: World, found: Installation) -> list[Repo]:
    """Return the repositories of an installation."""
    return [repo for repo in world.repos.values() if covers(found, repo)]


def take_token(
    world: World,
    found: Installation,
    permissions: Mapping[str, str] | None,
    repository_ids: Iterable[int] | None,
) -> InstallationToken:
    """Make an hour's token; nothing asked for, or an empty object, is everything granted."""
    if found.suspended_at is not None:
        raise ProblemError(403, "This installation has been suspended")
    made = InstallationToken(
        value=f"ghs_{secrets.token_hex(18)}",
        installation=found,
        permissions=_narrowed(found, permissions or {}),
        expires_at=world.now() + TOKEN_LIFE,
        repository_ids=_chosen(world, found, repository_ids),
    )
    world.app_tokens[made.value] = made
    return made


def _narrowed(found: Installation, wanted: Mapping[str, str]) -> dict[str, str]:
    if not wanted:
        return dict(found.permissions)
    for name, level in wanted.items():
        held = found.permissions.get(name)
        if held is None or _LEVELS.index(held) < _LEVELS.index(level):
            raise refused("The permissions requested are not granted to this installation.")
    return {"metadata": "read", **wanted}


def _chosen(
    world: World, found: Installation, wanted: Iterable[int] | None
) -> frozenset[int] | None:
    if wanted is None:
        return None
    ids = frozenset(wanted)
    if not ids <= {repo.id for repo in covered(world, found)}:
        raise refused("There is at least one repository that does not exist or is not accessible.")
    return ids


def installation_of(world: World, app: App, account: Account, repo: Repo | None) -> Installation:
    """Return the App's installation on an account, and on a repository if one is named."""
    for found in world.installations.values():
        if found.app is app and found.account is account and (not repo or covers(found, repo)):
            return found
    raise not_found()


def _tell(world: World, found: Installation, action: str, sender: Account) -> None:
    repos = [installed_repository(repo) for repo in covered(world, found)]
    body: Json = {"installation": installation_payload(world, found), "repositories": repos}
    body |= {"requester": None} if action == "created" else {}
    world.emit(Event("installation", action, sender, body, installation=found))


def _tell_repos(
    world: World, found: Installation, action: str, repos: list[Repo], sender: Account
) -> None:
    named = [installed_repository(repo) for repo in repos]
    body = {
        "installation": installation_payload(world, found),
        "repository_selection": "all" if found.selected is None else "selected",
        "repositories_added": named if action == "added" else [],
        "repositories_removed": named if action == "removed" else [],
        "requester": user(world, sender) if action == "added" else None,
    }
    world.emit(Event("installation_repositories", action, sender, body, installation=found))


def from_manifest(world: World, owner: Account, name: str, manifest: Mapping[str, object]) -> str:
    """Register an App as the manifest flow does and give the code for its secrets."""
    hook = manifest.get("hook_attributes")
    url = str(hook["url"]) if isinstance(hook, Mapping) and "url" in hook else ""
    permissions = manifest.get("default_permissions")
    events = manifest.get("default_events")
    order = AppOrder(
        name=name,
        owner=owner,
        permissions=permissions if isinstance(permissions, Mapping) else {},
        events=tuple(map(str, events)) if isinstance(events, list | tuple) else (),
        hook=HookSettings(url=url, secret=secrets.token_hex(20)),
    )
    code = secrets.token_hex(20)
    world.manifests[code] = register_app(world, order)
    return code
