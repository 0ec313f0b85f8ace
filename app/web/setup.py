"""`/setup`: registering the App by its manifest, for whoever holds the one-time token."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, request

from app.core.installing.manifest import manifest
from app.errors import GatewrightError
from app.github.registration import Registered, convert
from app.web.pages import page

_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where the App is registered, who will own it, and where its deliveries go."""

    github_url: str
    api_url: str
    public_url: str
    organization: str = ""

    @property
    def form(self) -> str:
        """The page of GitHub that takes manifests."""
        whose = f"organizations/{quote(self.organization)}/" if self.organization else ""
        return f"{self.github_url}/{whose}settings/apps/new"


@dataclass(slots=True)
class SetUp:
    """One registration: its token opens the page, its state comes back from GitHub once.

    `keep` stores what GitHub tells once and returns the settings file.
    """

    place: Place
    folder: str
    keep: Callable[[Registered], str]
    done: Callable[[], None]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES))
    page_url: str = ""

    def show(self, token: str) -> Response:
        """Return the page with the form, for whoever holds the token."""
        if not compare_digest(token.encode(), self.token.encode()):
            return _refused("Open the address that `gatewright setup` printed, all of it.")
        made = manifest(self.place.public_url, self.page_url)
        rights = made["default_permissions"]
        return page(
            "setup",
            form_action=_origin(self.place.github_url),
            host=urlsplit(self.place.github_url).netloc,
            owner=self.place.organization or "your account",
            folder=self.folder,
            manifest=made,
            text=json.dumps(made),
            action=f"{self.place.form}?state={self.state}",
            reads=_named(rights, "read"),
            writes=_named(rights, "write"),
        )

    def finish(self, code: str, state: str) -> Response:
        """Take the new App's key and secret; a state that is not ours changes nothing."""
        if not self.state or not compare_digest(state.encode(), self.state.encode()):
            return _refused("This registration was not begun here, or is over. Start anew.")
        self.state = ""
        try:
            made = convert(self.place.api_url, code)
            config = self.keep(made)
        except (GatewrightError, OSError) as error:
            self.state = secrets.token_urlsafe(_TOKEN_BYTES)
            return _refused(f"{error}. Open the address of the set-up page again.")
        answer = page(
            "setup_done",
            name=made.name,
            folder=self.folder,
            config=config,
            install=f"{self.place.github_url}/apps/{quote(made.slug)}/installations/new",
        )
        answer.call_on_close(self.done)
        return answer


def _refused(why: str) -> Response:
    return page("refused", HTTPStatus.FORBIDDEN, why=why)


def _named(rights: dict[str, str], level: str) -> list[str]:
    return [name.replace("_", " ") for name, given in rights.items() if given == level]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def setup_blueprint(found: SetUp) -> Blueprint:
    """Return the routes of one registration."""
    blueprint = Blueprint("setup", __name__)

    @blueprint.get("/setup")
    def show() -> Response:
        return found.show(request.args.get("token", ""))

    @blueprint.get("/setup/callback")
    def finish() -> Response:
        return found.finish(request.args.get("code", ""), request.args.get("state", ""))

    return blueprint
