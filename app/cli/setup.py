"""`gatewright setup`: register the App with one click, and keep its key."""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from app.cli.options import Config, settings_from
from app.errors import SettingsError
from app.github.registration import Registered
from app.settings import Settings
from app.web.application import create_app
from app.web.serving import Listener
from app.web.setup import Place, SetUp, setup_blueprint

_SMALL = 100_000
_THREADS = 2

PublicUrl = Annotated[str, typer.Option(help="Where GitHub will reach this instance: https://HOST")]
Organization = Annotated[str, typer.Option(help="Who owns the App; by default your own account.")]
Folder = Annotated[Path, typer.Option("--folder", help="Where key and settings are written.")]


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("setup")(setup)


def setup(
    public_url: PublicUrl,
    organization: Organization = "",
    folder: Folder = Path("gatewright"),
    config: Config = None,
) -> None:
    """Register the App on GitHub; its key stays on this machine."""
    settings = settings_from(config)
    kept = _Folder(folder.absolute(), settings, _checked(public_url))
    kept.check()
    ended = threading.Event()
    place = Place(settings.github_url, settings.github_api_url, kept.public_url, organization)
    found = SetUp(place, str(kept.path), kept.keep, ended.set)
    try:
        flask = create_app([setup_blueprint(found)], _SMALL)
        listener = Listener.open(flask, settings.host, settings.port, _THREADS)
    except OSError as error:
        raise SettingsError(f"cannot listen on {settings.host}: {error}") from error
    found.page_url = listener.url
    sys.stdout.write(f"Open this address in a browser:\n{listener.url}/setup?token={found.token}\n")
    sys.stdout.flush()
    _serve(listener, ended)
    print(f"registered; now: gatewright serve --config {kept.config}")


def _serve(listener: Listener, ended: threading.Event) -> None:
    thread = threading.Thread(target=listener.run, daemon=True)
    thread.start()
    try:
        ended.wait()
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    finally:
        listener.close()
        thread.join(_THREADS)


def _checked(url: str) -> str:
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise SettingsError("--public-url must be an address such as https://gate.example.com")
    return url.rstrip("/")


class _Folder:
    """Where key and settings go: new files that nobody else can read, and never over old ones."""

    def __init__(self, path: Path, settings: Settings, public_url: str) -> None:
        self.path, self.settings, self.public_url = path, settings, public_url
        self.key, self.config = path / "app.pem", path / "gatewright.toml"

    def check(self) -> None:
        """Raise SettingsError if something would be written over, before GitHub is asked."""
        for each in (self.key, self.config):
            if each.exists():
                raise SettingsError(f"{str(each)!r} is there already: an App is registered")

    def keep(self, made: Registered) -> str:
        """Write the key and the settings; returns the settings file."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.key, made.pem)
        values = {
            "app_id": str(made.id),
            "private_key": str(self.key),
            "webhook_secret": made.webhook_secret,
            "public_url": self.public_url,
            "github_url": self.settings.github_url,
            "github_api_url": self.settings.github_api_url,
            "database": f"sqlite:///{self.path / 'gatewright.db'}",
            "state_dir": str(self.path / "state"),
        }
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in values.items()]
        _write(self.config, "".join(lines))
        return str(self.config)


def _write(path: Path, text: str) -> None:
    """Make a file of mode 0600 and fill it; one that is there is left alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as output:
        output.write(text)
