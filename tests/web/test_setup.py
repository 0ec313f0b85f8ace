"""The set-up page: without its token nothing is seen, and a state not ours does nothing."""

import json
import re
import threading
from html import unescape

import pytest
import requests

from app.errors import GitHubError
from app.github.registration import convert
from app.web.application import create_app
from app.web.serving import serving
from app.web.setup import Place, SetUp, setup_blueprint
from tests.sandbox.client import new_box

PUBLIC = "https://gate.example"


class Kept(list):
    """What was stored, and whether the page is over."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()

    def keep(self, made) -> str:
        self.append(made)
        return "gatewright.toml"


@pytest.fixture(scope="module")
def box():
    with new_box() as made:
        yield made


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def setup(box, kept):
    return SetUp(Place(box.url, box.url, PUBLIC, "acme"), "here", kept.keep, kept.ended.set)


@pytest.fixture
def url(setup):
    with serving(create_app([setup_blueprint(setup)], 10_000)) as address:
        setup.page_url = address
        yield address


def open_page(url: str, token: str):
    return requests.get(f"{url}/setup", params={"token": token}, timeout=10)


def form(text: str) -> tuple[str, dict]:
    action = re.search(r'action="([^"]+)"', text)
    value = re.search(r'name="manifest" value="([^"]+)"', text)
    return unescape(action[1]), json.loads(unescape(value[1]))


def test_the_page_s_form_registers_the_app_and_its_key_is_kept(url, setup, kept, box):
    shown = open_page(url, setup.token)
    action, manifest = form(shown.text)
    assert action == f"{box.url}/organizations/acme/settings/apps/new?state={setup.state}"
    code = box.new_manifest_code("Gate", manifest)
    back = {"code": code, "state": setup.state}
    done = requests.get(manifest["redirect_url"], params=back, timeout=10)
    assert done.status_code == 200
    assert "Gate is registered" in done.text
    (made,) = kept
    assert made.pem.startswith("-----BEGIN")
    assert made.slug == "gate"
    assert kept.ended.wait(10)
    assert made.pem not in done.text
    assert made.webhook_secret not in done.text
    assert made.webhook_secret not in repr(made)
    again = requests.get(manifest["redirect_url"], params=back, timeout=10)
    assert (again.status_code, len(kept)) == (403, 1)


@pytest.mark.parametrize("token", ["", "wrong", "\N{SNOWMAN}"])
def test_without_the_token_nothing_is_shown(url, setup, token):
    answer = open_page(url, token)
    assert answer.status_code == 403
    assert setup.state not in answer.text


@pytest.mark.parametrize("state", ["", "wrong"])
def test_a_state_that_is_not_ours_stores_nothing(url, kept, box, state):
    code = box.new_manifest_code(f"Mine {state}", {})
    answer = requests.get(
        f"{url}/setup/callback", params={"code": code, "state": state}, timeout=10
    )
    assert (answer.status_code, kept) == (403, [])


@pytest.mark.parametrize("code", ["", "used", "../../app", "a b"])
def test_a_code_that_github_does_not_take_is_said_and_may_be_tried_anew(url, setup, kept, code):
    state = setup.state
    answer = requests.get(
        f"{url}/setup/callback", params={"code": code, "state": state}, timeout=10
    )
    assert (answer.status_code, kept) == (403, [])
    assert "This does not work" in answer.text
    assert setup.state not in ("", state)


def test_no_page_loads_anything_or_tells_where_it_was(url, setup, box):
    headers = open_page(url, setup.token).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'nonce-")
    assert f"form-action {box.url};" in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_a_code_is_exchanged_once(box):
    code = box.new_manifest_code("Once", {})
    assert convert(box.url, code).name == "Once"
    with pytest.raises(GitHubError, match="the code was used"):
        convert(box.url, code)
