"""What the reader makes of pull requests, their siblings, forks, authors and files."""

from datetime import UTC, datetime

import pytest

from app.core.facts import (
    PullRequest,
    Sha,
    Sibling,
)
from app.errors import NotFoundError
from app.ports import PullRequestReading
from tests.github.reader.conftest import EVERYTHING, ROOT, SHA, moment, person
from tests.sandbox.client import REPO


def test_a_pull_request_as_it_is_now(hub):
    hub.box.set_labels(REPO, 1, ["zoo", "api"], "alice")
    repo, pull = hub.box.find_repo(REPO), hub.stage.pull
    read = hub.reader.pull_request(1)
    expected = PullRequest(
        number=1,
        title="Change x",
        author=person(hub, "bob"),
        head_ref="feature",
        head_repository_id=repo.id,
        mergeable=read.pull_request.mergeable,
        changed_files=1,
        labels=("api", "zoo"),
    )
    assert read == PullRequestReading(
        pull_request=expected,
        base_ref="main",
        head_sha=Sha(pull.head_sha),
        default_branch="main",
        full_name=REPO,
        opened_at=pull.issue.created_at,
        updated_at=pull.issue.updated_at,
        commits=1,
    )


def test_a_draft_a_merged_and_a_closed_pull_request(hub):
    hub.box.set_draft(REPO, 1, draft=True)
    assert hub.reader.pull_request(1).pull_request.is_draft
    hub.box.set_draft(REPO, 1, draft=False)
    hub.box.merge(REPO, 1, actor="alice")
    merged = hub.reader.pull_request(1).pull_request
    assert (merged.is_open, merged.is_merged, merged.is_draft) == (False, True, False)


def test_a_pull_request_that_does_not_exist(hub):
    with pytest.raises(NotFoundError):
        hub.reader.pull_request(99)


def test_open_pull_requests_of_one_base_and_of_all(hub):
    hub.box.commit(REPO, "release/1", {"a": "1"})
    hub.box.commit(REPO, "fix", {"b": "1"})
    hub.box.open_pull_request(REPO, "fix", base="release/1", author="bob")
    numbers = [each.pull_request.number for each in hub.reader.open_pull_requests()]
    assert sorted(numbers) == [1, 2]
    (found,) = hub.reader.open_pull_requests("release/1")
    assert (found.pull_request.number, found.base_ref) == (2, "release/1")


def test_whether_a_branch_is_still_there(hub):
    hub.box.commit(REPO, "release/1.0", {"a": "1"})
    assert hub.reader.has_branch("release/1.0")
    hub.box.set_branch(REPO, "release/1.0", None)
    assert not hub.reader.has_branch("release/1.0")


def test_history_knows_the_last_retarget(hub):
    assert hub.reader.history(1).base_changed_at is None
    hub.box.commit(REPO, "develop", {"a": "1"})
    for base in ("develop", "main"):
        hub.box.edit_pull_request(REPO, 1, {"base": base, "title": base})
    found = hub.reader.history(1).base_changed_at
    assert found is not None
    assert abs((found - moment(hub)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([("labeled", 9)], None),
        ([("base_ref_changed", 1), ("base_ref_changed", 3), ("labeled", 9)], 3),
        ([("base_ref_changed", 3), ("automatic_base_change_succeeded", 5)], 5),
        ([("automatic_base_change_failed", 5)], None),
    ],
)
def test_only_changes_of_the_base_count_as_such(github, reader, events, expected):
    path = f"{ROOT}/issues/1/events"
    plain = github.example("GET", path)[0]
    made = [
        {**plain, "event": kind, "created_at": f"2026-01-0{day}T00:00:00Z"} for kind, day in events
    ]
    github.answer("GET", path, made)
    wanted = datetime(2026, 1, expected, tzinfo=UTC) if expected else None
    assert reader.history(1).base_changed_at == wanted


def test_siblings_are_open_pull_requests_with_this_very_head(hub):
    box, head = hub.box, hub.stage.head
    box.commit(REPO, "develop", {"a": "1"})
    box.set_branch(REPO, "twin", head)
    box.open_pull_request(REPO, "twin", base="develop", author="bob")
    box.set_branch(REPO, "closed", head)
    third = box.open_pull_request(REPO, "closed", base="develop", author="bob")
    box.edit_pull_request(REPO, third, {"state": "closed"})
    box.commit(REPO, "further", {"b": "1"}, parents=(head,), author="bob")
    box.open_pull_request(REPO, "further", author="bob")
    found = hub.reader.siblings(Sha(head))
    assert sorted(found, key=lambda each: each.number) == [
        Sibling(1, "main"),
        Sibling(2, "develop"),
    ]


