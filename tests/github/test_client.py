"""The client against mocked answers that fit GitHub's own description."""

import json
from datetime import timedelta

import pytest
import requests

from app.errors import (
    ForbiddenError,
    GitHubError,
    GitHubUnavailableError,
    NotFoundError,
    RateLimitedError,
)
from app.github.client import Client, Shared
from app.github.meter import Spent
from tests.builders import NOW
from tests.github.conftest import TOKEN, young
from tests.github.mock import HOST, mocked

PULL = "/repos/octocat/Hello-World/pulls/1347"
RUNS = "/repos/github/hello-world/check-runs"
RUN = f"{RUNS}/4"
REVIEWS = "/repos/octocat/Hello-World/pulls/12/reviews"
CREATION = {"name": "x", "head_sha": "ce587453ced02b1526dfb4cb910479d431683101"}
SPENT = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000"}


def test_a_request_says_who_we_are_and_which_api_we_mean(github, client):
    github.answer("GET", PULL)
    assert client.get(PULL)["number"] == 1347
    (request,) = github.seen
    expected = {
        "Authorization": f"token {TOKEN}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "gatewright",
    }
    assert {name: request.headers[name] for name in expected} == expected


def test_a_base_url_with_a_path_is_an_enterprise_server(clock):
    base = "https://ghe.example.test/api/v3"
    client = Client(Shared(base, clock), None)
    with mocked(base) as github:
        path = "/repos/octocat/Hello-World/pulls/1/reviews"
        pages = [github.example("GET", path), []]
        github.answer("GET", path, pages[0], Link=f'<{base}{path}?page=2>; rel="next"')
        github.answer("GET", path, pages[1])
        assert len(list(client.pages(path))) == len(pages[0])
        assert github.urls() == [
            f"{base}{path}?per_page=100",
            f"{base}{path}?page=2",
        ]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_can_be_repeated_is_repeated_after_a_passing_fault(
    github, client, waits, method, status
):
    path = PULL if method == "GET" else RUN
    github.fall_over(method, path, status)
    github.fall_over(method, path, status)
    github.answer(method, path)
    send = {"GET": client.get, "PATCH": lambda url: client.patch(url, {})}[method]
    assert send(path)["url"]
    assert waits.asked == [0.2, 1.0]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_three_faults_in_a_row_are_an_outage(github, client, method):
    path = PULL if method == "GET" else RUN
    for _ in range(3):
        github.fall_over(method, path)
    send = {"GET": client.get, "PATCH": lambda url: client.patch(url, {})}[method]
    with pytest.raises(GitHubUnavailableError) as outage:
        send(path)
    assert str(outage.value) == f"GitHub answered 502 to {method} {path}: no reason given"


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout("no route"),
        requests.ReadTimeout("10 s"),
        requests.ConnectionError("reset by peer"),
        requests.exceptions.ChunkedEncodingError("cut off"),
        requests.exceptions.SSLError("certificate"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_answer_is_an_outage_and_names_only_the_kind_of_fault(github, client, error):
    github.silence("POST", RUNS, error)
    with pytest.raises(GitHubUnavailableError) as outage:
        client.post(RUNS, CREATION)
    said = f"GitHub did not answer POST {RUNS} ({type(error).__name__})"
    assert str(outage.value) == said


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_post_is_never_repeated_blindly(github, client, waits, status):
    github.fall_over("POST", RUNS, status)
    with pytest.raises(GitHubUnavailableError):
        client.post(RUNS, CREATION)
    assert (len(github.seen), waits.asked) == (1, [])


def test_what_must_not_happen_twice_is_not_repeated(github, client, waits):
    github.fall_over("PATCH", RUN)
    with pytest.raises(GitHubUnavailableError):
        client.append(RUN, {"output": {"summary": "x"}})
    assert (len(github.seen), waits.asked) == (1, [])


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (403, "Resource not accessible by integration", ForbiddenError),
        (403, "This installation has been suspended", ForbiddenError),
        (451, "Repository access blocked", ForbiddenError),
        (404, "Not Found", NotFoundError),
        (410, "Issues are disabled for this repo", NotFoundError),
        (422, "Validation Failed", GitHubError),
        (409, "Git Repository is empty.", GitHubError),
    ],
)
def test_a_refusal_is_one_of_our_errors_with_githubs_sentence(
    github, client, status, message, kind
):
    if status == 410:
        path = "/repos/octocat/Hello-World/issues/1"
    elif status == 409:
        path = "/repos/octocat/Hello-World/commits/main"
    else:
        path = PULL
    if status == 451:
        github.plain(path, 451, json.dumps({"message": message}))
    else:
        github.refuse("GET", path, status, message)
    with pytest.raises(GitHubError) as refused:
        client.get(path)
    assert type(refused.value) is kind
    assert refused.value.status == status
    assert str(refused.value) == f"GitHub answered {status} to GET {path}: {message}"


