"""Mocked answers of GitHub that GitHub's own description agrees with.

The only way in which tests mock GitHub: a request or an answer that does not fit the
description of `@octokit/openapi` fails the test, whoever of us wrote it.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import pytest
import requests
import responses

from tests.contract.openapi import DescriptionMissingError, OpenApi

Json = Any
Reply = tuple[int, dict[str, str], str]
HOST = "https://api.github.test"
# What in GitHub's own examples does not fit GitHub's own description.
_MENDED: Mapping[str, Json] = {"requested_teams": []}


class MockError(AssertionError):
    """A mock, or a request that reached it, does not fit GitHub's description."""


@dataclass
class GitHubMock:
    """Answers in the order in which they were given, each used once."""

    api: OpenApi
    wire: responses.RequestsMock
    base_url: str = HOST
    seen: list[requests.PreparedRequest] = field(default_factory=list)

    def answer(
        self, method: str, path: str, body: Json = None, status: int = 200, **headers: str
    ) -> None:
        """Answer the next such request; without a body GitHub's own example is given."""
        content = self.example(method, path, status) if body is None else body
        problems = self.api.validate_response(method, path, status, content)
        if problems:
            raise MockError("; ".join(problems))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._add(method, path, (status, named, json.dumps(content)))

    def unchanged(self, path: str, **headers: str) -> None:
        """Answer 304 to the next GET."""
        self._add("GET", path, (304, headers, ""))

    def refuse(self, method: str, path: str, status: int, message: str, **headers: str) -> None:
        """Answer with one of GitHub's errors."""
        body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        self.answer(method, path, body, status, **headers)

    def move(self, method: str, path: str, target: str, status: int = 301) -> None:
        """Answer that the resource is somewhere else, as after a rename."""
        body = {"message": "Moved Permanently", "url": target, "documentation_url": "x"}
        self._add(method, path, (status, {"Location": target}, json.dumps(body)))

    def fall_over(self, method: str, path: str, status: int = 502, text: str = "<html>") -> None:
        """Answer as a broken proxy in front of GitHub does, in no described form."""
        assert status >= HTTPStatus.INTERNAL_SERVER_ERROR
        self._add(method, path, (status, {"Content-Type": "text/html"}, text))

    def silence(self, method: str, path: str, error: Exception) -> None:
        """Give no answer at all."""

        def fail(_request: requests.PreparedRequest) -> Reply:
            raise error

        self._add(method, path, fail)

    def example(self, method: str, path: str, status: int = 200, **changes: Json) -> Json:
        """Return GitHub's own example of an answer, with some fields changed."""
        operation = self.api.match(method, path)
        if operation is None:
            raise MockError(f"{method} {path}: not described by GitHub")
        described = self.api._resolve(operation.spec["responses"][str(status)])
        named = described["content"]["application/json"]["examples"].values()
        found = _mended(copy.deepcopy(self.api._resolve(next(iter(named)))["value"]))
        return {**found, **changes} if changes else found

    def urls(self) -> list[str]:
        """Return what was asked, in order."""
        return [(each.url or "").replace(":443/", "/") for each in self.seen]

    def plain(self, path: str, status: int, text: str) -> None:
        """Answer with anything at all: for answers of somebody between GitHub and us."""
        self._add("GET", path, (status, {"Content-Type": "text/html"}, text))

    def _add(
        self, method: str, path: str, reply: Reply | Callable[[requests.PreparedRequest], Reply]
    ) -> None:
        if self.api.match(method, path) is None:
            raise MockError(f"{method} {path}: not described by GitHub")

        def given(request: requests.PreparedRequest) -> Reply:
            self._check(method, path, request)
            return reply(request) if callable(reply) else reply

        self.wire.add_callback(method, f"{_with_port(self.base_url)}{path}", given)

    def _check(self, method: str, path: str, request: requests.PreparedRequest) -> None:
        self.seen.append(request)
        query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        body = json.loads(request.body) if request.body else None
        problems = self.api.validate_request(method, path, query, body)
        if problems:
            raise MockError("; ".join(problems))


def _with_port(url: str) -> str:
    """Return the URL as PyGithub writes it: the port always stands there."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{parts.port or 443}"))


def _mended(value: Json) -> Json:
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _MENDED.get(name, _mended(item)) for name, item in value.items()}


@contextmanager
def mocked(base_url: str = HOST) -> Iterator[GitHubMock]:
    """Mock GitHub; an answer that nobody asked for fails the test too.

    Skips the test where the description is not installed.
    """
    try:
        api = OpenApi.load()
    except DescriptionMissingError as missing:
        pytest.skip(str(missing))
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as wire:
        yield GitHubMock(api, wire, base_url)
