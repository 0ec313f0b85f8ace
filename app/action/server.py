"""Gatewright's own server, asked with the token of this very run; no secret is kept anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from time import sleep
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests

from app.action.job import InputError
from app.core.text import visible
from app.errors import GatewrightError

_SECONDS = 20
_TRIES = 3
_PAUSE = 3
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ServerError(GatewrightError):
    """The server did not take what it was asked, or gave no answer that can be used."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a run asks GitHub for a token that proves who it is."""

    url: str
    token: str = field(repr=False)

    def prove(self, audience: str) -> str:
        """Return a token that is good for this audience alone, for some minutes."""
        joined = "&" if urlsplit(self.url).query else "?"
        url = f"{self.url}{joined}{urlencode({'audience': audience})}"
        answer = _sent("GET", url, self.token, None)
        value = answer.get("value")
        if not isinstance(value, str):
            raise ServerError("GitHub gave no token that proves this run")
        return value


@dataclass(frozen=True, slots=True)
class Server:
    """One server's door for the commands of one pull request."""

    address: str
    identity: Identity
    repository: str
    number: int

    @property
    def _door(self) -> str:
        path = f"/api/v1/repos/{quote(self.repository)}/pulls/{self.number}/commands"
        return self.address + path

    def ask(self, command: str, sha: str) -> Mapping[str, Any]:
        """Ask for a command about a head; asked twice it is one."""
        return self._call("POST", self._door, {"command": command, "sha": sha})

    def told(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what became of it by now."""
        return self._call("GET", f"{self._door}/{int(asked['id'])}", None)

    def _call(self, method: str, url: str, body: Mapping[str, str] | None) -> Mapping[str, Any]:
        return _sent(method, url, self.identity.prove(self.address), body)


def server_from(environment: Mapping[str, str], repository: str, number: int) -> Server:
    """Read where the server is and how this run proves itself; raises InputError."""
    address = environment.get("GATEWRIGHT_SERVER", "").strip().rstrip("/")
    parts = urlsplit(address)
    is_local = parts.hostname in _LOOPBACK
    if not parts.hostname or "@" in parts.netloc or not (parts.scheme == "https" or is_local):
        raise InputError("`server` must be the https address of a Gatewright server")
    url = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    token = environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not url or not token:
        raise InputError("asking a server needs `id-token: write` in the job's `permissions`")
    return Server(address, Identity(url, token), repository, number)


def _sent(method: str, url: str, token: str, body: Mapping[str, str] | None) -> Mapping[str, Any]:
    """Send a request, again where the answer says that this is of use."""
    answer = _once(method, url, token, body)
    for _ in range(_TRIES):
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        sleep(_PAUSE)
        answer = _once(method, url, token, body)
    return _read(answer)


def _once(method: str, url: str, token: str, body: Mapping[str, str] | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        # A redirect would hand the token to somebody else.
        return requests.request(
            method, url, json=body, headers=headers, timeout=_SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        raise ServerError(f"{urlsplit(url).hostname} cannot be reached") from error


def _read(answer: requests.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServerError(f"the answer, of status {answer.status_code}, cannot be read")
    if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        detail = visible(str(found.get("detail") or found.get("title") or ""))
        raise ServerError(f"{detail or 'it was refused'} (status {answer.status_code})")
    return found
