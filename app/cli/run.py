"""`gatewright serve`, `sandbox` and `demo`: the commands that run something."""

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from app.cli.demo import run_demo
from app.cli.options import Config, settings_from
from app.errors import SettingsError
from app.logs import configure
from app.sandbox.box import Sandbox
from app.sandbox.serve import serve as serve_sandbox
from app.settings import Settings
from app.web.serving import Listener
from app.wiring import Parts, Worker


class Role(StrEnum):
    """Which part of the work a process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


RoleOption = Annotated[Role, typer.Option(help="What this process does.")]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Loopback port to listen on; 0 picks one.")
]
WebhookUrl = Annotated[str, typer.Option(help="Where the bot takes its deliveries.")]
State = Annotated[Path | None, typer.Option(help="Folder for its repositories.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave everything running to look at.")]


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.command("serve")(serve)
    application.command("sandbox")(sandbox)
    application.command("demo")(demo)


def serve(role: RoleOption = Role.ALL, config: Config = None) -> None:
    """Take webhooks in and judge pull requests until stopped."""
    settings = settings_from(config)
    settings.require_app()
    configure(settings.log_format)
    parts = Parts.build(settings)
    github = parts.github()
    worker = parts.worker(github) if role is not Role.WEB else None
    try:
        if worker is not None:
            worker.start()
        if role is Role.WORKER:
            _until_stopped(signal.pause)
        else:
            _listen(parts, settings, github.numeric_id)
    finally:
        _stop(worker, parts)


def _listen(parts: Parts, settings: Settings, app_id: int) -> None:
    host, port = settings.host, settings.port
    with _starting(f"listen on {host}:{port}"):
        listener = Listener.open(parts.web(app_id), host, port, settings.web_threads)
    sys.stderr.write(f"gatewright: listening on {listener.url}\n")
    sys.stderr.flush()
    _until_stopped(listener.run)
    listener.close()


@contextmanager
def _starting(what: str) -> Iterator[None]:
    """Say what cannot be started, such as a server on a port that is taken."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot {what}: {error}") from error


def _until_stopped(run: Callable[[], object]) -> None:
    """Run until SIGTERM or ctrl-c, both of which end it in order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    with suppress(KeyboardInterrupt, SystemExit):
        run()
    sys.stderr.write("gatewright: stopping\n")


def _stop(worker: Worker | None, parts: Parts) -> None:
    if worker is not None:
        worker.stop()
    parts.close()


def sandbox(
    port: Port = 8090,
    webhook_url: WebhookUrl = "http://127.0.0.1:8080/webhook",
    state: State = None,
) -> None:
    """Start a GitHub in a box, for trying policies and for tests."""
    with _starting(f"start a sandbox on port {port}"):
        box = serve_sandbox(port=port, webhook_url=webhook_url, state_dir=state)
    print(f"GitHub in a box at {box.url}; connect a bot with these settings:")
    for name, value in _connection(box).items():
        print(f"export {name}={shlex.quote(value)}")
    sys.stdout.flush()
    _until_stopped(box.wait)
    box.stop()


def _connection(box: Sandbox) -> dict[str, str]:
    """Return the settings that connect a bot to the sandbox."""
    return {
        "GATEWRIGHT_APP_ID": str(box.app_id),
        "GATEWRIGHT_PRIVATE_KEY": box.app_key,
        "GATEWRIGHT_WEBHOOK_SECRET": box.webhook_secret,
        "GATEWRIGHT_GITHUB_API_URL": box.url,
        "GATEWRIGHT_GITHUB_URL": box.url,
    }


def demo(keep: Keep = False) -> None:  # noqa: FBT002 - a flag
    """Show the gates at work on this machine, from red to merged."""
    raise typer.Exit(run_demo(keep=keep))
