"""Runs the Node programs that judge us; without Node or their packages the tests skip."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.contract.openapi import NODE

HOW_TO_GET = f"run `npm ci` in {NODE.relative_to(NODE.parents[2])} for the Node programs"


def node(package: str) -> str:
    """Return the path of Node; skips the test unless it and the package are there."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed")
    if not (NODE / "node_modules" / package).is_dir():
        pytest.skip(HOW_TO_GET)
    return found


def answers_of(script: str, package: str, question: Any) -> Any:
    """Run a script of this folder: JSON in, JSON out."""
    program = [node(package), str(NODE / script)]
    asked = json.dumps(question)
    done = subprocess.run(
        program, input=asked, capture_output=True, text=True, timeout=60, check=False, cwd=NODE
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
