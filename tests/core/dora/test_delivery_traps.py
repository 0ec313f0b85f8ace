"""Traps about what counts as a deployment, a change and a delivery."""

import pytest

from tests.core.dora.builders import (
    alert,
    asked,
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

BUILT = [commit("a1", "5 09:00", "c0"), commit("a2", "5 10:00", "a1")]
SQUASH = commit("s1", "5 14:00", "c0")
LIVE = deployed("d1", "s1", "5 15:00")


def lead(found):
    return found["lead_time"]["n"], found["lead_time"]["median_s"]


def counts(found):
    names = ("deployments", "rollbacks", "reinstates", "redeploys", "failed_attempts")
    return tuple(found[name] for name in names)


def test_T01_a_squash_whose_list_is_lost_began_when_its_pull_request_was_opened():
    for listed in (None, [], ["never-seen"]):
        merged = pull(1, "5 10:30", "5 14:00", "s1", listed)
        found = measured(BUILT, SQUASH, merged, LIVE)
        assert lead(found) == (1, 16200)
        assert found["approximate"] == 1
        assert doubts(found)["COMMITS_LOST"] == 1


def test_T02_a_commit_that_several_merges_bring_counts_once():
    merges = [commit("m1", "5 11:00", "c0", "a2"), commit("m2", "5 12:00", "m1", "a2")]
    assert lead(measured(BUILT, merges, deployed("d1", "m2", "5 15:00"))) == (2, 19800)


def test_T09_what_is_posted_after_the_first_success_moves_nothing():
    again = [status("d1", "success", "6 10:00"), status("d1", "inactive", "7 10:00")]
    found = measured(days("x1"), again)
    assert (lead(found), found["change_fail"]["failed"]) == ((1, 3600), 0)


def test_T09_a_failure_after_the_success_is_a_failed_deployment_and_still_a_deployment():
    found = measured(days("x1", "x2"), status("d1", "failure", "6 09:30"))
    assert (found["deployments"], found["failed_deployment_ids"]) == (2, ["d1"])
    assert found["recovery"] == {"n": 1, "median_s": 86400, "p90_s": 86400, "open": 0}


def test_T09_a_failure_after_a_rollbacks_success_is_not_a_failure_of_a_deployment():
    back = [*deployed("d3", "x1", "7 10:00"), status("d3", "failure", "7 10:30")]
    found = measured(days("x1", "x2"), back)
    assert found["change_fail"] == {"failed": 1, "total": 2, "rate": 0.5}


REGIONS = {"production_environments": ["eu", "us"]}


def test_T11_two_regions_are_one_deployment():
    found = measured(
        deployed("e0", "c0", "2 01:00", "eu"),
        deployed("u0", "c0", "2 02:00", "us"),
        [event for event in days("x1") if event["type"] == "commit"],
        commit("x2", "7 08:00", "x1"),
        deployed("e1", "x1", "6 09:00", "eu"),
        deployed("u1", "x1", "6 09:20", "us"),
        deployed("e2", "x2", "7 09:00", "eu"),
        deployed("u2", "x2", "7 11:00", "us"),
        config=REGIONS,
    )
    assert (found["deployments"], found["deployments_all"], lead(found)) == (2, 2, (2, 3600))
    assert found["evidence"]["rollouts"][0]["deployments"] == ["e1", "u1"]


def test_T11_a_rollback_of_two_regions_is_one_rollback():
    found = measured(
        [
            deployed(f"{env}{n}", sha, f"{day} 09:00", env)
            for n, (sha, day) in enumerate([("c0", 2), ("x1", 6), ("c0", 7)])
            for env in ("eu", "us")
        ],
        commit("x1", "6 08:00", "c0"),
        config=REGIONS,
    )
    assert counts(found) == (1, 1, 0, 0, 0)


def test_T12_a_planned_rollback_is_no_failure_and_no_rework():
    found = measured(days("x1", "x2"), deployed("d3", "x1", "7 09:45", planned=True))
    assert (found["rollbacks"], found["failed_deployment_ids"]) == (1, [])
    assert found["rework"] == {"rework": 0, "total": 3, "rate": 0.0}


def test_T14_going_forward_again_is_no_second_rollback():
    found = measured(
        days("x1", "x2"), deployed("d3", "x1", "7 09:45"), deployed("d4", "x2", "7 12:00")
    )
    assert counts(found) == (2, 1, 1, 0, 0)
    assert found["recovery"] == {"n": 1, "median_s": 2700, "p90_s": 2700, "open": 0}


def test_T15_a_rollback_past_two_deployments_blames_the_first_of_them():
    found = measured(days("x1", "x2", "x3"), deployed("d4", "x1", "8 10:00"))
    assert found["change_fail"] == {"failed": 1, "total": 3, "rate": 0.333333}
    assert found["failed_deployment_ids"] == ["d2"]


def test_T33_a_picked_change_and_its_original_are_one():
    found = measured(
        commit("x1", "6 08:00", "c0"),
        commit("x2", "6 10:00", "x1"),
        commit("p1", "6 20:00", "c0", authored=at("6 10:00"), cherry_picked_from="x2"),
        deployed("d1", "p1", "6 21:00"),
        deployed("d2", "x2", "7 09:00"),
    )
    changes = {each["change"]: each["lead_s"] for each in found["evidence"]["changes"]}
    assert changes == {"x2": 39600, "x1": 90000}
    assert counts(found) == (2, 0, 0, 0, 0)


@pytest.mark.parametrize("origins", [("p1", "p1"), ("p2", "p1"), ("gone", "p1")])
def test_T33_picks_that_go_in_circles_or_lead_nowhere_are_one_change(origins):
    first, second = origins
    found = measured(
        commit("p1", "6 08:00", "c0", cherry_picked_from=first),
        commit("p2", "6 08:30", "p1", cherry_picked_from=second),
        deployed("d1", "p2", "6 09:00"),
    )
    assert lead(found) == (1, 3600)


def test_T35_a_change_from_the_future_counts_with_no_time_and_a_flag():
    found = measured(commit("x1", "6 10:00", "c0"), deployed("d1", "x1", "6 09:00"))
    assert (lead(found), found["skewed"], doubts(found)) == ((1, 0), 1, {"CLOCK_SKEWED": 1})


def test_T36_an_author_date_of_another_age_is_passed_over():
    x1 = commit("x1", "6 08:00", "c0", authored="1999-12-31T23:00:00Z")
    found = measured(x1, deployed("d1", "x1", "6 09:00"))
    assert (lead(found), doubts(found)) == ((1, 3600), {"AUTHOR_DATE_IMPLAUSIBLE": 1})
    exactly = commit("x1", "6 08:00", "c0", authored="2025-01-06T08:00:00Z")
    assert lead(measured(exactly, deployed("d1", "x1", "6 09:00"))) == (1, 31539600)


def test_T37_a_commit_of_stacked_pull_requests_belongs_to_the_first_merged():
    found = measured(
        commit("a1", "6 08:00", "c0"),
        commit("a2", "6 10:00", "a1"),
        commit("s1", "6 11:00", "c0"),
        commit("s2", "6 11:30", "s1"),
        pull(1, "6 09:00", "6 11:00", "s1", ["a1"]),
        pull(2, "6 10:30", "6 11:30", "s2", ["a1", "a2"]),
        deployed("d1", "s2", "6 12:30"),
    )
    assert found["pr_lead_time"] == {"n": 2, "median_s": 12600, "p90_s": 15480}
    assert lead(found) == (2, 12600)


def test_T43_a_wait_at_a_gate_is_part_of_the_time_and_told_by_policy():
    waited = [
        asked("d1", "s1", "5 14:05"),
        status("d1", "waiting", "5 14:05"),
        status("d1", "in_progress", "6 14:50"),
        status("d1", "success", "6 15:00"),
    ]
    found = measured(
        policy("v1", "1"),
        policy("v2", "6"),
        BUILT,
        SQUASH,
        waited,
        pull(1, "5 10:30", "5 14:00", "s1", ["a1", "a2"]),
    )
    assert found["pr_lead_time_by_policy"] == {"v1": {"n": 1, "median_s": 108000}}
    assert found["pr_stages_median"] == {"coding_s": 5400, "review_s": 12600, "deploy_s": 90000}


def test_T45_a_pull_request_without_review_keeps_its_whole_time():
    merged = pull(1, "5 09:00", "5 14:00", "s1", ["a1", "a2"])
    found = measured(BUILT, SQUASH, merged, LIVE)
    assert found["pr_lead_time"]["median_s"] == 21600
    assert found["pr_stages_median"] == {"coding_s": 0, "review_s": 18000, "deploy_s": 3600}


def test_T48_a_deployment_of_an_unknown_commit_counts_and_takes_nothing_back():
    found = measured(
        days("x1"),
        deployed("d2", "gone", "7 09:00"),
        deployed("d3", "gone", "7 10:00"),
        commit("x2", "8 08:00", "x1"),
        deployed("d4", "x2", "8 09:00"),
    )
    assert counts(found) == (3, 0, 0, 1, 0)
    assert (lead(found), doubts(found)) == ((2, 3600), {"SHA_UNKNOWN": 2})


def test_T49_a_deployment_brings_all_commits_since_the_one_before():
    pushes = [commit(f"x{n}", f"6 0{n}:00", f"x{n - 1}" if n > 1 else "c0") for n in (1, 2, 3)]
    assert lead(measured(pushes, deployed("d1", "x3", "6 05:00"))) == (3, 10800)


def test_T51_twenty_deployments_in_a_day_are_twenty():
    names = [f"x{n:02}" for n in range(20)]
    events = [
        [
            commit(sha, f"6 {n:02}:00", names[n - 1] if n else "c0"),
            *deployed(f"t{n}", sha, f"6 {n:02}:30"),
        ]
        for n, sha in enumerate(names)
    ]
    found = measured(events)
    assert (found["deployments"], found["by_day"]) == (20, {"2026-01-06": 20})
    assert found["frequency_category"] == "multiple_per_day"


def test_T52_seconds_stay_seconds():
    found = measured(commit("x1", "6 08:00:01", "c0"), deployed("d1", "x1", "6 08:01:00"))
    assert lead(found) == (1, 59)


def test_T60_what_came_before_does_not_depend_on_the_window():
    found = measured(days("x1", "x2"), **{"from": at("7")})
    assert (found["deployments"], lead(found)) == (1, (1, 3600))


def test_T61_what_is_merged_and_not_delivered_is_shown_with_its_age():
    merged = pull(1, "5 10:30", "5 14:00", "s1", ["a1", "a2"])
    found = measured(BUILT, SQUASH, merged)
    assert found["lead_time"] == {"n": 0, "median_s": None, "p90_s": None}
    assert found["waiting"] == {"n": 2, "median_s": 570600, "oldest_s": 572400}
    assert found["members"]["waiting"] == ["a1", "a2"]


def test_T63_what_is_not_delivered_has_no_lead_time():
    merged = pull(1, "5 10:30", "5 14:00", "s1", ["a1", "a2"])
    found = measured(BUILT, SQUASH, merged, deployed("s", "s1", "5 15:00", "staging"))
    assert found["pr_lead_time"] == {"n": 0, "median_s": None, "p90_s": None}
    assert doubts(found) == {"OTHER_ENVIRONMENT": 1}


def test_a_monorepos_pull_request_counts_where_it_touches():
    mine = {"services": {"api": ["api/"], "web": ["web/"]}}
    events = [
        commit("a1", "5 09:00", "c0", paths=["api/x.py"]),
        commit("s1", "5 14:00", "c0", paths=["api/x.py"]),
        pull(1, "5 10:30", "5 14:00", "s1", ["a1"]),
        [
            deployed(f"{s}{n}", sha, when, service=s)
            for s in ("api", "web")
            for n, (sha, when) in enumerate([("c0", "2"), ("s1", "5 15:00")])
        ],
        incident("i1", "5 15:10", "5 15:20", service="web"),
        alert("f", "firing", "1"),
    ]
    found = {s: measured(events, config=mine, service=s) for s in ("api", "web")}
    assert [found[s]["pr_lead_time"]["n"] for s in ("api", "web")] == [1, 0]
    assert counts(found["web"]) == (0, 0, 0, 1, 0)
    assert found["api"]["incidents"]["total"] == 0
    assert doubts(found["api"])["PATHS_LOST"] == 1
