"""Traps about who counts: ids B18 to B37."""

import pytest

from app.core.facts import (
    Account,
    AccountKind,
    Contributor,
    Facts,
    Gap,
    Grant,
    Membership,
    Part,
    Resolution,
    Review,
)
from app.core.gates.approval import Code, judge
from app.core.verdict import Outcome, Seen, Verdict
from tests.builders import (
    ANN,
    BOB,
    CAROL,
    DAVE,
    NOW,
    ROBOT,
    commit,
    facts,
    policy,
    pull_request,
    review,
    sha,
)

EXCLUDABLE = ("author", "committers", "co_authors", "last_pusher")


def verdict(seen_facts: Facts, **approval: object) -> Verdict:
    return judge(seen_facts, policy(approval=approval), NOW)


def reviewed(*reviews: Review, **changes: object) -> Facts:
    return facts(reviews=reviews, **changes)


def outcome(*reviews: Review, **changes: object) -> Outcome:
    return verdict(reviewed(*reviews, **changes)).outcome


def code(*reviews: Review, **changes: object) -> str:
    return verdict(reviewed(*reviews, **changes)).code


def reason(judged: Verdict, what: str) -> str:
    return next(seen.because for seen in judged.seen if seen.what == what)


def grants(**permissions: str) -> tuple[Grant, ...]:
    ids = {"ann": 1, "bob": 2, "carol": 3, "dave": 4, "robot": 90}
    return tuple(Grant(ids[who], permission) for who, permission in permissions.items())


def hands(role: str, account: Account | None, **more: bool) -> tuple[Contributor, ...]:
    return (Contributor("author", ANN), Contributor(role, account, **more))


def test_B18_lost_access_ends_the_approval():
    judged = verdict(reviewed(review(BOB), grants=grants(bob="read")))
    assert judged.outcome is Outcome.PENDING
    assert reason(judged, "approval by bob for rule baseline") == (
        "bob has read permission now, write is needed"
    )


def test_B18_a_named_user_who_cannot_push_any_more_does_not_count():
    rules = [{"id": "named", "by": {"users": ["bob"]}}]
    named = (Resolution("user", "bob", 2),)
    still = reviewed(review(BOB), directory=named)
    gone = reviewed(review(BOB), directory=named, grants=grants(bob="read"))
    assert verdict(still, rules=rules).outcome is Outcome.PASS
    assert verdict(gone, rules=rules).outcome is Outcome.PENDING


def test_B18_a_permission_nobody_read_is_not_a_permission():
    judged = verdict(reviewed(review(BOB), grants=()))
    assert judged.outcome is Outcome.PENDING
    assert "is not known" in reason(judged, "approval by bob for rule baseline")


def test_B19_membership_of_the_organisation_is_not_a_permission():
    # Reviews carry no association; a role that sounds like a member changes nothing.
    member = (Grant(BOB.id, "read", role="MEMBER"),)
    assert outcome(review(BOB), grants=member) is Outcome.PENDING


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        pytest.param(Grant(2, "write", "maintain"), Outcome.PASS, id="maintain is write"),
        pytest.param(Grant(2, "write", "release-crew"), Outcome.PASS, id="a custom role on write"),
        pytest.param(Grant(2, "read", "triage"), Outcome.PENDING, id="triage is read"),
        pytest.param(Grant(2, "maintain", "maintain"), Outcome.PENDING, id="a role as permission"),
    ],
)
def test_B20_the_permission_decides_and_the_role_is_for_display(grant, expected):
    assert outcome(review(BOB), grants=(grant,)) is expected


def test_B21_an_app_that_can_push_does_not_count():
    judged = verdict(reviewed(review(ROBOT), grants=grants(robot="admin")))
    assert judged.outcome is Outcome.PENDING
    assert reason(judged, "approval by robot[bot] of 6865616") == (
        "robot[bot] is a machine; only people approve"
    )


def test_B22_the_approval_of_a_workflows_token_does_not_count():
    actions = Account(41898282, "github-actions[bot]", AccountKind.BOT)
    assert outcome(review(actions), grants=(Grant(actions.id, "write"),)) is Outcome.PENDING


def test_B23_a_machine_user_does_not_count_whatever_the_case_of_its_login():
    machine = Account(5, "Acme-CI")
    seen = reviewed(review(machine), grants=(Grant(5, "admin"),))
    listed = policy(identities={"machine_users": ["acme-ci"]}, approval={})
    assert judge(seen, policy(), NOW).outcome is Outcome.PASS
    assert judge(seen, listed, NOW).outcome is Outcome.PENDING


