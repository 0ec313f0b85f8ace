"""Walks through every endpoint of the sandbox; the OpenAPI judge reads what was said."""

from app.sandbox.world.pulls import Pull
from tests.sandbox.client import EVERYTHING, REPO, Client, Stage

R = f"/repos/{REPO}"
NOBODY = "http://127.0.0.1:9/"  # nobody listens on the discard port


def everything_bot(stage: Stage) -> Client:
    app = stage.box.add_app("Everything", EVERYTHING)
    return Client(stage.box, stage.box.installation_token(stage.box.install_app("acme", app)))


def another_pull(stage: Stage, branch: str, **files: str) -> Pull:
    box = stage.box
    content = {name.replace("__", "."): text for name, text in files.items()}
    box.commit(REPO, branch, content or {f"{branch}.txt": "new\n"}, author="bob")
    return box.open_pull_request(REPO, branch, author="bob", title=branch)


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


def meta(stage: Stage) -> None:
    stage.outsider.get("/meta")
    stage.bot.get("/rate_limit")


def repos(stage: Stage) -> None:
    alice = stage.alice
    alice.get(R)
    alice.patch(R, {"description": "Widgets", "allow_rebase_merge": True})
    alice.get("/orgs/acme/repos")
    alice.post("/orgs/acme/repos", {"name": "fresh", "private": True})
    alice.post("/user/repos", {"name": "own"})
    alice.post(f"{R}/forks", {"organization": "alice", "name": "fork"})
    alice.get("/repos/alice/fork")
    alice.get(f"{R}/forks")
    alice.post("/repos/acme/fresh/transfer", {"new_owner": "alice"})
    alice.delete("/repos/alice/own")
    alice.get(f"{R}/branches")
    alice.get(f"{R}/branches/main")
    alice.get(f"{R}/tags")
    alice.get(f"{R}/teams")


def contents(stage: Stage) -> None:
    alice = stage.alice
    alice.get(f"{R}/contents")
    alice.get(f"{R}/contents/")
    alice.get(f"{R}/contents/src")
    alice.get(f"{R}/contents/src/a.py?ref=feature")
    alice.get(f"{R}/contents/src/a.py", Accept="application/vnd.github.raw+json")
    alice.get(f"{R}/contents/src", Accept="application/vnd.github.object+json")
    made = alice.put(f"{R}/contents/new.txt", {"message": "Add", "content": "aGk=\n"})
    sha = made["content"]["sha"]
    author = {"name": "Al", "email": "al@example.com"}
    body = {"message": "Change", "content": "aG8=", "sha": sha, "author": author}
    made = alice.put(f"{R}/contents/new.txt", body)
    alice.delete(f"{R}/contents/new.txt", {"message": "Drop", "sha": made["content"]["sha"]})


def git_data(stage: Stage) -> None:
    alice = stage.alice
    main = alice.get(f"{R}/git/ref/heads/main")["object"]["sha"]
    alice.get(f"{R}/git/matching-refs/heads")
    commit = alice.get(f"{R}/git/commits/{main}")
    alice.get(f"{R}/git/trees/{main}?recursive=1")
    blob = alice.post(f"{R}/git/blobs", {"content": "hi\n", "encoding": "utf-8"})
    alice.get(f"{R}/git/blobs/{blob['sha']}")
    entries = [
        {"path": "deep/b.txt", "mode": "100644", "type": "blob", "sha": blob["sha"]},
        {"path": "c.txt", "mode": "100755", "type": "blob", "content": "c\n"},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
    ]
    body = {"base_tree": commit["tree"]["sha"], "tree": entries}
    tree = alice.post(f"{R}/git/trees", body)
    body = {"message": "By hand", "tree": tree["sha"], "parents": [main]}
    made = alice.post(f"{R}/git/commits", body)
    alice.post(f"{R}/git/refs", {"ref": "refs/heads/by/hand", "sha": main})
    alice.patch(f"{R}/git/refs/heads/by/hand", {"sha": made["sha"]})
    alice.get(f"{R}/git/ref/heads/by/hand")
    alice.delete(f"{R}/git/refs/heads/by/hand")
    body = {"tag": "v1", "message": "One", "object": main, "type": "commit"}
    tag = alice.post(f"{R}/git/tags", body)
    alice.post(f"{R}/git/refs", {"ref": "refs/tags/v1", "sha": tag["sha"]})
    alice.get(f"{R}/git/tags/{tag['sha']}")


