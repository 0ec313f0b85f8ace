"""Traps about what failed, who is blamed for it, and when it recovered."""

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
    pull,
    status,
    told,
)


def failed(found):
    return found["failed_deployment_ids"]


def recovery(found):
    return found["recovery"]["median_s"]


def blame(found):
    return {
        each["id"]: (each["deployment"], each["reason"]) for each in found["evidence"]["incidents"]
    }


def test_T08_a_failed_attempt_that_did_harm_is_in_the_rate_and_in_no_frequency():
    attempt = [
        asked("d2", "x2", "7 09:00"),
        status("d2", "in_progress", "7 09:05"),
        status("d2", "failure", "7 09:20"),
        commit("x2", "7 08:00", "x1"),
    ]
    found = measured(days("x1"), attempt, incident("i1", "7 09:35", "7 10:05"))
    assert (found["deployments"], found["failed_attempts"]) == (1, 1)
    assert (found["change_fail"]["total"], failed(found), recovery(found)) == (2, ["d2"], 3600)
    late = measured(days("x1"), attempt, incident("i1", "7 09:35:01", "7 10:05"))
    assert (late["change_fail"]["total"], failed(late)) == (1, [])


def test_T08_an_attempt_that_neither_succeeded_nor_failed_is_in_no_number():
    found = measured(days("x1"), asked("d2", "x1", "7 09:00"), status("d2", "queued", "7 09:01"))
    assert (found["deployments_all"], found["failed_attempts"]) == (1, 0)
    assert doubts(found) == {"DEPLOYMENT_UNFINISHED": 1}


def test_T18_two_incidents_of_one_deployment_are_one_failure():
    found = measured(
        days("x1", "x2"),
        incident("i1", "6 09:10", "6 09:30"),
        incident("i2", "6 09:20", "6 10:00"),
    )
    assert found["change_fail"] == {"failed": 1, "total": 2, "rate": 0.5}
    assert (recovery(found), found["incidents"]["attributed"]) == (3600, 2)


def test_T20_an_outage_of_others_is_no_failure_and_has_a_restore_time():
    found = measured(days("x1"), incident("i1", "6 09:10", "6 10:10", cause="external"))
    assert (failed(found), found["time_to_restore"]) == ([], {"n": 1, "median_s": 3600})
    assert found["incidents"] == {"total": 1, "attributed": 0, "unattributed": 1}


def test_T21_a_duplicate_incident_is_none():
    found = measured(
        days("x1"),
        incident("i1", "6 09:10", "6 10:10"),
        incident("i2", "6 09:15", "6 11:00", duplicate_of="i1"),
    )
    assert (found["incidents"]["total"], found["time_to_restore"]["n"]) == (1, 1)
    assert (recovery(found), doubts(found)) == (4200, {})


@pytest.mark.parametrize(
    ("originals", "total", "lost"),
    [
        pytest.param({"i1": "gone"}, 0, 1, id="of one that nobody told of"),
        pytest.param({"i1": "i2", "i2": "i1"}, 0, 2, id="of each other"),
        pytest.param({"i1": "i1"}, 1, 0, id="of itself"),
    ],
)
def test_T21_duplicates_of_nothing_are_told(originals, total, lost):
    events = [incident(name, "6 09:10", duplicate_of=of) for name, of in originals.items()]
    found = measured(days("x1"), events)
    assert (found["incidents"]["total"], doubts(found).get("DUPLICATE_OF_NOTHING", 0)) == (
        total,
        lost,
    )


def test_T22_an_open_failure_is_open_and_lasted_no_time():
    found = measured(days("x1"), incident("i1", "6 09:10"))
    assert found["recovery"] == {"n": 0, "median_s": None, "p90_s": None, "open": 1}


def hotfix(number, sha, parent, opened, live, **more):
    fix = f"h{number}"
    return [
        commit(fix, opened, parent),
        commit(sha, opened, parent),
        pull(number, opened, opened, sha, [fix], head_ref="hotfix/now", **more),
        deployed(f"f{number}", sha, live),
    ]


def test_T24_a_hotfix_while_an_incident_is_open_blames_nobody_else():
    found = measured(
        days("x1", "x2"),
        hotfix(1, "s1", "x2", "7 10:00", "7 11:00"),
        incident("i1", "6 09:30", "7 12:00"),
    )
    assert (failed(found), found["change_fail"]["total"]) == (["d1"], 3)
    assert found["rework"]["rework"] == 1


