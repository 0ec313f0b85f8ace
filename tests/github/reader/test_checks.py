"""What the reader makes of check runs, statuses, suites and workflow runs."""

from app.core.facts import (
    CheckRun,
    CheckSuite,
    CommitStatus,
    Sha,
    WorkflowRun,
)
from app.ports import CheckQuery, OwnRun
from tests.github.reader.conftest import EVERYTHING, WORKFLOWS, person
from tests.sandbox.client import REPO


def test_checks_of_others_and_ours_are_told_apart_by_app(hub):
    head = hub.stage.head
    theirs = hub.box.post_check(REPO, head, "gatewright/merge", conclusion="success")
    ours = hub.box.post_check(
        REPO, head, "unit", app=hub.box.app, conclusion="failure", external_id="gw1:1"
    )
    status = hub.box.post_status(REPO, head, "ci/lint", "pending", "bob")
    read = hub.reader.checks(Sha(head), EVERYTHING)
    assert read.own == (OwnRun(ours.id, "unit", "gw1:1", "completed", "failure"),)
    assert read.checks.runs == (
        CheckRun(
            id=theirs.id,
            name="gatewright/merge",
            app_id=15368,
            app_slug="github-actions",
            status="completed",
            conclusion="success",
            head_sha=Sha(head),
            suite_id=theirs.suite.id,
            started_at=theirs.started_at,
            completed_at=theirs.completed_at,
        ),
    )
    expected = CommitStatus(
        status.id, "ci/lint", "pending", person(hub, "bob"), Sha(head), status.created_at
    )
    assert read.checks.statuses == (expected,)
    assert (read.checks.suites, read.checks.workflow_runs) == ((), ())


def test_A11_runs_of_every_suite_are_read_and_of_every_attempt(hub):
    head, box = hub.stage.head, hub.box
    first = box.post_check(REPO, head, "unit", conclusion="success")
    again = box.post_check(REPO, head, "unit", conclusion="failure")
    other = box.post_check_in(REPO, box.add_suite(REPO, head), "unit", conclusion="failure")
    found = hub.reader.checks(Sha(head), EVERYTHING).checks.runs
    assert {run.id for run in found} == {first.id, again.id, other.id}


def test_A36_all_of_many_checks_and_statuses_are_read(hub):
    head = hub.stage.head
    for number in range(130):
        hub.box.post_check(REPO, head, f"check {number}", conclusion="success")
    for number in range(120):
        hub.box.post_status(REPO, head, f"status {number}", "success")
    found = hub.reader.checks(Sha(head), EVERYTHING).checks
    assert (len(found.runs), len(found.statuses)) == (130, 120)


def paths_asked(hub) -> list[str]:
    """Return which routes about the head were asked, by their last part."""
    return [path.rpartition("/")[2] for _, path, _ in hub.calls()]


def test_only_the_app_that_counts_is_asked_about(hub):
    box, head = hub.box, hub.stage.head
    other = box.add_app("Other CI")
    box.install_app("acme", other)
    box.post_check(REPO, head, "unit", conclusion="success")
    box.post_check(REPO, head, "unit", app=other, conclusion="failure")
    query = CheckQuery(apps=(15368,), names=("unit",))
    runs = hub.reader.checks(Sha(head), query).checks.runs
    assert [run.app_id for run in runs] == [15368]
    assert paths_asked(hub) == ["statuses", "check-runs"]


def test_a_wanted_check_that_is_absent_is_looked_for_everywhere(hub):
    box, head = hub.box, hub.stage.head
    other = box.add_app("Other CI")
    box.install_app("acme", other)
    box.post_check(REPO, head, "unit", app=other, conclusion="success")
    query = CheckQuery(apps=(15368,), names=("unit",))
    runs = hub.reader.checks(Sha(head), query).checks.runs
    assert [run.app_id for run in runs] == [other.id]
    assert paths_asked(hub) == ["statuses", "check-runs", "check-runs", "check-suites", "runs"]


def test_one_name_from_two_suites_has_the_workflows_read(hub):
    box, head = hub.box, hub.stage.head
    box.post_check(REPO, head, "unit", conclusion="success")
    box.post_check_in(REPO, box.add_suite(REPO, head), "unit", conclusion="success")
    assert len(hub.reader.checks(Sha(head), EVERYTHING).checks.suites) == 2


def test_workflow_runs_are_joined_with_their_check_runs(hub):
    head = hub.stage.head
    run = hub.box.start_workflow(REPO, head)
    job = hub.box.post_check_in(REPO, run.suite, "build", conclusion="success")
    hub.box.post_check(REPO, head, "ours", app=hub.box.app, conclusion="success")
    found = hub.reader.checks(Sha(head), WORKFLOWS).checks
    (flow,) = found.workflow_runs
    assert flow == WorkflowRun(run.id, run.suite.id, flow.path, flow.event, flow.status, None)
    (check,) = [each for each in found.runs if each.id == job.id]
    assert (check.workflow, check.event) == (flow.path, flow.event)
    assert {suite.app_id for suite in found.suites} == {15368}
    assert any(
        suite
        == CheckSuite(run.suite.id, 15368, suite.status, suite.conclusion, suite.created_at, 1)
        for suite in found.suites
    )


def test_a_second_reading_of_what_has_not_changed_costs_nothing(hub):
    reader = hub.reader
    hub.box.post_status(REPO, hub.stage.head, "ci", "success")
    first = reader.checks(Sha(hub.stage.head), WORKFLOWS), reader.reviews(1)
    before = hub.github.shared.meter.spent()
    left = hub.github.shared.meter.remaining()
    again = reader.checks(Sha(hub.stage.head), WORKFLOWS), reader.reviews(1)
    spent = hub.github.shared.meter.spent() - before
    assert again == first
    assert (spent.reads, spent.unchanged, spent.writes) == (0, 5, 0)
    assert hub.github.shared.meter.remaining() == left


def test_what_an_app_s_checks_of_a_name_say_is_read_newest_first(hub):
    head = hub.stage.head
    words = {"title": "t", "summary": "first", "text": "second"}
    old = hub.box.post_check(REPO, head, "scan", conclusion="success", output=words)
    suite = hub.box.add_suite(REPO, head)
    new = hub.box.post_check_in(REPO, suite, "scan", status="in_progress")
    hub.box.post_check(REPO, head, "other", conclusion="success")
    hub.box.post_check(REPO, head, "scan", app=hub.box.app, conclusion="success")
    found = hub.reader.said_by_checks(Sha(head), "scan", 15368)
    assert [(each.id, each.conclusion, each.text) for each in found] == [
        (new.id, None, ""),
        (old.id, "success", "first\n\nsecond"),
    ]
    assert [each.completed_at is None for each in found] == [True, False]
