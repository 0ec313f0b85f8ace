"""Filling a sandbox from plain data, as a JSON or YAML file gives it."""

from collections.abc import Mapping
from typing import Any

from app.sandbox.control.base import NoSuchThingError
from app.sandbox.control.everything import EveryControl
from app.sandbox.world.pulls import Pull

Data = Mapping[str, Any]

_KNOWN = {"users", "orgs", "apps", "install", "repos"}

# Enough to see every gate at work: two people, a team, a repository, a change under review.
DEMO: Data = {
    "users": ["alice", "bob", "carol"],
    "orgs": [
        {
            "login": "acme",
            "members": {"alice": "admin", "bob": "member", "carol": "member"},
            "teams": [{"name": "Core", "members": ["alice", "carol"]}],
        }
    ],
    "install": ["acme"],
    "repos": [
        {
            "name": "acme/widgets",
            "files": {"README.md": "# Widgets\n", "src/widget.py": "SIZE = 3\n"},
            "collaborators": {"bob": "write"},
            "teams": {"core": "maintain"},
            "branches": {
                "bigger": {
                    "files": {"src/widget.py": "SIZE = 4\n"},
                    "author": "bob",
                    "message": "Make widgets bigger",
                }
            },
            "pull_requests": [
                {"head": "bigger", "title": "Make widgets bigger", "author": "bob"},
            ],
        }
    ],
}


def plant(box: EveryControl, seed: Data) -> None:
    """Make everything that the seed names, in an order in which it can exist."""
    unknown = sorted(set(seed) - _KNOWN)
    if unknown:
        raise NoSuchThingError(f"a seed has no part {unknown[0]!r}; it knows {sorted(_KNOWN)}")
    for login in seed.get("users", ()):
        box.add_user(login)
    for org in seed.get("orgs", ()):
        _plant_org(box, org)
    for app in seed.get("apps", ()):
        made = box.add_app(app["name"], app.get("permissions"), app.get("events", ()))
        for account in app.get("install", ()):
            box.install_app(account, made)
    for account in seed.get("install", ()):
        box.install_app(account)
    for repo in seed.get("repos", ()):
        _plant_repo(box, repo)


def _plant_org(box: EveryControl, org: Data) -> None:
    box.add_org(org["login"], org.get("members", ()))
    for team in org.get("teams", ()):
        box.add_team(org["login"], team["name"], team.get("members", ()))


def _plant_repo(box: EveryControl, repo: Data) -> None:
    name = repo["name"]
    made = box.add_repo(name, repo.get("files"), private=bool(repo.get("private")))
    for login, role in repo.get("collaborators", {}).items():
        box.grant(made, login, role)
    for slug, role in repo.get("teams", {}).items():
        box.grant(made, made.owner.teams[slug], role)
    for branch, commit in repo.get("branches", {}).items():
        author = commit.get("author", made.owner.login)
        message = commit.get("message", f"Work on {branch}")
        box.commit(made, branch, commit.get("files", {}), author=author, message=message)
    for branch, contexts in repo.get("required_checks", {}).items():
        box.require_checks(made, branch, *contexts)
    for pull in repo.get("pull_requests", ()):
        _plant_pull(box, name, pull)


def _plant_pull(box: EveryControl, repo: str, pull: Data) -> Pull:
    details = {name: value for name, value in pull.items() if name not in {"head", "reviews"}}
    made = box.open_pull_request(repo, pull["head"], **details)
    for review in pull.get("reviews", ()):
        event, body = review.get("event", "APPROVE"), review.get("body", "")
        box.review(repo, made, review["user"], event, body)
    return made
