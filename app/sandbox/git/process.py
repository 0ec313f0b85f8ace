"""Running the git program: argument lists, a clean environment, a time limit."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from app.errors import GitError

TIMEOUT_SECONDS = 60

_ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}


@cache
def git_program() -> str:
    """Find git once; without it there is no sandbox."""
    found = shutil.which("git")
    if found is None:
        raise GitError("git is not installed: the sandbox keeps real repositories and needs it")
    return found


def run_git(
    directory: Path,
    arguments: Sequence[str],
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a bare repository and hand back whatever it answers, good or bad."""
    return subprocess.run(
        [git_program(), "--git-dir", str(directory), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        env={**_ENVIRONMENT, **(extra or {})},
    )
