"""Hooks of the operator: which addresses are taken, what is signed, and what no answer changes."""

import hashlib
import hmac

import pytest

from app.core.facts import Sha
from app.errors import FlagError, SettingsError
from app.flags import FlagHooks, Hook, signature
from app.ports.deployments import FlagOrder
from app.settings import load_settings

ORDER = FlagOrder("req-7", "acme/shop", "production", Sha("a1" * 20), "triggered", "2026-03-02")
HOOK = Hook("http://127.0.0.1:9/off", b"the secret of a test", frozenset({"acme/shop"}))


def test_a_signature_is_that_of_the_raw_body():
    expected = hmac.new(b"key", b"{}", hashlib.sha256).hexdigest()
    assert signature(b"key", b"{}") == f"sha256={expected}"


@pytest.mark.parametrize(
    ("name", "hook", "says"),
    [
        pytest.param("other", HOOK, "no hook `other` for this repository", id="an unknown name"),
        pytest.param("off", HOOK, "cannot be reached (ConnectionError)", id="nobody there"),
    ],
)
def test_what_a_hook_did_not_do_is_said_without_its_address(name, hook, says):
    with pytest.raises(FlagError) as caught:
        FlagHooks({"off": hook}).switch_off(name, ORDER)
    assert says in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    assert "127.0.0.1" not in repr(hook)


def hooks(**changes: object) -> dict[str, dict[str, object]]:
    good = {"url": "https://flags.example/off", "secret": "s" * 16, "repositories": ["a/b"]}
    return {"off": good | changes}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"url": "http://flags.example/off"}, id="clear text"),
        pytest.param({"url": "http://169.254.169.254/latest"}, id="clear text to an address"),
        pytest.param({"url": "ftp://flags.example/off"}, id="another scheme"),
        pytest.param({"url": "https:///off"}, id="no host"),
        pytest.param({"url": "https://me@flags.example/off"}, id="credentials"),
        pytest.param({"secret": "short"}, id="a short secret"),
        pytest.param({"repositories": []}, id="for nobody"),
        pytest.param({"header": "x"}, id="a key that is none"),
    ],
)
def test_a_hook_that_is_not_safe_is_refused_and_its_value_not_told(changes):
    with pytest.raises(SettingsError) as caught:
        load_settings(flag_hooks=hooks(**changes))
    assert "GATEWRIGHT_FLAG_HOOKS" in str(caught.value)
    assert all(str(each) not in str(caught.value) for each in changes.values() if each)


def test_hooks_are_listed_by_name_alone():
    settings = load_settings(flag_hooks=hooks())
    (shown,) = [each for each in settings.listed() if each.name == "GATEWRIGHT_FLAG_HOOKS"]
    assert shown.value == "off"
