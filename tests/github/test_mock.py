"""The mock refuses what GitHub's description does not know; nobody else may mock GitHub."""

import re
from pathlib import Path

import pytest

from app.errors import GitHubUnavailableError
from tests.github.mock import MockError, mocked

PULL = "/repos/octocat/Hello-World/pulls/1347"
RUNS = "/repos/github/hello-world/check-runs"
TESTS = Path(__file__).parents[1]


def test_an_answer_with_a_wrong_shape_cannot_be_mocked(github):
    with pytest.raises(MockError, match="is not of type"):
        github.answer("GET", PULL, github.example("GET", PULL, number="seven"))


def test_an_answer_that_lacks_a_field_cannot_be_mocked(github):
    with pytest.raises(MockError, match="is a required property"):
        github.answer("GET", PULL, {"number": 7})


def test_a_status_that_github_does_not_give_cannot_be_mocked(github):
    with pytest.raises(MockError, match="status is not described"):
        github.answer("GET", PULL, {}, status=418)


def test_a_path_that_github_does_not_have_cannot_be_mocked(github):
    with pytest.raises(MockError, match="not described by GitHub"):
        github.answer("GET", "/repos/octocat/Hello-World/pullrequests", [])


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"name": "x"}, "'head_sha' is a required property"),
        ({"name": "x", "head_sha": "a", "colour": "red"}, "unknown field 'colour'"),
        ({"name": "x", "head_sha": "a", "status": "done"}, "is not one of"),
    ],
)
def test_a_request_that_github_would_refuse_fails_the_test(github, client, body, problem):
    github.answer("POST", RUNS, status=201)
    with pytest.raises(MockError, match=problem):
        client.post(RUNS, body)


def test_an_unknown_query_parameter_fails_the_test(github, client):
    github.answer("GET", PULL)
    with pytest.raises(MockError, match="unknown query parameter 'colour'"):
        client.get(PULL, colour="red")


def test_a_request_that_nobody_expects_gets_no_answer(github, client):
    with pytest.raises(GitHubUnavailableError, match="ConnectionError"):
        client.get(PULL)


def test_an_answer_that_nobody_asks_for_fails_the_test():
    with pytest.raises(AssertionError, match="Not all requests"), mocked() as github:
        github.answer("GET", PULL)


def test_no_test_mocks_github_by_another_way():
    """`responses` is imported by the mock alone."""
    users = {
        file.relative_to(TESTS).as_posix()
        for file in TESTS.rglob("*.py")
        if re.search(r"^\s*(import|from) responses\b", file.read_text(), re.MULTILINE)
    }
    assert users == {"github/mock.py"}
