"""Which rules apply, which approvals serve them, and how that is explained."""

import pytest

from app.core.facts import Changes, Contributor, Gap, Part, Resolution
from app.core.gates.approval import Code, judge, needs
from app.core.policy.model import Policy
from app.core.verdict import Outcome, Seen, Verdict
from tests.builders import (
    BOB,
    CAROL,
    NOW,
    changed,
    commit,
    facts,
    policy,
    pull_request,
    review,
    sha,
)

INFRA = {"id": "infra", "count": 2, "if": {"paths": ["infra/**"]}}


def judged(*reviews, rules=({"id": "baseline"},), approval=(), **changes) -> Verdict:
    made = policy(approval={"rules": list(rules), **dict(approval)})
    return judge(facts(reviews=reviews, **changes), made, NOW)


@pytest.mark.parametrize(
    ("base", "title"),
    [
        ("main", "0 of 1 approvals (rule main)"),
        ("release/1", "0 of 2 approvals (rule release)"),
        ("elsewhere", "0 of 3 approvals (rule rest)"),
    ],
)
def test_rules_apply_by_base_branch_and_the_rest_has_a_fallback(base, title):
    rules = [
        {"id": "main", "if": {"base": ["main"]}},
        {"id": "release", "count": 2, "if": {"base": ["release/*"], "paths": ["src/**"]}},
        {"id": "rest", "count": 3, "if": {"paths": ["never"]}},
    ]
    plain = facts()
    made = policy(approval={"rules": rules, "otherwise": "rest"})
    subject = type(plain.subject)(1, "a/b", 7, base, sha("b"), sha("b"), sha("head"))
    assert judge(facts(subject=subject), made, NOW).title == title


def test_a_rule_that_does_not_apply_is_listed_with_the_reason():
    rules = [
        {"id": "baseline"},
        {"id": "old", "if": {"base": ["v1"], "paths": ["src/**"]}},
        {"id": "docs", "count": "none", "if": {"paths": ["docs/**"]}},
    ]
    files = (changed("src/app.py"), changed("docs/a.md"))
    assert judged(review(BOB), rules=rules, files=files).seen == (
        Seen(
            "rule docs",
            "not applicable: it asks for nobody, and not every changed path is one of its `paths`",
        ),
        Seen("rule old", "not applicable: the base branch is not one of its `base`"),
    )


def test_the_fallback_is_not_called_inapplicable():
    verdict = judged(rules=[INFRA], approval={"otherwise": "infra"})
    assert (verdict.title, verdict.seen) == ("0 of 2 approvals (rule infra)", ())


NAMED = (Resolution("user", "bob", 2), Resolution("user", "carol", 3))


def test_one_person_for_each_rule_is_planned_and_explained():
    rules = [{"id": "any"}, {"id": "bobs", "by": {"users": ["bob"]}}]
    distinct = {"distinct_across_rules": True}
    both = judged(review(BOB), review(CAROL), rules=rules, approval=distinct, directory=NAMED)
    alone = judged(review(BOB), rules=rules, approval=distinct, directory=NAMED)
    assert both.counted == (
        "approval by bob of 6865616, for bobs",
        "approval by carol of 6865616, for any",
    )
    assert alone.title == "0 of 1 approvals (rule bobs)"
    assert alone.seen == (Seen("approval by bob for rule bobs", "it serves another rule"),)


def test_more_approvals_than_places_are_explained_as_such():
    distinct = {"distinct_across_rules": True}
    verdict = judged(review(BOB), review(CAROL), approval=distinct)
    because = "the rule has enough without it"
    assert verdict.title == "Approved by bob"
    assert verdict.seen == (Seen("approval by carol for rule baseline", because),)


def test_approvals_that_do_not_fit_a_rule_are_explained_for_that_rule():
    rules = [{"id": "any"}, {"id": "carols", "by": {"users": ["carol"]}}]
    verdict = judged(review(BOB), rules=rules, directory=NAMED)
    assert verdict.seen == (Seen("approval by bob for rule carols", "bob is not carol"),)


def test_unknown_names_of_a_rule_that_does_not_apply_do_no_harm():
    rules = [{"id": "baseline"}, {**INFRA, "by": {"users": ["zoe"]}}]
    assert judged(review(BOB), rules=rules).outcome is Outcome.PASS


def test_a_fallback_that_is_not_there_is_an_error_that_says_what_to_write():
    verdict = judged(rules=[INFRA])
    assert (verdict.outcome, verdict.title) == (
        Outcome.ERROR,
        "Cannot tell: `otherwise` names the unknown rule baseline",
    )
    assert verdict.blockers[0].next_action == (
        "Add a rule baseline to the policy, or write `otherwise: pass`."
    )


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({"pull_request": pull_request(changed_files=2)}, Outcome.ERROR, id="too few"),
        pytest.param(
            {"pull_request": pull_request(changed_files=None)}, Outcome.PASS, id="no count"
        ),
        pytest.param(
            {
                "pull_request": pull_request(changed_files=2),
                "files": (changed("b", old_path="a"),),
            },
            Outcome.PASS,
            id="a rename that GitHub counts twice",
        ),
        pytest.param(
            {"changes": Changes("none"), "pull_request": pull_request(changed_files=None)},
            Outcome.ERROR,
            id="unread",
        ),
    ],
)
def test_a_rule_about_paths_needs_all_paths(changes, outcome):
    assert judged(rules=[INFRA], approval={"otherwise": "pass"}, **changes).outcome is outcome


def test_rules_without_paths_do_not_ask_for_the_files():
    unread = Changes("none")
    assert judged(review(BOB), changes=unread).outcome is Outcome.PASS
    assert Part.CHANGES not in needs(Policy())
    assert Part.CHANGES in needs(policy(approval={"rules": [INFRA]}))


def test_a_list_that_is_too_short_is_named_beside_other_gaps():
    gaps = (Gap(Part.REVIEWS, "TIMEOUT", "504"),)
    many = pull_request(changed_files=9)
    assert judged(rules=[INFRA], gaps=gaps, pull_request=many).title == (
        "Cannot tell: changes and reviews could not be read"
    )


def test_a_rule_for_nobody_explains_no_approvals():
    rules = [{"id": "free", "count": "none", "by": {"users": ["carol"]}}]
    assert judged(review(BOB), rules=rules, directory=NAMED).seen == ()


def test_an_unknown_contributor_blocks_where_any_rule_asks_for_people():
    stranger = commit(contributors=(Contributor("author", None),))
    rules = [{"id": "free", "count": "none"}, {"id": "one"}]
    block = {"unknown_contributor": "block"}
    both = judged(review(BOB), rules=rules, commits=(stranger,), approval=block)
    free = judged(review(BOB), rules=rules[:1], commits=(stranger,), approval=block)
    assert (both.code, free.code) == (Code.UNKNOWN_CONTRIBUTOR, Code.NOT_REQUIRED)
