"""A small repository to run documented commands in."""

import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def small_repository(tmp_path: Path) -> Path:
    """A repository with two harmless commits."""
    folder = tmp_path / "repository"
    folder.mkdir()
    who = {
        **os.environ,
        "GIT_AUTHOR_NAME": "Ann",
        "GIT_AUTHOR_EMAIL": "ann@example.com",
        "GIT_COMMITTER_NAME": "Ann",
        "GIT_COMMITTER_EMAIL": "ann@example.com",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=folder, env=who, check=True, capture_output=True)

    git("init", "-b", "main")
    for number in range(2):
        (folder / "a.py").write_text(f"a = {number}\n", encoding="utf-8")
        git("add", "a.py")
        git("commit", "-m", f"Step {number}")
    return folder
