"""What strangers wrote stays inside the message, property or output it belongs to."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.action.commands import append_outputs, command, escape_message, escape_property
from app.action.door import visible_lines
from app.action.report import of_trouble
from tests.action.jobs import outputs_in

_CODES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def as_the_runner_reads(text: str) -> str:
    """Undo the escapes in the runner's order: the percent sign comes last."""
    for code, character in _CODES:
        text = text.replace(code, character)
    return text


@given(st.text())
@example("%0A::set-env name=A::b")
@example("a\r\nb, c: 100%")
@example("%250A")
def test_escapes_are_undone_to_the_same_text_and_leave_nothing_that_acts(text):
    message, inside = escape_message(text), escape_property(text)
    assert (as_the_runner_reads(message), as_the_runner_reads(inside)) == (text, text)
    assert not set(message) & set("\r\n")
    assert not set(inside) & set("\r\n:,")


@given(st.text(), st.text())
def test_a_command_is_one_line_with_the_properties_that_were_given(path, message):
    made = command("error", message, {"file": path, "line": 3})
    assert "\n" not in made
    assert re.fullmatch(r"::error file=[^,:\r\n]*,line=3::.*", made, re.DOTALL)


@given(st.text(st.characters(blacklist_characters="\r", blacklist_categories=("Cs",))))
@example("x\ngatewright-0000\nverdict<<y\npass\ny")
def test_an_output_cannot_bring_another_one_with_it(tmp_path_factory, value):
    file = Path(tmp_path_factory.mktemp("o") / "output")
    append_outputs(file, {"title": value, "verdict": "fail"})
    assert outputs_in(file.read_text(encoding="utf-8")) == {"title": value, "verdict": "fail"}


@pytest.mark.parametrize("line", ["::add-mask::x", "##[add-path]/tmp", "::stop-commands::y"])
def test_no_line_of_a_log_begins_a_command(line):
    shown = visible_lines(f"Traceback\n{line}\r{line}")
    assert all(each.startswith("| ") for each in shown.splitlines())


def test_what_could_not_be_evaluated_is_shown_without_acting():
    report = of_trouble("no\n## heading @ann <b> `x` ::error::y")
    assert "\n## heading" not in report.summary
    assert "@ann" not in report.summary
    assert list(report.annotations(enforces=True)) == [
        "::error title=Gatewright::no ## heading @ann <b> `x` ::error::y"
    ]