def commits(stage: Stage) -> None:
    bob = stage.bob
    bob.get(f"{R}/commits?sha=feature&per_page=1")
    bob.get(f"{R}/commits/{stage.head}")
    bob.get(f"{R}/commits/feature", Accept="application/vnd.github.sha")
    bob.get(f"{R}/commits/feature", Accept="application/vnd.github.diff")
    bob.get(f"{R}/commits/{stage.head}/pulls")
    bob.get(f"{R}/commits/{stage.head}/branches-where-head")
    bob.get(f"{R}/compare/main...feature")
    bob.get(f"{R}/compare/main...feature?per_page=1&page=2")
    bob.get(f"{R}/compare/main...feature", Accept="application/vnd.github.diff")
    body = {"base": "main", "head": "side", "commit_message": "Join"}
    stage.box.commit(REPO, "side", {"side.txt": "s\n"}, author="bob")
    bob.post(f"{R}/merges", body)
    bob.post(f"{R}/merges", body)


def pulls(stage: Stage) -> None:
    bob, alice = stage.bob, stage.alice
    stage.box.commit(REPO, "topic", {"t.txt": "t\n"}, author="bob")
    body = {"title": "Topic", "head": "topic", "base": "main", "body": "Why", "draft": False}
    number = bob.post(f"{R}/pulls", body)["number"]
    one = f"{R}/pulls/{number}"
    bob.get(f"{R}/pulls?state=all&head=acme:topic&base=main&sort=updated&direction=asc")
    bob.get(one)
    bob.get(one, Accept="application/vnd.github.diff")
    bob.patch(one, {"title": "Topic 2", "body": "Because"})
    bob.get(f"{one}/files")
    bob.get(f"{one}/commits")
    stage.box.add_team("acme", "Core", ["alice"])
    bob.post(f"{one}/requested_reviewers", {"reviewers": ["alice"], "team_reviewers": ["core"]})
    bob.get(f"{one}/requested_reviewers")
    alice.get(one)
    bob.delete(f"{one}/requested_reviewers", {"reviewers": ["alice"]})
    bob.send("GET", f"{one}/merge")
    stage.box.commit(REPO, "main", {"other.txt": "o\n"}, author="alice")
    bob.put(f"{one}/update-branch", {"expected_head_sha": stage.box.sha(REPO, "topic")})
    bob.put(f"{one}/merge", {"merge_method": "squash", "sha": stage.box.sha(REPO, "topic")})
    bob.get(one)
    bob.send("GET", f"{one}/merge")


def forks(stage: Stage) -> None:
    bob = stage.bob
    fork = stage.box.fork(REPO, "carol")
    stage.box.commit(fork, "patch", {"p.txt": "p\n"}, author="carol")
    body = {"title": "From afar", "head": "carol:patch", "base": "main"}
    made = Client(stage.box, stage.box.token_for("carol")).post(f"{R}/pulls", body)
    bob.get(f"{R}/pulls/{made['number']}")
    bob.patch(f"{R}/pulls/{made['number']}", {"state": "closed"})
    stage.box.delete_repo(fork)
    bob.get(f"{R}/pulls/{made['number']}")


