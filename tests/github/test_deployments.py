"""Deployments on the sandbox: recorded once, of the very commit, shown step by step."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.facts import Sha
from app.errors import GitHubError, GitHubUnavailableError
from app.github.deployments import request_id
from app.ports.deployments import (
    DeploymentMade,
    DeploymentOrder,
    RunSearch,
    RunSeen,
    StatusOrder,
)
from app.wiring import utc_now
from tests.sandbox.client import REPO


@pytest.fixture
def order(hub) -> DeploymentOrder:
    return DeploymentOrder("d1", Sha(hub.stage.head), "prod eu/1", True, "x" * 200)  # noqa: FBT003


def records(hub) -> list:
    return list(hub.box.find_repo(REPO).deployments.values())


def test_a_deployment_is_recorded_of_the_very_commit(hub, order):
    made = hub.deploys.create(order)
    (found,) = records(hub)
    assert made == DeploymentMade(found.id, order.sha)
    assert (found.sha, found.ref, found.environment) == (order.sha, order.sha, "prod eu/1")


def test_T39_T40_T43_nothing_is_left_to_defaults(hub, order):
    hub.deploys.create(order)
    posted = [each for each in hub.box.requests if each.method == "POST"]
    (body,) = [each.body for each in posted if each.path.endswith("/deployments")]
    assert {name: body[name] for name in ("auto_merge", "required_contexts")} == {
        "auto_merge": False,
        "required_contexts": [],
    }
    assert (body["production_environment"], body["transient_environment"]) == (True, False)


def test_T42_a_lost_answer_makes_no_second_deployment(hub, order):
    hub.box.fail_api("after", "/deployments", "POST", 1)
    made = hub.deploys.create(order)
    assert [each.id for each in records(hub)] == [made.id]


def test_the_same_order_again_is_the_same_deployment(hub, order):
    assert hub.deploys.create(order) == hub.deploys.create(order)
    assert hub.deploys.create(replace(order, request_id="d2")).id != records(hub)[0].id


def test_T42_an_outage_that_goes_on_makes_none(hub, order):
    hub.box.fail_api("status", "/deployments$", "POST", 9, status=502)
    with pytest.raises(GitHubUnavailableError):
        hub.deploys.create(order)
    assert records(hub) == []


def test_a_commit_that_is_not_there_cannot_be_deployed(hub, order):
    with pytest.raises(GitHubError):
        hub.deploys.create(replace(order, sha=Sha("0" * 40)))


def test_T46_T47_a_step_is_short_and_names_no_environment(hub, order):
    made = hub.deploys.create(order)
    hub.deploys.show(made.id, StatusOrder("in_progress", "é" * 200, "https://log.example"))
    (found,) = records(hub)
    step = found.statuses[-1]
    assert (step.state, len(step.description), step.log_url) == (
        "in_progress",
        140,
        "https://log.example",
    )
    assert found.environment == "prod eu/1"


def test_what_others_say_of_a_deployment_is_told_from_what_we_say(hub, order):
    made = hub.deploys.create(order)
    app_id = hub.github.numeric_id
    before = hub.deploys.states(made.id, besides=app_id)
    hub.deploys.show(made.id, StatusOrder("in_progress", ""))
    hub.box.set_deployment_status(REPO, made.id, "in_progress", "bob")
    hub.box.set_deployment_status(REPO, made.id, "success", "bob")
    hub.deploys.show(made.id, StatusOrder("failure", ""))
    assert (before, hub.deploys.states(made.id, besides=app_id)) == (
        (),
        ("success", "in_progress"),
    )


def test_T36_a_workflow_of_the_default_branch_gets_the_commit_as_data(hub):
    workflow = "on: workflow_dispatch\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"
    hub.box.commit(REPO, "main", {".github/workflows/deploy.yml": workflow}, author="alice")
    tip = hub.box.sha(REPO, "main")
    run_id = hub.deploys.dispatch("deploy.yml", "main", {"sha": hub.stage.head})
    assert hub.deploys.run(run_id) == RunSeen(run_id, "queued", None, Sha(tip))
    assert hub.deploys.run(99) is None


def test_T53_T64_an_environment_is_looked_for_by_its_name_escaped_once(hub, order):
    hub.deploys.create(order)
    assert [hub.deploys.has_environment(name) for name in ("prod eu/1", "prod%20eu/1")] == [
        True,
        False,
    ]


def test_T65_a_protection_rule_is_ours_somebody_else_s_or_nobody_knows(hub, order):
    hub.deploys.create(order)
    assert hub.deploys.is_guarded("prod eu/1", hub.box.app_id) is False
    other = hub.box.add_app("other")
    hub.box.guard_environment(REPO, "prod eu/1", other)
    assert hub.deploys.is_guarded("prod eu/1", hub.box.app_id) is False
    hub.box.guard_environment(REPO, "prod eu/1", hub.box.app)
    assert hub.deploys.is_guarded("prod eu/1", hub.box.app_id) is True
    assert hub.deploys.is_guarded("nowhere", hub.box.app_id) is None


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        pytest.param({"request_id": "d1"}, "d1", id="an object"),
        pytest.param('{"request_id": "d1"}', "d1", id="text"),
        pytest.param(json.dumps('{"request_id": "d1"}'), "d1", id="text in text"),
        pytest.param(json.dumps(json.dumps(json.dumps("x"))), None, id="text without end"),
        pytest.param("", None, id="nothing"),
        pytest.param("{", None, id="no JSON"),
        pytest.param([1], None, id="a list"),
        pytest.param({"request_id": 7}, None, id="a number"),
        pytest.param(None, None, id="null"),
    ],
)
def test_T52_a_payload_is_read_in_every_form(payload, found):
    assert request_id(payload) == found


@pytest.fixture
def search(hub):
    """Runs are looked for that began from now on; the workflow that makes them is there."""
    workflow = "on: workflow_dispatch\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"
    hub.box.commit(REPO, "main", {".github/workflows/deploy.yml": workflow}, author="alice")
    return RunSearch("deploy.yml", utc_now() - timedelta(seconds=30), "req-7")


def by_hand(hub) -> None:
    path = ".github/workflows/deploy.yml"
    hub.box.start_workflow(
        REPO, hub.box.sha(REPO, "main"), "bob", path=path, event="workflow_dispatch"
    )


def test_T36_the_one_run_that_an_app_started_is_found(hub, search):
    by_hand(hub)
    before = hub.deploys.find_run(search)
    run_id = hub.deploys.dispatch("deploy.yml", "main", {})
    others = (
        replace(search, workflow="other.yml"),
        replace(search, since=utc_now() + timedelta(minutes=1)),
        replace(search, besides=frozenset({run_id})),
    )
    assert (before, hub.deploys.find_run(search)) == (None, run_id)
    assert [hub.deploys.find_run(each) for each in others] == [None] * 3


def test_T36_of_several_runs_only_one_with_the_request_in_its_title_is_found(hub, search):
    first, second = (hub.deploys.dispatch("deploy.yml", "main", {}) for _ in range(2))
    before = hub.deploys.find_run(search)
    hub.box.find_repo(REPO).workflow_runs[second].name = "Deploy for req-7"
    assert (before, hub.deploys.find_run(search), first < second) == (None, second, True)


@pytest.mark.parametrize(
    ("ends", "conclusion"),
    [
        pytest.param(None, "cancelled", id="that goes on"),
        pytest.param("success", "success", id="that has ended"),
    ],
)
def test_a_run_is_stopped(hub, search, ends, conclusion):
    run_id = hub.deploys.dispatch("deploy.yml", "main", {})
    run = hub.box.find_repo(REPO).workflow_runs[run_id]
    if ends:
        hub.box.finish_workflow(REPO, run, ends)
    for named in (run_id, 99):
        hub.deploys.stop(named)
    assert (search.workflow, run.conclusion) == ("deploy.yml", conclusion)


def test_a_run_that_could_not_be_stopped_is_told(hub, search):
    run_id = hub.deploys.dispatch(search.workflow, "main", {})
    hub.box.fail_api("status", r"/cancel$", status=403)
    with pytest.raises(GitHubError):
        hub.deploys.stop(run_id)
