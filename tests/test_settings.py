"""Settings: where they come from, what is refused, what is never shown."""

import os
import stat
import threading
from pathlib import Path

import pytest

from app import wiring
from app.errors import SettingsError
from app.settings import PREFIX, Settings, load_settings
from app.wiring import instance_key

PASSWORD = "planted"

PEM = "-----BEGIN RSA PRIVATE KEY-----\nplanted\n-----END RSA PRIVATE KEY-----\n"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """An environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    return monkeypatch


@pytest.fixture
def file(tmp_path):
    """Write a settings file."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "gatewright.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_an_argument_wins_over_the_environment_and_that_over_the_file(environment, file):
    path = file('host = "of the file"\nport = 1\nweb_threads = 11\nshare = 21\n')
    environment.setenv("GATEWRIGHT_PORT", "2")
    environment.setenv("GATEWRIGHT_WEB_THREADS", "12")
    found = load_settings(path, web_threads=13)
    assert (found.host, found.port, found.web_threads, found.share, found.max_waiting) == (
        "of the file",
        2,
        13,
        21,
        1000,
    )


def test_two_files_do_not_mix(tmp_path, file):
    first = load_settings(file("port = 1\n"))
    other = tmp_path / "other.toml"
    other.write_text('host = "elsewhere"\n', encoding="utf-8")
    assert (first.port, load_settings(other).port, load_settings().host) == (1, 8080, "127.0.0.1")


def test_settings_of_other_programs_are_none_of_ours(environment):
    environment.setenv("PORT", "1")
    environment.setenv("DATABASE", "mysql://elsewhere")
    found = load_settings()
    assert (found.port, found.database) == (8080, "sqlite:///var/gatewright.db")


def test_a_number_in_the_file_is_an_app_id_too(file):
    assert load_settings(file("app_id = 123456\n")).app_id == "123456"


@pytest.mark.parametrize("name", ["github_api_url", "github_url", "public_url"])
def test_an_address_may_end_with_a_slash(name):
    assert (
        getattr(load_settings(**{name: "https://ghe.example/x/"}), name) == "https://ghe.example/x"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("prot = 1\n", "GATEWRIGHT_PROT is not a setting;", id="a misspelt key"),
        pytest.param("[server]\nport = 1\n", "GATEWRIGHT_SERVER is not a setting;", id="a section"),
        pytest.param('port = "planted"\n', "GATEWRIGHT_PORT: Input should be", id="no number"),
        pytest.param("port = 70000\n", "GATEWRIGHT_PORT: Input should be less", id="too large"),
        pytest.param("worker_threads = 0\n", "GATEWRIGHT_WORKER_THREADS: ", id="too small"),
        pytest.param(
            "keep_bodies_days = 2\n",
            "GATEWRIGHT_KEEP_BODIES_DAYS: ",
            id="bodies dropped while GitHub may still send them again",
        ),
        pytest.param('log_format = "planted"\n', "'json' or 'text'", id="not one of several"),
        pytest.param("webhook_secret = ['planted']\n", "WEBHOOK_SECRET: ", id="a secret in a list"),
        pytest.param("port = planted\n", "is not TOML: ", id="no TOML"),
        pytest.param(PEM, "is not TOML: ", id="the key instead of the file"),
        pytest.param(b"host = '\xff planted'\n", "cannot be read as text", id="no UTF-8"),
    ],
)
def test_a_mistake_in_the_file_is_named_and_its_value_not_shown(file, text, reason):
    with pytest.raises(SettingsError) as refused:
        load_settings(file(text))
    assert reason in str(refused.value)
    assert "planted" not in str(refused.value)


def test_every_mistake_is_named_at_once(file):
    with pytest.raises(SettingsError) as refused:
        load_settings(file("port = -1\nshare = 0\nother = 1\n"))
    assert [word for word in ("PORT", "SHARE", "OTHER") if word not in str(refused.value)] == []


def test_a_bad_value_in_the_environment_is_not_shown(environment):
    environment.setenv("GATEWRIGHT_PORT", "planted")
    with pytest.raises(SettingsError, match="GATEWRIGHT_PORT") as refused:
        load_settings()
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(tmp_path / name)


# The private key and the webhook's secrets


def test_the_private_key_stands_in_the_setting_itself():
    assert load_settings(private_key=PEM).private_key_pem == PEM


def test_the_private_key_is_read_from_its_file(tmp_path):
    path = tmp_path / "app.pem"
    path.write_text(PEM, encoding="ascii")
    assert load_settings(private_key=str(path)).private_key_pem == PEM


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("/nowhere/planted.pem", id="no such file"),
        pytest.param("/", id="a folder"),
        pytest.param("planted" * 1000, id="a key without its first line"),
    ],
)
def test_a_private_key_that_cannot_be_read_is_not_shown(given):
    with pytest.raises(SettingsError, match="names a file that cannot be read") as refused:
        _ = load_settings(private_key=given).private_key_pem
    assert "planted" not in str(refused.value)


def test_both_secrets_of_a_rotation_are_accepted_the_present_one_first():
    both = load_settings(webhook_secret="new", webhook_secret_previous="old")
    assert both.webhook_secrets == (b"new", b"old")
    assert load_settings(webhook_secret_previous="old").webhook_secrets == (b"old",)
    assert load_settings().webhook_secrets == ()


