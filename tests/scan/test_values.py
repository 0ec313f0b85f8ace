"""Values judged by themselves."""

import pytest

from app.scan import values
from tests.scan.fakes import chars, github_token, jwt


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "CHANGE_ME_PLEASE",
        "your-api-key-here",
        "<api-key>",
        "${TOKEN}",
        "prefix-${{ secrets.TOKEN }}",
        "{{ vault.password }}",
        "%(password)s",
        "$PASSWORD",
        "xxxxxxxxxxxxxxxxxxxx",
        "0000000000000000",
        "password",
        "hunter2",
        "abcdefghijklmnop1234",
        "gh" + "p_" + "x" * 36,
        "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "AK" + "IA" + "IOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    ],
)
def test_43_stand_ins_are_told_by_the_value(value):
    assert values.is_placeholder(value)


@pytest.mark.parametrize("seed", range(20))
def test_random_values_are_no_stand_ins(seed):
    assert not values.is_placeholder(chars(seed, 24))
    assert values.is_random(chars(seed, 24) + "7a")
    assert not values.is_ordinary(chars(seed, 24))


def test_44_a_valid_checksum_is_no_stand_in_whatever_it_spells():
    token = github_token(17768)
    assert "fake" in token.lower()
    assert values.has_valid_checksum(token)
    assert not values.is_placeholder(token)
    assert values.is_placeholder(token[:-1] + ("0" if token[-1] != "0" else "1"))


@pytest.mark.parametrize(
    ("value", "is_ordinary"),
    [
        ("client_secret", True),
        ("/run/secrets/db-password", True),
        ("settings.SECRET_KEY", True),
        ("Please enter your password.", True),
        ("oauth2-token", True),
        ("us-east-1", True),
        ("HTTPServer", True),
        ("Tr0ub4dor&3", False),
        ("summer2024", False),
        ("hGdkSlwPqZnvRt", False),
        ("", True),
    ],
)
def test_words_and_names_are_ordinary(value, is_ordinary):
    assert values.is_ordinary(value) is is_ordinary


@pytest.mark.parametrize(
    ("value", "is_expression"),
    [
        ("os.environ['KEY']", True),
        ("load_key(path)", True),
        ("Request::param(x)", True),
        ("p(ss", True),
        ("plain", False),
        ("!lookup", False),
    ],
)
def test_calls_and_indexes_are_expressions(value, is_expression):
    assert values.is_expression(value) is is_expression


@pytest.mark.parametrize("judge", [values.is_ordinary, values.is_identifier, values.is_template])
@pytest.mark.parametrize(
    "value", ["a" * 50_000 + "1b!", "Aa" * 25_000, "{{" * 25_000, "-" * 50_000]
)
@pytest.mark.timeout(5)
def test_31_hostile_values_cost_no_time(judge, value):
    judge(value)


def test_a_web_token_about_john_doe_or_without_signature_is_an_example():
    assert values.is_example_token(jwt(name="John Doe"))
    assert values.is_example_token(jwt().rpartition(".")[0])
    assert not values.is_example_token(jwt())
