"""Tours: Apps, checks, deployments, hooks, and what is refused."""

from tests.sandbox.client import REPO, Client, Stage
from tests.sandbox.tours.common import NOBODY, R, everything_bot


def meta(stage: Stage) -> None:
    stage.outsider.get("/meta")
    stage.bot.get("/rate_limit")


def checks(stage: Stage) -> None:
    bot = stage.bot
    note = {
        "path": "src/a.py",
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "warning",
        "message": "Careful",
    }
    output = {"title": "Gate", "summary": "Looking"}
    body = {"name": "gate", "head_sha": stage.head, "status": "in_progress", "output": output}
    run = bot.post(f"{R}/check-runs", body)
    one = f"{R}/check-runs/{run['id']}"
    action = {"label": "Again", "description": "Look again", "identifier": "again"}
    body = {
        "status": "completed",
        "conclusion": "success",
        "output": {**output, "annotations": [note]},
        "actions": [action],
    }
    bot.patch(one, body)
    bot.get(one)
    bot.get(f"{one}/annotations")
    bot.post(f"{one}/rerequest")
    bot.get(f"{R}/commits/{stage.head}/check-runs?filter=all&status=completed&check_name=gate")
    bot.get(f"{R}/commits/{stage.head}/check-suites?app_id={stage.box.app_id}")
    suite = f"{R}/check-suites/{run['check_suite']['id']}"
    bot.get(suite)
    bot.get(f"{suite}/check-runs")
    bot.post(f"{suite}/rerequest")
    bot.post(f"{R}/check-suites", {"head_sha": stage.head})
    app_id = stage.box.app_id
    body = {"auto_trigger_checks": [{"app_id": app_id, "setting": False}]}
    everything_bot(stage).patch(f"{R}/check-suites/preferences", body)


def statuses(stage: Stage) -> None:
    bob = stage.bob
    body = {"state": "success", "context": "ci/x", "target_url": "https://ci.example/1"}
    bob.post(f"{R}/statuses/{stage.head}", body | {"description": "Fine"})
    bob.get(f"{R}/commits/{stage.head}/statuses")
    bob.get(f"{R}/commits/{stage.head}/status")


def deployments(stage: Stage) -> None:
    bot = everything_bot(stage)
    body = {
        "ref": "feature",
        "required_contexts": [],
        "auto_merge": False,
        "environment": "staging",
        "payload": {"wave": 1},
        "description": "Try",
    }
    made = bot.post(f"{R}/deployments", body)
    one = f"{R}/deployments/{made['id']}"
    bot.get(f"{R}/deployments?environment=staging")
    bot.get(one)
    step = {"state": "success", "log_url": "https://log.example/1", "description": "Done"}
    status = bot.post(f"{one}/statuses", step)
    bot.get(f"{one}/statuses")
    bot.get(f"{one}/statuses/{status['id']}")
    bot.post(f"{one}/statuses", {"state": "inactive"})
    bot.delete(one)
    stage.box.commit(REPO, "main", {"later.txt": "l\n"}, author="alice")
    bot.post(f"{R}/deployments", {"ref": "feature", "required_contexts": []})
    reviewer = {"type": "User", "id": stage.box.find_account("alice").id}
    policy = {"protected_branches": True, "custom_branch_policies": False}
    body = {"wait_timer": 5, "reviewers": [reviewer], "deployment_branch_policy": policy}
    bot.put(f"{R}/environments/staging", body)
    bot.get(f"{R}/environments")
    bot.get(f"{R}/environments/staging")
    stage.box.guard_environment(REPO, "staging", stage.box.app)
    bot.get(f"{R}/environments/staging/deployment_protection_rules")
    bot.delete(f"{R}/environments/staging")


