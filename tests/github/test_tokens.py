import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.errors import GitHubUnavailableError, SettingsError
from app.github.tokens import AppKey, InstallationToken, TokenSource, load_key
from tests.builders import NOW
from tests.github.hub import a_key

HOUR = timedelta(hours=1)


def pem(key, form=PrivateFormat.PKCS8, how=None) -> str:
    return key.private_bytes(Encoding.PEM, form, how or NoEncryption()).decode()


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_in_either_form_is_read(form):
    assert load_key(pem(a_key(), form)).private_numbers() == a_key().private_numbers()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("not a key", id="no PEM"),
        pytest.param(pem(a_key())[:-200], id="cut off"),
        pytest.param(pem(a_key(), how=BestAvailableEncryption(b"pw")), id="encrypted"),
        pytest.param(pem(ec.generate_private_key(ec.SECP256R1())), id="not RSA"),
    ],
)
def test_a_key_that_cannot_be_used_is_a_setting_to_mend_and_is_not_quoted(text):
    with pytest.raises(SettingsError) as refused:
        load_key(text)
    said = str(refused.value)
    assert "private key" in said
    assert "BEGIN" not in said
    assert not any(line in said for line in text.splitlines() if line)


def claims_of(token: str) -> dict[str, object]:
    return jwt.decode(
        token,
        a_key().public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )


@pytest.mark.parametrize("app_id", ["4242", "Iv23liABCDEF"])
def test_the_jwt_allows_for_clocks_that_differ_and_lives_nine_minutes(app_id):
    now = int(NOW.timestamp())
    token = AppKey(app_id, (a_key(),), lambda: NOW).token()
    assert claims_of(token) == {"iss": app_id, "iat": now - 60, "exp": now + 540}


def test_a_jwt_is_made_fresh_each_time(clock):
    key = AppKey("4242", (a_key(),), clock)
    first = key.token()
    clock.forward(minutes=20)
    assert claims_of(key.token())["iat"] == claims_of(first)["iat"] + 1200


class Granter:
    """Hands out tokens and counts."""

    def __init__(self, clock, length: int = 40) -> None:
        self.clock, self.length, self.asked = clock, length, []

    def __call__(self, installation_id: int) -> InstallationToken:
        self.asked.append(installation_id)
        value = f"ghs_{len(self.asked)}".ljust(self.length, "x")
        return InstallationToken(value, self.clock(), self.clock() + HOUR)


@pytest.fixture
def granter(clock) -> Granter:
    return Granter(clock)


@pytest.fixture
def source(granter, clock) -> TokenSource:
    return TokenSource(granter, clock)


def test_a_hundred_threads_share_one_token(source, granter):
    together = threading.Barrier(50)

    def take(_: int) -> str:
        together.wait(20)
        return source.get(9001).value

    with ThreadPoolExecutor(50) as pool:
        values = set(pool.map(take, range(100)))
    assert (len(values), granter.asked) == (1, [9001])


@pytest.mark.parametrize(
    ("minutes", "requests"), [(0, 1), (54, 1), (55, 1), (55.1, 2), (60, 2), (600, 2)]
)
def test_a_token_is_used_until_five_minutes_before_its_end(
    source, granter, clock, minutes, requests
):
    source.get(9001)
    clock.forward(minutes=minutes)
    source.get(9001)
    assert len(granter.asked) == requests


def test_each_installation_has_its_own_token(source, granter):
    assert source.get(1).value != source.get(2).value
    assert granter.asked == [1, 2]


def test_a_dropped_token_is_asked_for_anew(source, granter):
    first = source.get(1)
    source.drop(2)
    assert source.get(1) is first
    source.drop(1)
    assert source.get(1) is not first
    assert granter.asked == [1, 1]


def test_a_slow_installation_does_not_hold_up_another(clock, granter):
    begun, let_go = threading.Event(), threading.Event()

    def slow_for_one(installation_id: int) -> InstallationToken:
        if installation_id == 1:
            begun.set()
            assert let_go.wait(20)
        return granter(installation_id)

    source = TokenSource(slow_for_one, clock)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(source.get, 1)
        assert begun.wait(20)
        assert source.get(2).value.startswith("ghs_1")
        let_go.set()
        assert slow.result(20).value.startswith("ghs_2")


def test_a_failed_request_is_not_remembered(clock, granter):
    answers = [GitHubUnavailableError("502"), None]

    def flaky(installation_id: int) -> InstallationToken:
        error = answers.pop(0)
        if error is not None:
            raise error
        return granter(installation_id)

    source = TokenSource(flaky, clock)
    with pytest.raises(GitHubUnavailableError):
        source.get(1)
    assert source.get(1).value.startswith("ghs_1")


def test_a_token_of_any_length_is_kept_whole_and_never_shown(clock):
    granter = Granter(clock, length=20_000)
    token = TokenSource(granter, clock).get(1)
    assert len(token.value) == 20_000
    assert repr(token) == f"InstallationToken(expires_at={(NOW + HOUR).isoformat()})"
    assert token.value not in f"{token} {[token]}"
