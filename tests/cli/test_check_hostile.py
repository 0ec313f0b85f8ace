"""`gatewright check` in a repository whose owner means harm: nothing runs, nothing is forged."""

import subprocess
from pathlib import Path

import pytest

from tests.changes.repo import Repo
from tests.cli.conftest import gatewright, git
from tests.scan.fakes import github_token

HOOKS = ("post-checkout", "pre-commit", "post-index-change", "reference-transaction")
COMMANDS = (
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.gitProxy",
    "core.askPass",
    "credential.helper",
    "diff.external",
    "diff.evil.command",
    "diff.evil.textconv",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "merge.evil.driver",
    "gpg.program",
    "alias.rev-parse",
    "alias.cat-file",
    "alias.diff-tree",
    "uploadpack.packObjectsHook",
)


@pytest.fixture
def trap(work_tree, tmp_path) -> Path:
    """Let the repository run a program on every occasion; return the file that it would make."""
    sprung = tmp_path / "sprung"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {sprung}\n", encoding="utf-8")
    program.chmod(0o755)
    (work_tree / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    (work_tree / "src/a.py").write_text("a = 'mine'\n", encoding="utf-8")
    git(work_tree, "add", ".")
    git(work_tree, "commit", "-q", "-m", "Attributes")
    for name in HOOKS:
        (work_tree / ".git/hooks" / name).symlink_to(program)
    info = work_tree / ".git/info"
    (info / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    for name in COMMANDS:
        git(work_tree, "config", name, str(program))
    sprung.unlink(missing_ok=True)
    return sprung


def test_nothing_that_the_repository_names_is_run(work_tree, trap):
    assert gatewright("check", "--repo", work_tree).status == 0
    assert not trap.exists()


def test_the_trap_springs_when_git_is_used_without_care(work_tree, trap):
    (work_tree / "src/a.py").write_text("a = 'touched'\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        git(work_tree, "diff")
    assert trap.exists()


def test_replaced_and_grafted_commits_are_not_believed(work_tree):
    (work_tree / "leak.py").write_text(f'T = "{github_token(1)}"\n', encoding="utf-8")
    git(work_tree, "add", ".")
    git(work_tree, "commit", "-q", "-m", "Leak")
    harmless, head = git(work_tree, "rev-parse", "HEAD~1", "HEAD").split()
    git(work_tree, "replace", head, harmless)
    assert gatewright("check", "--repo", work_tree, "--base", harmless).status == 1


def hidden(name: str, shown: str, case: str):
    return pytest.param(name.encode("utf-8", "surrogateescape"), shown, id=case)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        hidden("\x1b[2J\x1b[31mred.py", "<U+001B>[2J<U+001B>[31mred.py", "escape sequences"),
        hidden("\x9b31m.py", "<U+009B>31m.py", "the short escape"),
        hidden("a\u202egpj.py", "a<U+202E>gpj.py", "text turned round"),
        hidden("a\u200b.py", "a<U+200B>.py", "a space without width"),
        hidden("a\nfreshness  pass.py", "a<U+000A>freshness  pass.py", "a forged line"),
        hidden("a\r.py", "a<U+000D>.py", "a carriage return"),
        hidden("[red]x[/red][/].py", "[red]x[/red][/].py", "markup of the console"),
        hidden(":skull:.py", ":skull:.py", "the name of a picture"),
        hidden("back\\.py", "back\\.py", "a backslash"),
        hidden("na\udcefve.py", "na\\xefve.py", "no UTF-8"),
    ],
)
def test_a_path_is_shown_as_it_is_and_cannot_act(repo: Repo, path, shown):
    base = repo.commit({"README.md": "# Widgets\n"})
    head = repo.commit({path: f'T = "{github_token(path)}"\n'}, base)
    done = gatewright("check", "--repo", repo.path, "--base", base, "--head", head)
    assert done.status == 1
    assert f"\n  {shown}:1 in {head[:12]}: github-token (block)\n" in done.out
    assert done.out.isprintable() or set(filter(lambda c: not c.isprintable(), done.out)) == {"\n"}


def test_a_policy_path_cannot_act_either(work_tree, tmp_path):
    given = tmp_path / "\x1b[31m[bold].yml"
    given.write_text("version: 1\n", encoding="utf-8")
    done = gatewright("check", "--repo", work_tree, "--policy", given)
    assert done.status == 0
    assert "<U+001B>[31m[bold].yml" in done.out
    assert "\x1b" not in done.out
