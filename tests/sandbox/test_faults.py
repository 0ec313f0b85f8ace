"""Limits, caching and faults of the REST API."""

import threading
from datetime import timedelta

import pytest

from tests.sandbox.client import REPO, Answer, Stage

R = f"/repos/{REPO}"
ME = "installation:{}"


def left(answer: Answer) -> int:
    return int(answer.headers["X-RateLimit-Remaining"])


def test_every_answer_tells_what_is_left(stage: Stage) -> None:
    bot = stage.bot
    first, second = bot.send("GET", R), bot.send("GET", f"{R}/pulls/999")
    assert (second.status, left(second)) == (404, left(first) - 1)
    assert first.headers["X-RateLimit-Resource"] == "core"
    assert first.headers["X-GitHub-Request-Id"] != second.headers["X-GitHub-Request-Id"]


def test_unchanged_answer_is_304_and_free(stage: Stage) -> None:
    bot = stage.bot
    first = bot.send("GET", R)
    again = bot.send("GET", R, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body, left(again)) == (304, None, left(first))
    stage.alice.patch(R, {"description": "New"})
    assert bot.send("GET", R, If_None_Match=first.headers["ETag"]).status == 200


def test_spent_hour_is_403_until_the_reset(stage: Stage) -> None:
    bot = stage.bot
    stage.box.leave_requests(ME.format(stage.installation.id), 1)
    assert [bot.send("GET", R).status for _ in range(2)] == [200, 403]
    assert bot.send("GET", "/rate_limit").body["rate"]["remaining"] == 0
    stage.box.advance(timedelta(minutes=59))
    assert bot.send("GET", R).status == 403
    stage.box.advance(timedelta(minutes=2))
    assert stage.bot.send("GET", R).status == 200


@pytest.mark.parametrize(
    ("kind", "status", "header"),
    [
        ("status", 502, ("Content-Type", "application/json; charset=utf-8")),
        ("secondary_limit", 403, ("Retry-After", "60")),
        ("primary_limit", 403, ("X-RateLimit-Remaining", "0")),
    ],
)
def test_faults_strike_as_often_as_asked(
    stage: Stage, kind: str, status: int, header: tuple[str, str]
) -> None:
    stage.box.fail_api(kind, r"/check-runs$", "POST", count=2)
    body = {"name": "gate", "head_sha": stage.head}
    answers = [stage.bot.send("POST", f"{R}/check-runs", body) for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 201]
    assert answers[0].headers[header[0]] == header[1]
    assert stage.bob.get(f"{R}/commits/{stage.head}/check-runs")["total_count"] == 1


def test_fault_passes_over_other_calls(stage: Stage) -> None:
    stage.box.fail_api("status", r"/check-runs$", "POST", status=500)
    assert stage.bot.send("GET", f"{R}/commits/{stage.head}/check-runs").status == 200


def test_26_answer_lost_after_the_work(stage: Stage) -> None:
    stage.box.fail_api("after", r"/comments$", "POST")
    assert stage.bot.send("POST", f"{R}/issues/1/comments", {"body": "Hi"}).status == 502
    assert len(stage.bob.get(f"{R}/issues/1/comments")) == 1


def test_F07_stale_answer_is_the_one_given_before(stage: Stage) -> None:
    bob = stage.bob
    before = bob.get(f"{R}/pulls/1")["head"]["sha"]
    after = stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob")
    stage.box.fail_api("stale", r"/pulls/1$")
    heads = [bob.get(f"{R}/pulls/1")["head"]["sha"] for _ in range(2)]
    assert heads == [before, after]


def test_refusal_names_the_permission_that_is_needed(stage: Stage) -> None:
    answer = stage.bot.send("PUT", f"{R}/contents/x", {"message": "m", "content": "eA=="})
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "contents=write"


def test_held_call_goes_on_when_released(stage: Stage) -> None:
    fault = stage.box.fail_api("hold", r"/pulls/1$")
    answers: list[int] = []
    bob = stage.bob
    caller = threading.Thread(target=lambda: answers.append(bob.send("GET", f"{R}/pulls/1").status))
    caller.start()
    assert fault.reached.wait(10)
    assert bob.send("GET", R).status == 200
    assert answers == []
    fault.released.set()
    caller.join(10)
    assert answers == [200]


def test_calm_disarms_faults(stage: Stage) -> None:
    stage.box.fail_api("status", count=9)
    stage.box.calm()
    assert stage.bob.send("GET", R).status == 200


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[1]", 400)], ids=["not JSON", "not an object"]
)
def test_body_that_cannot_be_read(stage: Stage, body: bytes, status: int) -> None:
    import requests  # noqa: PLC0415 - the one call with a raw body

    token = stage.box.token_for("alice")
    answer = requests.post(
        f"{stage.box.url}{R}/issues",
        data=body,
        headers={"Authorization": f"token {token}"},
        timeout=10,
    )
    assert answer.status_code == status


def test_pages_are_a_hundred_at_most(stage: Stage) -> None:
    for number in range(101):
        stage.box.post_status(REPO, stage.head, f"ci/{number}", "success")
    path = f"{R}/commits/{stage.head}/statuses"
    first = stage.bob.send("GET", f"{path}?per_page=1000")
    assert len(first.body) == 100
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert len(stage.bob.get(f"{path}?per_page=100&page=2")) == 1
