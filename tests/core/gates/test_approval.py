"""The approval gate's outcomes and words, as whole verdicts."""

import pytest

from app.core.facts import Account, AccountKind, Contributor, Gap, Grant, History, Part
from app.core.gates.approval import Code, judge
from app.core.policy.model import Policy
from app.core.verdict import Blocker, GateName, Outcome, Seen, Verdict
from tests.builders import (
    ANN,
    BOB,
    CAROL,
    DAVE,
    NOW,
    OLD,
    ROBOT,
    at,
    commit,
    facts,
    policy,
    pull_request,
    review,
)

WRITER = "somebody with write access"
CANNOT_ANN = "; ann (the author of the pull request) cannot"
INFRA = {"id": "infra", "count": 2, "if": {"paths": ["infra/**"]}}


def verdict(outcome: Outcome, code: Code, title: str, **more: object) -> Verdict:
    return Verdict(GateName.APPROVAL, outcome, code, title, **more)


def judged(*reviews, rules=({"id": "baseline"},), approval=(), **changes) -> Verdict:
    made = policy(approval={"rules": list(rules), **dict(approval)})
    return judge(facts(reviews=reviews, **changes), made, NOW)


def test_two_approvals_pass_and_are_named():
    assert judged(review(CAROL), review(BOB)) == verdict(
        Outcome.PASS,
        Code.SATISFIED,
        "Approved by bob and carol",
        counted=(
            "approval by bob of 6865616, for baseline",
            "approval by carol of 6865616, for baseline",
        ),
        examined=2,
    )


def test_a_missing_approval_says_who_can_give_it_and_who_cannot():
    assert judged() == verdict(
        Outcome.PENDING,
        Code.COUNT,
        "0 of 1 approvals (rule baseline)",
        blockers=(
            Blocker(
                Code.COUNT,
                "rule baseline: 0 of 1 approvals",
                WRITER + CANNOT_ANN,
                "1 more approval of commit 6865616 needed.",
            ),
        ),
    )


def test_a_stale_approval_says_that_it_can_be_given_again():
    reason = "The branch has new commits since the approval."
    assert judged(review(BOB, commit=OLD), rules=[{"id": "two", "count": 2}]) == verdict(
        Outcome.PENDING,
        Code.STALE_NEW_COMMITS,
        "0 of 2 approvals (rule two)",
        blockers=(
            Blocker(
                Code.STALE_NEW_COMMITS,
                "rule two: 0 of 2 approvals",
                WRITER + CANNOT_ANN,
                f"2 more approvals of commit 6865616 needed. bob can approve again: {reason}",
            ),
        ),
        seen=(Seen("approval by bob of 6f6c640", reason),),
        examined=1,
    )


def test_a_change_request_fails_and_says_who_lifts_it():
    assert judged(review(BOB, "CHANGES_REQUESTED", commit=OLD), review(CAROL)) == verdict(
        Outcome.FAIL,
        Code.CHANGES_REQUESTED,
        "Changes requested by bob",
        blockers=(
            Blocker(
                Code.CHANGES_REQUESTED,
                "change request by bob on 6f6c640",
                "bob by approving, or somebody with write access by dismissing the review",
                "Settle the points of the review and ask bob to review again.",
            ),
        ),
        counted=("approval by carol of 6865616, for baseline",),
        examined=2,
    )


def test_accounts_that_are_neither_people_nor_bots_do_not_approve():
    organisation = Account(8, "acme", AccountKind.ORGANIZATION)
    verdict = judged(review(organisation), grants=(Grant(8, "admin"),))
    assert verdict.outcome is Outcome.PENDING


def test_nothing_required_passes_and_says_so():
    free = judged(rules=[INFRA], approval={"otherwise": "pass"})
    assert free == verdict(
        Outcome.PASS,
        Code.NOT_REQUIRED,
        "Not required: no approval rule applies",
        seen=(
            Seen(
                "rule infra", "not applicable: no changed path, old or new, is one of its `paths`"
            ),
        ),
        is_required=False,
    )


