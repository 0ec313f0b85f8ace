"""`gatewright schema`, and the header by which an editor finds it."""

import json
import re

import jsonschema
import pytest
from ruamel.yaml import YAML

from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from tests.cli.conftest import ROOT, gatewright

OWN = ROOT / ".github/gatewright.yml"
_HEADER = re.compile(r"\A# yaml-language-server: \$schema=(?P<path>\S+)\n")


@pytest.mark.parametrize("name", ["policy", "facts", "judgement"])
def test_it_prints_what_is_published(name):
    published = (ROOT / f"docs/schema/{name}.v1.json").read_text(encoding="utf-8")
    assert gatewright("schema", name).out == published


def test_without_a_name_it_is_the_policys():
    assert gatewright("schema").out == gatewright("schema", "policy").out


def test_our_own_policy_has_the_header_fits_the_schema_and_is_read():
    text = OWN.read_text(encoding="utf-8")
    schema = (OWN.parent / _HEADER.match(text)["path"]).resolve()
    jsonschema.validate(YAML(typ="safe").load(text), json.loads(schema.read_text()))
    assert isinstance(load_policy(text.encode(), str(OWN)), Policy)


def test_the_header_of_the_policy_page_names_a_file_that_the_command_page_makes():
    policy, commands = ((ROOT / f"docs/{name}.md").read_text() for name in ("policy", "cli"))
    header = re.search(r"```yaml\n(# yaml-language-server.*?)```", policy, re.DOTALL)[1]
    assert isinstance(load_policy(header.encode(), "x.yml"), Policy)
    assert f"> .github/{_HEADER.match(header)['path'].removeprefix('./')}" in commands
