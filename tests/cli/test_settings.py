"""`gatewright settings` and `version`: every setting, no secret."""

import json

import pytest

from app import __version__
from app.settings import Settings
from tests.cli.conftest import gatewright

PASSWORD = "planted-password"

SECRETS = {
    "GATEWRIGHT_PRIVATE_KEY": "-----BEGIN planted key",
    "GATEWRIGHT_WEBHOOK_SECRET": "planted-current",
    "GATEWRIGHT_WEBHOOK_SECRET_PREVIOUS": "planted-previous",
    "GATEWRIGHT_PAGERDUTY_ROUTING_KEY": "planted-routing",
    "GATEWRIGHT_DATABASE": f"postgresql://gw:{PASSWORD}@db/gatewright",
}


def listed(*more: object) -> dict[str, dict[str, str]]:
    done = gatewright("settings", "--json", *more)
    assert (done.status, done.err) == (0, "")
    return {each["name"]: each for each in json.loads(done.out)}


def test_every_setting_is_listed_in_the_order_of_the_documentation():
    names = [f"GATEWRIGHT_{name.upper()}" for name in Settings.model_fields]
    assert list(listed()) == names
    lines = gatewright("settings").out.splitlines()
    shown = [line.split("│")[1].strip() for line in lines if "│" in line]
    assert shown == names
    assert all(each["meaning"] for each in listed().values())


def test_a_setting_shows_its_present_value_beside_its_default(monkeypatch):
    monkeypatch.setenv("GATEWRIGHT_PORT", "9999")
    port = listed()["GATEWRIGHT_PORT"]
    assert (port["value"], port["default"]) == ("9999", "8080")


def test_no_secret_is_shown(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    plain, for_programs = gatewright("settings").out, listed()
    assert "planted" not in plain + json.dumps(for_programs)
    assert for_programs["GATEWRIGHT_DATABASE"]["value"] == "postgresql://gw:********@db/gatewright"
    assert for_programs["GATEWRIGHT_WEBHOOK_SECRET"]["value"] == "********"


def test_a_value_cannot_act_on_the_terminal(monkeypatch):
    monkeypatch.setenv("GATEWRIGHT_ORIGIN", "[/x]\x1b[31m:skull:")
    assert "[/x]<U+001B>[31m:skull:" in gatewright("settings").out


def test_a_file_can_be_given(tmp_path):
    file = tmp_path / "gatewright.toml"
    file.write_text('origin = "gate.example"\n', encoding="utf-8")
    assert listed("--config", file)["GATEWRIGHT_ORIGIN"]["value"] == "gate.example"


@pytest.mark.parametrize(
    "command", [("settings",), ("serve",), ("log", "verify"), ("db", "migrate")]
)
def test_a_file_with_a_mistake_is_refused_by_every_command(tmp_path, command):
    file = tmp_path / "gatewright.toml"
    file.write_text("ports = 1\n", encoding="utf-8")
    complaint = gatewright(*command, "--config", file).complaint
    assert complaint == "GATEWRIGHT_PORTS is not a setting; `gatewright settings` lists them"


@pytest.mark.parametrize(
    "address", ["http://events.example/v2/enqueue", "events.example", "ftp://events.example/x"]
)
def test_the_pager_s_key_is_not_sent_in_clear_text(monkeypatch, address):
    monkeypatch.setenv("GATEWRIGHT_PAGERDUTY_EVENTS_URL", address)
    complaint = gatewright("settings").complaint
    assert complaint.endswith("must be https://HOST/PATH: the key is sent there")


def test_a_complaint_cannot_act_on_the_terminal_either(tmp_path):
    file = tmp_path / "gatewright.toml"
    file.write_text('"x\\u001b[31m\\n\\u202e" = 1\n', encoding="utf-8")
    complaint = gatewright("settings", "--config", file).complaint
    assert complaint.startswith("GATEWRIGHT_X<U+001B>[31M <U+202E> is not a setting")


def test_the_version_is_that_of_the_package():
    done = gatewright("version")
    assert (done.status, done.out) == (0, f"{__version__}\n")
