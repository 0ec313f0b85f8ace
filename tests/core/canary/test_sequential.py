"""Several looks: the error budget is kept, and evidence may be watched every minute."""

from decimal import Decimal
from itertools import pairwise
from math import exp, lgamma, log, log1p
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.canary.sequential import (
    Look,
    is_below,
    log_evidence,
    looks,
    most_allowed,
    next_look,
)

LIMIT = Decimal("0.001")
SCHEDULE = [
    (3_700, 0.025, 0),
    (7_400, 0.0125, 1),
    (14_800, 0.00625, 5),
    (29_600, 0.003125, 15),
    (59_200, 0.0015625, 37),
    (118_400, 0.00078125, 85),
]


def test_the_schedule_is_the_written_table():
    found = [(look.n, look.alpha, most_allowed(look, LIMIT)) for look in looks(LIMIT)[:6]]
    assert found == SCHEDULE


def test_all_looks_together_spend_no_more_than_the_budget():
    assert sum(look.alpha for look in looks(LIMIT)) < 0.05


def test_a_limit_of_one_percent_is_looked_at_ten_times_earlier():
    found = [(look.n, most_allowed(look, Decimal("0.01"))) for look in looks(Decimal("0.01"))[:3]]
    assert found == [(370, 0), (740, 1), (1_480, 5)]


@pytest.mark.parametrize(("n", "_", "most"), SCHEDULE)
def test_a_look_forgives_so_many_errors_and_no_more(n, _, most):
    assert is_below(most, n, LIMIT)
    assert not is_below(most + 1, n, LIMIT)


def test_before_the_first_look_nothing_is_refuted():
    assert not is_below(0, 3_699, LIMIT)


@pytest.mark.parametrize(
    ("count", "trials", "look"),
    [
        pytest.param(0, 1_952, Look(3_700, 0.025), id="no errors so far"),
        pytest.param(0, 3_700, Look(7_400, 0.0125), id="after a look, the next"),
        pytest.param(3, 3_700, Look(14_800, 0.00625), id="a look that cannot forgive is left out"),
    ],
)
def test_the_next_look_that_can_be_passed(count, trials, look):
    assert next_look(count, trials, LIMIT) == look


def test_a_hopeless_count_has_no_next_look():
    assert next_look(10**14, 10**14, LIMIT) is None


def chances(share: float) -> list[float]:
    """Return P(GO at or before each look), exactly: all ways to reach it, added up."""
    alive, passed, found = {0: 1.0}, 0.0, []
    for (before, *_), (n, _, most) in pairwise([(0, 0, 0), *SCHEDULE]):
        reached: dict[int, float] = {}
        for count, chance in alive.items():
            for more, part in binomial(n - before, share):
                reached[count + more] = reached.get(count + more, 0.0) + chance * part
        passed += sum(chance for count, chance in reached.items() if count <= most)
        alive = {count: chance for count, chance in reached.items() if count > most}
        found.append(passed)
    return found


def binomial(trials: int, share: float):
    for count in range(min(trials, int(trials * share * 3) + 30) + 1):
        ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
        yield count, exp(ways + count * log(share) + (trials - count) * log1p(-share))


@pytest.mark.parametrize(
    ("share", "table"),
    [
        pytest.param(0.0001, [69, 87, 99.7, 100, 100, 100], id="0.01%"),
        pytest.param(0.0002, [48, 65, 94, 100, 100, 100], id="0.02%"),
        pytest.param(0.0003, [33, 45, 76, 98, 100, 100], id="0.03%"),
        pytest.param(0.0005, [16, 20, 34, 65, 94, 99.9], id="0.05%"),
        pytest.param(0.001, [2.5, 2.7, 2.9, 3.1, 3.2, 3.2], id="0.1%"),
    ],
)
def test_the_chance_to_go_is_the_written_one(share, table):
    found = [100 * chance for chance in chances(share)]
    assert found == pytest.approx(table, abs=0.06 if share == 0.001 else 0.6)


@pytest.mark.parametrize(
    ("count", "trials", "evidence"),
    [
        pytest.param(0, 0, 1, id="nothing seen"),
        pytest.param(1, 1, 11.643, id="one failing request of one"),
        pytest.param(2, 2, 305.75, id="two of two"),
    ],
)
def test_evidence_of_first_requests(count, trials, evidence):
    assert exp(log_evidence(count, trials, 0.01)) == pytest.approx(evidence, rel=1e-4)


def test_evidence_of_a_million_errors_does_not_overflow():
    assert 1e6 < log_evidence(10**6, 10**6, 0.01) < 1e7


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_one_more_bad_request_is_more_evidence(good, bad):
    trials = good + bad + 1
    assert log_evidence(bad + 1, trials, 0.01) > log_evidence(bad, trials, 0.01)


def test_the_mean_of_evidence_is_one_at_the_limit():
    """The property that Ville's inequality rests on, added up over every outcome."""
    mean = sum(chance * exp(log_evidence(k, 60, 0.01)) for k, chance in every_outcome(60, 0.01))
    assert mean == pytest.approx(1, abs=1e-9)


def every_outcome(trials: int, share: float):
    for count in range(trials + 1):
        ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
        yield count, exp(ways + count * log(share) + (trials - count) * log1p(-share))


def test_a_service_at_the_limit_is_seldom_accused_in_a_thousand_looks():
    random, accused = Random(5), 0
    for _ in range(300):
        count = 0
        for trials in range(1, 1_001):
            if random.random() < 0.01:
                count += 1
                accused_now = log_evidence(count, trials, 0.01) >= log(20)
                if accused_now:
                    accused += 1
                    break
    assert accused <= 0.05 * 300
