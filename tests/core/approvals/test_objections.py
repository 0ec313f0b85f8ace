"""Whose change request blocks, and who can lift it."""

import pytest

from app.core.facts import Account, Grant
from app.core.gates.approval import Code, judge
from app.core.verdict import Blocker, Outcome, Seen, Verdict
from tests.builders import ANN, BOB, CAROL, DAVE, NOW, OLD, facts, policy, pull_request, review

INFRA = {"id": "infra", "count": 2, "if": {"paths": ["infra/**"]}}


def judged(*reviews, rules=({"id": "baseline"},), approval=(), **changes) -> Verdict:
    made = policy(approval={"rules": list(rules), **dict(approval)})
    return judge(facts(reviews=reviews, **changes), made, NOW)


def test_a_change_request_of_somebody_gone_says_who_dismisses_it():
    blocker = judged(review(BOB, "CHANGES_REQUESTED"), grants=()).blockers[0]
    assert blocker == Blocker(
        Code.CHANGES_REQUESTED,
        "change request by bob on 6865616; bob has no access to the repository any more",
        "dismiss needed by: somebody with write access",
        "Dismiss the review when its points are settled.",
    )


@pytest.mark.parametrize(
    ("permissions", "has_left"),
    [
        pytest.param(["write"], False, id="still here"),
        pytest.param(["none"], True, id="without access"),
        pytest.param(["maintain"], False, id="with a permission we do not know"),
        pytest.param(["none", "write"], False, id="with contradicting permissions"),
    ],
)
def test_only_who_is_surely_gone_is_called_gone(permissions, has_left):
    grants = tuple(Grant(BOB.id, permission) for permission in permissions)
    verdict = judged(review(BOB, "CHANGES_REQUESTED"), grants=grants)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.blockers[0].who_can_unblock.startswith("dismiss") is has_left


def test_the_authors_own_change_request_does_not_block():
    verdict = judged(review(ANN, "CHANGES_REQUESTED"), review(BOB))
    because = "ann is the author of the pull request; it does not block"
    assert verdict.outcome is Outcome.PASS
    assert verdict.seen == (Seen("change request by ann", because),)


def test_a_contributors_change_request_blocks_like_any_writers():
    assert judged(review(BOB, "CHANGES_REQUESTED"), pushers=(BOB,)).outcome is Outcome.FAIL


def test_without_an_author_anybodys_change_request_blocks():
    orphan = pull_request(author=None)
    assert judged(review(BOB, "CHANGES_REQUESTED"), pull_request=orphan).outcome is Outcome.FAIL


def test_a_machine_users_change_request_does_not_block():
    made = policy(identities={"machine_users": ["BOB"]}, approval={})
    seen = facts(reviews=(review(BOB, "CHANGES_REQUESTED"), review(CAROL)))
    assert judge(seen, made, NOW).outcome is Outcome.PASS


def test_a_change_request_blocks_even_where_no_approval_is_required():
    no = review(BOB, "CHANGES_REQUESTED")
    verdict = judged(no, rules=[INFRA], approval={"otherwise": "pass"})
    assert (verdict.outcome, verdict.is_required) == (Outcome.FAIL, True)


def test_change_requests_of_deleted_accounts_are_listed_in_the_order_of_time():
    ghosts = (
        review(None, "CHANGES_REQUESTED", minutes=1),
        review(None, "CHANGES_REQUESTED", commit=OLD, minutes=0),
    )
    subjects = [blocker.subject[:50] for blocker in judged(*ghosts).blockers[:2]]
    assert subjects == [
        "change request by a deleted account on 6f6c640; a ",
        "change request by a deleted account on 6865616; a ",
    ]


def test_everybody_who_asks_for_changes_is_named():
    others = (Account(11, "eve"), Account(10, "finn"))
    requests = [review(person, "CHANGES_REQUESTED") for person in (*others, DAVE, CAROL, BOB)]
    assert judged(*requests).title == "Changes requested by bob, carol, dave, eve and finn"
