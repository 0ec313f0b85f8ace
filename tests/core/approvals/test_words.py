"""Texts about people and commits that are safe to show."""

import pytest

from app.core.approvals import MEANING, Code
from app.core.approvals.words import listed, name, short
from app.core.facts import Account
from tests.builders import BOB, HEAD, ROBOT


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        pytest.param(BOB, "bob", id="a plain login"),
        pytest.param(Account(5, "a-b_acme"), "a-b_acme", id="an enterprise login"),
        pytest.param(ROBOT, "robot[bot]", id="a bot keeps its suffix"),
        pytest.param(Account(5, "[x](http://e)@bob\n"), "xhttpebob", id="markup is dropped"),
        pytest.param(Account(5, "\u202e`|<>"), "account 5", id="nothing is left"),
        pytest.param(Account(5, "a" * 500), "a" * 100, id="too long"),
        pytest.param(None, "a deleted account", id="nobody"),
    ],
)
def test_logins_are_shown_without_what_logins_do_not_have(account, shown):
    assert name(account) == shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a or b"),
        (["a", "b", "c"], "a, b or c"),
        (["a", "b", "c", "d", "e"], "a, b, c, d or e"),
        (["a", "b", "c", "d", "e", "f"], "a, b, c, d or 2 more"),
    ],
)
def test_lists_read_as_sentences_and_count_what_they_leave_out(words, sentence):
    assert listed(words, "or") == sentence


def test_short_commits_have_seven_digits():
    assert (short(HEAD), short(None)) == ("6865616", "no commit")


def test_every_code_has_a_meaning_and_a_name_of_its_own():
    assert set(MEANING) == set(Code)
    assert len(set(MEANING.values())) == len(Code)
    assert all(code.startswith("APPROVAL_") for code in Code)
