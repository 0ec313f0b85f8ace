"""Traps about rules: ids B38 to B53, and those of other chapters that meet them."""

import pytest

from app.core.approvals import rule_satisfied
from app.core.facts import Account, AccountKind, Facts, Grant, Review
from app.core.gates.approval import Code, judge
from app.core.policy.model import Policy
from app.core.verdict import Outcome, Verdict
from tests.builders import (
    ANN,
    BOB,
    CAROL,
    NOW,
    ROBOT,
    changed,
    commit,
    facts,
    policy,
    pull_request,
    review,
)


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


def test_B38_one_person_counts_once_in_a_rule():
    two = [{"id": "two", "count": 2}]
    twice = reviewed(review(BOB, minutes=0), review(Account(2, "BOB"), minutes=1))
    assert verdict(twice, rules=two).title == "1 of 2 approvals (rule two)"


@pytest.mark.parametrize(("distinct", "expected"), [(False, Outcome.PASS), (True, Outcome.PENDING)])
def test_B38_one_person_serves_two_rules_unless_the_policy_wants_two_people(distinct, expected):
    rules = [{"id": "one"}, {"id": "two"}]
    seen = reviewed(review(BOB))
    assert verdict(seen, rules=rules, distinct_across_rules=distinct).outcome is expected


@pytest.mark.parametrize("words", ["LGTM", ":+1:", "/approve"])
def test_B40_a_comment_is_never_an_approval(words):
    # Reviews in the facts have no text; whatever a comment says, its state is COMMENTED.
    seen = reviewed(review(BOB, "COMMENTED"), pull_request=pull_request(title=words))
    judged = verdict(seen)
    assert judged.outcome is Outcome.PENDING
    assert reason(judged, "comment by bob") == "a comment neither approves nor blocks"


@pytest.mark.parametrize("label", ["approved", "lgtm", "APPROVED"])
def test_B42_a_label_never_grants(label):
    assert outcome(pull_request=pull_request(labels=(label,))) is Outcome.PENDING


def test_B44_approval_does_not_depend_on_what_native_rules_ask_for():
    # `reviewDecision` is null without native rules; a policy of one approval asks all the same.
    assert outcome() is Outcome.PENDING


def test_B45_whoever_pushed_for_an_agent_does_not_approve_its_pull_request():
    agent = pull_request(author=ROBOT)
    by_agent = commit(author=ROBOT)
    seen = {"pull_request": agent, "commits": (by_agent,), "pushers": (BOB,)}
    assert outcome(review(BOB), **seen) is Outcome.PENDING
    assert outcome(review(CAROL), **seen) is Outcome.PASS


def test_B46_an_agents_reviewer_bot_does_not_approve_the_agents_change():
    reviewer = Account(91, "review-robot[bot]", AccountKind.BOT)
    seen = {"pull_request": pull_request(author=ROBOT), "grants": (Grant(91, "write"),)}
    assert outcome(review(reviewer), **seen) is Outcome.PENDING


def test_B46_a_bots_change_request_is_shown_and_does_not_block():
    judged = verdict(reviewed(review(ROBOT, "CHANGES_REQUESTED"), review(BOB)))
    assert judged.outcome is Outcome.PASS
    assert reason(judged, "change request by robot[bot]") == (
        "robot[bot] is a machine; it does not block"
    )


def test_B47_the_last_of_many_reviews_is_heard():
    chatter = [review(BOB, "COMMENTED", minutes=minute) for minute in range(150)]
    assert outcome(review(BOB, minutes=-1), *chatter) is Outcome.PASS
    last = review(BOB, "CHANGES_REQUESTED", minutes=150)
    assert outcome(review(BOB, minutes=-1), *chatter, last) is Outcome.FAIL


def test_B49_approvals_of_a_draft_are_valid():
    assert outcome(review(BOB), pull_request=pull_request(is_draft=True)) is Outcome.PASS


def test_B50_a_dismissal_takes_the_pass_away_that_a_merge_queue_relied_on():
    # The service asks again for each member of the group; the newer answer is no.
    assert outcome(review(BOB)) is Outcome.PASS
    assert outcome(review(BOB, "DISMISSED")) is Outcome.PENDING


