"""`gatewright setup` and `doctor` as a new customer meets them, on the sandbox."""

import json
import re
import tomllib
from html import unescape

import pytest
import requests

from app.sandbox.world.repos import RequiredCheck
from tests.cli.conftest import REPO, gatewright
from tests.cli.programs import PATIENCE, program, words
from tests.sandbox.client import new_box

PUBLIC = "http://127.0.0.1:8080"


@pytest.fixture
def box():
    with new_box() as made:
        made.add_org("acme")
        made.add_repo(REPO, {"a.py": "a = 1\n"})
        yield made


def surroundings(box, folder) -> dict[str, str]:
    return {
        "GATEWRIGHT_GITHUB_API_URL": box.url,
        "GATEWRIGHT_GITHUB_URL": box.url,
        "GATEWRIGHT_PORT": "0",
        "HOME": str(folder),
    }


def register(box, address: str) -> requests.Response:
    """Do what a person's browser does: open the page, press the button, come back."""
    text = requests.get(address, timeout=10).text
    action = unescape(re.search(r'action="([^"]+)"', text)[1])
    manifest = json.loads(unescape(re.search(r'name="manifest" value="([^"]+)"', text)[1]))
    code = box.new_manifest_code("Gate", manifest)
    back = {"code": code, "state": action.partition("state=")[2]}
    return requests.get(manifest["redirect_url"], params=back, timeout=10)


def test_one_click_leaves_key_and_settings_that_only_their_owner_reads(box, tmp_path):
    folder = tmp_path / "gate"
    asked = ["setup", "--public-url", PUBLIC, "--organization", "acme", "--folder", str(folder)]
    with program(words(*asked), surroundings(box, tmp_path)) as running:
        shown = register(box, f"http://{running.after('http://')}")
        assert "Gate is registered" in shown.text
        assert running.process.wait(PATIENCE) == 0
    made = {each.name: each for each in folder.iterdir()}
    assert sorted(made) == ["app.pem", "gatewright.toml"]
    assert {each.stat().st_mode & 0o777 for each in made.values()} == {0o600}
    settings = tomllib.loads(made["gatewright.toml"].read_text(encoding="utf-8"))
    assert (settings["public_url"], settings["private_key"]) == (PUBLIC, str(folder / "app.pem"))
    assert settings["webhook_secret"] not in shown.text + "".join(running.out + running.err)
    again = gatewright(*asked)
    assert "an App is registered" in again.complaint


@pytest.mark.parametrize("url", ["gate.example.com", "ftp://gate", "https://"])
def test_an_address_that_github_cannot_reach_is_refused(url, tmp_path):
    refused = gatewright("setup", "--public-url", url, "--folder", tmp_path / "x")
    assert "--public-url must be an address" in refused.complaint


# The doctor


@pytest.fixture
def sick(box, tmp_path, monkeypatch):
    """An App that was just registered: nobody installed it, nothing was delivered."""
    values = {
        "APP_ID": str(box.app_id),
        "PRIVATE_KEY": box.app_key,
        "WEBHOOK_SECRET": box.webhook_secret,
        "GITHUB_API_URL": box.url,
        "GITHUB_URL": box.url,
        "PUBLIC_URL": PUBLIC,
        "DATABASE": f"sqlite:///{tmp_path}/gate.db",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"GATEWRIGHT_{name}", value)
    return box


def examined(*words: str) -> tuple[int, dict[str, list[str]]]:
    done = gatewright("doctor", "--json", *words)
    found: dict[str, list[str]] = {}
    for each in json.loads(done.out):
        found.setdefault(each["area"], []).append(each["state"])
    return done.status, found


def test_a_new_app_is_told_what_is_missing_and_what_to_click(sick):
    status, found = examined()
    assert status == 1
    assert (found["database"], found["key"], found["clock"]) == (["bad"], ["good"], ["good"])
    assert found["installations"] == ["bad"]
    told = gatewright("doctor").out
    assert "bad  installations: nobody installed the App" in told
    assert f"Install it. ({sick.url}/apps/gatewright/installations/new)" in told


def test_an_installation_whose_branch_asks_for_nothing_is_told_where_to_ask(sick):
    sick.webhook_url = f"{PUBLIC}/webhook"
    sick.install_app("acme")
    sick.wait_idle()
    status, found = examined()
    assert (status, found["installations"], found["protection"]) == (1, ["good"], ["bad"])
    told = gatewright("doctor").out
    assert "`acme/widgets`, branch `main`: nothing asks for the gates" in told
    assert f"{sick.url}/acme/widgets/settings/rules" in told


def test_a_branch_that_requires_our_own_check_is_well(sick):
    sick.install_app("acme")
    sick.require_checks(REPO, "main", RequiredCheck("gatewright/merge", sick.app_id))
    assert examined()[1]["protection"] == ["good"]
    assert "protection" not in examined("--repositories", "0")[1]


def test_a_key_of_another_app_is_told_apart_from_a_github_that_is_away(sick, monkeypatch):
    monkeypatch.setenv("GATEWRIGHT_APP_ID", "999999")
    assert examined()[1]["key"] == ["bad"]
    monkeypatch.setenv("GATEWRIGHT_GITHUB_API_URL", "http://127.0.0.1:9")
    found = examined()[1]
    assert (found["GitHub"], "key" in found) == (["bad"], False)


def test_without_settings_the_next_step_is_the_set_up():
    told = gatewright("doctor").out
    assert "bad  settings: GATEWRIGHT_APP_ID" in told
    assert "Run `gatewright setup`." in told
