"""PyGithub, which knows nothing of the sandbox, works with it."""

from collections.abc import Iterator

import pytest
from github import Auth, BadCredentialsException, Github, GithubException, GithubIntegration
from github.Repository import Repository

from tests.sandbox.client import REPO, Stage

QUICK = {"seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None}


@pytest.fixture
def bot(stage: Stage) -> Iterator[Github]:
    auth = Auth.AppAuth(stage.box.app_id, stage.box.app_key)
    with GithubIntegration(auth=auth, base_url=stage.box.url, **QUICK) as integration:
        (installation,) = integration.get_installations()
        client = installation.get_github_for_installation()
        yield client
        client.close()


@pytest.fixture
def repo(bot: Github) -> Repository:
    return bot.get_repo(REPO)


def test_pull_request_and_its_parts(stage: Stage, repo: Repository) -> None:
    stage.box.review(REPO, 1, "alice")
    pull = repo.get_pull(1)
    assert (pull.head.sha, pull.mergeable, pull.changed_files) == (stage.head, True, 1)
    assert [review.state for review in pull.get_reviews()] == ["APPROVED"]
    assert [file.filename for file in pull.get_files()] == ["src/a.py"]
    assert [commit.sha for commit in pull.get_commits()] == [stage.head]
    assert [found.number for found in repo.get_commit(stage.head).get_pulls()] == [1]


def test_check_run_from_start_to_end(stage: Stage, repo: Repository) -> None:
    run = repo.create_check_run("gate", stage.head, status="in_progress")
    note = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice"}
    output = {"title": "t", "summary": "s", "annotations": [{**note, "message": "m"}]}
    run.edit(status="completed", conclusion="success", output=output)
    (found,) = repo.get_commit(stage.head).get_check_runs()
    assert (found.name, found.conclusion, found.app.id) == ("gate", "success", stage.box.app_id)
    assert [each.message for each in found.get_annotations()] == ["m"]


def test_statuses_comments_and_reactions(stage: Stage, repo: Repository) -> None:
    stage.box.post_status(REPO, stage.head, "ci", "failure")
    combined = repo.get_commit(stage.head).get_combined_status()
    assert (combined.state, [each.context for each in combined.statuses]) == ("failure", ["ci"])
    comment = repo.get_pull(1).create_issue_comment("Hello")
    comment.create_reaction("eyes")
    comment.edit("Hello again")
    assert [each.body for each in repo.get_issue(1).get_comments()] == ["Hello again"]
    assert [each.content for each in comment.get_reactions()] == ["eyes"]


def test_people_files_and_comparison(stage: Stage, bot: Github, repo: Repository) -> None:
    stage.box.add_team("acme", "Core", ["carol"])
    assert repo.get_collaborator_permission("bob") == "write"
    membership = bot.get_organization("acme").get_team_by_slug("core").slug
    assert membership == "core"
    contents = repo.get_contents("src/a.py", ref="feature")
    assert not isinstance(contents, list)
    assert contents.decoded_content == b"x = 2\ny = 2\nz = 3\n"
    assert repo.compare("main", "feature").ahead_by == 1
    assert repo.get_branch("main").protected is False


def test_deployment(stage: Stage, repo: Repository) -> None:
    made = repo.create_deployment("feature", auto_merge=False, required_contexts=[])
    made.create_status("success", environment_url="https://x.example")
    assert [each.state for each in made.get_statuses()] == ["success"]


def test_37_renamed_repository_is_followed(stage: Stage, bot: Github) -> None:
    stage.box.rename_repo(REPO, "gadgets")
    assert bot.get_repo(REPO).full_name == "acme/gadgets"


def test_user_writes_and_merges(stage: Stage) -> None:
    auth = Auth.Token(stage.box.token_for("alice"))
    with Github(auth=auth, base_url=stage.box.url, **QUICK) as alice:
        repo = alice.get_repo(REPO)
        repo.create_git_ref("refs/heads/try", repo.get_branch("main").commit.sha)
        repo.create_file("try.txt", "Add", "try\n", branch="try")
        pull = repo.create_pull(base="main", head="try", title="Try")
        assert pull.merge(merge_method="squash").merged
        assert repo.get_pull(pull.number).merged


def test_errors_are_told_as_github_tells_them(stage: Stage, repo: Repository) -> None:
    with pytest.raises(GithubException) as refused:
        repo.create_file("x", "m", "c")
    assert refused.value.status == 403
    with (
        Github(auth=Auth.Token("ghp_wrong"), base_url=stage.box.url, **QUICK) as nobody,
        pytest.raises(BadCredentialsException),
    ):
        nobody.get_repo(REPO)