def test_T24_hotfixes_in_a_chain_blame_each_other_in_turn():
    found = measured(
        days("x1"),
        hotfix(1, "s1", "x1", "6 10:00", "6 11:00"),
        hotfix(2, "s2", "s1", "6 12:00", "6 13:00"),
    )
    assert (failed(found), found["change_fail"]["rate"]) == (["d1", "f1"], 0.666667)


def test_T24_closing_an_incident_is_rework_without_a_label():
    fix = [commit("h1", "6 10:00", "x1"), commit("s1", "6 10:10", "x1")]
    closing = pull(1, "6 10:00", "6 10:10", "s1", ["h1"], closes=["i1"])
    found = measured(
        days("x1"),
        fix,
        closing,
        deployed("f1", "s1", "6 11:00"),
        incident("i1", "6 09:30", "6 11:05"),
    )
    assert (failed(found), found["rework"]) == (["d1"], {"rework": 1, "total": 2, "rate": 0.5})


def test_T24_a_hotfix_that_closes_a_known_incident_accuses_nobody():
    fix = hotfix(1, "s1", "x2", "7 10:00", "7 11:00", closes=["i1"])
    found = measured(days("x1", "x2"), fix, incident("i1", "6 09:30", "6 10:00"))
    assert failed(found) == ["d1"]


def test_T24_a_hotfix_a_week_later_accuses_nobody():
    for live, expected in (("13 09:00", ["d1"]), ("13 09:00:01", [])):
        found = measured(days("x1"), hotfix(1, "s1", "x1", "8 10:00", live), to=at("20"))
        assert (live, failed(found)) == (live, expected)


REVERT = commit("r1", "8 10:00", "x3", reverts="x1")


def test_T25_a_link_outranks_the_clock():
    caused = incident("i1", "8 13:30", "8 14:40", caused_by={"sha": "x1"})
    found = measured(days("x1", "x2", "x3"), caused)
    assert (failed(found), blame(found)) == (["d1"], {"i1": ("d1", "link")})
    assert recovery(found) == 2 * 86400 + 20400


def test_T25_a_revert_during_the_incident_outranks_the_clock():
    found = measured(
        days("x1", "x2", "x3"),
        REVERT,
        deployed("d4", "r1", "8 14:00"),
        incident("i1", "8 13:00", "8 14:40"),
    )
    assert (failed(found), blame(found)) == (["d1"], {"i1": ("d1", "revert")})
    assert found["rework"]["rework"] == 1


def test_T25_a_revert_after_the_incident_leaves_the_clock_alone():
    found = measured(
        days("x1", "x2", "x3"),
        REVERT,
        deployed("d4", "r1", "8 14:00"),
        incident("i1", "8 13:00", "8 13:59"),
    )
    assert (failed(found), blame(found)) == (["d1", "d3"], {"i1": ("d3", "clock")})


def test_T25_a_rollback_during_the_incident_outranks_the_clock():
    events = [
        days("x1", "x2"),
        deployed("e1", "x1", "6 09:00", "eu"),
        deployed("e0", "c0", "2", "eu"),
    ]
    found = measured(
        events,
        deployed("e2", "x2", "7 12:00", "eu"),
        commit("x3", "7 12:10", "x2"),
        deployed("d3", "x3", "7 12:30"),
        deployed("e3", "c0", "7 13:00", "eu"),
        incident("i1", "7 12:40", "7 13:10"),
        config={"production_environments": ["production", "eu"]},
    )
    assert (failed(found), blame(found)) == (["d1"], {"i1": ("d1", "rollback")})


def test_T25_a_revert_of_a_squash_blames_what_delivered_its_commits():
    found = measured(
        commit("a1", "6 08:00", "c0"),
        commit("s1", "6 08:30", "c0"),
        pull(1, "6 08:10", "6 08:30", "s1", ["a1"]),
        deployed("d1", "s1", "6 09:00"),
        commit("x2", "7 08:00", "s1"),
        deployed("d2", "x2", "7 09:00"),
        commit("r1", "8 08:00", "x2"),
        commit("s3", "8 08:30", "x2", reverts="s1"),
        pull(3, "8 08:10", "8 08:30", "s3", ["r1"]),
        deployed("d3", "s3", "8 09:00"),
    )
    assert (failed(found), recovery(found)) == (["d1"], 2 * 86400)


def test_T25_a_link_to_a_rollback_leads_to_what_it_runs():
    found = measured(
        days("x1", "x2"),
        deployed("d3", "x1", "7 10:00", planned=True),
        incident("i1", "7 11:00", "7 12:00", caused_by={"deployment_id": "d3"}),
    )
    assert blame(found) == {"i1": ("d1", "link")}


