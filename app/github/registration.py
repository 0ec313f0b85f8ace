"""Exchanging the code of the manifest flow for a new App's key and secret, once.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import re
from dataclasses import dataclass, field
from http import HTTPStatus

import requests

from app.errors import GitHubError, GitHubUnavailableError

_SECONDS = 30
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A new App; key and secret are told this one time."""

    id: int
    slug: str
    name: str
    pem: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def convert(api_url: str, code: str) -> Registered:
    """Return the App behind a code; raises GitHubError when it was used or is over an hour old."""
    if not _CODE.fullmatch(code):
        raise GitHubError("this is no code of GitHub's")
    try:
        answer = requests.post(
            f"{api_url}/app-manifests/{code}/conversions",
            headers={"Accept": "application/vnd.github+json"},
            timeout=_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise GitHubUnavailableError(
            f"GitHub cannot be reached ({type(error).__name__})"
        ) from error
    if answer.status_code != HTTPStatus.CREATED:
        raise GitHubError(
            f"GitHub answers with {answer.status_code}: the code was used, or is over an hour old"
        )
    try:
        found = answer.json()
        return Registered(
            id=int(found["id"]),
            slug=str(found["slug"]),
            name=str(found["name"]),
            pem=str(found["pem"]),
            webhook_secret=str(found["webhook_secret"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise GitHubError("GitHub's answer is not that of a registration") from error
