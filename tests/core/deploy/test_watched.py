"""What is asked about a watched deployment, which checks count, and what follows from numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.canary.judge import judge
from app.core.canary.limits import CheckName as N
from app.core.canary.reading import limits_from_bytes, samples_from_bytes
from app.core.canary.verdict import CanaryVerdict, Check, Code
from app.core.canary.writing import limits_to_bytes, samples_to_bytes
from app.core.deploy import watched
from app.core.deploy.observed import Kind, Result
from app.core.deploy.states import State
from app.core.deploy.watched import MINUTE, Subject
from app.core.facts import Sha
from app.core.policy.watches import Watch, WatchBaseline, WatchLimits

S = State
SHA, LIVE = Sha("a" * 40), Sha("b" * 40)
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAIN = Watch(requests="r{sha}", errors="e{sha}")
FULL = Watch(
    requests="r{sha}",
    errors="e{sha}",
    slow="s{sha}",
    outliers="o{sha}",
    p95_ms="p{sha}",
    unhealthy="u",
    instances="i",
    baseline=WatchBaseline(requests="r{sha}", p95_ms="p{sha}", instances="i{sha}"),
    limits=WatchLimits(sla_ms=800, requests_per_second=5),
)
SCORED = Watch(requests="r{sha}", errors="e{sha}", compliance="c")
ALWAYS = {N.ERROR_BURST}
TRIGGERS = ALWAYS | {N.HEALTH, N.P99_RISE}
CANARY = ALWAYS | {N.ERROR_RATE, N.SLO_ERRORS, N.DURATION}
COMPARED = {N.LATENCY, N.LATENCY_RISE, N.THROUGHPUT}
EVERY = TRIGGERS | CANARY | COMPARED | {N.P99, N.P95, N.THROUGHPUT_SLO}


def subject(state: S = S.CANARY, live: Sha | None = LIVE, minutes: float = 40) -> Subject:
    end = START + timedelta(minutes=minutes)
    return Subject(Kind.DEPLOY, state, SHA, live, "stage", START, end)


def each_minute(count: int, value: object) -> dict[datetime, Decimal]:
    """Return the same value for each minute; a query tells of the minute before it."""
    return {START + (number + 1) * MINUTE: Decimal(str(value)) for number in range(count)}


def numbers(count: int = 40, **values: object) -> dict[str, dict[datetime, Decimal]]:
    given = {"requests": 600, "errors": 0, **values}
    return {name.replace("__", "."): each_minute(count, each) for name, each in given.items()}


def verdict(
    watch: Watch, about: Subject, measured: dict[str, dict[datetime, Decimal]]
) -> CanaryVerdict:
    limits = watched.limits(watch, about, timedelta(minutes=30), timedelta(hours=24))
    found = watched.samples(watch, about, measured, "prometheus")
    assert limits_from_bytes(limits_to_bytes(limits)) == limits
    return judge(samples_from_bytes(samples_to_bytes(found)), limits, about.end)


def check(found: CanaryVerdict, name: N) -> Check:
    (one,) = [each for each in found.checks if each.name is name]
    return one


@pytest.mark.parametrize(
    ("watch", "about", "names"),
    [
        pytest.param(PLAIN, subject(S.WATCHING), ALWAYS, id="two queries, everybody has it"),
        pytest.param(PLAIN, subject(), CANARY, id="two queries, a canary"),
        pytest.param(FULL, subject(S.WATCHING), TRIGGERS, id="nothing runs beside it"),
        pytest.param(FULL, subject(), EVERY, id="a canary beside the live version"),
        pytest.param(FULL, subject(S.HELD_SHADOW), EVERY, id="a held canary"),
        pytest.param(
            SCORED,
            subject(S.WATCHING),
            ALWAYS | {N.COMPLIANCE_DROP},
            id="a score, everybody has it",
        ),
        pytest.param(
            SCORED, subject(), CANARY | {N.COMPLIANCE_DROP, N.COMPLIANCE}, id="a score, a canary"
        ),
        pytest.param(
            FULL,
            subject(live=None),
            EVERY - COMPARED - {N.P99_RISE},
            id="the first version of all has nothing to be compared with",
        ),
    ],
)
def test_T83_what_counts_follows_from_the_policy_and_the_phase(watch, about, names):
    found = watched.limits(watch, about, timedelta(minutes=30), timedelta(hours=24))
    assert set(found.expected) == names
    without = verdict(watch, about, {})
    assert watched.canary(without, is_whole=True) is Result.INCONCLUSIVE
    assert watched.triggers(without) == ()


def test_the_baseline_is_asked_about_the_live_version_and_beside_a_canary_only():
    asked = dict(watched.questions(FULL, subject()))
    assert (asked["requests"], asked["baseline.requests"]) == (f"r{SHA}", f"r{LIVE}")
    assert "baseline.requests" not in dict(watched.questions(FULL, subject(S.WATCHING)))
    assert "baseline.requests" not in dict(watched.questions(FULL, subject(live=None)))


@pytest.mark.parametrize(
    ("steps", "at"),
    [
        pytest.param([(S.DEPLOYING, 1)], None, id="no traffic yet"),
        pytest.param([(S.DEPLOYING, 1), (S.VERIFYING, 2), (S.WATCHING, 3)], 2, id="all at once"),
        pytest.param([(S.VERIFYING, 2), (S.CANARY, 3), (S.HELD_SHADOW, 9)], 2, id="a canary"),
        pytest.param(
            [(S.VERIFYING, 2), (S.CANARY, 3), (S.PROMOTING, 4), (S.WATCHING, 5)],
            5,
            id="everybody after a canary",
        ),
    ],
)
def test_traffic_starts_where_its_share_changes(steps, at):
    moment = [(state, START + timedelta(minutes=minute, seconds=0.5)) for state, minute in steps]
    expected = None if at is None else START + timedelta(minutes=at)
    assert watched.traffic_start(moment) == expected


@pytest.mark.parametrize(
    ("measured", "result"),
    [
        pytest.param(numbers(), Result.PASS, id="24,000 requests without an error"),
        pytest.param(numbers(requests=50), Result.INCONCLUSIVE, id="T89 2,000 are too few"),
        pytest.param(
            numbers(requests="1.2", errors="1.2"), Result.FAIL, id="T89 few, and all of them fail"
        ),
        pytest.param(numbers(errors=6), Result.FAIL, id="1% of errors"),
        pytest.param(numbers(count=38), Result.INCONCLUSIVE, id="the newest minutes are missing"),
        pytest.param(numbers(errors="NaN"), Result.INCONCLUSIVE, id="T84 errors are not a number"),
        pytest.param(numbers(requests="Infinity"), Result.INCONCLUSIVE, id="T84 infinite requests"),
        pytest.param(numbers(requests="599.7"), Result.PASS, id="extrapolated counts are rounded"),
    ],
)
def test_a_canary_passes_on_proof_alone(measured, result):
    assert watched.canary(verdict(PLAIN, subject(), measured), is_whole=True) is result


def test_a_query_without_an_answer_takes_a_pass_away_and_never_a_failure():
    good = verdict(PLAIN, subject(), numbers())
    bad = verdict(PLAIN, subject(), numbers(errors=60))
    assert watched.canary(good, is_whole=False) is Result.INCONCLUSIVE
    assert watched.canary(bad, is_whole=False) is Result.FAIL
    assert watched.canary(None, is_whole=True) is Result.INCONCLUSIVE


def beside(**values: object) -> dict[str, dict[datetime, Decimal]]:
    full = {"slow": 0, "outliers": 0, "p95_ms": 200, "unhealthy": 0, "instances": 2}
    base = {"baseline__requests": 600, "baseline__p95_ms": 200, "baseline__instances": 2}
    return numbers(**{**full, **base, **values})


def test_T90_long_running_production_is_marked_and_a_fresh_baseline_is_not():
    production = verdict(FULL, subject(), beside())
    assert watched.canary(production, is_whole=True) is Result.PASS
    assert "long-running production" in check(production, N.LATENCY).notes[0]
    assert FULL.baseline is not None
    fresh = FULL.model_copy(update={"baseline": FULL.baseline.model_copy(update={"kind": "fresh"})})
    assert check(verdict(fresh, subject(), beside()), N.LATENCY).notes == ()


def test_a_baseline_of_unknown_size_is_nothing_to_compare_with():
    measured = beside()
    del measured["baseline.instances"]
    found = verdict(FULL, subject(), measured)
    assert check(found, N.THROUGHPUT).code is Code.NO_BASELINE
    assert watched.canary(found, is_whole=True) is Result.INCONCLUSIVE


@pytest.mark.parametrize(
    ("values", "fired"),
    [
        pytest.param({}, (), id="all is well"),
        pytest.param({"unhealthy": 2, "instances": 4}, (), id="two instances are not well"),
        pytest.param({"unhealthy": 3, "instances": 4}, ("health",), id="three are not"),
        pytest.param({"errors": 30}, (), id="5% of errors exactly"),
        pytest.param({"errors": 31}, ("error_burst",), id="more than 5%"),
        pytest.param({"outliers": 12}, ("p99_rise",), id="2% slower than 1.5 x the earlier p99"),
    ],
)
def test_triggers_are_named_while_everybody_has_the_version(values, fired):
    found = verdict(FULL, subject(S.WATCHING), beside(**values))
    assert tuple(each.partition(":")[0] for each in watched.triggers(found)) == fired
    expected = Result.FAIL if fired else Result.PASS
    assert watched.health(subject(S.WATCHING), found, is_whole=True) is expected


@pytest.mark.parametrize(
    ("later", "fired"),
    [
        pytest.param("92.0", ("compliance_drop",), id="a drop of exactly two points"),
        pytest.param("92.1", (), id="a little less"),
        pytest.param("95", (), id="a rise"),
    ],
)
def test_a_score_that_has_fallen_since_the_start_takes_the_version_back(later, fired):
    scores = {START + MINUTE: Decimal("94.0"), START + 9 * MINUTE: Decimal(later)}
    measured = {**numbers(), "compliance": scores}
    found = verdict(SCORED, subject(S.WATCHING), measured)
    assert tuple(each.partition(":")[0] for each in watched.triggers(found)) == fired


def test_a_canary_s_score_must_not_be_below_the_first_one():
    scores = {START + MINUTE: Decimal("94.0"), START + 9 * MINUTE: Decimal("93.9")}
    found = verdict(SCORED, subject(), {**numbers(), "compliance": scores})
    assert check(found, N.COMPLIANCE).result == "FAIL"
    assert check(verdict(SCORED, subject(), numbers()), N.COMPLIANCE).result == "INCONCLUSIVE"


def test_after_the_start_health_is_what_two_looks_at_the_instances_say():
    young = subject(S.VERIFYING, minutes=1)
    older = subject(S.VERIFYING, minutes=2)
    one = verdict(FULL, young, {name: dict([*v.items()][:1]) for name, v in beside().items()})
    two = verdict(FULL, older, {name: dict([*v.items()][:2]) for name, v in beside().items()})
    assert watched.health(young, one, is_whole=True) is Result.INCONCLUSIVE
    assert watched.health(older, two, is_whole=True) is Result.PASS
    assert watched.health(older, two, is_whole=False) is Result.INCONCLUSIVE


def test_T94_a_rollback_does_not_wait_for_its_measurements():
    back = replace(subject(S.VERIFYING), kind=Kind.ROLLBACK)
    assert watched.health(back, None, is_whole=True) is Result.PASS
    watching = replace(back, state=S.WATCHING)
    assert watched.health(watching, None, is_whole=True) is Result.INCONCLUSIVE
