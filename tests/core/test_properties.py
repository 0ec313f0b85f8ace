"""Laws of the decision: order says nothing, bad news never helps, silence is never a yes."""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.canonical import canonical, facts_from_bytes, facts_to_bytes
from app.core.decide import decide, rollup
from app.core.facts import (
    Changes,
    CheckRun,
    Checks,
    CheckSuite,
    CommitStatus,
    Divergence,
    Facts,
    Gap,
    History,
    Part,
    Review,
    SecretFinding,
    SecretScan,
    WorkflowRun,
)
from app.core.policy.model import Policy
from app.core.verdict import GateName, Outcome, Verdict
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
    changed,
    check,
    facts,
    policy,
    pull_request,
    review,
    status,
)

CI, OTHER = ".github/workflows/ci.yml", ".github/workflows/other.yml"
NAMES = st.sampled_from(["unit", "UNIT", "unit (1)", "lint"])
MOMENTS = st.sampled_from([None, at(-300), at(-10), at(-5), at(0)])
IDS = st.integers(1, 4)
PLATFORM = {"rules": [{"id": "platform", "by": {"permission": "write"}}], "otherwise": "platform"}
POLICIES = [
    policy(ci={"required": [{"name": "unit"}]}),
    policy(ci={"required": [{"name": "unit", "app": 15368, "workflow": CI, "event": "push"}]}),
    policy(ci={"required": [{"name": "unit*", "expect": 2, "accept": ["success", "neutral"]}]}),
    policy(
        ci={
            "required": [
                {"name": "unit", "deadline": "2h", "when": {"paths": ["src/**"]}},
                {"name": "lint", "creator": "robot[bot]"},
            ],
            "all": True,
            "min_checks": 2,
        },
        freshness={"mode": "disjoint"},
    ),
    policy(
        ci={"required": [{"name": "unit"}], "modified_workflow": "platform"},
        approval=PLATFORM,
        freshness={"mode": "age"},
    ),
]

RUNS = st.builds(
    CheckRun,
    id=IDS,
    name=NAMES,
    app_id=st.sampled_from([15368, 7]),
    app_slug=st.just("app"),
    status=st.sampled_from(["completed", "completed", "completed", "queued"]),
    conclusion=st.sampled_from(["success", "success", "failure", "neutral", "skipped", None]),
    head_sha=st.sampled_from([HEAD, HEAD, HEAD, OLD]),
    suite_id=st.sampled_from([None, 1, 2]),
    started_at=MOMENTS,
    completed_at=MOMENTS,
    workflow=st.sampled_from([None, CI, OTHER]),
    event=st.sampled_from([None, "push"]),
)
STATUSES = st.builds(
    CommitStatus,
    id=IDS,
    context=NAMES,
    state=st.sampled_from(["success", "success", "failure", "pending"]),
    creator=st.sampled_from([None, BOB, ROBOT]),
    head_sha=st.just(HEAD),
    created_at=MOMENTS,
)
SUITES = st.builds(
    CheckSuite,
    id=IDS,
    app_id=st.sampled_from([15368, 7]),
    status=st.sampled_from(["completed", "queued"]),
    conclusion=st.sampled_from(["success", "failure", "action_required", None]),
    created_at=MOMENTS,
    runs=st.sampled_from([None, 0, 1]),
)
WORKFLOW_RUNS = st.builds(
    WorkflowRun,
    id=IDS,
    suite_id=st.sampled_from([None, 1, 2]),
    path=st.sampled_from([CI, OTHER]),
    event=st.just("push"),
    status=st.sampled_from(["completed", "completed", "queued"]),
    conclusion=st.sampled_from(["success", "action_required"]),
)
REVIEWS = st.builds(
    Review,
    id=IDS,
    author=st.sampled_from([ANN, BOB, CAROL, DAVE, ROBOT, None]),
    state=st.sampled_from(["APPROVED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED"]),
    commit=st.sampled_from([HEAD, HEAD, OLD, None]),
    submitted_at=MOMENTS,
)
GAPS = st.builds(
    Gap, st.sampled_from(Part), st.just("TIMEOUT"), st.sampled_from(["a", "b"]), st.just("")
)


