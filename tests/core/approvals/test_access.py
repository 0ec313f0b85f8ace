"""Who fits a rule's `by`, and how it is said."""

from dataclasses import replace

import pytest

from app.core.approvals import described, rule_satisfied
from app.core.approvals.access import Access, shortfall, unknown_names
from app.core.facts import Grant, Membership, Resolution
from app.core.policy.model import Approvers
from tests.builders import BOB, facts, policy, review

DIRECTORY = (
    Resolution("user", "bob", 2),
    Resolution("user", "carol", 3),
    Resolution("team", "platform", 70),
    Resolution("team", "security", 71),
)
MEMBERS = (Membership("platform", 2, "active"), Membership("security", 3, "active"))


@pytest.mark.parametrize(
    ("by", "permission", "fits"),
    [
        pytest.param({}, "write", True, id="anybody who can push"),
        pytest.param({}, "read", False, id="nobody who only reads"),
        pytest.param({"permission": "write"}, "admin", True, id="more than enough"),
        pytest.param({"permission": "admin"}, "write", False, id="not an administrator"),
        pytest.param({"permission": "read"}, "read", True, id="readers if the policy says so"),
        pytest.param({"permission": "read"}, "none", False, id="no access at all"),
        pytest.param({"users": ["bob"]}, "write", True, id="a named user"),
        pytest.param({"users": ["bob"]}, "read", False, id="a named user who cannot push"),
        pytest.param({"users": ["bob"], "permission": "read"}, "read", True, id="a named reader"),
        pytest.param({"users": ["carol"]}, "admin", False, id="another user is named"),
        pytest.param({"users": ["carol", "bob"]}, "write", True, id="one of the named users"),
        pytest.param({"teams": ["platform"]}, "write", True, id="a member"),
        pytest.param({"teams": ["platform"]}, "read", False, id="a member who cannot push"),
        pytest.param({"teams": ["security"]}, "write", False, id="no member"),
        pytest.param({"teams": ["security", "platform"]}, "write", True, id="in one of the teams"),
        pytest.param(
            {"users": ["carol"], "teams": ["platform"]}, "write", False, id="keys must all hold"
        ),
        pytest.param(
            {"any_of": [{"users": ["carol"]}, {"teams": ["platform"]}]},
            "write",
            True,
            id="one alternative holds",
        ),
        pytest.param(
            {"any_of": [{"users": ["carol"]}, {"teams": ["security"]}]},
            "write",
            False,
            id="no alternative holds",
        ),
        pytest.param(
            {"any_of": [{"users": ["bob"]}]}, "read", False, id="alternatives must push as well"
        ),
        pytest.param(
            {"any_of": [{"users": ["bob"], "permission": "read"}]},
            "read",
            True,
            id="an alternative for readers",
        ),
        pytest.param(
            {"permission": "read", "any_of": [{"users": ["bob"]}]},
            "read",
            True,
            id="the outer permission is inherited",
        ),
        pytest.param(
            {"permission": "admin", "any_of": [{"permission": "write"}]},
            "write",
            False,
            id="the outer permission holds too",
        ),
        pytest.param({}, "maintain", False, id="a role is not a permission"),
        pytest.param({}, None, False, id="nobody asked what bob may do"),
    ],
)
def test_who_fits_a_rule(by, permission, fits):
    grants = () if permission is None else (Grant(BOB.id, permission),)
    seen = facts(grants=grants, directory=DIRECTORY, memberships=MEMBERS, reviews=(review(BOB),))
    made = policy(approval={"rules": [{"id": "it", "by": by}]})
    assert rule_satisfied("it", seen, made) is fits


def test_contradicting_facts_count_for_the_least():
    rule = policy(approval={"rules": [{"id": "it", "by": {"teams": ["platform"]}}]})
    once = facts(directory=DIRECTORY, memberships=MEMBERS, reviews=(review(BOB),))
    assert rule_satisfied("it", once, rule)
    invited = (*MEMBERS, Membership("platform", 2, "pending"))
    assert not rule_satisfied("it", replace(once, memberships=invited), rule)
    reader = (*once.grants, Grant(BOB.id, "read"))
    assert not rule_satisfied("it", replace(once, grants=reader), rule)


def test_nobody_fits_an_alternative_and_each_reason_is_given():
    by = Approvers.model_validate_json(
        '{"any_of": [{"users": ["carol"]}, {"teams": ["security"]}]}'
    )
    access = Access.of(facts(directory=DIRECTORY, memberships=MEMBERS))
    expected = "bob is not carol and bob is not an active member of security"
    assert shortfall(by, BOB, access) == expected


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("{}", "somebody with write access"),
        ('{"permission": "admin"}', "somebody with admin access"),
        ('{"users": ["bob", "carol"]}', "bob or carol with write access"),
        ('{"teams": ["a", "b"], "permission": "read"}', "a member of a or b with read access"),
        ('{"users": ["bob"], "teams": ["a"]}', "bob who is also a member of a with write access"),
        (
            '{"any_of": [{"teams": ["a"]}, {"users": ["bob"]}]}',
            "a member of a with write access or bob with write access",
        ),
        (
            '{"users": ["bob"], "any_of": [{"teams": ["a"]}]}',
            "bob with write access who is also a member of a with write access",
        ),
        (
            '{"teams": ["a"], "any_of": [{"users": ["bob"]}]}',
            "a member of a with write access who is also bob with write access",
        ),
        (
            '{"permission": "admin", "any_of": [{"users": ["bob"]}, {"users": ["a"]}]}',
            "somebody with admin access who is also bob with admin access or a with admin access",
        ),
    ],
)
def test_a_rule_says_in_words_who_can_satisfy_it(by, words):
    assert described(Approvers.model_validate_json(by)) == words


def test_unknown_names_are_listed_in_the_order_of_names():
    by = Approvers(users=("zoe", "abe", "bob"), teams=("z", "a", "platform"))
    access = Access.of(facts(directory=DIRECTORY))
    assert unknown_names(by, access) == ("team a", "team z", "user abe", "user zoe")


def test_teams_are_found_whatever_case_the_facts_use():
    member = (Membership("Platform", BOB.id, "active"),)
    assert Access.of(facts(memberships=member)).is_member("pLatform", BOB.id)
