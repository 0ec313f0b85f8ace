"""Check runs and suites under GitHub's limits."""

from typing import Any

import pytest

from tests.sandbox.client import REPO, Client, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"
OUTPUT = {"title": "Gate", "summary": "Fine"}
NOTE = {
    "path": "src/a.py",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "notice",
    "message": "m",
}
ACTION = {"label": "Again", "description": "Look again", "identifier": "again"}


def run_of(stage: Stage, **fields: Any) -> Any:
    return stage.bot.post(f"{R}/check-runs", {"name": "gate", "head_sha": stage.head, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"output": {**OUTPUT, "annotations": [NOTE] * 51}},
        {"output": {**OUTPUT, "summary": "x" * 65_536}},
        {"output": {**OUTPUT, "text": "x" * 65_536}},
        {"output": {"title": "no summary"}},
        {"output": {**OUTPUT, "annotations": [{**NOTE, "annotation_level": "error"}]}},
        {"output": {**OUTPUT, "annotations": [{"path": "x"}]}},
        {"actions": [ACTION] * 4},
        {"actions": [{**ACTION, "label": "x" * 21}]},
        {"actions": [{**ACTION, "description": "x" * 41}]},
        {"actions": [{**ACTION, "identifier": "x" * 21}]},
        {"status": "completed"},
        {"status": "done"},
        {"conclusion": "stale"},
        {"conclusion": "great"},
        {"name": ""},
        {"started_at": "yesterday"},
    ],
    ids=[
        "51 annotations",
        "summary too long",
        "text too long",
        "no summary",
        "unknown annotation level",
        "annotation without a line",
        "four actions",
        "label too long",
        "description too long",
        "identifier too long",
        "completed without a conclusion",
        "unknown status",
        "stale is GitHub's own",
        "unknown conclusion",
        "no name",
        "not a date",
    ],
)
def test_50_51_limits_are_422(stage: Stage, fields: dict[str, Any]) -> None:
    body = {"name": "gate", "head_sha": stage.head, **fields}
    assert stage.bot.send("POST", f"{R}/check-runs", body).status == 422
    assert stage.bob.get(f"{R}/commits/{stage.head}/check-runs")["total_count"] == 0


def test_what_is_just_within_the_limits_is_taken(stage: Stage) -> None:
    output = {"title": "t", "summary": "x" * 65_535, "annotations": [NOTE] * 50}
    made = run_of(stage, output=output, actions=[ACTION] * 3)
    assert made["output"]["annotations_count"] == 50


def test_49_annotations_are_appended(stage: Stage) -> None:
    run = run_of(stage, output={**OUTPUT, "annotations": [NOTE] * 50})
    path = f"{R}/check-runs/{run['id']}"
    stage.bot.patch(path, {"output": {**OUTPUT, "annotations": [NOTE] * 2}})
    assert stage.bot.get(path)["output"]["annotations_count"] == 52
    assert len(stage.bot.get(f"{path}/annotations?per_page=100")) == 52


def test_conclusion_completes_and_a_new_status_reopens(stage: Stage) -> None:
    run = run_of(stage, conclusion="success")
    assert (run["status"], run["conclusion"]) == ("completed", "success")
    again = stage.bot.patch(f"{R}/check-runs/{run['id']}", {"status": "in_progress"})
    states = (again["status"], again["conclusion"], again["completed_at"])
    assert states == ("in_progress", None, None)


def test_64_unknown_commit_is_422(stage: Stage) -> None:
    body = {"name": "gate", "head_sha": "1" * 40}
    assert stage.bot.send("POST", f"{R}/check-runs", body).status == 422


def test_only_apps_make_check_runs(stage: Stage) -> None:
    body = {"name": "gate", "head_sha": stage.head}
    assert stage.alice.send("POST", f"{R}/check-runs", body).status == 403


def test_app_cannot_change_the_run_of_another(stage: Stage) -> None:
    run = stage.box.post_check(REPO, stage.head, "build")
    answer = stage.bot.send("PATCH", f"{R}/check-runs/{run.id}", {"conclusion": "success"})
    assert answer.status == 403


