"""Traps of commands and deployments that no other test shows: ids of `tests/traps/chatops.toml`."""

import re
from pathlib import Path

import pytest
import yaml

from app.service.intents import Ignore
from app.web.hooks import ROUTER
from app.web.router import Event
from tests.web.gate import APP_ID
from tests.web.payloads import about

ROOT = Path(__file__).parents[2]
RUN = "https://api.github.com/repos/acme/widgets/actions/runs/7/deployment_protection_rule"
_YAML = re.compile(r"^```ya?ml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def scripts(node: object) -> list[str]:
    """Return every `run` of a workflow or an action, however deep."""
    if isinstance(node, list):
        return [each for item in node for each in scripts(item)]
    if not isinstance(node, dict):
        return []
    here = [node["run"]] if isinstance(node.get("run"), str) else []
    return here + [each for value in node.values() for each in scripts(value)]


def written() -> list[str]:
    """Return every script of our actions, and of the workflows that our pages show."""
    actions = [each.read_text() for each in (ROOT / "actions").rglob("action.yml")]
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "actions").rglob("*.md"), ROOT / "README.md"]
    shown = [block for page in pages for block in _YAML.findall(page.read_text())]
    return [each for text in (*actions, *shown) for each in scripts(yaml.safe_load(text))]


def test_T37_no_script_of_ours_has_an_expression_in_it():
    found = written()
    assert [each for each in found if "${{" in each] == []
    assert len(found) > 10


def test_T48_nothing_is_ever_deleted_on_github():
    rooms = [ROOT / "app" / name for name in ("github", "service", "web", "engine")]
    texts = {path: path.read_text() for room in rooms for path in room.rglob("*.py")}
    assert [
        path for path, text in texts.items() if '"DELETE"' in text or '.delete(f"' in text
    ] == []
    assert any('"PATCH"' in text for text in texts.values())


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"deployment_callback_url": RUN}, id="no environment"),
        pytest.param({"environment": "dev"}, id="no address"),
        pytest.param({"environment": None, "deployment_callback_url": None}, id="nothing at all"),
        pytest.param({"environment": "dev", "deployment_callback_url": "runs/7"}, id="no run"),
    ],
)
def test_T55_a_question_that_lacks_what_it_may_lack_is_no_error(payload):
    whole = about(action="requested", **payload)
    event = Event("deployment_protection_rule", "requested", whole, APP_ID)
    found = [intent for handler in ROUTER.handlers(event) for intent in handler(event)]
    assert Ignore("the question names no run of this repository") in found