def test_A24_pull_requests_of_other_repositories_are_not_siblings(github, reader):
    path = f"{ROOT}/commits/{SHA}/pulls"
    (plain,) = github.example("GET", path)
    head = {**plain["head"], "sha": SHA}
    foreign = {**plain["base"], "repo": {**plain["base"]["repo"], "id": 42}}
    here = {**plain, "head": head, "state": "open"}
    github.answer(
        "GET",
        path,
        [
            here,
            {**here, "number": 2, "base": foreign},
            {**here, "number": 3, "state": "closed"},
            {**here, "number": 4, "head": {**head, "sha": "0" * 40}},
        ],
    )
    assert reader.siblings(SHA) == (Sibling(1347, here["base"]["ref"]),)


def test_a_fork_is_read_through_the_base_repository(hub):
    box = hub.box
    fork = box.fork(REPO, "mallory")
    box.commit(fork, "idea", {"new.txt": "x"}, author="mallory")
    pull = box.open_pull_request(REPO, "mallory:idea", author="mallory")
    read = hub.reader.pull_request(pull.number)
    assert read.pull_request.head_repository_id == fork.id
    assert hub.reader.siblings(read.head_sha) == (Sibling(pull.number, "main"),)
    assert [each.filename for each in hub.reader.files(pull.number)] == ["new.txt"]


def test_a_deleted_fork_leaves_a_pull_request_that_can_be_read(hub):
    box = hub.box
    fork = box.fork(REPO, "mallory")
    box.commit(fork, "idea", {"new.txt": "x"}, author="mallory")
    pull = box.open_pull_request(REPO, "mallory:idea", author="mallory")
    box.delete_repo(fork)
    read = hub.reader.pull_request(pull.number)
    assert read.pull_request.head_repository_id is None
    assert read.head_sha == pull.head_sha
    assert hub.reader.siblings(read.head_sha) == (Sibling(pull.number, "main"),)


def test_authorship_names_the_accounts_that_github_knows(hub):
    base, head = hub.box.sha(REPO, "main"), hub.stage.head
    found = hub.reader.authorship(Sha(base), Sha(head))
    assert list(found) == [head]
    assert found[head].author == person(hub, "bob")


def test_authorship_is_read_over_all_pages(github, reader):
    path = f"{ROOT}/compare/{SHA}...{SHA}"
    page = github.example("GET", path)
    (commit,) = page["commits"]
    for number in (1, 2):
        changed = {
            **commit,
            "sha": f"{number}" * 40,
            "author": None if number == 2 else commit["author"],
        }
        link = f'<https://api.github.test{path}?page=2>; rel="next"'
        body = {**page, "commits": [changed]}
        github.answer("GET", path, body, **({"Link": link} if number == 1 else {}))
    found = reader.authorship(SHA, SHA)
    assert [(sha[0], each.author is None) for sha, each in found.items()] == [
        ("1", False),
        ("2", True),
    ]


def test_a_renamed_file_has_both_names(hub):
    text = "\n".join(f"line {number}" for number in range(30))
    hub.box.commit(REPO, "main", {"old.txt": text})
    hub.box.commit(REPO, "moved", {"old.txt": None, "new.txt": text}, author="bob")
    pull = hub.box.open_pull_request(REPO, "moved", author="bob")
    (found,) = hub.reader.files(pull.number)
    assert (found.filename, found.previous_filename, found.status) == (
        "new.txt",
        "old.txt",
        "renamed",
    )


def test_a_renamed_repository_is_read_whole_under_its_old_name(hub):
    reader = hub.reader
    for _ in range(104):
        hub.box.review(REPO, 1, "carol", "COMMENT")
    first = hub.box.post_check(REPO, hub.stage.head, "unit", conclusion="success")
    again = hub.box.post_check(REPO, hub.stage.head, "unit", conclusion="failure")
    hub.box.rename_repo(REPO, "gadgets")
    assert len(reader.reviews(1)) == 104
    runs = reader.checks(Sha(hub.stage.head), EVERYTHING).checks.runs
    assert {run.id for run in runs} == {first.id, again.id}
    assert reader.pull_request(1).full_name == "acme/gadgets"


def test_where_git_can_fetch_and_with_what(hub):
    access = hub.reader.git_access()
    assert access.url == f"{hub.box.url}/{REPO}.git"
    assert hub.box.world.app_tokens[access.token].installation is hub.stage.installation