def reviews(stage: Stage) -> None:
    alice, bob = stage.alice, stage.bob
    one = f"{R}/pulls/{another_pull(stage, 'reviewed').number}"
    line = {"path": "reviewed.txt", "line": 1, "side": "RIGHT", "body": "Hm"}
    draft = alice.post(f"{one}/reviews", {"body": "Draft", "comments": [line]})
    key = f"{one}/reviews/{draft['id']}"
    alice.get(key)
    alice.get(f"{key}/comments")
    alice.put(key, {"body": "Better"})
    alice.post(f"{key}/events", {"event": "APPROVE"})
    alice.put(f"{key}/dismissals", {"message": "Changed my mind", "event": "DISMISS"})
    second = alice.post(f"{one}/reviews", {"body": "Another draft"})
    alice.delete(f"{one}/reviews/{second['id']}")
    alice.post(f"{one}/reviews", {"event": "APPROVE"})
    bob.get(f"{one}/reviews")
    made = bob.post(
        f"{one}/comments",
        {"body": "Note", "path": "reviewed.txt", "line": 1, "commit_id": _head(stage, one)},
    )
    bob.post(f"{one}/comments/{made['id']}/replies", {"body": "Yes"})
    bob.get(f"{one}/comments")


def _head(stage: Stage, path: str) -> str:
    return str(stage.bob.get(path)["head"]["sha"])


def issues(stage: Stage) -> None:
    alice, bob = stage.alice, stage.bob
    made = alice.post(f"{R}/issues", {"title": "Bug", "body": "Ouch", "labels": ["bug"]})
    one = f"{R}/issues/{made['number']}"
    alice.get(f"{R}/issues?state=all")
    alice.get(one)
    alice.get(f"{R}/issues/1")
    alice.patch(one, {"state": "closed", "assignees": ["bob"]})
    alice.patch(one, {"state": "open"})
    comment = bob.post(f"{one}/comments", {"body": "Me too"})
    key = f"{R}/issues/comments/{comment['id']}"
    bob.get(f"{one}/comments")
    bob.get(f"{R}/issues/comments")
    bob.get(key)
    bob.patch(key, {"body": "Me three"})
    reaction = alice.post(f"{key}/reactions", {"content": "eyes"})
    alice.post(f"{key}/reactions", {"content": "eyes"})
    alice.get(f"{key}/reactions")
    alice.delete(f"{key}/reactions/{reaction['id']}")
    bob.delete(key)
    alice.post(f"{one}/reactions", {"content": "+1"})
    alice.get(f"{one}/reactions")


def labels(stage: Stage) -> None:
    alice = stage.alice
    one = f"{R}/issues/1"
    alice.post(f"{R}/labels", {"name": "area/api", "color": "f29513"})
    alice.get(f"{R}/labels")
    alice.get(f"{R}/labels/area/api")
    alice.post(f"{one}/labels", {"labels": ["area/api", "big"]})
    alice.put(f"{one}/labels", {"labels": ["big", "small"]})
    alice.get(f"{one}/labels")
    alice.delete(f"{one}/labels/big")
    alice.delete(f"{one}/labels")
    alice.delete(f"{R}/labels/area/api")


def history(stage: Stage) -> None:
    alice, box = stage.alice, stage.box
    pull = another_pull(stage, "storied")
    one = f"{R}/issues/{pull.number}"
    box.commit(REPO, "next", {"n.txt": "n\n"}, author="alice")
    stage.bob.patch(f"{R}/pulls/{pull.number}", {"base": "next", "title": "Tale"})
    box.set_labels(REPO, pull.number, ["big"], "alice")
    box.request_review(REPO, pull, "alice")
    review = box.review(REPO, pull, "alice")
    box.dismiss(REPO, pull, review, "alice", "no")
    box.comment(REPO, pull.number, "carol", "Nice")
    box.commit(REPO, "storied", {"s2.txt": "2\n"}, author="bob", parents=(box.sha(REPO, "main"),))
    stage.bob.patch(f"{R}/pulls/{pull.number}", {"state": "closed"})
    stage.bob.patch(f"{R}/pulls/{pull.number}", {"state": "open"})
    box.set_draft(REPO, pull, draft=True)
    box.set_draft(REPO, pull, draft=False)
    box.merge(REPO, pull, actor="alice")
    alice.get(f"{one}/events")
    alice.get(f"{one}/timeline")


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


