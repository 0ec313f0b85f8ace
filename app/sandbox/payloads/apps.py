"""Apps, installations and tokens."""

from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.common import Json, iso, maybe_iso, node_id
from app.sandbox.payloads.repos import repository
from app.sandbox.world.apps import App, HookSettings, Installation, InstallationToken
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def app(world: World, found: App) -> Json:
    """Show an App as others see it."""
    return {
        "id": found.id,
        "client_id": found.client_id,
        "slug": found.slug,
        "node_id": node_id("A", found.id),
        "owner": user(world, found.owner),
        "name": found.name,
        "description": "",
        "external_url": f"{world.base_url}/apps/{found.slug}",
        "html_url": f"{world.base_url}/apps/{found.slug}",
        "created_at": iso(found.created_at),
        "updated_at": iso(found.created_at),
        "permissions": found.permissions,
        "events": list(found.events),
    }


def own_app(world: World, found: App) -> Json:
    """Show an App as itself sees it."""
    count = sum(i.app is found and not i.deleted for i in world.installations.values())
    return app(world, found) | {"installations_count": count}


def installation(world: World, found: Installation) -> Json:
    """Show an installation with its rights."""
    api = f"{world.base_url}/app/installations/{found.id}"
    suspender = found.suspended_by
    return {
        "id": found.id,
        "client_id": found.app.client_id,
        "account": user(world, found.account),
        "repository_selection": "all" if found.selected is None else "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{world.base_url}/installation/repositories",
        "html_url": f"{world.base_url}/settings/installations/{found.id}",
        "app_id": found.app.id,
        "app_slug": found.app.slug,
        "target_id": found.account.id,
        "target_type": found.account.kind,
        "permissions": found.permissions,
        "events": list(found.events),
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user(world, suspender) if suspender else None,
        "suspended_at": maybe_iso(found.suspended_at),
    }


def token(world: World, made: InstallationToken) -> Json:
    """Show a new installation token."""
    answer: Json = {
        "token": made.value,
        "expires_at": iso(made.expires_at),
        "permissions": made.permissions,
        "repository_selection": "all" if made.installation.selected is None else "selected",
    }
    if made.repository_ids is not None:
        named = [world.repos[i] for i in sorted(made.repository_ids) if i in world.repos]
        answer["repository_selection"] = "selected"
        answer["repositories"] = [repository(world, repo) for repo in named]
    return answer


def hook(settings: HookSettings) -> Json:
    """Show the webhook settings without the secret."""
    return {
        "content_type": settings.content_type,
        "insecure_ssl": settings.insecure_ssl,
        "secret": "********" if settings.secret else "",
        "url": settings.url,
    }


def installed_repository(repo: Repo) -> Json:
    """Show the few facts that installation events tell of a repository."""
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def secrets(found: App) -> Json:
    """Show what a manifest conversion tells once and never again."""
    return {
        "client_id": found.client_id,
        "client_secret": found.client_secret,
        "webhook_secret": found.hook.secret,
        "pem": found.pem(),
    }
