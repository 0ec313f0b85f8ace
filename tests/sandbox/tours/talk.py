"""Tours: reviews, issues, people."""

from tests.sandbox.client import REPO, Stage
from tests.sandbox.tours.common import R, another_pull


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
