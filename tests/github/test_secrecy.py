"""No token and no key in any exception, representation or log line: a search of the bytes."""

import logging
import traceback

import pytest
import structlog

from app.errors import GitHubError
from app.github.client import Client
from app.github.tokens import AppKey, load_key
from tests.sandbox.client import REPO


@pytest.fixture
def secrets(hub) -> list[str]:
    """Everything that must not be seen: the token, and every line of the key."""
    hub.reader.pull_request(1)
    lines = [line for line in hub.box.app_key.splitlines() if line and "-----" not in line]
    return [*hub.box.world.app_tokens, *lines]


def leaks(text: str, secrets: list[str]) -> list[str]:
    return [secret[:12] for secret in secrets if secret in text]


def test_no_representation_shows_a_credential(hub, secrets):
    parts = [
        hub.github,
        hub.github.key,
        hub.github._tokens,
        hub.github.shared,
        hub.reader,
        hub.reader.client,
        hub.sink,
        hub.sink.client,
    ]
    assert leaks("".join(f"{part!r} {part}" for part in parts), secrets) == []


def test_the_address_for_git_does_not_show_its_token(hub, secrets):
    assert leaks(repr(hub.reader.git_access()), secrets) == []


def failures(hub) -> dict[str, dict[str, object]]:
    """Return faults of the sandbox that end in an exception."""
    return {
        "forbidden": {"kind": "status", "status": 403},
        "outage": {"kind": "status", "status": 502},
        "unauthorized": {"kind": "status", "status": 401},
        "secondary": {"kind": "secondary_limit"},
        "primary": {"kind": "primary_limit"},
        "lost": {"kind": "after", "status": 500},
    }


@pytest.mark.parametrize(
    "fault", ["forbidden", "outage", "unauthorized", "secondary", "primary", "lost"]
)
def test_no_exception_shows_a_credential_however_it_is_printed(hub, secrets, caplog, fault):
    reader = hub.reader
    hub.box.fail_api(path="reviews$", count=9, **failures(hub)[fault])
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as lines, pytest.raises(GitHubError) as raised:
        reader.reviews(1)
    text = "".join(traceback.format_exception(raised.value))
    assert leaks(text + caplog.text + str(lines), secrets) == []


def test_no_connection_shows_no_credential(hub, secrets, caplog):
    reader = hub.reader
    hub.box.stop()
    with pytest.raises(GitHubError) as raised:
        reader.reviews(1)
    text = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert leaks(text, secrets) == []


def test_a_refused_login_shows_neither_key_nor_jwt(hub, secrets):
    hub.box.fail_api("status", path="access_tokens$", status=401, count=9)
    hub.github.forget(hub.stage.installation.id)
    with pytest.raises(GitHubError) as raised:
        hub.github.granted(hub.stage.installation.id)
    text = "".join(traceback.format_exception(raised.value))
    assert leaks(text, secrets) == []
    assert "eyJ" not in text


def test_a_key_is_not_shown_by_what_holds_it(hub, secrets):
    shared = hub.github.shared
    key = AppKey("7", (load_key(hub.box.app_key),), shared.now)
    number = str(key.keys[0].private_numbers().d)
    assert number not in f"{key!r} {Client(shared, None)!r}"
    assert leaks(f"{key!r}", secrets) == []


def test_the_token_goes_to_github_and_nowhere_else(hub, secrets):
    """Requests carry it in a header; paths, queries and bodies never hold it."""
    hub.reader.pull_request(1)
    asked = [f"{each.path} {each.query} {each.body}" for each in hub.box.requests]
    assert leaks("".join(asked), secrets) == []
    assert REPO in asked[-1]
