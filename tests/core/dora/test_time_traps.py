"""Traps about windows, weeks, repeated and late events, and how numbers are made of samples."""

import json
from fractions import Fraction

from app.core.dora.bands import Measured, fail_rate_level, frequency_level, quick_check
from app.core.dora.document import metrics_schema
from app.core.dora.frequency import Frequency
from app.core.dora.statistics import median, p90, quantile, rate
from tests.core.dora.builders import (
    at,
    commit,
    days,
    deployed,
    doubts,
    incident,
    measured,
    pull,
    status,
)


def test_T27_what_arrives_late_changes_the_past_and_not_what_was_known():
    late = [{**each, "received": at("8")} for each in deployed("d2", "x2", "7 09:00")]
    events = [days("x1"), commit("x2", "7 08:00", "x1"), late]
    then, now = measured(events, as_of=at("7 23:00")), measured(events)
    assert (then["deployments"], now["deployments"]) == (1, 2)
    assert doubts(then) == {"NOT_YET_RECEIVED": 2}


def test_T28_a_delivery_repeated_with_another_time_is_one_event():
    first = status("d1", "success", "6 09:00", delivery="a", received=at("6 09:00:01"))
    again = status("d1", "success", "6 09:05", delivery="a", received=at("6 09:05:01"))
    found = measured(days("x1"), first, again)
    assert doubts(found) == {"EVENT_REPEATED": 2}
    assert found["lead_time"]["median_s"] == 3600


def test_T28_one_delivery_may_tell_of_many_commits():
    pushed = [
        commit("x1", "6 08:00", "c0", delivery="push"),
        commit("x2", "6 08:10", "x1", delivery="push"),
    ]
    assert measured(pushed, deployed("d1", "x2", "6 09:00"))["lead_time"]["n"] == 2


def test_T28_a_fact_told_in_other_words_is_told_and_the_latest_word_counts():
    more = commit("x1", "6 08:00", "c0", author="bot", received=at("6 08:01"))
    found = measured(days("x1"), more)
    assert (found["bots_left_out"], doubts(found)) == (
        1,
        {"EVENT_REPEATED": 1, "REPEAT_DIFFERS": 1},
    )


def test_T29_midnights_that_clocks_skip_or_repeat_keep_weeks_whole():
    found = measured(
        timezone="America/Santiago",
        **{"from": "2025-09-01T04:00:00Z", "to": "2025-09-15T03:00:00Z"},
    )
    assert (found["by_week"], found["window_s"]) == ({"2025-09-01": 0, "2025-09-08": 0}, 1206000)


def test_T30_empty_weeks_count_and_a_week_cut_by_the_window_does_not():
    found = measured(days("x1", "x2"), **{"from": at("1"), "to": at("27")})
    assert found["by_week"] == {"2026-01-05": 2, "2026-01-12": 0, "2026-01-19": 0}
    assert (found["weekly_median"], found["deployments"]) == (0.0, 3)
    assert found["frequency_category"] == "week_to_month"


def test_T30_a_window_without_a_whole_week_has_no_median_week():
    found = measured(days("x1"), to=at("11"))
    assert (found["by_week"], found["weekly_median"]) == ({}, None)


def test_T32_bots_are_left_out_of_the_headline_and_counted_beside_it():
    bot = commit("b1", "6 08:50", "c0", author="bot")
    found = measured(bot, commit("x1", "6 03:00", "b1"), deployed("d1", "x1", "6 09:00"))
    assert (found["lead_time"]["n"], found["lead_time"]["median_s"]) == (1, 21600)
    assert (found["lead_time_all"]["median_s"], found["bots_left_out"]) == (11100, 1)


def test_T32_an_author_of_no_known_kind_is_said_to_be_unknown():
    found = measured(commit("x1", "6 08:00", "c0", author=None), deployed("d1", "x1", "6 09:00"))
    assert found["lead_time_by_kind"] == {"unknown": {"n": 1, "median_s": 3600}}
    assert doubts(found) == {"AUTHOR_UNKNOWN": 1}


