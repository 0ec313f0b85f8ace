"""What `gatewright check` cannot tell: status 2, one sentence, and no output beside it."""

import pytest

from tests.cli.conftest import gatewright, git


def check(folder, *more):
    return gatewright("check", "--repo", folder, *more)


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param("nowhere", id="no such branch"),
        pytest.param("0" * 40, id="no such commit"),
        pytest.param("", id="an empty name"),
        pytest.param("HEAD~7", id="before the first commit"),
        pytest.param("HEAD:src/a.py", id="a file"),
        pytest.param("HEAD^{tree}", id="a tree"),
        pytest.param("main..HEAD", id="a range"),
        pytest.param("--output=stolen", id="an option of git"),
    ],
)
@pytest.mark.parametrize("side", ["--base", "--head"])
def test_a_revision_that_is_no_commit_is_named(work_tree, side, revision):
    complaint = check(work_tree, f"{side}={revision}").complaint
    assert complaint == f"{str(work_tree)!r} has no commit {revision!r}"


def test_hidden_characters_in_a_revision_do_not_reach_the_terminal(work_tree):
    complaint = check(work_tree, "--base", "a\x1b[31m\u202e").complaint
    assert complaint.endswith(r"has no commit 'a\x1b[31m\u202e'")


def test_a_folder_that_is_no_repository_is_named(tmp_path):
    assert check(tmp_path).complaint == f"{str(tmp_path)!r} is not in a git repository"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    missing = tmp_path / "missing"
    assert check(missing).complaint == f"{str(missing)!r} is not in a git repository"


def test_a_repository_without_commits_has_no_head(repo):
    assert check(repo.path).complaint.endswith("has no commit 'HEAD~1'")


def test_D04_a_shallow_clone_is_named_even_where_the_base_is_missing(work_tree, tmp_path):
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", work_tree.as_uri(), str(shallow))
    complaint = check(shallow).complaint
    assert complaint.startswith("the repository is a shallow clone")
    assert "--unshallow" in complaint


def test_a_repository_with_other_hashes_is_refused(tmp_path):
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    assert check(folder).complaint == "the object format sha256 is not supported"


def test_a_policy_that_is_not_there_is_named(work_tree, tmp_path):
    missing = tmp_path / "missing.yml"
    complaint = check(work_tree, "--policy", missing).complaint
    assert complaint == f"{str(missing)!r} is no policy file: No such file or directory"


def test_a_folder_is_no_policy(work_tree, tmp_path):
    assert "is no policy file" in check(work_tree, "--policy", tmp_path).complaint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"version: 2\n", ", line 1, column 1: `version` must be", id="its version"),
        pytest.param(b"version: 1\nx: [", ", line 2", id="no YAML"),
        pytest.param(b"\xff\xfe", "UTF-8", id="no UTF-8"),
        pytest.param(b"", "`version: 1`", id="empty"),
        pytest.param(
            b"version: 1\ngates: {freshnes: {}}\n",
            ", line 2, column 9: `gates.freshnes` is not a known key",
            id="a misspelt key",
        ),
    ],
)
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["for people", "for programs"])
def test_a_given_policy_with_a_mistake_is_refused_with_its_place(
    work_tree, tmp_path, text, reason, more
):
    given = tmp_path / "mine.yml"
    given.write_bytes(text)
    complaint = check(work_tree, "--policy", given, *more).complaint
    assert complaint.startswith(repr(str(given)))
    assert reason in complaint


def test_an_option_that_does_not_exist_is_a_question_too(work_tree):
    done = check(work_tree, "--bases", "main")
    assert (done.status, done.out) == (2, "")
    assert "No such option" in done.err
