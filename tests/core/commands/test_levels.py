"""Levels: the lower of what the role allows and what the policy grants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands.codes import Code
from app.core.commands.levels import Access, Grants, standing
from app.core.commands.scales import LEVEL_MEANING, Level

NONE, L1, L2, L3, L4, L5 = Level
PERSON, TEAM, OTHER_TEAM = 7, 70, 71


def level(permission, role=None, grants=None, teams=frozenset()):
    return standing(Access(PERSON, permission, role, teams), grants or Grants()).level


@pytest.mark.parametrize(
    ("permission", "role", "reached"),
    [
        pytest.param("read", "read", L1, id="read"),
        pytest.param("read", "triage", L1, id="triage"),
        pytest.param("write", "write", L3, id="write"),
        pytest.param("write", "maintain", L4, id="maintain"),
        pytest.param("admin", "admin", L4, id="admin is no infrastructure by itself"),
        pytest.param("none", "none", NONE, id="no access"),
        pytest.param("none", "admin", NONE, id="no access, whatever the role says"),
    ],
)
def test_roles_have_their_levels(permission, role, reached):
    assert level(permission, role) is reached


def test_T18_how_github_labels_a_commenter_is_no_ground():
    assert set(Access.__dataclass_fields__) == {"user_id", "permission", "role_name", "teams"}


@pytest.mark.parametrize(
    ("permission", "role", "reached"),
    [
        pytest.param("write", "maintain", L4, id="maintain is only in the role's name"),
        pytest.param("read", "triage", L1, id="and triage"),
        pytest.param("write", "release-manager", L3, id="a custom role counts as its permission"),
        pytest.param("read", "helper", L1, id="a custom role that reads"),
        pytest.param("admin", "owner-like", L4, id="a custom role that administrates"),
        pytest.param("write", None, L3, id="an answer without the role's name"),
        pytest.param("read", "admin", L1, id="two answers that differ give the lower"),
        pytest.param("admin", "read", L1, id="whichever it is"),
    ],
)
def test_T19_the_roles_name_decides_and_custom_roles_fall_back(permission, role, reached):
    assert level(permission, role) is reached


def test_T19_a_custom_role_is_worth_what_the_policy_maps_it_to():
    grants = Grants(custom_roles={"release-manager": L4, "infrastructure": L5})
    assert level("write", "release-manager", grants) is L4
    assert level("none", "release-manager", grants) is NONE
    assert level("write", "infrastructure", grants) is L4


@pytest.mark.parametrize("permission", [None, "", "pull", "ADMIN", "owner"])
def test_T20_a_permission_that_is_not_known_is_no_permission(permission):
    found = standing(Access(PERSON, permission, "admin"), Grants(users={PERSON: L5}))
    assert (found.level, found.code) == (NONE, Code.PERMISSION_UNKNOWN)


@pytest.mark.parametrize(
    ("permission", "role", "grants", "reached"),
    [
        pytest.param("admin", "admin", Grants(users={PERSON: L5}), L5, id="a listed admin"),
        pytest.param("admin", "admin", Grants(teams={TEAM: L5}), L5, id="an admin of a team"),
        pytest.param(
            "write", "maintain", Grants(users={PERSON: L5}), L4, id="the role is a ceiling"
        ),
        pytest.param("read", "read", Grants(users={PERSON: L5}), L1, id="a listed reader"),
        pytest.param("admin", "admin", Grants(users={PERSON: L2}), L2, id="a grant lowers too"),
        pytest.param(
            "admin", "admin", Grants({PERSON: L2}, {TEAM: L5}), L2, id="people before teams"
        ),
        pytest.param(
            "admin", "admin", Grants(teams={TEAM: L2, OTHER_TEAM: L3}), L3, id="most of two teams"
        ),
        pytest.param("admin", "admin", Grants(users={8: L5}), L4, id="somebody else is listed"),
        pytest.param("write", "write", Grants(users={PERSON: NONE}), NONE, id="nothing granted"),
    ],
)
def test_the_lower_of_ceiling_and_grant(permission, role, grants, reached):
    assert level(permission, role, grants, frozenset({TEAM, OTHER_TEAM})) is reached


def test_T22_grants_go_by_number_so_a_name_that_changes_hands_grants_nothing():
    assert level("admin", "admin", Grants(users={PERSON + 1: L5})) is L4


def test_T23_teams_that_could_not_be_read_give_no_level():
    found = standing(Access(PERSON, "admin", "admin", None), Grants(teams={TEAM: L5}))
    assert (found.level, found.code) == (NONE, Code.PERMISSION_UNKNOWN)
    assert "teams" in found.why


@pytest.mark.parametrize(
    "grants",
    [
        pytest.param(Grants(), id="the policy names no team"),
        pytest.param(Grants({PERSON: L4}, {TEAM: L5}), id="the person is listed"),
    ],
)
def test_T23_teams_are_not_missed_where_they_decide_nothing(grants):
    assert level("admin", "admin", grants, None) is L4


def test_T27_nobody_is_at_the_top_without_being_listed():
    for permission in ("read", "write", "admin"):
        for role in ("read", "triage", "write", "maintain", "admin", "custom", None):
            assert level(permission, role) < L5


def test_a_level_says_where_it_comes_from():
    found = standing(Access(PERSON, "write", "maintain"), Grants())
    assert found.why == (
        "the role `maintain` allows up to L4, the policy's default for it grants L4"
    )
    assert found.code is None


LEVELS = st.sampled_from(Level)
GRANTS = st.builds(
    Grants, st.dictionaries(st.just(PERSON), LEVELS), st.dictionaries(st.just(TEAM), LEVELS)
)
ORDER = ["read", "triage", "write", "maintain", "admin"]


@given(st.sampled_from(ORDER), st.sampled_from(ORDER), GRANTS, st.booleans())
def test_a_higher_role_never_may_less(one, other, grants, in_team):
    lower, higher = sorted([one, other], key=ORDER.index)
    base = {"triage": "read", "maintain": "write"}
    teams = frozenset({TEAM} if in_team else ())
    assert level(base.get(lower, lower), lower, grants, teams) <= level(
        base.get(higher, higher), higher, grants, teams
    )


def test_every_level_has_a_meaning():
    assert list(LEVEL_MEANING) == list(Level)