def test_approvals_that_nobody_asked_for_are_not_counted():
    assert judged(review(BOB), rules=[{"id": "free", "count": "none"}]).counted == ()


def test_several_short_rules_are_counted_in_the_title_and_listed():
    rules = [{"id": "one"}, {"id": "two", "count": 2}, {"id": "three", "count": 3}]
    verdict = judged(review(BOB), rules=rules)
    assert verdict.title == "1 of 2 approvals (rule two, 1 more)"
    assert [blocker.subject for blocker in verdict.blockers] == [
        "rule two: 1 of 2 approvals",
        "rule three: 1 of 3 approvals",
    ]
    assert verdict.counted == ("approval by bob of 6865616, for one, three and two",)


def test_a_problem_of_the_policy_is_an_error_that_says_what_to_correct():
    assert judged(rules=[{"id": "x", "by": {"users": ["zoe"], "teams": ["gone"]}}]) == verdict(
        Outcome.ERROR,
        Code.POLICY_UNKNOWN_NAME,
        "Cannot tell: rule x names the unknown team gone and user zoe",
        blockers=(
            Blocker(
                Code.POLICY_UNKNOWN_NAME,
                "rule x names the unknown team gone and user zoe",
                "whoever maintains the policy",
                "Correct rule x in the policy, or let Gatewright see what it names.",
            ),
            Blocker(
                Code.COUNT,
                "rule x: 0 of 1 approvals",
                "zoe who is also a member of gone with write access" + CANNOT_ANN,
                "1 more approval of commit 6865616 needed.",
            ),
        ),
    )


def test_what_fails_is_named_before_what_cannot_be_told_and_nothing_is_hidden():
    no, rules = review(BOB, "CHANGES_REQUESTED"), [{"id": "x", "by": {"users": ["zoe"]}}]
    stranger = commit(contributors=(Contributor("author", None),))
    verdict = judged(
        no, rules=rules, commits=(stranger,), approval={"unknown_contributor": "block"}
    )
    assert verdict.outcome is Outcome.FAIL
    assert [blocker.code for blocker in verdict.blockers] == [
        Code.CHANGES_REQUESTED,
        Code.UNKNOWN_CONTRIBUTOR,
        Code.POLICY_UNKNOWN_NAME,
        Code.COUNT,
    ]


STRANGER = commit(contributors=(Contributor("author", None),))


def test_an_unknown_contributor_that_blocks_says_how_to_become_known():
    verdict = judged(review(BOB), commits=(STRANGER,), approval={"unknown_contributor": "block"})
    assert verdict.outcome is Outcome.FAIL
    assert verdict.title == "Unknown contributor: the author of commit 6865616"
    assert verdict.blockers == (
        Blocker(
            Code.UNKNOWN_CONTRIBUTOR,
            "the author of commit 6865616 belongs to no GitHub account",
            "whoever owns the e-mail address of the commit, or the author of the branch",
            "Add the address to a GitHub account, or write the commit anew with a known address.",
        ),
    )


@pytest.mark.parametrize(
    ("author", "first"), [(None, ["the author of the pull request"]), (ANN, [])]
)
def test_all_unknown_contributors_are_listed_in_order_after_the_author(author, first):
    strangers = tuple(commit(c, contributors=(Contributor("author", None),)) for c in "fdabec")
    block = {"unknown_contributor": "block"}
    verdict = judged(commits=strangers, pull_request=pull_request(author=author), approval=block)
    blocking = [each for each in verdict.blockers if each.code == Code.UNKNOWN_CONTRIBUTOR]
    assert [each.subject.removesuffix(" belongs to no GitHub account") for each in blocking] == [
        *first,
        *(f"the author of commit 6{digit}00000" for digit in range(1, 7)),
    ]