@pytest.mark.parametrize("cause", [{"sha": "gone"}, {"deployment_id": "gone"}, {}])
def test_T25_a_link_that_leads_nowhere_leaves_it_to_the_clock(cause):
    found = measured(days("x1"), incident("i1", "6 09:30", caused_by=cause))
    assert (blame(found), doubts(found)) == ({"i1": ("d1", "clock")}, {"LINK_TO_NOTHING": 1})


def test_T26_a_change_and_its_revert_in_one_deployment_failed_nobody():
    both = [commit("x1", "6 08:00", "c0"), commit("r1", "6 08:30", "x1", reverts="x1")]
    found = measured(both, deployed("d1", "r1", "6 09:00"))
    assert (failed(found), found["rework"]["rework"]) == ([], 0)


def test_T26_a_revert_of_what_the_baseline_held_is_rework_and_blames_nobody():
    found = measured(commit("r1", "6 08:30", "c0", reverts="c0"), deployed("d1", "r1", "6 09:00"))
    assert (failed(found), found["rework"]["rework"]) == ([], 1)


def test_T34_a_deployment_that_awaits_approval_is_not_blamed():
    waiting = [
        commit("x2", "6 12:00", "x1"),
        asked("d2", "x2", "6 13:00"),
        status("d2", "waiting", "6 13:00"),
        status("d2", "in_progress", "7 10:00"),
        status("d2", "success", "7 10:10"),
    ]
    found = measured(days("x1"), waiting, incident("i1", "6 14:00", "6 22:00"))
    assert (failed(found), recovery(found)) == (["d1"], 46800)


def test_T34_a_deployment_in_progress_is_blamed():
    rolling = [
        commit("x2", "6 12:00", "x1"),
        asked("d2", "x2", "6 13:00"),
        status("d2", "in_progress", "6 13:10"),
        status("d2", "success", "6 14:00"),
    ]
    found = measured(days("x1"), rolling, incident("i1", "6 13:10", "6 14:10"))
    assert (failed(found), recovery(found)) == (["d2"], 3600)


def test_T41_an_alert_that_flaps_is_one_incident():
    told_of = [
        ("firing", "6 09:10"),
        ("firing", "6 09:11"),
        ("resolved", "6 09:20"),
        ("firing", "6 09:50"),
        ("resolved", "6 10:00"),
        ("resolved", "6 10:05"),
        ("firing", "6 10:30:01"),
    ]
    found = measured(days("x1"), [alert("cpu", state, when) for state, when in told_of])
    assert blame(found) == {"cpu#1": ("d1", "clock"), "cpu#2": ("d1", "clock")}
    assert (found["time_to_restore"], found["recovery"]["open"]) == ({"n": 1, "median_s": 3000}, 1)


def test_T41_a_reopened_incident_goes_on():
    again = [
        told("i1", "reopened", "6 11:00"),
        told("i1", "resolved", "6 12:00"),
        told("i1", "resolved", "6 13:00"),
    ]
    found = measured(days("x1"), incident("i1", "6 09:30", "6 10:00"), again)
    assert (found["incidents"]["total"], recovery(found)) == (1, 10800)
    still = measured(days("x1"), incident("i1", "6 09:30", "6 10:00"), again[:1])
    assert still["recovery"]["open"] == 1


def test_T47_a_latent_fault_is_measured_from_its_known_impact():
    slow = incident(
        "i1", "9 11:00", "9 11:30", caused_by={"sha": "x1"}, impact_started=at("9 10:30")
    )
    assert recovery(measured(days("x1"), slow)) == 3600
    early = incident("i1", "6 09:30", "6 10:00", impact_started=at("5"))
    assert recovery(measured(days("x1"), early)) == 3600


def test_T50_an_incident_told_three_times_is_one():
    edited = [
        told("i1", "opened", when, caused_by={"sha": "x1"})
        for when in ("6 09:30", "6 09:40", "6 09:50")
    ]
    assert measured(days("x1"), edited)["incidents"]["total"] == 1


def test_bad_incidents_are_told_and_guess_nothing():
    found = measured(
        days("x1"),
        told("i1", "resolved", "6 10:00"),
        told("i2", "opened", "6 10:00"),
        told("i2", "resolved", "6 09:59"),
    )
    assert doubts(found) == {"INCIDENT_NEVER_OPENED": 1, "INCIDENT_ORDER": 1}
    assert found["time_to_restore"] == {"n": 1, "median_s": 0}