def test_A11_latest_is_the_newest_of_each_name_within_each_suite(stage: Stage) -> None:
    box = stage.box
    old = box.post_check(REPO, stage.head, "build", conclusion="failure")
    new = box.post_check(REPO, stage.head, "build", conclusion="success")
    second = box.add_suite(REPO, stage.head)
    other = box.post_check_in(REPO, second, "build", conclusion="failure")
    path = f"{R}/commits/{stage.head}/check-runs"
    latest = {run["id"] for run in stage.bob.get(path)["check_runs"]}
    every = {run["id"] for run in stage.bob.get(f"{path}?filter=all")["check_runs"]}
    assert (latest, every) == ({new.id, other.id}, {old.id, new.id, other.id})


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"gate", "build"}),
        ("?check_name=gate", {"gate"}),
        ("?status=queued", {"gate"}),
        ("?app_id=15368", {"build"}),
    ],
    ids=["all", "by name", "by status", "by App"],
)
def test_runs_are_filtered(stage: Stage, query: str, names: set[str]) -> None:
    run_of(stage)
    stage.box.post_check(REPO, stage.head, "build", conclusion="success")
    found = stage.bob.get(f"{R}/commits/feature/check-runs{query}")["check_runs"]
    assert {run["name"] for run in found} == names


def test_A14_foreign_app_shows_its_own_id(stage: Stage) -> None:
    ci = stage.box.add_app("Some CI")
    stage.box.post_check(REPO, stage.head, "build", ci, conclusion="success")
    (run,) = stage.bob.get(f"{R}/commits/{stage.head}/check-runs")["check_runs"]
    assert (run["app"]["id"], run["app"]["slug"]) == (ci.id, "some-ci")


def test_push_makes_a_suite_for_each_installed_app_and_tells_only_that_app(stage: Stage) -> None:
    ci = stage.box.add_app("Some CI", {"checks": "write"}, ["check_suite"])
    stage.box.install_app("acme", ci)
    with receiving() as ours, receiving() as theirs:
        stage.box.webhook_url, ci.hook.url = ours.url, theirs.url
        sha = stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob")
        stage.box.wait_idle()
    asked = [hook.payload["check_suite"]["app"]["id"] for hook in theirs.hooks]
    assert (asked, len(ours.named("check_suite.requested"))) == ([ci.id], 1)
    suites = stage.bob.get(f"{R}/commits/{sha}/check-suites")["check_suites"]
    assert {suite["app"]["id"] for suite in suites} == {ci.id, stage.box.app_id}


def test_suite_takes_the_worst_of_its_newest_runs(stage: Stage) -> None:
    run = run_of(stage, conclusion="success")
    path = f"{R}/check-suites/{run['check_suite']['id']}"
    assert stage.bob.get(path)["conclusion"] == "success"
    run_of(stage, name="other", conclusion="failure")
    assert stage.bob.get(path)["conclusion"] == "failure"
    run_of(stage, name="third", status="in_progress")
    assert stage.bob.get(path)["status"] == "in_progress"


def test_59_60_buttons_and_reruns_reach_the_owning_app_only(stage: Stage) -> None:
    ci = stage.box.add_app("Some CI", {"checks": "write"}, ["check_run"])
    stage.box.install_app("acme", ci)
    key = run_of(stage, actions=[ACTION], conclusion="failure")["id"]
    run = stage.box.find_repo(REPO).check_runs[key]
    with receiving() as ours, receiving() as theirs:
        stage.box.webhook_url, ci.hook.url = ours.url, theirs.url
        stage.box.press_button(REPO, run, "again", "carol")
        stage.box.rerequest_check(REPO, run, "carol")
        stage.box.wait_idle()
    assert ours.names == ["check_run.requested_action", "check_run.rerequested"]
    pressed = ours.hooks[0].payload
    assert pressed["requested_action"] == {"identifier": "again"}
    assert pressed["sender"]["login"] == "carol"
    assert theirs.hooks == []
    assert (run.status, run.suite.status) == ("completed", "queued")


