"""The control door, seeds, the request log, and life from start to stop."""

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from app.errors import SettingsError
from app.sandbox.box import Sandbox
from app.sandbox.connection import describe
from app.sandbox.control.base import NoSuchThingError
from app.sandbox.http.routing import Router
from app.sandbox.routes.table import all_routes
from app.sandbox.seed import plant
from app.sandbox.serve import serve
from tests.sandbox.client import REPO, Client, Stage, app_jwt
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"


def control(box: Sandbox, method: str, path: str, body: Any = None, **headers: str) -> Any:
    url = f"{box.url}/_sandbox{path}"
    return requests.request(method, url, json=body, headers=headers, timeout=10)


def test_requests_are_logged_with_template_and_actor(stage: Stage) -> None:
    stage.box.forget_requests()
    stage.bot.post(f"{R}/check-runs", {"name": "gate", "head_sha": stage.head})
    stage.outsider.get(f"{R}/pulls?state=all")
    made, listed = control(stage.box, "GET", "/requests").json()
    assert made["template"] == "/repos/{owner}/{repo}/check-runs"
    assert (made["body"]["name"], made["status"]) == ("gate", 201)
    assert made["actor"] == f"installation:{stage.installation.id}"
    assert (listed["actor"], listed["query"]) == ("user:mallory", {"state": "all"})


def test_control_door_moves_the_world(stage: Stage) -> None:
    box = stage.box
    files = {"c.txt": "c\n"}
    body = {"repo": REPO, "branch": "control", "files": files, "author": "bob"}
    sha = control(box, "POST", "/commits", body).json()["sha"]
    assert box.sha(REPO, "control") == sha
    body = {"repo": REPO, "head": "control", "author": "bob"}
    number = control(box, "POST", "/pull-requests", body).json()["number"]
    body = {"repo": REPO, "sha": sha, "name": "ci", "conclusion": "success"}
    assert control(box, "POST", "/checks", body).status_code == 200
    body = {"repo": REPO, "sha": sha, "context": "x", "state": "pending"}
    assert control(box, "POST", "/statuses", body).status_code == 200
    group = control(box, "POST", "/merge-groups", {"repo": REPO, "numbers": [number]}).json()
    assert box.sha(REPO, group["head_ref"].removeprefix("refs/heads/")) == group["head_sha"]
    body = {"repo": REPO, "number": number, "draft": True}
    assert control(box, "POST", "/drafts", body).status_code == 200
    assert stage.bob.get(f"{R}/pulls/{number}")["draft"] is True


def test_control_door_makes_faults(stage: Stage) -> None:
    body = {"kind": "status", "path": "/pulls/1$", "status": 500}
    assert control(stage.box, "POST", "/faults", body).status_code == 200
    assert stage.bob.send("GET", f"{R}/pulls/1").status == 500
    with receiving() as receiver:
        control(stage.box, "PUT", "/webhook", {"url": receiver.url})
        control(stage.box, "POST", "/webhook-faults", {"mishap": "drop"})
        stage.box.comment(REPO, 1, "carol", "a")
        stage.box.comment(REPO, 1, "carol", "b")
        assert control(stage.box, "POST", "/wait").status_code == 200
    assert len(receiver.hooks) == 1
    (delivery,) = control(stage.box, "GET", "/deliveries").json()
    assert delivery["payload"]["comment"]["body"] == "b"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/nothing", {}, 404),
        ("POST", "/commits", {"repo": "no/such", "branch": "x", "files": {}}, 422),
        ("POST", "/commits", {}, 422),
        ("POST", "/faults", {"kind": "sabotage"}, 422),
    ],
    ids=["unknown verb", "unknown repository", "field missing", "unknown fault"],
)
def test_control_door_says_what_is_wrong(
    box: Sandbox, method: str, path: str, body: Any, status: int
) -> None:
    answer = control(box, method, path, body)
    assert (answer.status_code, "message" in answer.json()) == (status, True)


def test_web_pages_cannot_use_the_control_door(box: Sandbox) -> None:
    answer = control(box, "GET", "/connection", Origin="https://evil.example")
    assert answer.status_code == 403


def test_seed_makes_what_it_names(box: Sandbox) -> None:
    seed = {
        "users": ["alice", "bob"],
        "orgs": [
            {
                "login": "acme",
                "members": {"alice": "admin", "bob": "member"},
                "teams": [{"name": "Core", "members": ["bob"]}],
            }
        ],
        "apps": [{"name": "Some CI", "install": ["acme"]}],
        "install": ["acme"],
        "repos": [
            {
                "name": REPO,
                "private": True,
                "teams": {"core": "write"},
                "branches": {"work": {"files": {"a": "b"}, "author": "bob"}},
                "required_checks": {"main": ["ci"]},
                "pull_requests": [
                    {"head": "work", "author": "bob", "reviews": [{"user": "alice"}]}
                ],
            }
        ],
    }
    answer = control(box, "POST", "/seed", seed).json()
    assert set(answer["installations"]) == {"acme"}
    bob = Client(box, answer["tokens"]["bob"])
    assert bob.get(f"{R}/pulls/1")["mergeable_state"] == "blocked"
    assert [each["state"] for each in bob.get(f"{R}/pulls/1/reviews")] == ["APPROVED"]
    assert bob.get(f"{R}/collaborators/bob/permission")["role_name"] == "write"


def test_seed_with_a_wrong_word_is_refused(box: Sandbox) -> None:
    with pytest.raises(NoSuchThingError, match="'repositories'"):
        plant(box, {"repositories": []})


def test_served_sandbox_tells_how_to_connect(tmp_path: Path) -> None:
    box = serve(state_dir=tmp_path)
    try:
        told = json.loads((tmp_path / "sandbox.json").read_text())
        assert told == describe(box)
        assert told["base_url"] == box.url
        caller = Client(box, app_jwt(box.app))
        assert caller.get("/app/installations")[0]["id"] == told["installations"]["acme"]
        for name in ("sandbox.json", "sandbox-app.pem"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        box.stop()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sandbox-app.pem", "sandbox.json"]


def test_sandbox_stays_on_the_loopback() -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1 only"):
        serve(host="0.0.0.0")  # noqa: S104 - the point of the test


def test_stopped_sandbox_leaves_nothing_behind() -> None:
    before = {thread.name for thread in threading.enumerate()}
    with Sandbox() as box:
        directory, url = box.world.directory, box.url
        assert requests.get(f"{url}/meta", timeout=5).status_code == 200
    assert not directory.exists()
    assert {thread.name for thread in threading.enumerate()} == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/meta", timeout=5)


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    with Sandbox() as one, Sandbox() as two:
        one.add_user("alice")
        assert one.url != two.url
        assert requests.get(f"{two.url}/users/alice", timeout=5).status_code == 404


def test_box_imports_nothing_of_the_product() -> None:
    code = "import sys, app.sandbox.box, app.sandbox.serve\n"
    code += "print(*sorted(m for m in sys.modules if m.startswith('app.')))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    foreign = [name for name in done.stdout.split() if not name.startswith("app.sandbox")]
    assert foreign == ["app.errors"]


def test_every_route_is_written_once() -> None:
    routes = [(route.method, route.template) for route in all_routes()]
    assert len(routes) == len(set(routes)) == len(Router(all_routes()).templates())