def test_an_app_needs_all_three_and_each_missing_one_is_named():
    everything = {"app_id": "1", "private_key": PEM, "webhook_secret": "secret"}
    load_settings(**everything).require_app()
    for name in everything:
        with pytest.raises(SettingsError, match=f"GATEWRIGHT_{name.upper()} must be set"):
            load_settings(**everything | {name: ""}).require_app()


def test_a_previous_secret_alone_is_no_secret():
    given = load_settings(app_id="1", private_key=PEM, webhook_secret_previous="old")
    with pytest.raises(SettingsError, match="GATEWRIGHT_WEBHOOK_SECRET must be set"):
        given.require_app()


# What is shown


def test_the_list_has_every_setting_in_its_order_with_a_meaning():
    listed = list(load_settings().listed())
    assert [each.name for each in listed] == [
        f"GATEWRIGHT_{name.upper()}" for name in Settings.model_fields
    ]
    assert all(each.meaning.endswith(".") for each in listed)
    assert all(each.value == each.default for each in listed)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://u:{PASSWORD}@h/x", "postgresql://u:********@h/x"),
        ("postgresql://u:pla/nted@h/x", "postgresql://u:********@h/x"),
        ("postgresql://u:pla@nted@h:5/x", "postgresql://u:********@h:5/x"),
        ("postgresql://u:pla?nted@h/x", "postgresql://u:********@h/x"),
        ("postgresql://:planted@h/x", "postgresql://:********@h/x"),
        ("postgresql://h/x?user=u&password=planted", "postgresql://h/x?user=u&password=********"),
        (
            "postgresql://h/x?sslpassword=planted&sslmode=require",
            "postgresql://h/x?sslpassword=********&sslmode=require",
        ),
        ("postgresql://u@h:5432/x", "postgresql://u@h:5432/x"),
        ("sqlite:////var/a:b@c.db", "sqlite:////var/a:b@c.db"),
    ],
)
def test_the_databases_password_is_masked_and_nothing_else(url, shown):
    values = {each.name: each.value for each in load_settings(database=url).listed()}
    assert values["GATEWRIGHT_DATABASE"] == shown


def test_the_list_tells_which_secrets_are_set():
    values = {each.name: each.value for each in load_settings(webhook_secret="planted").listed()}
    names = ("PRIVATE_KEY", "WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS")
    assert [values[f"{PREFIX}{name}"] for name in names] == ["", "********", ""]


def test_no_secret_is_in_any_form_of_the_settings():
    given = load_settings(
        private_key=PEM, webhook_secret="planted", webhook_secret_previous="planted"
    )
    shown = f"{given!r} {given} {list(given.listed())} {given.model_dump()}"
    assert "planted" not in shown


# The instance's own key


def test_the_key_is_made_once_and_its_owner_alone_may_read_it(tmp_path):
    folder = tmp_path / "deep" / "state"
    first = instance_key(folder)
    assert (len(first), instance_key(folder)) == (32, first)
    assert stat.S_IMODE((folder / "instance.key").stat().st_mode) == 0o600
    assert instance_key(tmp_path / "other") != first


def test_two_that_race_for_the_key_get_the_same_one(tmp_path, monkeypatch):
    """One is stopped in the middle until the other has its key."""
    begun, other_is_done = threading.Event(), threading.Event()
    real = os.urandom

    def stopped(count: int) -> bytes:
        if threading.current_thread() is racing:
            begun.set()
            assert other_is_done.wait(10)
        return real(count)

    monkeypatch.setattr(wiring.os, "urandom", stopped)
    found: list[bytes] = []
    racing = threading.Thread(target=lambda: found.append(instance_key(tmp_path)))
    racing.start()
    assert begun.wait(10)
    mine = instance_key(tmp_path)
    other_is_done.set()
    racing.join(10)
    assert (len(mine), found) == (32, [mine])
    assert [each.name for each in tmp_path.iterdir()] == ["instance.key"]


def test_a_key_that_was_cut_off_is_refused(tmp_path):
    (tmp_path / "instance.key").touch()
    with pytest.raises(SettingsError, match=r"instance\.key"):
        instance_key(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="off"),
        pytest.param("https://metrics.example.com/prometheus", id="behind a path"),
        pytest.param("http://127.0.0.1:9090", id="this machine"),
        pytest.param("http://prometheus:9090", id="plain, as the operator says"),
        pytest.param(f"https://bot:{PASSWORD}@metrics.example.com", id="with credentials"),
        pytest.param(f"http://bot:{PASSWORD}@localhost:9090", id="credentials on this machine"),
    ],
)
def test_an_address_of_prometheus_is_taken_and_never_shown(url):
    settings = load_settings(prometheus_url=f"{url}/" if url else url)
    assert settings.prometheus_url.get_secret_value() == url
    shown = {each.name: each.value for each in settings.listed()}
    assert shown["GATEWRIGHT_PROMETHEUS_URL"] == ("********" if url else "")
    assert PASSWORD not in repr(settings)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("metrics.example.com", "must be the address", id="no scheme"),
        pytest.param("file:///etc/passwd", "must be the address", id="a file"),
        pytest.param("http:///metrics", "must be the address", id="no host"),
        pytest.param("https://m.example.com/?a=b", "must end with the path", id="parameters"),
        pytest.param(f"http://bot:{PASSWORD}@m.example.com", "in clear text", id="credentials"),
    ],
)
def test_an_address_that_is_none_is_refused_without_telling_it(url, message):
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(prometheus_url=url)
    assert url not in str(caught.value)
