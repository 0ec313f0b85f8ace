"""Rules that other gates ask for, and what holds for all reviews together."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.approvals import parts_needed, rule_satisfied
from app.core.approvals.opinions import State, latest_opinions
from app.core.facts import (
    Carry,
    Commit,
    Contributor,
    Facts,
    Gap,
    Grant,
    History,
    Membership,
    Part,
    Resolution,
    Review,
)
from app.core.gates.approval import judge
from app.core.policy.model import Policy
from app.core.verdict import Outcome
from tests.builders import (
    ANN,
    BOB,
    CAROL,
    DAVE,
    HEAD,
    NOW,
    OLD,
    ROBOT,
    at,
    commit,
    facts,
    policy,
    pull_request,
    review,
    sha,
)

PEOPLE = (ANN, BOB, CAROL, DAVE, ROBOT)
OPINIONS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
DIRECTORY = (
    Resolution("user", "bob", 2),
    Resolution("user", "carol", 3),
    Resolution("team", "security", 71),
)
MEMBERS = (Membership("security", 3, "active"),)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, True, id="approved"),
        pytest.param({"reviews": ()}, False, id="not approved"),
        pytest.param({"pull_request": None}, False, id="no pull request"),
        pytest.param({"gaps": (Gap(Part.REVIEWS, "X", ""),)}, False, id="reviews are missing"),
        pytest.param({"gaps": (Gap(Part.CHECKS, "X", ""),)}, True, id="something else is missing"),
        pytest.param({"directory": ()}, False, id="a name nobody answers to"),
    ],
)
def test_a_rule_is_satisfied_only_by_what_can_be_seen(changes, expected):
    rules = [{"id": "asked", "by": {"users": ["bob"]}, "if": {"base": ["never"]}}]
    seen = replace(facts(reviews=(review(BOB),), directory=DIRECTORY), **changes)
    assert rule_satisfied("asked", seen, policy(approval={"rules": rules})) is expected


def test_a_rule_that_does_not_exist_is_not_satisfied():
    assert not rule_satisfied("gone", facts(reviews=(review(BOB),)), policy())


def test_a_rule_for_nobody_is_satisfied_even_with_unknown_hands():
    stranger = commit(contributors=(Contributor("author", None),))
    for choice in ("block", "require_extra"):
        made = policy(
            approval={"unknown_contributor": choice, "rules": [{"id": "free", "count": "none"}]}
        )
        assert rule_satisfied("free", facts(commits=(stranger,)), made)


def test_unknown_hands_that_block_satisfy_no_rule():
    stranger = commit(contributors=(Contributor("author", None),))
    seen = facts(commits=(stranger,), reviews=(review(BOB), review(CAROL)))
    blocking = policy(approval={"unknown_contributor": "block"})
    assert not rule_satisfied("baseline", seen, blocking)


def test_a_name_nobody_answers_to_is_not_made_good_by_an_alternative():
    by = {"any_of": [{"permission": "write"}, {"users": ["zoe"]}]}
    made = policy(approval={"rules": [{"id": "asked", "by": by}]})
    assert not rule_satisfied("asked", facts(reviews=(review(BOB),)), made)


def test_rules_with_the_same_id_must_all_be_satisfied():
    rules = [{"id": "twin"}, {"id": "twin", "count": 2}]
    made = policy(approval={"rules": rules})
    assert not rule_satisfied("twin", facts(reviews=(review(BOB),)), made)
    assert rule_satisfied("twin", facts(reviews=(review(BOB), review(CAROL))), made)


ALWAYS = {
    Part.PULL_REQUEST,
    Part.COMMITS,
    Part.AUTHORSHIP,
    Part.REVIEWS,
    Part.PERMISSIONS,
    Part.HISTORY,
    Part.CARRIES,
}


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        pytest.param({}, set(), id="a plain rule"),
        pytest.param({"if": {"base": ["main"]}}, set(), id="a rule about the base"),
        pytest.param({"if": {"paths": ["a"]}}, {Part.CHANGES}, id="a rule about paths"),
        pytest.param({"by": {"users": ["bob"]}}, {Part.DIRECTORY}, id="named users"),
        pytest.param({"by": {"teams": ["a"]}}, {Part.DIRECTORY, Part.TEAMS}, id="named teams"),
        pytest.param(
            {"by": {"any_of": [{"any_of": [{"teams": ["a"]}]}]}},
            {Part.DIRECTORY, Part.TEAMS},
            id="teams among alternatives",
        ),
    ],
)
def test_the_parts_needed_follow_from_the_rules(rule, more):
    rules = [{"id": "other"}, {"id": "it", **rule}]
    assert parts_needed(policy(approval={"rules": rules})) == ALWAYS | more


SHAS = (HEAD, OLD, None)
account = st.sampled_from(PEOPLE)
hand = st.builds(
    Contributor,
    role=st.sampled_from(["author", "committer", "co_author"]),
    account=st.sampled_from([*PEOPLE[:3], None]),
    is_web_flow=st.booleans(),
)


@st.composite
def some_review(draw, states=(*OPINIONS, "COMMENTED", "PENDING", "odd")) -> Review:
    """A review by somebody at some minute; few minutes and ids, so that ties happen."""
    return Review(
        id=draw(st.integers(1, 4)),
        author=draw(st.sampled_from([*PEOPLE, None])),
        state=draw(st.sampled_from(states)),
        commit=draw(st.sampled_from(SHAS)),
        submitted_at=draw(st.sampled_from([None, *map(at, range(5))])),
    )


@st.composite
def some_facts(draw) -> Facts:
    """Facts in which most things are in favour of the change, so that passes are common."""
    named = draw(st.lists(hand, max_size=2))
    flags = st.sampled_from([True, True, True, False])
    carry = draw(
        st.builds(
            Carry,
            st.just(OLD),
            flags,
            flags,
            flags,
            flags,
            flags,
        )
    )
    permission = st.sampled_from(["admin", "write", "write", "read", "none"])
    return facts(
        pull_request=pull_request(author=draw(st.sampled_from([ANN, ANN, ROBOT, None]))),
        commits=(commit("old"), Commit(HEAD, (OLD,), tuple(named))),
        pushers=tuple(draw(st.lists(account, max_size=1))),
        reviews=(review(CAROL), review(DAVE), *draw(st.lists(some_review(), max_size=4))),
        grants=tuple(Grant(person.id, draw(permission)) for person in PEOPLE if draw(flags)),
        directory=DIRECTORY,
        memberships=MEMBERS,
        carries=(carry,) if draw(flags) else (),
        history=History(base_changed_at=draw(st.sampled_from([None, None, at(-1), at(2)]))),
    )


some_by = st.sampled_from(
    [{"permission": "write"}, {"permission": "read"}, {"users": ["carol"]}, {"teams": ["security"]}]
)
rule_keys = {
    "id": st.sampled_from(["a", "b"]),
    "count": st.sampled_from([1, 1, 2, "none"]),
    "by": some_by,
}
some_rule = st.fixed_dictionaries(
    rule_keys,
    optional={"if": st.sampled_from([{"paths": ["src/**"]}, {"base": ["release"]}])},
)
some_policy = st.fixed_dictionaries(
    {
        "exclude": st.sampled_from([[], ["author"], ["author", "committers", "co_authors"]]),
        "survive": st.sampled_from([[], ["clean_base_merge"], ["clean_rebase"]]),
        "changes_requested_from": st.sampled_from(["writers", "anyone"]),
        "unknown_contributor": st.sampled_from(["block", "require_extra", "ignore"]),
        "distinct_across_rules": st.booleans(),
        "otherwise": st.sampled_from(["pass", "a"]),
        "rules": st.lists(some_rule, min_size=1, max_size=3),
    }
).map(lambda approval: policy(approval=approval))


def passes(seen: Facts, made: Policy) -> bool:
    return judge(seen, made, NOW).outcome is Outcome.PASS


@settings(max_examples=300)
@given(some_facts(), some_policy, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(seen, made, random):
    def shuffled(values):
        return tuple(random.sample(values, len(values)))

    mixed = replace(
        seen,
        reviews=shuffled(seen.reviews),
        grants=shuffled(seen.grants),
        memberships=shuffled(seen.memberships),
        directory=shuffled(seen.directory),
        commits=tuple(
            replace(one, contributors=shuffled(one.contributors)) for one in shuffled(seen.commits)
        ),
    )
    verdict = judge(seen, made, NOW)
    assert judge(mixed, made, NOW) == verdict
    assert list(verdict.seen) == sorted(verdict.seen, key=lambda one: (one.what, one.because))
    assert list(verdict.counted) == sorted(verdict.counted)


@settings(max_examples=300)
@given(some_facts(), some_policy, some_review(["CHANGES_REQUESTED"]))
def test_another_change_request_never_lets_a_change_pass(seen, made, request):
    more = replace(seen, reviews=(*seen.reviews, request))
    assert passes(seen, made) or not passes(more, made)


@settings(max_examples=300)
@given(some_facts(), some_policy, some_review(["DISMISSED"]))
def test_another_dismissal_lifts_nothing_but_its_own_persons_change_request(seen, made, dismissal):
    more = replace(seen, reviews=(*seen.reviews, dismissal))
    objecting = {
        one.person.id
        for one in latest_opinions(seen.reviews)
        if one.state is State.CHANGES_REQUESTED
    }
    if dismissal.author is None or dismissal.author.id not in objecting:
        assert passes(seen, made) or not passes(more, made)


@settings(max_examples=300)
@given(some_facts(), some_policy, hand, account)
def test_another_contributor_never_lets_a_change_pass(seen, made, contributor, pusher):
    named = replace(seen, commits=(*seen.commits, Commit(sha("more"), (OLD,), (contributor,))))
    pushed = replace(seen, pushers=(*seen.pushers, pusher))
    assert passes(seen, made) or not (passes(named, made) or passes(pushed, made))


@settings(max_examples=100)
@given(some_facts(), some_policy, st.sampled_from(Part))
def test_something_unread_never_lets_a_change_pass(seen, made, part):
    blind = replace(seen, gaps=(Gap(part, "UNREAD", ""),))
    assert passes(seen, made) or not passes(blind, made)
    assert part not in parts_needed(made) or not passes(blind, made)


@settings(max_examples=200)
@given(some_facts(), some_policy)
def test_machines_authors_and_ghosts_are_never_counted(seen, made):
    verdict = judge(seen, made, NOW)
    opened = seen.pull_request.author if seen.pull_request else None
    nobody = ["a deleted account", "robot[bot]", *([opened.login] if opened else [])]
    assert not [text for text in verdict.counted if text.split()[2] in nobody]


@settings(max_examples=200)
@given(some_facts(), st.fixed_dictionaries(rule_keys))
def test_the_gate_and_the_question_of_other_gates_agree(seen, rule):
    made = policy(approval={"rules": [rule], "changes_requested_from": "anyone"})
    outcome = judge(seen, made, NOW).outcome
    if rule_satisfied(rule["id"], seen, made):
        assert outcome in (Outcome.PASS, Outcome.FAIL)
    else:
        assert outcome is not Outcome.PASS