def several(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


@st.composite
def worlds(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Facts:
    """Draw small worlds in which names, sources and moments collide often."""
    paths = draw(st.sets(st.sampled_from(["src/a.py", "docs/b.md", CI]), min_size=1))
    return facts(
        checks=Checks(
            draw(several(RUNS, 5)),
            draw(several(STATUSES)),
            draw(several(SUITES, 2)),
            draw(several(WORKFLOW_RUNS, 2)),
        ),
        files=tuple(changed(path) for path in sorted(paths)),
        reviews=draw(several(REVIEWS)),
        history=History(draw(MOMENTS), draw(MOMENTS), draw(MOMENTS)),
        divergence=Divergence(
            behind=draw(st.sampled_from([0, 0, 2])),
            ahead=1,
            base_paths=draw(st.sampled_from([("x.py", "y.py"), ("docs/b.md", "x.lock")])),
            merge_base_at=draw(MOMENTS),
        ),
        gaps=draw(st.one_of(st.just(()), several(GAPS, 2))),
    )


def judged(seen: Facts, rules: Policy) -> tuple[Verdict, ...]:
    verdicts = decide(seen, rules, NOW)
    return (*verdicts, rollup(verdicts, seen, rules))


def shuffled(value: Any, order: Random) -> Any:
    """Return the same value with every tuple of values in it in another order."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = {f.name: shuffled(getattr(value, f.name), order) for f in fields(value)}
        return replace(value, **inner)
    if isinstance(value, tuple) and not all(isinstance(each, int) for each in value):
        inside = [shuffled(each, order) for each in value]
        return tuple(order.sample(inside, len(inside)))
    return value


laws = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@laws
@given(worlds(), st.sampled_from(POLICIES), st.integers(0, 2**32))
def test_the_order_of_the_facts_says_nothing(seen, rules, seed):
    assert judged(shuffled(seen, Random(seed)), rules) == judged(seen, rules)


def with_run(seen: Facts, run: CheckRun) -> Facts:
    """Add a failure in a suite of its own, as a new suite or a re-run would bring it."""
    failed = replace(run, suite_id=99, status="completed", conclusion="failure")
    return replace(seen, checks=replace(seen.checks, runs=(*seen.checks.runs, failed)))


def with_status(seen: Facts, said: CommitStatus) -> Facts:
    failed = replace(said, state="failure")
    return replace(seen, checks=replace(seen.checks, statuses=(*seen.checks.statuses, failed)))


def with_suite(seen: Facts, suite: CheckSuite) -> Facts:
    failed = replace(suite, id=98, status="completed", conclusion="failure")
    return replace(seen, checks=replace(seen.checks, suites=(*seen.checks.suites, failed)))


def with_request(seen: Facts, said: Review) -> Facts:
    no = replace(said, id=9, state="CHANGES_REQUESTED", submitted_at=at(1))
    return replace(seen, reviews=(*seen.reviews, no))


def with_gap(seen: Facts, gap: Gap) -> Facts:
    return replace(seen, gaps=(*seen.gaps, gap))


def with_secret(seen: Facts, tier: str) -> Facts:
    found = SecretFinding("aws", tier, "a.py", 1, HEAD, "f1")
    return replace(seen, secrets=SecretScan("test", 1, 1, findings=(found,)))


BAD_NEWS = st.one_of(
    RUNS.map(lambda run: (with_run, run)),
    STATUSES.map(lambda said: (with_status, said)),
    SUITES.map(lambda suite: (with_suite, suite)),
    REVIEWS.map(lambda said: (with_request, said)),
    GAPS.map(lambda gap: (with_gap, gap)),
    st.sampled_from(["block", "confirm"]).map(lambda tier: (with_secret, tier)),
)


@laws
@given(worlds(), st.sampled_from(POLICIES), BAD_NEWS)
def test_bad_news_never_turns_a_verdict_into_a_pass(seen, rules, news):
    add, what = news
    for before, after in zip(judged(seen, rules), judged(add(seen, what), rules), strict=True):
        assert before.outcome is Outcome.PASS or after.outcome is not Outcome.PASS, after


def good_facts() -> Facts:
    """Return facts on which the strictest of the policies passes every gate."""
    runs = (
        check("unit", workflow=CI, event="push"),
        check("unit (1)", id=2, workflow=CI, event="push"),
    )
    creator = replace(ROBOT, login="robot[bot]")
    return facts(
        checks=Checks(
            runs=runs,
            statuses=(status("lint", creator=creator),),
            suites=(CheckSuite(1, 15368, "completed", "success", at(-30), 2),),
        ),
        reviews=(review(BOB),),
        divergence=Divergence(0, 1),
    )


SILENCE: dict[GateName, Callable[[Facts], Facts]] = {
    GateName.CI: lambda seen: replace(seen, checks=Checks()),
    GateName.COMPLIANCE: lambda seen: replace(seen, changes=Changes(source="none")),
    GateName.SECRETS: lambda seen: replace(seen, secrets=None),
    GateName.APPROVAL: lambda seen: replace(seen, reviews=()),
    GateName.FRESHNESS: lambda seen: replace(seen, divergence=None),
    GateName.MERGE: lambda seen: replace(seen, pull_request=None),
}


def test_there_are_facts_that_pass_every_gate_of_every_policy():
    for rules in POLICIES:
        assert {each.outcome for each in judged(good_facts(), rules)} == {Outcome.PASS}, rules


@laws
@given(worlds(), st.sampled_from(POLICIES), st.sampled_from(GateName))
def test_silence_is_never_a_pass(seen, rules, gate):
    for known in (seen, good_facts()):
        unread = {each.gate: each for each in judged(SILENCE[gate](known), rules)}
        is_excused = gate is GateName.CI and not unread[gate].is_required
        assert is_excused or unread[gate].outcome is not Outcome.PASS
        assert is_excused or unread[GateName.MERGE].outcome is not Outcome.PASS


@laws
@given(worlds(), st.sampled_from(POLICIES))
def test_a_pass_says_on_what(seen, rules):
    for each in judged(seen, rules):
        if each.outcome is Outcome.PASS:
            assert not each.blockers
            assert not each.is_required or each.examined > 0
        else:
            assert each.blockers
        assert 0 < len(each.title) <= 100


@laws
@given(worlds(), st.sampled_from(POLICIES))
def test_the_rollup_is_as_bad_as_the_worst_gate(seen, rules):
    *gates, joined = judged(seen, rules)
    assert (joined.outcome is Outcome.PASS) == all(each.outcome is Outcome.PASS for each in gates)


@laws
@given(worlds(), st.booleans(), st.sampled_from(POLICIES))
def test_a_held_draft_never_passes(seen, is_open, rules):
    held = replace(seen, pull_request=pull_request(is_draft=is_open, is_open=is_open))
    assert judged(held, rules)[-1].outcome is not Outcome.PASS


WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
LEAVES: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=5),
    bool: st.booleans(),
    int: WHOLE,
    datetime: st.datetimes(timezones=st.just(UTC)),
    type(None): st.none(),
}


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Draw any value of a type that facts are made of."""
    if isinstance(hint, NewType):
        return anything(hint.__supertype__)
    if get_args(hint):
        return composed(get_origin(hint), get_args(hint))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: anything(hints[f.name]) for f in fields(hint)})
    return LEAVES[hint] if hint in LEAVES else st.sampled_from(hint)


def composed(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Draw a value of a union, of a tuple of any length, or of a tuple of fixed parts."""
    if origin in (types.UnionType, Union):
        return st.one_of(*map(anything, arguments))
    if arguments[-1] is ...:
        return several(anything(arguments[0]), 2)
    return st.tuples(*map(anything, arguments))


@settings(laws, max_examples=60)
@given(anything(Facts))
def test_facts_survive_their_canonical_bytes(seen):
    seen = replace(seen, schema="gatewright/facts/1")
    content = facts_to_bytes(seen)
    again = facts_from_bytes(content)
    assert again == seen
    assert canonical(again) == content
