"""The documentation says what the code does: commands run, tables are equal, links lead on."""

import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import application
from app.core.commands.verbs import VERBS
from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from app.core.reference import reasons
from app.service.chatops.doers import DOERS
from tests.architecture.generated import PAGES

ROOT = Path(__file__).parents[2]
PAGE_FILES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "actions/**/*.md",
        "app/README.md",
        "tests/README.md",
        ".github/*.md",
    )
    for path in ROOT.glob(pattern)
)
_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_COMMAND = re.compile(
    r"(?<![\w/@.])gatewright ((?:[a-z]+)(?: (?:list|retry|show|verify|migrate|rebuild|copy))?)"
)


def blocks(page: Path, language: str) -> list[str]:
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [each["code"] for each in found if each["language"] == language]


@pytest.mark.parametrize("name", PAGES)
def test_generated_parts_are_up_to_date(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert PAGES[name](text) == text


def test_reason_codes_are_unique_and_each_has_one_anchor():
    anchors = re.findall(r'<a id="([a-z_]+)">', (ROOT / "docs/gates.md").read_text())
    codes = [each.code.lower() for each in reasons()]
    assert Counter(anchors) == Counter(codes)
    assert max(Counter(codes).values()) == 1


def test_shown_commands_exist():
    known = get_command(application)
    shown = {
        match[1]
        for page in PAGE_FILES
        for match in _COMMAND.finditer(page.read_text(encoding="utf-8"))
    }
    missing = [each for each in sorted(shown) if not exists(known, each.split())]
    assert missing == []
    assert len(shown) > 10


def exists(command, words: list[str]) -> bool:
    for word in words:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            return False
    return True


def test_every_command_is_documented():
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    names = get_command(application).commands
    assert [name for name in names if f"{name}`" not in text and f"{name} " not in text] == []


@pytest.mark.parametrize("page", PAGE_FILES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    targets = [match["target"] for match in _LINK.finditer(page.read_text(encoding="utf-8"))]
    local = [each.partition("#")[0] for each in targets if "://" not in each]
    missing = [each for each in local if each and not (page.parent / each).exists()]
    assert missing == []


def test_the_readmes_quick_commands_are_make_targets_that_ci_runs_too():
    lines = [line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines()]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    made = [line.split()[1] for line in lines if line.startswith("make ")]
    assert made == ["demo", "test"]
    assert set(made) <= set(targets)
    assert "make test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize(
    "command",
    [
        line.removeprefix(".venv/bin/")
        for page in ("README.md", "docs/cli.md")
        for block in blocks(ROOT / page, "sh")
        for line in block.splitlines()
        if "gatewright" in line
    ],
)
def test_shell_commands_of_the_pages_run(command, small_repository, monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWRIGHT_DATABASE", f"sqlite:///{tmp_path}/x.db")
    words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", "app", *words[1:]],
        cwd=small_repository,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "120"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_in_the_command_line_page_is_json():
    [example] = blocks(ROOT / "docs/cli.md", "json")
    assert set(json.loads(example)) <= {"verdict", "subject", "gates"}


def test_every_command_that_the_page_lists_is_carried_out():
    assert frozenset(DOERS) == frozenset(VERBS)


def test_the_policy_in_the_page_on_deployments_can_be_used():
    text = (ROOT / "docs/deployments.md").read_text(encoding="utf-8")
    policy = re.search(r"```yaml\n(version: 1.*?)```", text, re.DOTALL)[1]
    assert isinstance(load_policy(policy.encode(), "x.yml"), Policy)
