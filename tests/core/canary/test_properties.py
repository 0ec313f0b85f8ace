"""Laws of the judge: an error never helps, health never hurts, order says nothing."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.canary.document import canary_document
from app.core.canary.judge import judge
from app.core.canary.limits import CheckName, Limits
from app.core.canary.samples import Readings
from app.core.canary.verdict import Decision, Result
from tests.core.canary.builders import after, baseline, canary, minute, minutes, samples

ORDER = [Result.PASS, Result.INCONCLUSIVE, Result.FAIL]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def canaries(draw):
    """Draw a canary around every edge: few and many requests, no and some errors, any gap."""
    count = draw(st.sampled_from([1, 5, 12, 29, 30, 31, 45]))
    size = draw(st.sampled_from([1, 20, 124, 250, 6000]))
    rare = draw(st.sampled_from([0.0, 0.0, 0.05, 0.3]))
    random = Random(draw(st.integers(0, 10**6)))
    gap = draw(st.sampled_from([None, None, None, 0]))

    def change(_: int) -> dict:
        return {
            "requests": size,
            "errors": int(random.random() < rare),
            "slow": int(random.random() < rare),
            "latency_ms": Decimal(random.choice([180, 200, 205, 230])),
        }

    own = minutes(count, change)
    kept = tuple(each for number, each in enumerate(own) if number != gap)
    return samples(
        observed_at=after(minutes=count),
        canary=canary(minutes=kept),
        baseline=baseline(minutes=minutes(count, requests=size), observed_at=after(minutes=count)),
    )


def results(seen) -> dict[CheckName, Result]:
    verdict = judge(seen, Limits(), seen.observed_at)
    return {check.name: check.result for check in verdict.checks}


def with_worse(seen, which: int, field: str):
    """Let one healthy request of a minute be a bad one."""
    own = list(seen.canary.minutes)
    chosen = own[which % len(own)]
    own[which % len(own)] = replace(
        chosen, **{field: min(getattr(chosen, field) + 1, chosen.requests)}
    )
    return replace(seen, canary=canary(minutes=tuple(own)))


@given(canaries(), st.integers(0, 60), st.sampled_from(["errors", "slow", "outliers"]))
@SLOW
def test_one_more_error_never_makes_any_check_better(seen, which, field):
    if not seen.canary.minutes:
        return
    before, after_it = results(seen), results(with_worse(seen, which, field))
    better = [name for name in before if ORDER.index(after_it[name]) < ORDER.index(before[name])]
    assert better == []


@given(canaries(), st.integers(1, 40))
@SLOW
def test_more_health_never_turns_go_into_a_failure(seen, more):
    count = len(seen.canary.minutes)
    size = seen.canary.minutes[-1].requests if count else 1
    longer = tuple(minute(count + number, requests=size) for number in range(more))
    end = after(minutes=count + more)
    later = replace(
        seen,
        observed_at=end,
        canary=canary(minutes=(*seen.canary.minutes, *longer)),
        baseline=baseline(minutes=(*seen.baseline.minutes, *longer), observed_at=end),
    )
    before, after_it = results(seen), results(later)
    worse = [
        name for name in before if before[name] is Result.PASS and after_it[name] is Result.FAIL
    ]
    assert worse == []


@given(canaries(), st.randoms(use_true_random=False))
@SLOW
def test_the_order_of_the_samples_says_nothing(seen, random):
    own, theirs = list(seen.canary.minutes), list(seen.baseline.minutes)
    polls = list(seen.polls)
    for each in (own, theirs, polls):
        random.shuffle(each)
    mixed = replace(
        seen,
        canary=canary(minutes=tuple(own)),
        baseline=replace(seen.baseline, minutes=tuple(theirs)),
        polls=tuple(polls),
    )
    assert judge(mixed, Limits(), seen.observed_at) == judge(seen, Limits(), seen.observed_at)


@given(canaries())
@SLOW
def test_go_needs_every_check(seen):
    verdict = judge(seen, Limits(), seen.observed_at)
    is_go = verdict.decision is Decision.GO
    assert is_go == all(check.result is Result.PASS for check in verdict.checks)
    assert all(check.would_change for check in verdict.checks if check.result is not Result.PASS)


@given(canaries(), st.integers(0, 60))
@SLOW
def test_a_minute_that_is_lost_never_makes_a_pass(seen, which):
    if not seen.canary.minutes:
        return
    own = list(seen.canary.minutes)
    del own[which % len(own)]
    lost = results(replace(seen, canary=canary(minutes=tuple(own))))
    assert Result.PASS not in {lost[name] for name in (CheckName.ERROR_RATE, CheckName.LATENCY)}


JUNK = st.sampled_from(
    [None, 0, 1, -1, 7, 10**9, 10**16, 10**400]
    + [Decimal(each) for each in ("NaN", "Infinity", "-Infinity", "-0", "1e999", "1e-999", "0.5")]
)
NUMBERS = st.none() | JUNK.filter(lambda each: each is not None).map(Decimal)


@given(st.lists(st.tuples(st.integers(-2, 12), JUNK, JUNK, JUNK, NUMBERS), max_size=12), NUMBERS)
@SLOW
def test_no_samples_however_strange_are_an_accident_or_a_go(rows, number):
    own = tuple(
        minute(at, requests=0 if requests is None else requests, errors=errors, slow=slow)
        for at, requests, errors, slow, _ in rows
    )
    own = tuple(
        replace(each, latency_ms=latency) for each, (*_, latency) in zip(own, rows, strict=True)
    )
    readings = Readings(p95_ms=number, p99_ms=number, requests_per_second=number)
    seen = samples(
        canary=canary(minutes=own, readings=readings),
        baseline=baseline(readings=readings),
        sla_p99_ms=number,
    )
    verdict = judge(seen, Limits(), seen.observed_at)
    assert verdict.decision is not Decision.GO
    canary_document(verdict)
