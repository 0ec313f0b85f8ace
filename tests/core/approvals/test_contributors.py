"""Who is tied to a change, how it is said, and what doubt an unknown hand causes."""

from dataclasses import replace

import pytest

from app.core.approvals import rule_satisfied
from app.core.approvals.contributors import barred
from app.core.facts import Contributor
from tests.builders import ANN, BOB, CAROL, commit, facts, policy, pull_request, review


def test_the_strongest_tie_is_the_one_that_is_named():
    everything = commit(
        contributors=tuple(Contributor(role, ANN) for role in ("author", "co_author", "committer"))
    )
    alone = facts(commits=(everything,), pull_request=pull_request(author=BOB))
    assert barred(alone, policy())[ANN.id].because == "named as author in commit 6865616"
    pushed = replace(alone, pushers=(ANN,))
    assert barred(pushed, policy())[ANN.id].because == "recorded as pusher of its commits"
    opened = replace(pushed, pull_request=pull_request())
    assert barred(opened, policy())[ANN.id].because == "the author of the pull request"


def test_a_co_author_is_told_about_suggestions_before_being_called_a_committer():
    both = commit(contributors=(Contributor("committer", BOB), Contributor("co_author", BOB)))
    assert "suggestion" in barred(facts(commits=(both,)), policy())[BOB.id].because


@pytest.mark.parametrize(
    ("role", "exclude", "expected"),
    [
        pytest.param("author", [], True, id="an author nobody excludes"),
        pytest.param("co_author", ["author"], True, id="a co-author nobody excludes"),
        pytest.param("co_author", ["co_authors"], False, id="an excluded co-author"),
        pytest.param("committer", ["committers"], False, id="an excluded committer"),
    ],
)
def test_unknown_hands_cause_doubt_only_where_knowing_them_would_bar_them(role, exclude, expected):
    stranger = commit(contributors=(Contributor(role, None),))
    seen = facts(commits=(stranger,), reviews=(review(BOB),))
    assert rule_satisfied("baseline", seen, policy(approval={"exclude": exclude})) is expected


def test_doubt_about_several_hands_asks_for_one_more_person_only():
    strangers = tuple(commit(f"c{n}", contributors=(Contributor("author", None),)) for n in "123")
    seen = facts(commits=strangers, reviews=(review(BOB), review(CAROL)))
    assert rule_satisfied("baseline", seen, policy())
