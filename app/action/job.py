"""What the runner tells a job, and the inputs of the action, read strictly."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.decide import GATES
from app.core.verdict import GateName
from app.errors import GatewrightError

_PATH = re.compile(r"\A(?!/)(?!.*(?:^|/)\.{1,2}(?:/|\Z))[A-Za-z0-9._/-]{1,200}\Z")
_LONGEST_WAIT = 60
_LARGEST_EVENT = 32 << 20


class InputError(GatewrightError):
    """An input of the action, or what the runner tells, cannot be used."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Where the job runs, which event started it, and the files in which it answers."""

    repository: str
    api_url: str
    server_url: str
    event_name: str
    event: Mapping[str, Any] = field(repr=False)
    output: Path
    summary: Path
    temporary: Path
    own_run: int | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs that several actions share."""

    token: str = field(repr=False)
    config: str | None = None
    pull_request: int | None = None
    gates: tuple[GateName, ...] = tuple(GATES)
    wait: timedelta = timedelta()


def runner_from(environment: Mapping[str, str]) -> Runner:
    """Read what the runner tells; raises InputError naming what is missing."""
    own_run = environment.get("GATEWRIGHT_CHECK_RUN", "")
    return Runner(
        repository=_needed(environment, "GITHUB_REPOSITORY"),
        api_url=_address(environment, "GITHUB_API_URL"),
        server_url=_address(environment, "GITHUB_SERVER_URL"),
        event_name=environment.get("GITHUB_EVENT_NAME", ""),
        event=_event(environment.get("GITHUB_EVENT_PATH", "")),
        output=Path(_needed(environment, "GITHUB_OUTPUT")),
        summary=Path(_needed(environment, "GITHUB_STEP_SUMMARY")),
        temporary=Path(_needed(environment, "RUNNER_TEMP")),
        own_run=int(own_run) if own_run.isdecimal() else None,
    )


def inputs_from(environment: Mapping[str, str], gate: GateName | None = None) -> Inputs:
    """Read the shared inputs; an action of one gate has no list of gates."""
    return Inputs(
        token=_needed(environment, "GATEWRIGHT_TOKEN"),
        config=_config(environment.get("GATEWRIGHT_CONFIG", "")),
        pull_request=_number(environment.get("GATEWRIGHT_PULL_REQUEST", "")),
        gates=(gate,) if gate else _gates(environment.get("GATEWRIGHT_GATES", "")),
        wait=_wait(environment.get("GATEWRIGHT_WAIT", "")),
    )


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise InputError(f"{name} is not set")
    return value


def _address(environment: Mapping[str, str], name: str) -> str:
    address = _needed(environment, name).rstrip("/")
    if urlsplit(address).scheme not in ("https", "http"):
        raise InputError(f"{name} is no address")
    return address


def _event(path: str) -> Mapping[str, Any]:
    """Read the event; it is only a hint, and many events say nothing of use."""
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            found = json.loads(file.read(_LARGEST_EVENT))
    except (OSError, ValueError) as error:
        raise InputError("the event that started the workflow cannot be read") from error
    return found if isinstance(found, dict) else {}


def _config(text: str) -> str | None:
    """Return the policy's path, None for the usual one, where both spellings are looked for."""
    path = text.strip()
    if path in ("", ".github/gatewright.yml"):
        return None
    if not _PATH.match(path):
        raise InputError("`config` must be the path of a file in the base branch")
    return path


def _number(text: str) -> int | None:
    number = text.strip()
    if number and not (number.isascii() and number.isdecimal() and int(number) > 0):
        raise InputError("`pull-request` must be the number of a pull request")
    return int(number) if number else None


def _gates(text: str) -> tuple[GateName, ...]:
    names = [name for name in re.split(r"[\s,]+", text) if name]
    unknown = sorted(set(names) - {gate.value for gate in GATES})
    if unknown:
        raise InputError(f"`gates` names no gate with {unknown[0]!r}; known are {', '.join(GATES)}")
    return tuple(gate for gate in GATES if gate.value in names) or tuple(GATES)


def _wait(text: str) -> timedelta:
    minutes = text.strip() or "0"
    if not (minutes.isascii() and minutes.isdecimal() and int(minutes) <= _LONGEST_WAIT):
        raise InputError(f"`wait` must be a number of minutes up to {_LONGEST_WAIT}")
    return timedelta(minutes=int(minutes))