def people(stage: Stage) -> None:
    alice = stage.alice
    stage.box.add_team("acme", "Ops", ["bob"])
    team = "/orgs/acme/teams/ops"
    stage.box.grant(REPO, stage.box.find_account("acme").teams["ops"], "maintain")
    carol = stage.box.find_account("carol")
    alice.get("/user")
    alice.get(f"/user/{carol.id}")
    alice.get("/users/carol")
    alice.get("/orgs/acme")
    alice.get("/orgs/acme/members")
    alice.send("GET", "/orgs/acme/members/bob")
    alice.get("/orgs/acme/memberships/bob")
    alice.get("/orgs/acme/teams")
    alice.get(team)
    alice.get(f"{team}/members")
    alice.get(f"{team}/memberships/bob")
    alice.put(f"{team}/memberships/mallory", {"role": "member"})
    alice.delete(f"{team}/memberships/mallory")
    alice.get(f"{team}/repos/{REPO}")
    alice.get(f"{team}/repos/{REPO}", Accept="application/vnd.github.v3.repository+json")


def collaborators(stage: Stage) -> None:
    alice = stage.alice
    alice.put(f"{R}/collaborators/mallory", {"permission": "triage"})
    alice.get(f"{R}/collaborators")
    alice.send("GET", f"{R}/collaborators/mallory")
    alice.get(f"{R}/collaborators/mallory/permission")
    alice.delete(f"{R}/collaborators/mallory")
    alice.get(f"{R}/teams")


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
    bot.delete(f"{R}/environments/staging")


def rules(stage: Stage) -> None:
    alice = stage.alice
    stage.box.commit(REPO, "release", {"r.txt": "r\n"}, author="alice")
    one = f"{R}/branches/release/protection"
    body = {
        "required_status_checks": {"strict": True, "contexts": ["ci"], "checks": []},
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 2},
        "restrictions": None,
    }
    alice.put(one, body)
    alice.get(one)
    alice.get(f"{one}/required_status_checks")
    alice.get(f"{R}/branches/release")
    alice.delete(one)
    check = {"context": "gate", "integration_id": stage.box.app_id}
    parameters = {
        "required_status_checks": [check],
        "strict_required_status_checks_policy": False,
    }
    body = {
        "name": "Releases",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["refs/heads/release"], "exclude": []}},
        "rules": [{"type": "required_status_checks", "parameters": parameters}],
    }
    made = alice.post(f"{R}/rulesets", body)
    alice.get(f"{R}/rulesets")
    alice.get(f"{R}/rulesets/{made['id']}")
    alice.get(f"{R}/rules/branches/release")
    alice.put(f"{R}/rulesets/{made['id']}", {"enforcement": "evaluate"})
    alice.delete(f"{R}/rulesets/{made['id']}")


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
    box.ask_protection(REPO, run, "production")
    answer = {"environment_name": "production", "state": "approved", "comment": "Go"}
    bot.post(f"{one}/deployment_protection_rule", answer)
    bot.get(f"{R}/actions/workflows")
    start = f"{R}/actions/workflows/deploy.yml/dispatches"
    bot.post(start, {"ref": "main", "inputs": {"sha": stage.head}})
    bot.post(start, {"ref": "main", "return_run_details": True})
    bot.post(f"{R}/dispatches", {"event_type": "ping", "client_payload": {"a": 1}})


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


ALL = (
    meta,
    repos,
    contents,
    git_data,
    commits,
    pulls,
    forks,
    reviews,
    issues,
    labels,
    history,
    checks,
    statuses,
    people,
    collaborators,
    deployments,
    rules,
    actions,
    refusals,
    hooks,
    apps,
)