def test_githubs_sentence_is_one_short_line_and_the_query_is_not_shown(github, client):
    github.refuse("GET", REVIEWS, 404, "a\nb\t" + "x" * 1000)
    with pytest.raises(NotFoundError) as refused:
        list(client.pages(REVIEWS))
    said = str(refused.value)
    assert said.startswith(f"GitHub answered 404 to GET {REVIEWS}: a b xxx")
    assert len(said) < 300
    assert "per_page" not in said


def test_a_spent_quota_says_when_to_come_back_and_is_not_waited_for(github, client, waits):
    reset = int(NOW.timestamp()) + 1200
    headers = {**SPENT, "X-RateLimit-Reset": str(reset)}
    github.refuse("GET", PULL, 403, "API rate limit exceeded for installation.", **headers)
    with pytest.raises(RateLimitedError) as limited:
        client.get(PULL)
    assert (limited.value.kind, limited.value.until - NOW) == (
        "primary",
        timedelta(seconds=1201),
    )
    assert waits.asked == []


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_secondary_limit_is_handed_back_whatever_the_method(github, client, method, status):
    path = {"GET": PULL, "POST": RUNS, "PATCH": RUN}[method]
    message = "You have exceeded a secondary rate limit."
    github.refuse(method, path, status, message, Retry_After="90")
    send = {
        "GET": lambda: client.get(path),
        "POST": lambda: client.post(path, CREATION),
        "PATCH": lambda: client.patch(path, {}),
    }[method]
    with pytest.raises(RateLimitedError) as limited:
        send()
    assert (limited.value.kind, limited.value.until - NOW) == (
        "secondary",
        timedelta(seconds=90),
    )
    assert len(github.seen) == 1


def test_an_unchanged_answer_is_given_again_with_its_next_page(github, client):
    found = github.example("GET", REVIEWS)
    link = f'<{HOST}{REVIEWS}?page=2>; rel="next"'
    github.answer("GET", REVIEWS, found, ETag='W/"one"', Link=link)
    github.answer("GET", REVIEWS, [], ETag='W/"two"')
    first = list(client.pages(REVIEWS))
    github.unchanged(REVIEWS)
    github.unchanged(REVIEWS)
    assert list(client.pages(REVIEWS)) == first == found
    sent = [request.headers.get("If-None-Match") for request in github.seen]
    assert sent == [None, None, 'W/"one"', 'W/"two"']
    assert client.shared.meter.spent() == Spent(reads=2, unchanged=2, writes=0)


def test_a_changed_answer_replaces_the_old_one(github, client):
    for number, tag in enumerate(("one", "two")):
        body = github.example("GET", PULL, title=f"title {number}")
        github.answer("GET", PULL, body, ETag=f'"{tag}"')
    github.unchanged(PULL)
    assert [client.get(PULL)["title"] for _ in range(3)] == ["title 0", "title 1", "title 1"]
    assert github.seen[2].headers["If-None-Match"] == '"two"'


def test_another_installation_never_gets_a_stored_answer(github, client, clock):
    github.answer("GET", PULL, ETag='"one"')
    github.answer("GET", PULL, ETag='"one"')
    client.get(PULL)
    other = Client(client.shared, client.auth, installation_id=9002)
    other.get(PULL)
    assert "If-None-Match" not in github.seen[1].headers


def test_pages_of_a_wrapped_list_are_joined(github, client):
    path = "/repos/github/hello-world/commits/main/check-runs"
    page = github.example("GET", path)
    for number in (1, 2, 3):
        link = f'<{HOST}{path}?page={number + 1}>; rel="next", <{HOST}{path}?page=3>; rel="last"'
        github.answer("GET", path, page, **({"Link": link} if number < 3 else {}))
    found = list(client.pages(path, "check_runs"))
    assert len(found) == 3 * len(page["check_runs"])
    assert github.urls()[0] == f"{HOST}{path}?per_page=100"


def test_a_list_that_does_not_end_is_an_error_not_the_truth(clock, monkeypatch):
    monkeypatch.setattr("app.github.client._PAGES_AT_MOST", 4)
    client = Client(Shared(HOST, clock), None)
    with mocked() as github:
        for number in range(4):
            link = f'<{HOST}{REVIEWS}?page={number + 2}>; rel="next"'
            github.answer("GET", REVIEWS, Link=link)
        with pytest.raises(GitHubError, match="more than 4 pages: the list was not read to its"):
            list(client.pages(REVIEWS))


