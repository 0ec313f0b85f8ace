"""Edges of the definitions: the same second, the last day, the commit in between."""

from fractions import Fraction
from math import comb

import pytest

from app.core.dora.frequency import frequency
from app.core.dora.statistics import median_interval95, median_ranks95, poisson95
from tests.core.dora.builders import (
    at,
    commit,
    days,
    deployed,
    doubts,
    incident,
    measured,
    policy,
    pull,
    status,
)


def failed(found):
    return found["failed_deployment_ids"]


def test_a_failure_in_the_second_of_the_success_came_before_it():
    assert failed(measured(days("x1"), status("d1", "failure", "6 09:00"))) == []
    assert failed(measured(days("x1"), status("d1", "failure", "6 09:00:01"))) == ["d1"]


def test_a_post_failure_ends_with_the_next_change_after_it():
    found = measured(days("x1", "x2", "x3", "x4"), status("d1", "failure", "8 08:59"))
    assert found["recovery"]["median_s"] == 2 * 86400


def test_a_change_starts_with_its_earliest_date():
    dates = {"authored": at("6 08:40"), "pushed": at("6 08:30")}
    found = measured(commit("x1", "6 08:50", "c0", **dates), deployed("d1", "x1", "6 09:00"))
    assert found["lead_time"]["median_s"] == 1800


MERGED = [
    commit("a1", "5 09:00", "c0"),
    commit("b1", "5 07:00", "c0", "c0"),
    commit("s1", "5 14:00", "c0"),
    deployed("d1", "s1", "5 15:00"),
]


def test_a_merge_in_the_list_of_a_squash_is_no_change_and_starts_nothing():
    found = measured(MERGED, pull(1, "5 10:30", "5 14:00", "s1", ["b1", "a1"]))
    assert found["members"]["lead_time"] == ["a1"]
    assert found["pr_lead_time"]["median_s"] == 21600


def test_a_bots_pull_request_is_in_no_lead_time():
    found = measured(MERGED, pull(1, "5 10:30", "5 14:00", "s1", ["a1"], author_kind="bot"))
    assert found["pr_lead_time"]["n"] == 0


def test_a_policy_is_in_force_from_its_own_second():
    listed = pull(1, "5 10:30", "5 14:00", "s1", ["a1"])
    found = measured(policy("v1", "1"), policy("v2", "5 14:00"), MERGED, listed)
    assert found["pr_lead_time_by_policy"] == {"v2": {"n": 1, "median_s": 21600}}


def test_what_merges_after_the_window_does_not_wait_in_it():
    waiting = [commit("x1", "12 08:00", "c0"), commit("m1", "13", "c0", "x1")]
    later = pull(1, "12 08:00", "13", "m1", ["x1"], method="merge")
    assert measured(waiting, later)["waiting"]["n"] == 0
    assert measured(waiting, later, to=at("19"))["waiting"]["n"] == 1


def test_a_planned_rollback_does_not_correct_the_clock():
    twice = [
        days("x1", "x2"),
        deployed("e0", "c0", "2", "eu"),
        deployed("e1", "x1", "6 09:30", "eu"),
    ]
    events = [
        *twice,
        deployed("e2", "c0", "7 10:00", "eu", planned=True),
        incident("i1", "7 09:30", "7 11:00"),
    ]
    regions = {"production_environments": ["production", "eu"]}
    assert failed(measured(events, config=regions)) == ["d2"]


def test_a_revert_of_what_the_baseline_held_does_not_correct_the_clock():
    revert = [commit("r1", "6 10:00", "x1", reverts="c0"), deployed("d2", "r1", "6 11:00")]
    found = measured(days("x1"), revert, incident("i1", "6 09:30", "6 12:00"))
    assert failed(found) == ["d1"]


def test_a_revert_accuses_for_a_week_and_is_rework_for_ever():
    for live, expected in (("13 09:00", ["d1"]), ("13 09:00:01", [])):
        revert = [commit("r1", "13 08:00", "x1", reverts="x1"), deployed("d2", "r1", live)]
        found = measured(days("x1"), revert, to=at("19"))
        assert (live, failed(found)) == (live, expected)
        assert found["rework"]["rework"] == 1


def test_what_a_second_telling_leaves_out_is_not_forgotten():
    told = commit("x1", "6 08:50", "c0", pushed=at("6 08:30"))
    again = {**commit("x1", "6 08:50", "c0"), "source": "backfill", "received": at("9")}
    found = measured(told, again, deployed("d1", "x1", "6 09:00"))
    assert found["lead_time"]["median_s"] == 1800


def test_a_pull_request_that_was_live_before_it_began_counts_with_no_time():
    early = [commit("s1", "5 14:00", "c0"), deployed("d1", "s1", "5 15:00")]
    found = measured(early, pull(1, "5 16:00", "5 17:00", "s1", None))
    assert found["pr_lead_time"] == {"n": 1, "median_s": 0, "p90_s": 0}
    assert doubts(found) == {"CLOCK_SKEWED": 2, "COMMITS_LOST": 1}


def test_a_squash_whose_list_is_lost_touches_what_it_touched():
    services = {"api": ["api/"], "web": ["web/"]}
    live = [
        deployed("w0", "c0", "2", service="web"),
        deployed("w1", "s1", "5 15:00", service="web"),
    ]
    lost = pull(1, "5 10:30", "5 14:00", "s1", None)
    events = [commit("s1", "5 14:00", "c0", paths=["web/x.js"]), live, lost]
    found = measured(events, config={"services": services}, service="web")
    assert (found["pr_lead_time"]["n"], found["lead_time"]["median_s"]) == (1, 16200)


@pytest.mark.parametrize(
    ("a_week", "count", "length", "category"),
    [
        (Fraction(10), 10, 7, "multiple_per_day"),
        (Fraction(19, 2), 10, 7, "day_or_more"),
        (Fraction(1), 1, 7, "day_to_week"),
        (Fraction(0), 1, 30, "week_to_month"),
        (None, 4, 122, "month_to_half_year"),
        (None, 1, 182, "month_to_half_year"),
        (None, 1, 183, "rarer"),
        (Fraction(0), 0, 7, None),
    ],
)
def test_a_frequency_has_a_category(a_week, count, length, category):
    assert frequency(a_week, count, length * 86_400) == category


def test_the_ranks_around_a_median_are_those_of_coin_tosses():
    for n in range(400):
        rank = tail = 0
        while 40 * (tail + comb(n, rank)) <= 2**n:
            tail += comb(n, rank)
            rank += 1
        assert median_ranks95(n) == ((rank, n + 1 - rank) if rank else None)


def test_the_interval_of_a_count_is_exact_however_large():
    assert poisson95(10) == (4.7954, 18.3904)
    low, high = poisson95(1_000_000)
    assert (round(low), round(high)) == (998041, 1001962)


def test_the_interval_of_a_median_is_made_of_samples():
    assert median_interval95([5, 1, 4, 2, 3]) is None
    assert median_interval95([60, 10, 40, 20, 30, 50]) == (10, 60)
