"""The whole decision as one pure function: the same bytes in, the same bytes out."""

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import __version__
from app.core.canonical import (
    canonical,
    digest,
    facts_from_bytes,
    facts_to_bytes,
    judgement_document,
)
from app.core.decide import GATES
from app.core.facts import Facts, Gap, Part
from app.core.judge import LOCAL_GATES, judge, judge_locally, parts_needed
from app.core.policy.problem import PolicyProblem
from app.core.verdict import GateName, Outcome
from tests.builders import (
    ANN,
    BOB,
    CAROL,
    NOW,
    at,
    changed,
    check,
    commit,
    facts,
    policy,
    pull_request,
    review,
    status,
    subject,
)

POLICY = policy(ci={"required": [{"name": "unit"}]})
READY = facts(runs=(check("unit"),), reviews=(review(BOB),))
PROBLEM = PolicyProblem("p.yml", 3, 7, "unknown key", "d1")


def judged(seen: Facts = READY, by=POLICY, now=NOW):
    return judge(seen, by, "policy-digest", "p.yml", now)


def document(*arguments, **more) -> bytes:
    return canonical(judgement_document(judged(*arguments, **more)))


def test_a_judgement_names_everything_it_was_made_from():
    found = judged()
    assert (found.subject, found.decided_at) == (READY.subject, NOW)
    assert (found.policy_digest, found.policy_source) == ("policy-digest", "p.yml")
    assert found.facts_digest == digest(facts_to_bytes(READY))
    assert found.engine == f"gatewright/{__version__}"
    assert [each.gate for each in found.verdicts] == [*GATES]
    assert (found.rollup.gate, found.rollup.outcome) == (GateName.MERGE, Outcome.PASS)


def test_every_gate_must_pass_for_the_rollup_to_pass():
    outcomes = {
        "ci": facts(runs=(check("unit", "failure"),), reviews=(review(BOB),)),
        "approval": facts(runs=(check("unit"),)),
        "secrets": replace(READY, secrets=None),
        "freshness": replace(READY, divergence=None),
        "compliance": replace(READY, gaps=(Gap(Part.CHANGES, "X", "x"),)),
    }
    assert set(outcomes) == {gate.value for gate in GATES}
    for gate, seen in outcomes.items():
        found = judged(seen)
        states = {each.gate.value: each.outcome for each in found.verdicts}
        assert states[gate] is not Outcome.PASS
        assert found.rollup.outcome is not Outcome.PASS


def test_the_same_bytes_in_give_the_same_bytes_out():
    read = facts_from_bytes(facts_to_bytes(READY))
    assert (read, document(read)) == (READY, document())
    assert document(now=NOW.astimezone(timezone(timedelta(hours=5)))) == document()


MANY = facts(
    runs=tuple(check(name, id=number) for number, name in enumerate(("unit", "lint", "docs"))),
    statuses=(status("unit", id=1), status("lint", "failure", id=2)),
    reviews=(review(BOB), review(CAROL, "COMMENTED", minutes=1), review(ANN, minutes=2)),
    files=(changed("a.py"), changed("b.py"), changed("c.py")),
    commits=(commit("one"), commit("two"), commit("head")),
    gaps=(Gap(Part.TEAMS, "T", "t"), Gap(Part.HISTORY, "H", "h"), Gap(Part.TEAMS, "A", "a")),
)


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_facts_decides_nothing_but_their_digest(dice):
    def shuffled(values):
        return tuple(dice.sample(values, len(values)))

    checks = replace(
        MANY.checks, runs=shuffled(MANY.checks.runs), statuses=shuffled(MANY.checks.statuses)
    )
    other = replace(
        MANY,
        checks=checks,
        reviews=shuffled(MANY.reviews),
        commits=shuffled(MANY.commits),
        grants=shuffled(MANY.grants),
        gaps=shuffled(MANY.gaps),
        changes=replace(MANY.changes, files=shuffled(MANY.changes.files)),
    )
    plain, mixed = judgement_document(judged(MANY)), judgement_document(judged(other))
    assert {**mixed, "facts": None} == {**plain, "facts": None}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"subject": subject(repository="acme/other")}, id="another repository"),
        pytest.param({"pull_request": pull_request(title="feat: other")}, id="another title"),
        pytest.param({"reviews": (review(BOB, minutes=1),)}, id="another minute"),
        pytest.param({"default_branch": "trunk"}, id="another default branch"),
    ],
)
def test_any_other_fact_gives_another_name(change):
    assert judged(replace(READY, **change)).facts_digest != judged().facts_digest
    assert digest(document(replace(READY, **change))) != digest(document())


def test_another_policy_or_moment_gives_another_document():
    assert len({document(), document(by=policy()), document(now=at(1)), document(by=PROBLEM)}) == 4


@pytest.mark.parametrize("decide", [judge, judge_locally])
def test_a_policy_that_cannot_be_used_is_an_error_of_every_gate(decide):
    found = decide(READY, PROBLEM, "d1", "p.yml", NOW)
    assert {each.outcome for each in found.verdicts} == {Outcome.ERROR}
    assert found.rollup.outcome is Outcome.ERROR
    assert "line 3, column 7" in found.rollup.blockers[0].subject


def test_locally_only_the_gates_that_need_no_github_are_asked():
    alone = facts(pull_request=pull_request(author=None, title=""), grants=(), reviews=())
    found = judge_locally(alone, POLICY, "d", "p.yml", NOW)
    assert [each.gate for each in found.verdicts] == ["secrets", "compliance", "freshness"]
    assert set(LOCAL_GATES) < set(GATES)
    assert found.rollup.outcome is Outcome.PASS
    assert found.rollup.title == "All 3 gates pass"


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        pytest.param(facts(secrets=None), Outcome.ERROR, id="not scanned"),
        pytest.param(facts(divergence=None), Outcome.ERROR, id="not measured"),
        pytest.param(facts(gaps=(Gap(Part.CHANGES, "X", "x"),)), Outcome.ERROR, id="not read"),
        pytest.param(facts(gaps=(Gap(Part.REVIEWS, "X", "x"),)), Outcome.PASS, id="of no concern"),
    ],
)
def test_locally_too_what_cannot_be_told_is_no_yes(seen, outcome):
    assert judge_locally(seen, POLICY, "d", "p.yml", NOW).rollup.outcome is outcome


def test_a_policy_that_asks_for_more_needs_more():
    plain = parts_needed(policy())
    team = {"id": "core", "by": {"teams": ["core"]}}
    asking = parts_needed(policy(approval={"rules": [team]}))
    assert plain < asking
    assert Part.TEAMS in asking - plain
    assert {Part.CHANGES, Part.SECRETS, Part.REVIEWS, Part.CHECKS} <= plain | parts_needed(POLICY)


def test_a_document_has_the_published_keys():
    found = json.loads(document())
    assert set(found) == {
        "schema",
        "verdict",
        "subject",
        "policy",
        "facts",
        "engine",
        "decided_at",
        "gates",
        "merge",
    }
    assert (found["verdict"], found["decided_at"]) == ("pass", "2026-11-20T12:00:00.000Z")
