"""What the reader makes of reviews, accounts, rights and teams."""

from datetime import UTC, datetime

import pytest

from app.core.facts import (
    Account,
    AccountKind,
    Grant,
    Membership,
    Resolution,
    Review,
)
from app.errors import ForbiddenError, GitHubUnavailableError
from app.github.reader import account
from tests.github.reader.conftest import ROOT, person
from tests.sandbox.client import REPO


def test_B01_review_states_are_upper_case_whatever_comes(github, reader):
    path = f"{ROOT}/pulls/12/reviews"
    plain = github.example("GET", path)[0]
    states = ["APPROVED", "approved", "Changes_Requested", "COMMENTED", "DISMISSED", "PENDING"]
    github.answer("GET", path, [{**plain, "state": state} for state in states])
    found = [review.state for review in reader.reviews(12)]
    assert found == [state.upper() for state in states]


def test_B47_all_of_more_than_a_hundred_reviews_are_read_in_order(hub):
    for _ in range(104):
        hub.box.review(REPO, 1, "carol", "COMMENT")
    hub.box.review(REPO, 1, "carol", "APPROVE")
    found = hub.reader.reviews(1)
    assert len(found) == 105
    assert [review.id for review in found] == sorted(review.id for review in found)
    last = found[-1]
    assert (last.author, last.state, last.commit) == (
        person(hub, "carol"),
        "APPROVED",
        hub.stage.head,
    )
    assert [method for method, _, _ in hub.calls()] == ["GET", "GET"]


def test_a_review_by_nobody_on_no_commit_is_read(github, reader):
    path = f"{ROOT}/pulls/12/reviews"
    (plain,) = github.example("GET", path)
    changed = {**plain, "user": None, "commit_id": None, "submitted_at": "2026-01-02T03:04:05Z"}
    github.answer("GET", path, [changed])
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert reader.reviews(12) == (Review(80, None, "APPROVED", None, when),)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, None),
        ({"id": 10137, "login": "ghost", "type": "User"}, None),
        ({"id": 0, "login": "", "type": "User"}, None),
        ({"id": 7, "login": "ann", "type": "User"}, Account(7, "ann", AccountKind.USER)),
        ({"id": 7, "login": "r[bot]", "type": "Bot"}, Account(7, "r[bot]", AccountKind.BOT)),
        (
            {"id": 7, "login": "acme", "type": "Organization"},
            Account(7, "acme", AccountKind.ORGANIZATION),
        ),
        ({"id": 7, "login": "m", "type": "Mannequin"}, Account(7, "m", AccountKind.MANNEQUIN)),
        ({"id": 7, "login": "x", "type": "Alien"}, Account(7, "x", AccountKind.UNKNOWN)),
        ({"id": 7, "login": "x"}, Account(7, "x", AccountKind.UNKNOWN)),
    ],
)
def test_B33_accounts_by_type_and_deleted_ones_are_nobody(found, expected):
    assert account(found) == expected


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("read", "read"),
        ("triage", "read"),
        ("write", "write"),
        ("maintain", "write"),
        ("admin", "admin"),
    ],
)
def test_B20_old_permission_and_role_are_both_kept(hub, role, permission):
    hub.box.grant(REPO, "mallory", role)
    mallory = person(hub, "mallory")
    assert hub.reader.grants([mallory]) == (Grant(mallory.id, permission, role),)


def rights_of_octocat(github, path: str, role: str):
    """Return GitHub's example with the role's name where its description wants it too."""
    found = github.example("GET", path, permission="write", role_name=role)
    return {**found, "user": {**found["user"], "role_name": role}}


def test_B20_a_custom_role_has_a_name_of_its_own(github, reader):
    path = f"{ROOT}/collaborators/octocat/permission"
    github.answer("GET", path, rights_of_octocat(github, path, "release engineer"))
    grants = reader.grants([Account(1, "octocat")])
    assert grants == (Grant(1, "write", "release engineer"),)


def test_somebody_who_is_gone_may_do_nothing(hub):
    gone = Account(999, "gone")
    assert hub.reader.grants([gone]) == (Grant(999, "none"),)


def test_B31_a_login_that_belongs_to_somebody_else_now_gives_no_rights(github, reader):
    path = f"{ROOT}/collaborators/octocat/permission"
    github.answer("GET", path, rights_of_octocat(github, path, "admin"))
    (grant,) = reader.grants([Account(7777, "octocat")])
    assert (grant.account_id, grant.permission) == (7777, "none")


def test_a_login_with_odd_characters_is_one_segment_of_the_path(github, reader):
    path = f"{ROOT}/collaborators/robot%5Bbot%5D/permission"
    github.refuse("GET", path, 404, "Not Found")
    assert reader.grants([Account(5, "robot[bot]", AccountKind.BOT)]) == (Grant(5, "none"),)


@pytest.mark.parametrize("status", [403, 502])
def test_B37_rights_that_cannot_be_read_are_not_taken_for_none(hub, status):
    hub.box.fail_api("status", path="permission$", status=status, count=3)
    with pytest.raises((ForbiddenError, GitHubUnavailableError)):
        hub.reader.grants([person(hub, "bob")])


def test_B34_a_pending_invitation_is_no_active_membership(hub):
    team = hub.box.add_team("acme", "Core", ["alice"])
    hub.box.set_team_member(team, "bob", "pending")
    alice, bob, carol = (person(hub, login) for login in ("alice", "bob", "carol"))
    assert hub.reader.memberships("core", [alice, bob, carol]) == (
        Membership("core", alice.id, "active"),
        Membership("core", bob.id, "pending"),
        Membership("core", carol.id, "none"),
    )


def test_B35_the_membership_route_is_asked_since_it_counts_child_teams(hub):
    hub.box.add_team("acme", "Core", ["alice"])
    hub.reader.memberships("core", [person(hub, "alice")])
    assert [path for _, path, _ in hub.calls()] == ["/orgs/acme/teams/core/memberships/alice"]


def test_B36_a_team_that_is_gone_is_told_apart_from_an_empty_one(hub):
    hub.box.add_team("acme", "Core")
    core = hub.box.find_account("acme").teams["core"]
    assert hub.reader.resolve("team", ["core", "gone"]) == (
        Resolution("team", "core", core.id),
        Resolution("team", "gone", None),
    )


def test_B31_names_of_the_policy_become_ids(hub):
    assert hub.reader.resolve("user", ["bob", "nobody-at-all"]) == (
        Resolution("user", "bob", person(hub, "bob").id),
        Resolution("user", "nobody-at-all", None),
    )