@pytest.mark.parametrize(
    ("reviews", "code", "request_text"),
    [
        pytest.param(
            [review(BOB)],
            Code.COUNT_EXTRA,
            "1 more approval of commit 6865616 needed (because a contributor is unknown).",
            id="only the extra one is missing",
        ),
        pytest.param(
            [],
            Code.COUNT,
            "2 more approvals of commit 6865616 needed (one of them because a contributor is "
            "unknown).",
            id="more than the extra one is missing",
        ),
        pytest.param(
            [review(BOB), review(CAROL, commit=OLD)],
            Code.STALE_NEW_COMMITS,
            "1 more approval of commit 6865616 needed (because a contributor is unknown). carol "
            "can approve again: The branch has new commits since the approval.",
            id="a stale one helps",
        ),
    ],
)
def test_the_reason_of_a_shortage_is_the_nearest_to_a_mend(reviews, code, request_text):
    verdict = judged(*reviews, commits=(STRANGER,))
    assert verdict.code == code
    assert verdict.blockers[0].next_action == request_text


def test_an_extra_approval_that_is_not_needed_is_not_mentioned():
    assert "because" not in judged().blockers[0].next_action


def test_stale_approvals_of_people_who_could_not_count_are_no_reason():
    outsider = review(DAVE, commit=OLD)
    assert judged(outsider, grants=(Grant(DAVE.id, "read"),)).code == Code.COUNT


def test_the_gravest_of_several_stale_approvals_is_named():
    earlier = (review(BOB, commit=OLD, minutes=5), review(CAROL, minutes=-5))
    verdict = judged(*earlier, history=History(base_changed_at=at(0)))
    assert verdict.code == Code.STALE_RETARGET


def test_bots_are_not_named_among_the_people_who_cannot_approve():
    verdict = judged(pull_request=pull_request(author=ROBOT), commits=(commit(author=ROBOT),))
    assert verdict.blockers[0].who_can_unblock == WRITER


def test_everybody_who_cannot_approve_is_named_in_the_order_of_names():
    verdict = judged(commits=(commit(author=CAROL),), pushers=(BOB,))
    assert verdict.blockers[0].who_can_unblock == (
        f"{WRITER}; ann (the author of the pull request), bob (recorded as pusher of its commits) "
        "and carol (named as author in commit 6865616) cannot"
    )


def test_without_a_pull_request_there_is_nothing_to_judge():
    nothing = judge(facts(pull_request=None), Policy(), NOW)
    assert nothing == verdict(
        Outcome.ERROR,
        Code.NO_PULL_REQUEST,
        "Cannot tell: there is no pull request",
        blockers=(
            Blocker(
                Code.NO_PULL_REQUEST,
                "pull request",
                "whoever asked for this verdict",
                "Ask for a verdict on a pull request.",
            ),
        ),
    )


def test_what_could_not_be_read_is_named_with_its_remedy():
    gaps = (
        Gap(Part.REVIEWS, "FORBIDDEN", "403", remedy="Grant the permission.", temporary=False),
        Gap(Part.COMMITS, "TIMEOUT", "504"),
        Gap(Part.HISTORY, "TIMEOUT", "504"),
        Gap(Part.CHECKS, "TIMEOUT", "504"),
    )
    blind = judge(facts(reviews=(review(BOB),), gaps=gaps), Policy(), NOW)
    assert blind == verdict(
        Outcome.ERROR,
        Code.FACTS_MISSING,
        "Cannot tell: commits, history and reviews could not be read",
        blockers=(
            Blocker(
                Code.FACTS_MISSING, "commits", "Gatewright by reading again", "Evaluate again."
            ),
            Blocker(
                Code.FACTS_MISSING, "history", "Gatewright by reading again", "Evaluate again."
            ),
            Blocker(Code.FACTS_MISSING, "reviews", "an administrator", "Grant the permission."),
        ),
    )


def test_titles_fit_and_strangers_words_do_not_enter_them():
    rude = [Account(20 + n, f"{n}{'x' * 60}<script>") for n in range(3)]
    grants = tuple(Grant(person.id, "write") for person in rude)
    title = judged(*map(review, rude), grants=grants).title
    assert len(title) == 100
    assert "<" not in title


def test_time_alone_changes_nothing():
    seen = facts(reviews=(review(BOB),))
    assert judge(seen, Policy(), at(0)) == judge(seen, Policy(), at(10_000_000))
    assert judge(seen, Policy(), NOW).recheck_at is None
