"""The judge itself: it must find what is wrong, and nothing else."""

import time
from typing import Any

import pytest

from tests.contract.openapi import DescriptionMissingError, OpenApi

CHECK_RUNS = "/repos/acme/widgets/check-runs"
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}


@pytest.fixture(scope="module")
def api() -> OpenApi:
    try:
        return OpenApi.load()
    except DescriptionMissingError as missing:
        pytest.skip(str(missing))


def test_loading_is_quick(api: OpenApi) -> None:
    started = time.monotonic()
    OpenApi.load.__wrapped__()
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/repos/a/b/pulls/1", "/repos/{owner}/{repo}/pulls/{pull_number}"),
        ("/repos/a/b/contents/x/y.txt", "/repos/{owner}/{repo}/contents/{path}"),
        ("/repos/a/b/commits/main/check-runs", "/repos/{owner}/{repo}/commits/{ref}/check-runs"),
        ("/repos/a/b/commits/a/b", "/repos/{owner}/{repo}/commits/{ref}"),
        ("/repos/a/b/git/ref/heads/x/y", "/repos/{owner}/{repo}/git/ref/{ref}"),
        ("/repos/a/b/branches/x/protection", "/repos/{owner}/{repo}/branches/{branch}/protection"),
        ("/app/installations", "/app/installations"),
    ],
)
def test_most_literal_template_wins(api: OpenApi, path: str, template: str) -> None:
    operation = api.match("GET", path)
    assert operation is not None
    assert operation.template == template


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"head_sha": "x"}, "'name' is a required property"),
        ({"name": "x", "head_sha": "x", "status": "done"}, "'done' is not one of"),
        ({"name": "x", "head_sha": "x", "started_at": "noon"}, "is not a 'date-time'"),
        ({"name": "x", "head_sha": "x", "colour": "red"}, "unknown field 'colour'"),
        (
            {"name": "x", "head_sha": "x", "output": {"title": "t", "summary": "x" * 65_536}},
            "is too long",
        ),
        (
            {
                "name": "x",
                "head_sha": "x",
                "output": {"title": "t", "summary": "s", "annotations": [NOTE] * 51},
            },
            "is too long",
        ),
    ],
    ids=["missing", "enumeration", "date", "unknown", "long text", "many annotations"],
)
def test_wrong_request_is_told(api: OpenApi, body: Any, problem: str) -> None:
    found = api.validate_request("POST", CHECK_RUNS, {}, body)
    assert len(found) == 1
    assert problem in found[0]


def test_right_request_is_silent(api: OpenApi) -> None:
    body = {"name": "x", "head_sha": "x", "status": "completed", "conclusion": "success"}
    assert api.validate_request("POST", CHECK_RUNS, {}, body) == []


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("/repos/a/b/pulls", {"state": "merged"}, "'merged' is not one of"),
        ("/repos/a/b/pulls", {"colour": "red"}, "unknown query parameter 'colour'"),
        ("/repos/a/b/pulls/one", {}, "'one' is not of type 'integer'"),
        ("/repos/a/b/nothing", {}, "not described by GitHub"),
    ],
    ids=["enumeration", "unknown parameter", "number in the path", "unknown path"],
)
def test_wrong_address_is_told(
    api: OpenApi, path: str, query: dict[str, str], problem: str
) -> None:
    (found,) = api.validate_request("GET", path, query, None)
    assert problem in found


LABEL = {
    "id": 1,
    "node_id": "x",
    "url": "https://x.example/1",
    "name": "bug",
    "description": None,
    "color": "ff0000",
    "default": False,
}


@pytest.mark.parametrize(
    ("status", "change", "problems"),
    [
        (200, {}, 0),
        (200, {"description": "nullable may have a value"}, 0),
        (200, {"name": None}, 1),
        (200, {"id": "1"}, 1),
        (200, {"url": "not a uri"}, 1),
        (418, {}, 1),
    ],
    ids=["right", "nullable", "not nullable", "wrong type", "wrong format", "unknown status"],
)
def test_answer_is_judged(api: OpenApi, status: int, change: dict[str, Any], problems: int) -> None:
    body = LABEL | change
    found = api.validate_response("GET", "/repos/a/b/labels/bug", status, body)
    assert len(found) == problems, found


def test_missing_field_is_told_with_its_place(api: OpenApi) -> None:
    body = {name: value for name, value in LABEL.items() if name != "color"}
    (found,) = api.validate_response("GET", "/repos/a/b/labels", 200, [LABEL, body])
    assert found.endswith("-> 200: 1: 'color' is a required property")


@pytest.mark.parametrize(
    ("status", "body", "problems"),
    [(404, {"message": "Not Found"}, 0), (404, "nothing", 1), (204, None, 0), (204, {"a": 1}, 1)],
    ids=["usual error", "error that is no object", "no content", "content where none belongs"],
)
def test_bodies_of_errors_and_empty_answers(
    api: OpenApi, status: int, body: Any, problems: int
) -> None:
    found = api.validate_response("DELETE", "/repos/a/b/labels/bug", status, body)
    assert len(found) == problems, found


def test_media_type_chooses_the_schema(api: OpenApi) -> None:
    path, media = "/repos/a/b/contents/src", "application/vnd.github.object"
    assert api.validate_response("GET", path, 200, {"type": "dir"}, media) != []
