"""`gatewright check --staged`, the pre-commit hook: what would be committed, and nothing else."""

import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import GIT, ROOT, gatewright, git
from tests.scan.fakes import github_token

HOOKS = ROOT / ".pre-commit-hooks.yaml"
TOKEN = github_token("staged")


def staged(folder: Path, *more: str):
    return gatewright("check", "--staged", "--repo", folder, *more)


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of the repository, git's own among them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_credential_that_is_staged_is_found_before_it_is_a_commit(work_tree):
    write(work_tree, "src/a.py", f'TOKEN = "{TOKEN}"\n')
    git(work_tree, "add", ".")
    done = staged(work_tree)
    assert (done.status, "src/a.py:1" in done.out) == (1, True), done.out
    assert TOKEN not in done.out


def test_what_is_not_staged_does_not_count(work_tree):
    write(work_tree, "src/a.py", f'TOKEN = "{TOKEN}"\n')
    assert staged(work_tree).status == 0


def test_nothing_staged_is_nothing_wrong(work_tree):
    assert staged(work_tree).status == 0


def test_a_part_of_a_file_is_judged_as_it_is_staged(work_tree):
    write(work_tree, "src/a.py", "a = 3\n")
    git(work_tree, "add", ".")
    write(work_tree, "src/a.py", f'TOKEN = "{TOKEN}"\n')
    assert staged(work_tree).status == 0


def test_the_repository_stays_as_it_is(work_tree):
    write(work_tree, "src/b.py", "b = 1\n")
    git(work_tree, "add", ".")
    before = everything(work_tree)
    staged(work_tree)
    assert everything(work_tree) == before


def test_the_policy_of_the_last_commit_judges_not_the_staged_one(work_tree):
    write(work_tree, ".github/gatewright.yml", "version: 1\ngates:\n  nonsense: 1\n")
    git(work_tree, "add", ".")
    assert staged(work_tree).status == 0


def test_a_split_index_is_read_whole(work_tree):
    write(work_tree, "src/b.py", f'TOKEN = "{TOKEN}"\n')
    git(work_tree, "add", ".")
    git(work_tree, "update-index", "--split-index")
    assert staged(work_tree).status == 1


def test_before_the_first_commit_it_cannot_tell(tmp_path):
    git(tmp_path, "init", "-q")
    assert "has no commit 'HEAD'" in staged(tmp_path).complaint


def test_a_conflict_that_is_not_resolved_is_no_commit(work_tree):
    git(work_tree, "checkout", "-q", "-b", "other", "HEAD~1")
    write(work_tree, "src/a.py", "a = 9\n")
    git(work_tree, "commit", "-qam", "Other")
    command = ["git", "-C", str(work_tree), "merge", "main"]
    subprocess.run(command, env=GIT, capture_output=True, check=False)
    assert "git write-tree failed" in staged(work_tree).complaint


@pytest.fixture
def hooked(work_tree) -> Path:
    """A repository whose own hook is the entry of the manifest."""
    entry = YAML(typ="safe").load(HOOKS.read_text(encoding="utf-8"))[0]["entry"]
    program = entry.replace("gatewright", f'"{ROOT}/.venv/bin/gatewright"', 1)
    hook = work_tree / ".git/hooks/pre-commit"
    write(work_tree, ".git/hooks/pre-commit", f"#!/bin/sh\nexec {program}\n")
    hook.chmod(0o755)
    return work_tree


def commit(folder: Path, *words: str) -> int:
    command = ["git", "-C", str(folder), "commit", "-q", "-m", "x", *words]
    return subprocess.run(command, env=GIT, capture_output=True, check=False).returncode


@pytest.mark.actions
@pytest.mark.skipif(not (ROOT / ".venv/bin/gatewright").exists(), reason="needs `make setup`")
def test_git_itself_refuses_the_commit_also_of_a_file_that_was_never_staged(hooked):
    """`commit -a` gives its hook another index than the repository's."""
    write(hooked, "src/a.py", f'TOKEN = "{TOKEN}"\n')
    refused = commit(hooked, "-a")
    write(hooked, "src/a.py", "a = 4\n")
    assert (refused, commit(hooked, "-a")) == (1, 0)


def test_the_manifest_is_of_the_form_that_pre_commit_reads():
    hooks = YAML(typ="safe").load(HOOKS.read_text(encoding="utf-8"))
    assert [(each["id"], each["language"], each["stages"]) for each in hooks] == [
        ("gatewright", "python", ["pre-commit"]),
        ("gatewright-push", "python", ["pre-push"]),
    ]
    assert not any(each["pass_filenames"] for each in hooks)
