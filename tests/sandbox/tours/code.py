"""Tours: repositories, commits, pull requests, rules."""

from tests.sandbox.client import REPO, Client, Stage
from tests.sandbox.tours.common import R


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