def test_B24_the_author_never_counts_even_if_nobody_is_excluded():
    judged = verdict(reviewed(review(ANN), commits=()), exclude=[])
    assert judged.outcome is Outcome.PENDING
    assert "the author of the pull request" in reason(judged, "approval by ann of 6865616")


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        pytest.param(
            "author",
            {"commits": (commit("c1", contributors=(Contributor("author", BOB),)),)},
            id="author of any commit",
        ),
        pytest.param(
            "author",
            {"commits": (commit(contributors=hands("inventor", BOB)),)},
            id="a role of tomorrow",
        ),
        pytest.param(
            "committers",
            {"commits": (commit(contributors=hands("committer", BOB)),)},
            id="committer",
        ),
        pytest.param(
            "co_authors",
            {"commits": (commit(contributors=hands("co_author", BOB)),)},
            id="co-author",
        ),
        pytest.param("last_pusher", {"pushers": (ANN, BOB)}, id="pusher"),
    ],
)
def test_B25_whoever_had_a_hand_in_the_change_does_not_count(key, seen):
    change = reviewed(review(BOB), **seen)
    others = [other for other in EXCLUDABLE if other != key]
    assert verdict(change).outcome is Outcome.PENDING
    assert verdict(change, exclude=[key]).outcome is Outcome.PENDING
    assert verdict(change, exclude=others).outcome is Outcome.PASS


def test_B26_authors_of_a_merged_side_branch_are_contributors():
    merge = commit(parents=(sha("main-line"), sha("side")))
    side = commit("side", author=BOB)
    seen = reviewed(review(BOB), commits=(merge, commit("main-line"), side))
    judged = verdict(seen)
    assert judged.outcome is Outcome.PENDING
    assert "commit 7369646" in reason(judged, "approval by bob of 6865616")


@pytest.mark.parametrize(
    ("choice", "approvers", "expected"),
    [
        pytest.param("require_extra", [BOB], Code.COUNT_EXTRA, id="one is not enough by default"),
        pytest.param("require_extra", [BOB, CAROL], Code.SATISFIED, id="one more is"),
        pytest.param("block", [BOB, CAROL, DAVE], Code.UNKNOWN_CONTRIBUTOR, id="block blocks"),
        pytest.param("ignore", [BOB], Code.SATISFIED, id="ignored where the policy says so"),
    ],
)
def test_B27_an_unknown_contributor_is_doubt_not_nobody(choice, approvers, expected):
    stranger = commit(contributors=hands("author", None))
    seen = reviewed(*map(review, approvers), commits=(stranger,))
    judged = verdict(seen, unknown_contributor=choice)
    assert judged.code == expected
    assert "no GitHub account" in reason(judged, "the author of commit 6865616")


def test_B28_the_recorded_pusher_counts_as_contributor_whatever_the_commits_claim():
    forged = commit(author=CAROL)
    seen = reviewed(review(BOB), review(CAROL), commits=(forged,), pushers=(BOB,))
    judged = verdict(seen)
    assert judged.outcome is Outcome.PENDING
    assert "recorded as pusher" in reason(judged, "approval by bob of 6865616")
    assert "named as author" in reason(judged, "approval by carol of 6865616")


def test_B29_githubs_own_committer_is_nobody_but_the_author_still_counts():
    web_flow = Account(19864447, "web-flow")
    edited = commit(
        contributors=(
            Contributor("author", BOB),
            Contributor("committer", web_flow, is_web_flow=True),
        )
    )
    unnamed = commit(contributors=hands("committer", None, is_web_flow=True))
    assert outcome(review(CAROL), commits=(edited,)) is Outcome.PASS
    assert outcome(review(CAROL), commits=(unnamed,)) is Outcome.PASS
    assert outcome(review(BOB), commits=(edited,)) is Outcome.PENDING
    authored = commit(contributors=(Contributor("author", BOB, is_web_flow=True),))
    assert outcome(review(BOB), commits=(authored,)) is Outcome.PENDING


def test_B30_an_applied_suggestion_is_explained_to_the_reviewer_it_excludes():
    suggested = commit(contributors=hands("co_author", BOB))
    judged = verdict(reviewed(review(BOB), commits=(suggested,)))
    assert judged.outcome is Outcome.PENDING
    assert "applying a suggestion does that" in reason(judged, "approval by bob of 6865616")
    assert "applying a suggestion does that" in judged.blockers[0].who_can_unblock