def test_B51_a_dismissed_change_request_no_longer_blocks_and_approves_nothing():
    # GitHub lets any writer dismiss; who did it is for the record, not for this gate.
    assert outcome(review(CAROL, "CHANGES_REQUESTED"), review(BOB)) is Outcome.FAIL
    assert outcome(review(CAROL, "DISMISSED"), review(BOB)) is Outcome.PASS
    assert outcome(review(CAROL, "DISMISSED")) is Outcome.PENDING


def test_B52_nobody_must_approve_only_if_the_policy_says_none():
    judged = verdict(facts(), rules=[{"id": "free", "count": "none"}])
    assert (judged.outcome, judged.code) == (Outcome.PASS, Code.NOT_REQUIRED)
    assert judged.title == "Not required: rule free asks for nobody"
    assert not judged.is_required


def test_B52_a_rule_for_nobody_takes_nothing_from_the_other_rules():
    judged = verdict(facts(), rules=[{"id": "free", "count": "none"}, {"id": "one"}])
    assert judged.title == "0 of 1 approvals (rule one)"


DOCS_ONLY = {"id": "docs", "if": {"paths": ["docs/**"]}, "count": "none"}


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [
        pytest.param("pass", Code.NOT_REQUIRED, id="pass"),
        pytest.param("fallback", Code.COUNT, id="a rule"),
        pytest.param("gone", Code.POLICY_UNKNOWN_RULE, id="a rule that is not there"),
        pytest.param("baseline", Code.POLICY_UNKNOWN_RULE, id="the default without its rule"),
    ],
)
def test_B53_when_no_rule_applies_otherwise_decides(otherwise, expected):
    rules = [DOCS_ONLY, {"id": "fallback", "if": {"base": ["release/*"]}}]
    assert verdict(facts(), rules=rules, otherwise=otherwise).code == expected


def test_B53_a_touched_document_does_not_wave_other_files_through():
    rules = [DOCS_ONLY, {"id": "baseline", "if": {"paths": ["never"]}}]
    both = facts(files=(changed("docs/a.md"), changed("src/app.py")))
    assert verdict(facts(files=(changed("docs/a.md"),)), rules=rules).code == Code.NOT_REQUIRED
    assert verdict(both, rules=rules).title == "0 of 1 approvals (rule baseline)"


def test_C01_a_rename_out_of_a_protected_directory_asks_its_owners():
    rules = [{"id": "baseline"}, {"id": "infra", "if": {"paths": ["infra/**"]}, "count": 2}]
    moved = facts(files=(changed("docs/x.tf", old_path="infra/prod.tf"),), reviews=(review(BOB),))
    assert verdict(moved, rules=rules).title == "1 of 2 approvals (rule infra)"


def test_C04_a_list_of_files_that_is_too_short_is_not_a_list():
    rules = [{"id": "infra", "if": {"paths": ["infra/**"]}}]
    short = facts(pull_request=pull_request(changed_files=3001))
    judged = verdict(short, rules=rules, otherwise="pass")
    assert (judged.outcome, judged.code) == (Outcome.ERROR, Code.FACTS_MISSING)
    assert not rule_satisfied("infra", short, policy(approval={"rules": rules}))


def test_C19_a_change_without_files_touches_no_path():
    rules = [{"id": "infra", "if": {"paths": ["**"]}}]
    empty = facts(files=(), pull_request=pull_request(changed_files=0))
    assert verdict(empty, rules=rules, otherwise="pass").code == Code.NOT_REQUIRED


def test_F13_identity_is_an_id_and_not_a_name_or_the_actor_of_an_event():
    lookalike = Account(66, "ann")
    by_bot = {"pull_request": pull_request(author=ROBOT), "commits": (commit(author=ROBOT),)}
    assert outcome(review(lookalike), grants=(Grant(66, "write"),)) is Outcome.PASS
    assert outcome(review(ANN), grants=(Grant(1, "admin"),)) is Outcome.PENDING
    mixed = by_bot | {"commits": (commit(author=ROBOT), commit("c2", author=BOB))}
    assert outcome(review(BOB), **mixed) is Outcome.PENDING


def test_default_policy_asks_for_one_approval():
    assert judge(facts(), Policy(), NOW).title == "0 of 1 approvals (rule baseline)"
