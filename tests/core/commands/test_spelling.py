"""How far two words are apart."""

import pytest

from app.core.commands.spelling import is_one_apart, nearest


@pytest.mark.parametrize(
    ("written", "apart"),
    [
        pytest.param("deploy", False, id="equal"),
        pytest.param("deplo", True, id="a letter missing"),
        pytest.param("deployy", True, id="a letter too many"),
        pytest.param("deplay", True, id="a letter wrong"),
        pytest.param("delpoy", True, id="two letters swapped"),
        pytest.param("dlepoy", False, id="two letters swapped over a third"),
        pytest.param("delpo", False, id="two errors"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_one_apart(written, apart):
    assert is_one_apart(written, "deploy") is apart


@pytest.mark.parametrize(
    ("written", "name"),
    [
        pytest.param("stagin", "staging", id="one change"),
        pytest.param("stagi", "staging", id="two changes"),
        pytest.param("stag", None, id="three changes"),
        pytest.param("de", "dev", id="of two the nearer"),
        pytest.param("tes1", None, id="two are as near"),
        pytest.param("production", None, id="none is near"),
    ],
)
def test_nearest(written, name):
    assert nearest(written, ["staging", "dev", "test", "tess"]) == name


def test_of_no_names_none_is_near():
    assert nearest("a", []) is None


def test_case_makes_no_difference_and_the_name_is_returned_as_configured():
    assert nearest("stagin", ["Staging"]) == "Staging"
