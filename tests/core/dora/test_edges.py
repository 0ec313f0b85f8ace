"""Edges of the definitions: the same second, the last day, the commit in between."""

from tests.core.dora.builders import (
    at,
    commit,
    days,
    deployed,
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