def test_T39_quantiles_are_interpolated_exactly_and_rounded_half_up():
    assert median([600, 1200, 1800, 2400, 12000]) == 1800
    assert p90([600, 1200, 1800, 2400, 12000]) == 8160
    assert median([21600, 18000]) == 19800
    assert (median([0, 1]), median([1, 2]), median([])) == (1, 2, None)
    assert quantile([1, 2, 4], Fraction(9, 10)) == Fraction(18, 5)
    assert (rate(1, 8_000_000), rate(1, 3), rate(0, 0)) == (0.0, 0.333333, None)
    assert rate(1, 2_000_000) == 0.000001


def test_T42_the_edge_of_two_windows_is_in_exactly_one():
    edge = [commit("x1", "11 08:00", "c0"), deployed("d1", "x1", "12")]
    weeks = [measured(edge), measured(edge, **{"from": at("12"), "to": at("19")})]
    assert [found["deployments"] for found in weeks] == [0, 1]


def test_T46_a_recovery_counts_in_the_week_it_came():
    events = [days("x1", first=11), incident("i1", "11 10:00", "13 09:00")]
    first, second = measured(events), measured(events, **{"from": at("12"), "to": at("19")})
    assert [found["change_fail"]["failed"] for found in (first, second)] == [1, 0]
    assert [found["recovery"]["open"] for found in (first, second)] == [1, 0]
    assert [found["recovery"]["median_s"] for found in (first, second)] == [None, 172800]
    assert second["evidence"]["rollouts"][0]["id"] == "d1"


def test_T53_the_whole_is_the_median_of_wholes_not_the_sum_of_stage_medians():
    events = []
    for number, (opened, merged) in enumerate(
        [("6 01", "6 02"), ("6 01", "6 05"), ("6 07", "6 08")]
    ):
        sha, own = f"s{number}", f"a{number}"
        events += [commit(own, f"{opened}:00", "c0"), commit(sha, f"{merged}:00", "c0")]
        events += [pull(number, f"{opened}:00", f"{merged}:00", sha, [own])]
    events += [commit("m", "6 08:30", "s0", "s1", "s2"), deployed("d1", "m", "6 09:00")]
    found = measured(events)
    assert sum(found["pr_stages_median"].values()) == 18000
    assert found["pr_lead_time"]["median_s"] == 28800


def test_T54_every_number_is_the_size_of_the_members_it_names():
    found = measured(
        days("x1", "x2", "x3"),
        deployed("d4", "x2", "8 10:00"),
        incident("i1", "6 09:30", "6 10:00"),
    )
    sizes = {path: len(ids) for path, ids in found["members"].items()}
    told = {
        "deployments": found["deployments"],
        "deployments_all": found["deployments_all"],
        "rollbacks": found["rollbacks"],
        "lead_time": found["lead_time"]["n"],
        "change_fail.failed": found["change_fail"]["failed"],
        "change_fail.total": found["change_fail"]["total"],
        "recovery": found["recovery"]["n"],
        "rework.rework": found["rework"]["rework"],
        "rework.total": found["rework"]["total"],
        "incidents.total": found["incidents"]["total"],
        "time_to_restore": found["time_to_restore"]["n"],
        "by_week.2026-01-05": found["by_week"]["2026-01-05"],
    }
    assert {path: sizes[path] for path in told} == told
    assert sorted(found["members"]["change_fail.failed"]) == found["failed_deployment_ids"]


def test_T55_the_bands_are_those_of_the_reports():
    assert fail_rate_level(2021, Fraction(20, 100)) == "high"
    assert fail_rate_level(2024, Fraction(10, 100)) is None
    assert frequency_level(2023, Frequency.WEEK_TO_MONTH) == "medium"
    assert (fail_rate_level(2025, Fraction(0)), frequency_level(2025, Frequency.RARER)) == (
        None,
        None,
    )


def test_T56_what_is_unknown_is_left_out_of_a_score():
    unknown = quick_check(Measured(None, None, None, None, None))
    assert (unknown.throughput, unknown.stability, unknown.overall) == (None, None, None)
    assert quick_check(Measured(None, None, 3599, None, None)).overall == 10.0


def test_T57_the_window_is_told_beside_what_is_counted_in_it():
    found = measured(days("x1"))
    assert (found["deployments"], found["window_s"]) == (1, 604800)
    assert found["intervals"]["deployments"] == [0.0253, 5.5716]


def test_T59_nobody_is_measured():
    assert '"author"' not in json.dumps(metrics_schema())
    assert "login" not in json.dumps(metrics_schema())
