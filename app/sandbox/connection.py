"""What a client needs to know of a running sandbox."""

from typing import Any

from app.sandbox.control.base import Controls


def describe(box: Controls) -> dict[str, Any]:
    """Return addresses, the App's credentials, where it is installed, and people's tokens.

    The secrets are made at the start of this sandbox and worth nothing anywhere else.
    """
    with box.world.lock:
        app = box.app
        return {
            "base_url": box.world.base_url,
            "clone_url": f"{box.world.base_url}/{{owner}}/{{repo}}.git",
            "app_id": app.id,
            "app_slug": app.slug,
            "client_id": app.client_id,
            "private_key": app.pem(),
            "webhook_secret": app.hook.secret,
            "webhook_url": app.hook.url,
            "installations": {
                each.account.login: each.id
                for each in box.world.installations.values()
                if each.app is app
            },
            "tokens": {account.login: token for token, account in box.world.user_tokens.items()},
            "repositories": [repo.full_name for repo in box.world.repos.values()],
        }