def actions(stage: Stage) -> None:
    box, bot = stage.box, everything_bot(stage)
    text = "name: Deploy\non:\n  workflow_dispatch:\njobs: {}\n"
    box.commit(REPO, "main", {".github/workflows/deploy.yml": text}, author="alice")
    run = box.start_workflow(REPO, stage.head, name="CI", branch="feature")
    box.post_check_in(REPO, run.suite, "build", conclusion="success")
    bot.get(f"{R}/actions/runs?head_sha={stage.head}")
    one = f"{R}/actions/runs/{run.id}"
    bot.get(one)
    bot.get(f"{one}/jobs")
    box.finish_workflow(REPO, run)
    bot.post(f"{one}/rerun")
    bot.post(f"{one}/cancel")
    box.ask_protection(REPO, run, "production")
    answer = {"environment_name": "production", "state": "approved", "comment": "Go"}
    bot.post(f"{one}/deployment_protection_rule", answer)
    bot.get(f"{R}/actions/workflows")
    start = f"{R}/actions/workflows/deploy.yml/dispatches"
    bot.post(start, {"ref": "main", "inputs": {"sha": stage.head}})
    bot.post(start, {"ref": "main", "return_run_details": True})
    bot.post(f"{R}/dispatches", {"event_type": "ping", "client_payload": {"a": 1}})


def hooks(stage: Stage) -> None:
    app = stage.app
    app.patch("/app/hook/config", {"url": NOBODY, "content_type": "json"})
    app.get("/app/hook/config")
    stage.box.comment(REPO, 1, "alice", "hello")
    stage.box.comment(REPO, 1, "alice", "again")
    stage.box.wait_idle()
    listed = app.get("/app/hook/deliveries?per_page=1")
    app.get(f"/app/hook/deliveries/{listed[0]['id']}")
    app.post(f"/app/hook/deliveries/{listed[0]['id']}/attempts")
    stage.box.wait_idle()
    app.patch("/app/hook/config", {"url": ""})


def apps(stage: Stage) -> None:
    app, bot, key = stage.app, stage.bot, stage.installation.id
    app.get("/app")
    app.get("/app/installations?per_page=1")
    app.get(f"/app/installations/{key}")
    app.get(f"{R}/installation")
    app.get("/orgs/acme/installation")
    app.send("GET", "/users/alice/installation")
    stage.box.install_app("alice")
    app.get("/users/alice/installation")
    repo = stage.box.find_repo(REPO)
    made = app.post(
        f"/app/installations/{key}/access_tokens",
        {"permissions": {"checks": "write"}, "repository_ids": [repo.id]},
    )
    Client(stage.box, made["token"]).get("/installation/repositories")
    Client(stage.box, made["token"]).delete("/installation/token")
    bot.get("/installation/repositories")
    stage.outsider.get("/apps/gatewright")
    stage.alice.delete(f"/user/installations/{key}/repositories/{repo.id}")
    stage.alice.put(f"/user/installations/{key}/repositories/{repo.id}")
    code = stage.box.new_manifest_code("Fresh", {"default_permissions": {"checks": "write"}})
    Client(stage.box).post(f"/app-manifests/{code}/conversions")
    app.put(f"/app/installations/{key}/suspended")
    app.delete(f"/app/installations/{key}/suspended")
    other = stage.box.install_app("bob")
    app.delete(f"/app/installations/{other.id}")


def refusals(stage: Stage) -> None:
    """Errors have GitHub's shape too."""
    alice, bob, bot, nobody = stage.alice, stage.bob, stage.bot, Client(stage.box)
    nobody.get("/user")
    Client(stage.box, "ghp_wrong").get(R)
    nobody.post(f"{R}/issues", {"title": "x"})
    alice.get(f"{R}/pulls/999")
    alice.get("/repos/acme/none")
    bob.patch(R, {"description": "x"})
    bot.put(f"{R}/contents/x", {"message": "m", "content": "eA=="})
    alice.post(f"{R}/check-runs", {"name": "x", "head_sha": stage.head})
    bot.post(f"{R}/check-runs", {"name": "x", "head_sha": "0" * 40})
    bob.post(f"{R}/pulls", {"title": "x", "head": "none", "base": "main"})
    bob.post(f"{R}/pulls/1/reviews", {"event": "APPROVE"})
    alice.put(f"{R}/pulls/1/merge", {"sha": "1" * 40})
    alice.get(f"{R}/compare/main...none")
    alice.get(f"{R}/contents/none")
    stage.box.rename_repo(REPO, "gadgets")
    alice.send("GET", R)
    alice.send("PATCH", R, {"description": "x"})
    key = stage.box.find_repo("acme/gadgets").id
    alice.get(f"/repositories/{key}")
    stage.box.rename_repo("acme/gadgets", "widgets")
