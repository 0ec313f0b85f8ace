"""`gatewright doctor`: what is wrong with this installation, and what to click."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from app.cli.options import AsJson, Config, reading, settings_from
from app.cli.terminal import safe, terminal
from app.core.installing import checkup
from app.core.installing.checkup import Finding, State
from app.errors import GatewrightError, GitHubError, GitHubUnavailableError, SettingsError
from app.github.examination import Examination, github_time
from app.settings import Settings
from app.store.numbers import numbers
from app.wiring import github_of, utc_now

_COLOURS = {State.GOOD: "green", State.LOOK: "yellow", State.BAD: "red"}
Most = Annotated[int, typer.Option(min=0, help="Repositories to look at in each account.")]


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("doctor")(doctor)


def doctor(
    config: Config = None,
    repositories: Most = 20,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what is wrong and what to click; 1 if it is in the way."""
    found = list(_findings(settings_from(config), repositories))
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
    else:
        _print(found)
    if checkup.worst(found) is State.BAD:
        raise typer.Exit(1)


def _print(found: list[Finding]) -> None:
    console = terminal()
    for each in found:
        mark = f"[{_COLOURS[each.state]}]{each.state.value:<4}[/]"
        console.print(f"{mark} {each.area}: {safe(each.says)}")
        if each.remedy:
            where = f" ({each.page})" if each.page else ""
            console.print(f"     {safe(each.remedy + where)}")


def _findings(settings: Settings, most: int) -> Iterator[Finding]:
    yield _database(settings)
    try:
        settings.require_app()
        github = github_of(settings)
    except SettingsError as error:
        yield Finding("settings", State.BAD, str(error), "Run `gatewright setup`.")
        return
    yield Finding("settings", State.GOOD, f"App {settings.app_id}")
    try:
        yield checkup.clock(utc_now(), github_time(settings.github_api_url))
        yield from _at_github(settings, Examination(github, github.as_app()), most)
    except GitHubUnavailableError as error:
        remedy = "Look at the network, the proxy and GATEWRIGHT_GITHUB_API_URL."
        yield Finding("GitHub", State.BAD, str(error), remedy)
    except GitHubError as error:
        remedy = "Look at GATEWRIGHT_APP_ID and GATEWRIGHT_PRIVATE_KEY: they belong together."
        yield Finding("key", State.BAD, str(error), remedy)


def _database(settings: Settings) -> Finding:
    try:
        with reading(settings) as connection:
            waiting = int(numbers(connection, utc_now()).get("waiting", 0))
    except GatewrightError as error:
        remedy = "Start `gatewright serve` once, or look at GATEWRIGHT_DATABASE."
        return Finding("database", State.BAD, str(error), remedy)
    return Finding("database", State.GOOD, f"can be read; {waiting} jobs wait")


def _at_github(settings: Settings, seen: Examination, most: int) -> Iterator[Finding]:
    app, url = seen.app(), settings.github_url
    yield Finding("key", State.GOOD, f"GitHub knows this App as {app.slug}")
    yield from checkup.rights(app, url)
    yield from checkup.hook(seen.hook(), app, settings.public_url, url)
    installed = tuple(seen.accounts())
    yield from checkup.accounts(installed, app, url)
    for each in installed:
        if not each.is_suspended:
            for branch in seen.branches(each.id, most):
                yield checkup.branch(branch, seen.github.numeric_id, url)