def test_B31_a_taken_over_login_is_another_person():
    rules = [{"id": "named", "by": {"users": ["bob"]}}]
    named = (Resolution("user", "bob", 2),)
    imposter, renamed = Account(66, "bob"), Account(2, "robert")
    seen = {"directory": named, "grants": (Grant(66, "admin"), Grant(2, "write"))}
    assert verdict(reviewed(review(imposter), **seen), rules=rules).outcome is Outcome.PENDING
    assert verdict(reviewed(review(renamed), **seen), rules=rules).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "directory",
    [
        pytest.param((), id="never looked up"),
        pytest.param((Resolution("user", "bob", None),), id="no such user"),
        pytest.param((Resolution("team", "bob", 2),), id="only a team of that name"),
        pytest.param(
            (Resolution("user", "bob", 2), Resolution("user", "Bob", 3)), id="two answers"
        ),
    ],
)
def test_B31_a_login_that_nobody_answers_to_is_a_policy_error(directory):
    rules = [{"id": "named", "by": {"users": ["bob"]}}]
    judged = verdict(reviewed(review(BOB), directory=directory), rules=rules)
    assert (judged.outcome, judged.code) == (Outcome.ERROR, Code.POLICY_UNKNOWN_NAME)
    assert judged.title == "Cannot tell: rule named names the unknown user bob"


def test_B32_logins_of_the_policy_are_compared_without_case():
    rules = [{"id": "named", "by": {"users": ["BoB"]}}]
    seen = reviewed(review(BOB), directory=(Resolution("user", "bob", 2),))
    assert verdict(seen, rules=rules).outcome is Outcome.PASS


def test_B33_a_deleted_reviewer_does_not_count():
    judged = verdict(reviewed(review(None)))
    assert judged.outcome is Outcome.PENDING
    assert judged.seen == (
        Seen("approval by a deleted account of 6865616", "its author is deleted"),
    )


def test_B33_a_deleted_reviewers_change_request_waits_for_a_dismissal():
    judged = verdict(reviewed(review(None, "CHANGES_REQUESTED"), review(BOB)))
    assert judged.outcome is Outcome.FAIL
    assert judged.blockers[0].who_can_unblock.startswith("dismiss needed by")


def test_B33_a_deleted_author_is_an_unknown_contributor():
    orphan = {"pull_request": pull_request(author=None)}
    assert code(review(BOB), **orphan) == Code.COUNT_EXTRA
    assert code(review(BOB), review(CAROL), **orphan) == Code.SATISFIED


@pytest.mark.parametrize(
    ("memberships", "expected"),
    [
        pytest.param((Membership("platform", 2, "active"),), Outcome.PASS, id="a member"),
        pytest.param((Membership("platform", 2, "pending"),), Outcome.PENDING, id="invited only"),
        pytest.param((Membership("other", 2, "active"),), Outcome.PENDING, id="another team"),
        pytest.param((Membership("platform", 3, "active"),), Outcome.PENDING, id="somebody else"),
        pytest.param((), Outcome.PENDING, id="no membership"),
    ],
)
def test_B34_only_an_active_membership_counts(memberships, expected):
    rules = [{"id": "platform", "by": {"teams": ["Platform"]}}]
    seen = reviewed(
        review(BOB), directory=(Resolution("team", "platform", 7),), memberships=memberships
    )
    assert verdict(seen, rules=rules).outcome is expected


@pytest.mark.parametrize("directory", [(), (Resolution("team", "platform", None),)])
def test_B36_a_team_that_is_gone_is_a_policy_error_that_names_it(directory):
    rules = [
        {"id": "platform", "by": {"any_of": [{"teams": ["platform"]}, {"permission": "write"}]}}
    ]
    judged = verdict(reviewed(review(BOB), directory=directory), rules=rules)
    assert (judged.outcome, judged.code) == (Outcome.ERROR, Code.POLICY_UNKNOWN_NAME)
    assert judged.title == "Cannot tell: rule platform names the unknown team platform"


def test_B37_unreadable_teams_are_an_error_and_not_a_missing_member():
    rules = [{"id": "platform", "by": {"teams": ["platform"]}}]
    gap = Gap(Part.TEAMS, "TEAMS_UNAVAILABLE", "503")
    seen = reviewed(directory=(Resolution("team", "platform", 7),), gaps=(gap,))
    judged = verdict(seen, rules=rules)
    assert (judged.outcome, judged.code) == (Outcome.ERROR, Code.FACTS_MISSING)
    assert judged.title == "Cannot tell: teams could not be read"
