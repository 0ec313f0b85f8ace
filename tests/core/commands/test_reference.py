"""The page about commands: its lines can be posted, its tables name everything."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.commands.admission import LONGEST_AGE
from app.core.commands.codes import Code
from app.core.commands.lexer import LONGEST_LINE, MOST_TOKENS
from app.core.commands.reference import commands_table, tables, usage
from app.core.commands.scales import Level
from app.core.commands.verbs import FLAGS, VERBS
from app.core.commands.words import LONGEST_DURATION
from tests.core.commands.cases import commands

PAGE = (Path(__file__).parents[3] / "docs/commands.md").read_text(encoding="utf-8")
WRITTEN_BY_HAND = re.sub(
    r"<!-- (?P<place>[a-z: ]+) -->.*?<!-- /(?P=place) -->", "", PAGE, flags=re.DOTALL
)


@pytest.mark.parametrize(
    ("verb", "written"),
    [
        pytest.param("whoami", "/whoami", id="alone"),
        pytest.param("status", "/status [environment]", id="an optional word"),
        pytest.param("hold", "/hold [environment] --reason <text>", id="a required flag"),
        pytest.param(
            "freeze",
            "/freeze (<environment> | --global) --until <duration> --reason <text>",
            id="one or all",
        ),
        pytest.param("simulate", "/simulate <command line>", id="another command"),
    ],
)
def test_usage(verb, written):
    assert usage(VERBS[verb]) == written


def test_the_tables_name_every_command_flag_and_code():
    page = tables()
    assert all(f"| `/{verb}" in page["commands"] for verb in VERBS)
    assert all(f"| `--{flag}` |" in page["flags"] for flag in FLAGS)
    assert all(f'<a id="{code}"></a>' in page["codes: commands"] for code in Code)
    assert all(f"| {level.label} |" in page["levels"] for level in Level)


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    for name, text in tables().items():
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in text.splitlines()}
        assert len(widths) == 1, name


def test_a_table_for_a_level_leaves_the_others_out():
    assert "/freeze" not in commands_table(Level.OPERATE)
    assert commands_table() == commands_table(Level.INFRASTRUCTURE)


def test_lines_that_the_page_shows_can_be_posted():
    lines = re.findall(r"(?:`|^)(/[a-z]+(?: [a-z]+)*)(?:`|$)", WRITTEN_BY_HAND, re.MULTILINE)
    assert {line for line in lines if not commands(line)} == {"/deploy production please not yet"}
    assert len(lines) > 5


@pytest.mark.parametrize(
    "limit",
    [
        f"{LONGEST_LINE} bytes",
        f"{MOST_TOKENS} words",
        f"{LONGEST_AGE // timedelta(minutes=1)} minutes",
        f"{LONGEST_DURATION.days} days",
    ],
)
def test_the_page_names_the_limits_of_the_code(limit):
    assert limit in WRITTEN_BY_HAND
