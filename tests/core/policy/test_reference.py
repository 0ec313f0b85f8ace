import json
import re
from pathlib import Path

import jsonschema
import pytest

from app.core.policy.load import default_policy, load_policy
from app.core.policy.model import Policy
from app.core.policy.reference import key_table, policy_schema, rule_table, schema_text
from app.core.policy.tree import read_tree

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
VALIDATOR = jsonschema.Draft202012Validator(policy_schema())


def between(mark):
    return PAGE.partition(f"<!-- {mark} -->\n")[2].partition(f"\n<!-- /{mark} -->")[0]


def test_the_published_schema_is_the_generated_one():
    assert (DOCS / "schema" / "policy.v1.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_a_schema_of_its_dialect():
    jsonschema.Draft202012Validator.check_schema(policy_schema())


def test_the_tables_of_the_page_are_the_generated_ones():
    assert between("keys").strip() == key_table()
    assert between("rules").strip() == rule_table()


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_example_of_the_page_loads_and_fits_the_schema(block):
    assert isinstance(load_policy(block.encode(), "docs/policy.md"), Policy)
    assert list(VALIDATOR.iter_errors(read_tree(block.encode()).plain())) == []


def test_the_commented_default_is_the_default_and_says_every_section():
    commented = next(block for block in BLOCKS if "drafts: hold " in block)

    assert load_policy(commented.encode(), "docs/policy.md") == default_policy()
    plain = read_tree(commented.encode()).plain()
    sections = json.loads(default_policy().model_dump_json())
    assert plain.keys() == sections.keys()
    assert plain["gates"].keys() == sections["gates"].keys()
    assert all(
        plain["gates"][gate].keys() == sections["gates"][gate].keys() for gate in plain["gates"]
    )


@pytest.mark.parametrize(
    "text",
    [
        "gates: {}",
        "{version: 1, unknown: 1}",
        "{version: 1, gates: {ci: {all: 'yes'}}}",
        "{version: 1, gates: {ci: {settle: '5'}}}",
        "{version: 1, gates: {freshness: {max_behind: -1}}}",
        "{version: 1, gates: {approval: {rules: [{count: 1}]}}}",
        "{version: 2}",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text):
    assert not isinstance(load_policy(text.encode(), "x"), Policy)
    assert not VALIDATOR.is_valid(read_tree(text.encode()).plain())


def test_defaults_in_the_schema_have_the_form_that_the_schema_asks_for():
    schema = policy_schema()

    def check(part):
        if isinstance(part, dict):
            if "default" in part:
                whole = {**part, "$defs": schema["$defs"]}
                jsonschema.Draft202012Validator(whole).validate(part["default"])
            part = list(part.values())
        for inner in part if isinstance(part, list) else ():
            check(inner)

    check(schema)


def test_every_key_has_a_meaning_and_stands_once():
    rows = [[cell.strip() for cell in row.split(" | ")] for row in key_table().splitlines()[2:]]
    names = [row[0] for row in rows]

    assert len(names) == len(set(names)) > 80
    assert all(row[-1].rstrip(" |").endswith(".") for row in rows)
