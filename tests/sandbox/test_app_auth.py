"""Who is let in: App tokens, installation tokens, users, nobody."""

from datetime import timedelta

import jwt
import pytest

from app.sandbox.acts.apps import new_key
from app.sandbox.box import Sandbox
from tests.sandbox.client import REPO, Client, Stage, app_jwt

R = f"/repos/{REPO}"


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ({}, 200),
        ({"lasts": 629}, 200),
        ({"lasts": 660}, 401),
        ({"issued": 120}, 401),
        ({"issued": 30}, 200),
        ({"issued": -600, "lasts": 300}, 401),
        ({"iss": "999"}, 401),
        ({"iat": "soon"}, 401),
    ],
    ids=[
        "usual",
        "just within ten minutes",
        "more than ten minutes ahead",
        "issued in the future",
        "clock half a minute ahead",
        "expired",
        "unknown App",
        "iat is no number",
    ],
)
def test_17_jwt_times_are_github_s(box: Sandbox, times: dict[str, int], status: int) -> None:
    assert Client(box, app_jwt(box.app, **times)).send("GET", "/app").status == status


def test_client_id_is_an_issuer_too(box: Sandbox) -> None:
    caller = Client(box, app_jwt(box.app, iss=box.app.client_id))
    assert caller.get("/app")["id"] == box.app_id


def test_16_jwt_signed_with_another_key_is_refused(box: Sandbox) -> None:
    box.app.key, original = new_key(), box.app.key
    forged = app_jwt(box.app)
    box.app.key = original
    assert Client(box, forged).send("GET", "/app").status == 401


def test_jwt_signed_with_a_shared_secret_is_refused(box: Sandbox) -> None:
    claims = jwt.decode(app_jwt(box.app), options={"verify_signature": False})
    forged = jwt.encode(claims, "x" * 32, algorithm="HS256")
    assert Client(box, forged).send("GET", "/app").status == 401


def test_kinds_of_callers_do_not_mix(stage: Stage) -> None:
    answers = {
        "jwt on a repository": stage.app.send("GET", R).status,
        "installation token on the App": stage.bot.send("GET", "/app").status,
        "user token on the App": stage.alice.send("GET", "/app").status,
        "user token on an installation": stage.alice.send("GET", "/installation/repositories"),
    }
    answers["user token on an installation"] = answers["user token on an installation"].status
    assert answers == {
        "jwt on a repository": 401,
        "installation token on the App": 401,
        "user token on the App": 401,
        "user token on an installation": 403,
    }


def test_unknown_token_is_nobody_s(box: Sandbox) -> None:
    answer = Client(box, "ghp_guess").send("GET", "/user")
    assert (answer.status, answer.body["message"]) == (401, "Bad credentials")


def test_empty_permissions_mean_all_that_is_granted(stage: Stage) -> None:
    path = f"/app/installations/{stage.installation.id}/access_tokens"
    made = stage.app.post(path, {"permissions": {}})
    assert made["permissions"] == stage.installation.permissions


@pytest.mark.parametrize(
    "wanted",
    [{"permissions": {"contents": "write"}}, {"repository_ids": [1]}, {"repositories": ["none"]}],
    ids=["more than granted", "unknown repository id", "unknown repository"],
)
def test_token_cannot_be_wider_than_its_installation(stage: Stage, wanted: object) -> None:
    path = f"/app/installations/{stage.installation.id}/access_tokens"
    assert stage.app.send("POST", path, wanted).status == 422


def test_narrowed_token_lacks_the_rest(stage: Stage) -> None:
    value = stage.box.installation_token(stage.installation, {"pull_requests": "read"})
    body = {"name": "x", "head_sha": stage.head}
    answer = Client(stage.box, value).send("POST", f"{R}/check-runs", body)
    message = "Resource not accessible by integration"
    assert (answer.status, answer.body["message"]) == (403, message)


def test_76_missing_permission_hides_nothing_of_a_public_repository(stage: Stage) -> None:
    value = stage.box.installation_token(stage.installation, {"checks": "read"})
    assert Client(stage.box, value).send("GET", f"{R}/pulls/1").status == 200


def test_missing_permission_is_403_on_a_private_repository(stage: Stage) -> None:
    stage.box.find_repo(REPO).private = True
    value = stage.box.installation_token(stage.installation, {"checks": "read"})
    assert Client(stage.box, value).send("GET", f"{R}/pulls/1").status == 403


def test_private_repository_outside_the_token_does_not_exist(stage: Stage) -> None:
    other = stage.box.add_repo("acme/secret", private=True)
    value = stage.box.installation_token(stage.installation, repos=[REPO])
    assert Client(stage.box, value).send("GET", f"/repos/{other.full_name}").status == 404


def test_36_token_dies_after_an_hour(stage: Stage) -> None:
    bot = stage.bot
    stage.box.advance(timedelta(minutes=59))
    assert bot.send("GET", R).status == 200
    stage.box.advance(timedelta(minutes=2))
    assert bot.send("GET", R).status == 401


def test_75_suspended_installation_gets_no_token_and_its_tokens_fail(stage: Stage) -> None:
    bot = stage.bot
    stage.box.suspend(stage.installation)
    path = f"/app/installations/{stage.installation.id}/access_tokens"
    assert (stage.app.send("POST", path).status, bot.send("GET", R).status) == (403, 403)
    stage.box.unsuspend(stage.installation)
    assert bot.send("GET", R).status == 200


def test_uninstalled_app_is_gone(stage: Stage) -> None:
    bot = stage.bot
    stage.box.uninstall_app(stage.installation)
    assert bot.send("GET", R).status == 401
    assert stage.app.get("/app/installations") == []


def test_revoked_token_is_unknown(stage: Stage) -> None:
    bot = stage.bot
    bot.delete("/installation/token")
    assert bot.send("GET", R).status == 401


def test_selected_repositories_are_all_that_a_token_reaches(stage: Stage) -> None:
    stage.box.add_repo("acme/other")
    stage.box.select_repos(stage.installation, ["acme/other"])
    listed = stage.bot.get("/installation/repositories")
    assert [repo["full_name"] for repo in listed["repositories"]] == ["acme/other"]


def test_manifest_code_works_once(box: Sandbox) -> None:
    code = box.new_manifest_code("Fresh", {"hook_attributes": {"url": "https://bot.example/"}})
    first = Client(box).send("POST", f"/app-manifests/{code}/conversions")
    second = Client(box).send("POST", f"/app-manifests/{code}/conversions")
    assert first.body["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert (first.status, second.status) == (201, 404)