@pytest.mark.parametrize("number", [1, 4])
def test_a_list_that_ends_on_the_last_page_is_whole(clock, monkeypatch, number):
    monkeypatch.setattr("app.github.client._PAGES_AT_MOST", 4)
    client = Client(Shared(HOST, clock), None)
    with mocked() as github:
        for page in range(number):
            link = f'<{HOST}{REVIEWS}?page={page + 2}>; rel="next"'
            github.answer("GET", REVIEWS, **({"Link": link} if page < number - 1 else {}))
        assert len(list(client.pages(REVIEWS))) == number


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_moved_resource_is_followed_with_method_query_and_body(github, client, method, status):
    old, new = "/repos/octocat/Old", "/repos/octocat/Hello-World"
    tail = {"GET": "/pulls", "POST": "/check-runs", "PATCH": "/check-runs/4"}[method]
    query = "?per_page=100&state=open" if method == "GET" else ""
    github.move(method, f"{old}{tail}", f"{HOST}{new}{tail}{query}", status)
    github.answer(method, f"{new}{tail}", status=201 if method == "POST" else 200)
    if method == "GET":
        assert list(client.pages(f"{old}{tail}", state="open"))
    else:
        send = client.post if method == "POST" else client.patch
        assert send(f"{old}{tail}", CREATION if method == "POST" else {"name": "y"})["id"]
    first, second = github.seen
    assert (second.method, second.body) == (first.method, first.body)
    assert github.urls()[1] == f"{HOST}{new}{tail}{query}"
    assert second.headers["Authorization"] == f"token {TOKEN}"


@pytest.mark.parametrize(
    "target", ["https://evil.test/repos/a/b/pulls/1", "http://api.github.test/repos/a/b/pulls/1"]
)
def test_a_credential_is_not_carried_to_another_place(github, client, target):
    github.move("GET", PULL, target)
    with pytest.raises(GitHubError, match="to another host"):
        client.get(PULL)
    assert len(github.seen) == 1


def test_a_circle_of_moves_ends(github, client):
    for _ in range(3):
        github.move("GET", PULL, f"{HOST}{PULL}")
    with pytest.raises(GitHubError, match="too often"):
        client.get(PULL)


def test_a_token_just_made_may_be_refused_for_some_seconds(github, clock, waits):
    client = young(clock, waits, NOW)
    for _ in range(3):
        github.refuse("GET", PULL, 401, "Bad credentials")
    github.answer("GET", PULL)
    assert client.get(PULL)["number"] == 1347
    assert waits.asked == [1, 2, 4]


def test_a_young_token_that_stays_refused_is_believed_to_be_bad(github, clock, waits):
    client = young(clock, waits, NOW)
    for _ in range(4):
        github.refuse("GET", PULL, 401, "Bad credentials")
    with pytest.raises(GitHubUnavailableError) as refused:
        client.get(PULL)
    assert (refused.value.status, waits.asked) == (401, [1, 2, 4])


@pytest.mark.parametrize("age", [5, 60, 3000])
def test_an_older_token_is_not_tried_again(github, clock, waits, age):
    client = young(clock, waits, NOW - timedelta(seconds=age))
    github.refuse("GET", PULL, 401, "Bad credentials")
    with pytest.raises(GitHubUnavailableError):
        client.get(PULL)
    assert waits.asked == []


def test_a_refused_token_is_forgotten_and_the_work_is_tried_again_later(github, client):
    told = []
    client.refused = lambda: told.append("forget")
    github.refuse("GET", PULL, 401, "Bad credentials")
    with pytest.raises(GitHubUnavailableError):
        client.get(PULL)
    assert told == ["forget"]


def test_a_refused_app_key_does_not_pass_by_itself(github, client):
    github.refuse("GET", PULL, 401, "A JSON web token could not be decoded")
    with pytest.raises(ForbiddenError, match="could not be decoded"):
        client.get(PULL)


def test_an_answer_that_is_no_json_is_an_outage(github, client):
    github.plain(PULL, 200, "<html>maintenance</html>")
    with pytest.raises(GitHubUnavailableError, match="not JSON"):
        client.get(PULL)


def test_what_is_left_of_the_quota_is_noted(github, client):
    github.answer("GET", PULL, X_RateLimit_Remaining="4321", X_RateLimit_Limit="5000")
    client.get(PULL)
    assert client.shared.meter.remaining() == {9001: 4321}


def test_a_server_without_rate_limits_is_fine(github, client):
    github.answer("GET", PULL)
    client.get(PULL)
    assert client.shared.meter.remaining() == {}


def test_a_query_is_encoded(github, client):
    path = "/repos/octocat/Hello-World/pulls"
    github.answer("GET", path)
    list(client.pages(path, base="release/1&2 ü"))
    query = "base=release%2F1%262+%C3%BC"
    assert query in github.urls()[0]


def test_a_body_is_json_with_all_its_characters(github, client):
    github.answer("POST", RUNS, status=201)
    body = {**CREATION, "output": {"title": "ü 🚀", "summary": "\u202e"}}
    client.post(RUNS, body)
    assert json.loads(github.seen[0].body) == body
    assert github.seen[0].headers["Content-Type"] == "application/json"