def test_57_own_runs_come_back_as_events(stage: Stage) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        run_of(stage, conclusion="success")
        stage.box.wait_idle()
    names = ["check_run.created", "check_run.completed", "check_suite.completed"]
    assert receiver.names == names
    assert receiver.hooks[0].payload["check_run"]["app"]["id"] == stage.box.app_id


def test_52_only_github_marks_a_run_stale(stage: Stage) -> None:
    run = stage.box.post_check(REPO, stage.head, "build", status="in_progress")
    stage.box.conclude_check(REPO, run, "stale")
    (found,) = stage.bob.get(f"{R}/commits/{stage.head}/check-runs")["check_runs"]
    assert (found["status"], found["conclusion"]) == ("completed", "stale")


def test_58_suite_is_not_asked_for_when_the_commit_says_so(stage: Stage) -> None:
    message = "Quick\n\nskip-checks: true"
    files = {"f.txt": "f\n"}
    sha = stage.box.commit(REPO, "feature", files, author="bob", message=message)
    assert stage.bob.get(f"{R}/commits/{sha}/check-suites")["total_count"] == 0


def test_A19_combined_status_is_pending_without_any(stage: Stage) -> None:
    path = f"{R}/commits/{stage.head}/status"
    assert (stage.bob.get(path)["state"], stage.bob.get(path)["total_count"]) == ("pending", 0)
    stage.box.post_status(REPO, stage.head, "ci", "pending")
    stage.box.post_status(REPO, stage.head, "ci", "success")
    assert (stage.bob.get(path)["state"], stage.bob.get(path)["total_count"]) == ("success", 1)
    stage.box.post_status(REPO, stage.head, "other", "error")
    assert stage.bob.get(path)["state"] == "failure"


@pytest.mark.parametrize(
    "body",
    [{"state": "great"}, {"state": "success", "description": "x" * 141}, {"context": "x"}],
    ids=["unknown state", "description too long", "no state"],
)
def test_status_limits_are_422(stage: Stage, body: dict[str, str]) -> None:
    assert stage.bob.send("POST", f"{R}/statuses/{stage.head}", body).status == 422


def test_A37_thousand_statuses_of_a_context_are_the_most(stage: Stage) -> None:
    for _ in range(1000):
        stage.box.post_status(REPO, stage.head, "ci", "pending")
    answer = stage.bob.send(
        "POST", f"{R}/statuses/{stage.head}", {"state": "success", "context": "ci"}
    )
    assert answer.status == 422


def test_A17_status_names_its_creator(stage: Stage) -> None:
    token = stage.box.add_app("Some CI", {"statuses": "write"})
    installed = stage.box.install_app("acme", token)
    caller = Client(stage.box, stage.box.installation_token(installed))
    made = caller.post(f"{R}/statuses/{stage.head}", {"state": "success"})
    assert (made["creator"]["login"], made["creator"]["type"]) == ("some-ci[bot]", "Bot")


def test_workflow_run_tells_its_file_and_event(stage: Stage) -> None:
    run = stage.box.start_workflow(REPO, stage.head, path=".github/workflows/x.yml", name="X")
    stage.box.finish_workflow(REPO, run, "failure")
    (found,) = stage.bob.get(f"{R}/actions/runs?head_sha={stage.head}")["workflow_runs"]
    names = ("path", "event", "name", "conclusion", "check_suite_id")
    wanted = [".github/workflows/x.yml", "pull_request", "X", "failure", run.suite.id]
    assert [found[name] for name in names] == wanted


def test_protection_rule_is_asked_and_answered(stage: Stage) -> None:
    run = stage.box.start_workflow(REPO, stage.head, event="push")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.ask_protection(REPO, run, "production")
        stage.box.wait_idle()
    (hook,) = receiver.named("deployment_protection_rule.requested")
    path = hook.payload["deployment_callback_url"].removeprefix(stage.box.url)
    answer = {"environment_name": "production", "state": "rejected", "comment": "No"}
    assert stage.bot.send("POST", path, answer).status == 204
    assert run.protection_answers == [("production", "rejected", "No")]
    assert stage.bot.send("POST", path, answer).status == 422
