"""The runner: limits hold, and what git says cannot leak or mislead."""

import os
import subprocess

import pytest

from app.changes.git import Git, OversizeError
from app.changes.objects import MissingObjectError, reading
from app.errors import GitError

TOKEN = "v1." + "0123456789abcdef" * 2


def test_a_failure_is_one_clean_line_without_credentials(repo):
    address = f"https://someone:{TOKEN}@127.0.0.1:1/x\x1b[31m"
    with pytest.raises(GitError) as failure:
        Git(repo.path).run("fetch", address, private={"http.extraHeader": f"Bearer {TOKEN}"})
    text = f"{failure.value!s} {failure.value!r}"
    assert text.startswith("git fetch failed: ")
    assert TOKEN not in text
    assert "\x1b" not in text
    assert "\n" not in text


def test_private_settings_reach_git_but_not_the_process_list(repo, monkeypatch):
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a) or popen(*a, **k))
    answer = Git(repo.path).run("config", "http.extraHeader", private={"http.extraHeader": TOKEN})
    assert answer.out.decode().strip() == TOKEN
    assert TOKEN not in repr(started)


def test_the_environment_of_the_caller_has_no_influence(repo, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "/evil")
    git = Git(repo.path)
    assert git.output("config", "core.hooksPath").strip() == os.devnull.encode()
    assert git.output("rev-parse", "--git-dir").strip() == str(repo.path).encode()


def test_too_much_output_ends_the_command(repo):
    repo.commit({"big": "x" * 100_000}, ref="refs/heads/main")
    with pytest.raises(OversizeError):
        Git(repo.path, max_output=10_000).output("show", "main:big")


def test_a_command_that_hangs_is_killed_with_its_children(repo, tmp_path):
    marker = tmp_path / "child"
    script = f"alias.hang=!(sleep 60; touch {marker}) & sleep 60"
    with pytest.raises(GitError, match="did not end within"):
        Git(repo.path, seconds=0.3).output("-c", script, "hang")
    listed = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True).stdout
    assert str(marker).encode() not in listed


def test_objects_are_measured_before_they_are_read(repo):
    commit = repo.commit({"a": "12345", "b b": ""})
    with reading(Git(repo.path)) as objects:
        assert objects.info(f"{commit}:a").size == 5
        assert objects.content(repo.oid(commit, "a"), 5) == b"12345"
        assert objects.content(repo.oid(commit, "b b"), 0) == b""
        with pytest.raises(OversizeError):
            objects.content(repo.oid(commit, "a"), 4)
        assert objects.content(repo.oid(commit, "a"), 5) == b"12345"


@pytest.mark.parametrize("name", ["0" * 40, "main:none", "a\nb", "a\0b", ""])
def test_an_object_that_is_not_there_is_none_and_the_conversation_goes_on(repo, name):
    commit = repo.commit({"a": "1"})
    with reading(Git(repo.path)) as objects:
        assert objects.info(name) is None
        with pytest.raises(MissingObjectError):
            objects.content("0" * 40, 10)
        assert objects.info(commit).kind == "commit"


def test_a_conversation_that_ends_is_an_error_not_a_hang(repo):
    with reading(Git(repo.path)) as objects:
        objects._requests.close()
        with pytest.raises((GitError, ValueError)):
            objects.info("HEAD")
