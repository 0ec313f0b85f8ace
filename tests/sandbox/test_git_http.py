"""Clone, fetch and push with the git program."""

import subprocess
from pathlib import Path

import pytest

from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving

AS_BOB = ("-c", "user.name=Bob", "-c", "user.email=bob@example.com")


def git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *AS_BOB, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "GIT_TERMINAL_PROMPT": "0"},
    )


def remote(stage: Stage, token: str | None = None) -> str:
    host = stage.box.url.removeprefix("http://")
    return f"http://x-access-token:{token}@{host}/{REPO}.git" if token else f"http://{host}/{REPO}"


@pytest.fixture
def work(stage: Stage, tmp_path: Path) -> Path:
    url = remote(stage, stage.box.token_for("bob"))
    assert git(tmp_path, "clone", "-q", url, "work").returncode == 0
    return tmp_path / "work"


def test_clone_has_every_branch(work: Path) -> None:
    branches = git(work, "branch", "-r", "--format=%(refname:short)").stdout.split()
    assert {"origin/main", "origin/feature"} <= set(branches)


def test_44_pull_request_refs_can_be_fetched(stage: Stage, work: Path) -> None:
    done = git(work, "fetch", "-q", "origin", "refs/pull/1/head:h", "refs/pull/1/merge:m")
    assert done.returncode == 0, done.stderr
    assert git(work, "rev-parse", "h").stdout.strip() == stage.head
    parents = git(work, "rev-parse", "m^1", "m^2").stdout.split()
    assert parents == [stage.box.sha(REPO, "main"), stage.head]


def test_merge_ref_follows_the_base(stage: Stage, work: Path) -> None:
    tip = stage.box.commit(REPO, "main", {"later.txt": "l\n"}, author="alice")
    assert git(work, "fetch", "-q", "origin", "refs/pull/1/merge:m").returncode == 0
    assert git(work, "rev-parse", "m^1").stdout.strip() == tip


def test_partial_clone_and_fetch_by_sha_are_allowed(stage: Stage, tmp_path: Path) -> None:
    url = remote(stage)
    git(tmp_path, "init", "-q", "--bare", "lean")
    lean = tmp_path / "lean"
    done = git(lean, "fetch", "-q", "--filter=blob:none", "--depth=1", url, stage.head)
    assert done.returncode == 0, done.stderr


def test_push_moves_the_pull_request(stage: Stage, work: Path) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        git(work, "switch", "-q", "feature")
        (work / "new.txt").write_text("new\n")
        git(work, "add", "new.txt")
        git(work, "commit", "-q", "-m", "New")
        assert git(work, "push", "-q", "origin", "feature").returncode == 0
        stage.box.wait_idle()
    head = git(work, "rev-parse", "HEAD").stdout.strip()
    assert stage.pull.head_sha == head
    assert receiver.names[:2] == ["push", "pull_request.synchronize"]
    assert receiver.hooks[0].payload["commits"][0]["added"] == ["new.txt"]
    assert receiver.hooks[0].payload["sender"]["login"] == "bob"
    assert receiver.hooks[1].payload["after"] == head


def test_new_and_deleted_branches_are_told(stage: Stage, work: Path) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        git(work, "push", "-q", "origin", "HEAD:refs/heads/fresh")
        git(work, "push", "-q", "origin", ":fresh")
        stage.box.wait_idle()
    told = [name for name in receiver.names if not name.startswith("check_suite")]
    assert told == ["create", "push", "delete", "push"]
    assert receiver.named("push")[0].payload["created"] is True
    assert receiver.named("push")[1].payload["deleted"] is True


def test_12_more_than_three_tags_at_once_are_silent(stage: Stage, work: Path) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        for name in "abcd":
            git(work, "tag", name)
        git(work, "push", "-q", "--tags", "origin")
        stage.box.wait_idle()
    assert receiver.names == []


def test_pull_request_refs_cannot_be_pushed(work: Path) -> None:
    assert git(work, "push", "-q", "origin", "HEAD:refs/pull/1/head").returncode != 0


@pytest.mark.parametrize(
    ("who", "private", "pushes"),
    [
        ("nobody", False, False),
        ("mallory", False, False),
        ("bob", True, True),
        ("bot", False, False),
    ],
    ids=[
        "nobody cannot push",
        "an outsider cannot push",
        "a writer pushes to a private repository",
        "an App without contents:write cannot push",
    ],
)
def test_push_needs_write_rights(
    stage: Stage, work: Path, who: str, *, private: bool, pushes: bool
) -> None:
    stage.box.find_repo(REPO).private = private
    tokens = {"nobody": None, "bot": stage.box.installation_token(stage.installation)}
    token = tokens[who] if who in tokens else stage.box.token_for(who)
    done = git(work, "push", "-q", remote(stage, token), "HEAD:refs/heads/try")
    assert (done.returncode == 0) == pushes


@pytest.mark.parametrize(("who", "sees"), [(None, False), ("mallory", False), ("carol", True)])
def test_private_repository_is_cloned_by_members_only(
    stage: Stage, tmp_path: Path, who: str | None, *, sees: bool
) -> None:
    stage.box.find_repo(REPO).private = True
    token = stage.box.token_for(who) if who else None
    done = git(tmp_path, "clone", "-q", remote(stage, token), "copy")
    assert (done.returncode == 0) == sees


def test_installation_token_clones_a_private_repository(stage: Stage, tmp_path: Path) -> None:
    stage.box.find_repo(REPO).private = True
    token = stage.box.installation_token(stage.installation)
    assert git(tmp_path, "clone", "-q", remote(stage, token), "copy").returncode == 0
