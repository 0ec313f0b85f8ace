"""Which lines are alive: what everybody sees as plain text, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands.lines import Line, live_lines

COMMAND = "/deploy staging"


def alive(body):
    return [line.text for line in live_lines(body)]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        pytest.param(COMMAND, [Line(1, COMMAND)], id="the only line"),
        pytest.param(f"done\n{COMMAND}\nthanks", [Line(2, COMMAND)], id="between lines of text"),
        pytest.param(f"   {COMMAND}", [Line(1, COMMAND)], id="three spaces before it"),
        pytest.param(f"\u00a0{COMMAND}", [Line(1, COMMAND)], id="a no-break space before it"),
        pytest.param(f"{COMMAND}  ", [Line(1, COMMAND)], id="spaces behind it"),
        pytest.param(f"# title\n{COMMAND}", [Line(2, COMMAND)], id="below a title"),
        pytest.param(f"> quote\n\n{COMMAND}", [Line(3, COMMAND)], id="after a quote has ended"),
        pytest.param(f"```\nx\n```\n{COMMAND}", [Line(4, COMMAND)], id="after a fence has ended"),
        pytest.param(f"- item\n\n{COMMAND}", [Line(3, COMMAND)], id="after a list has ended"),
        pytest.param(f"{COMMAND}\n---\nx", [Line(1, COMMAND)], id="a rule of dashes below it"),
        pytest.param("/a\n\n/b", [Line(1, "/a"), Line(3, "/b")], id="two of them"),
        pytest.param("", [], id="nothing"),
        pytest.param("a /b", [], id="a slash inside a line"),
        pytest.param("// note", [], id="two slashes"),
        pytest.param("/ deploy", [], id="a slash alone"),
    ],
)
def test_plain_text_is_alive(body, lines):
    assert list(live_lines(body)) == lines


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"```\n{COMMAND}\n```", id="back-ticks"),
        pytest.param(f"~~~\n{COMMAND}\n~~~", id="tildes"),
        pytest.param(f"   ```\n{COMMAND}\n```", id="a fence three spaces in"),
        pytest.param(f"```sh\n{COMMAND}\n```", id="a fence with a language"),
        pytest.param(f"```\n{COMMAND}", id="a fence that nobody closes"),
        pytest.param(f"````\n```\n{COMMAND}\n````", id="a shorter fence closes nothing"),
        pytest.param(f"```\n~~~\n{COMMAND}\n```", id="the other character closes nothing"),
        pytest.param(f"```\n``` x\n{COMMAND}\n```", id="a fence with words closes nothing"),
        pytest.param(f"text\n\n    {COMMAND}", id="indented after an empty line"),
        pytest.param(f"text\n\n\t{COMMAND}", id="indented by a tab"),
        pytest.param(f"    {COMMAND}", id="indented at the very beginning"),
        pytest.param(f"text\n    {COMMAND}", id="more than three spaces in a paragraph"),
        pytest.param(f"`a\n{COMMAND}\nb`", id="inline code over several lines"),
        pytest.param(f"- ```\n  {COMMAND}\n  ```", id="a fence in a list"),
        pytest.param(f"1. ```\n   {COMMAND}\n   ```", id="a fence in a numbered list"),
        pytest.param(f"`{COMMAND}`", id="inline code"),
    ],
)
def test_T06_code_is_dead(body):
    assert alive(body) == []


def test_T06_a_paragraph_after_a_wrongly_indented_fence_is_alive():
    # Four spaces inside a paragraph open no fence, so GitHub shows the rest as text.
    assert alive(f"text\n    ```\n{COMMAND}") == [COMMAND]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<!--\n{COMMAND}\n-->", id="a comment of its own"),
        pytest.param(f"<!--\n{COMMAND}", id="a comment that nobody closes"),
        pytest.param(f"<!-- a\n\n{COMMAND}\n\n-->", id="empty lines inside"),
        pytest.param(f"text <!-- a\n{COMMAND}\n-->", id="a comment that begins in a line of text"),
        pytest.param(f"text <!-- a\n\n{COMMAND}", id="one that GitHub would show, left open"),
        pytest.param(f"text <!-- a\n-->{COMMAND}", id="a command where a comment ends"),
        pytest.param(f"<!-- a -->{COMMAND}", id="a command behind a comment at the line's start"),
        pytest.param(f"x <a title='\n{COMMAND}\n'>y</a>", id="inside a tag"),
        pytest.param(f"![a\n{COMMAND}\n](x.png)", id="the text of an image"),
        pytest.param("[a]:\n/deploy", id="the address of a link"),
        pytest.param(f"<pre>\n{COMMAND}\n</pre>", id="a preformatted block"),
        pytest.param(f"<div>\n{COMMAND}\n</div>", id="a block of HTML"),
        pytest.param(f"<details>\n\n{COMMAND}\n\n</details>", id="a folded section"),
        pytest.param(f"<DETAILS open>\n\n{COMMAND}\n", id="a folded section left open"),
        pytest.param(f"text <details>\n\n{COMMAND}\n", id="one that begins in a line of text"),
    ],
)
def test_T07_what_html_hides_is_dead(body):
    assert alive(body) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        pytest.param(f"{COMMAND} <!-- x -->", COMMAND, id="a comment behind the command"),
        pytest.param("/a <!-- x -->b<!---->c", "/a bc", id="several comments"),
        pytest.param(f"<!-- x -->\n{COMMAND}", COMMAND, id="a closed comment above"),
        pytest.param(f"text <!-- x -->\n{COMMAND}", COMMAND, id="a closed comment in a line above"),
        pytest.param(
            f"use `<!--` here\n\n{COMMAND}", COMMAND, id="a comment that is shown as code"
        ),
        pytest.param(f"```\n<!--\n```\n{COMMAND}", COMMAND, id="a comment inside a fence"),
        pytest.param(
            f"<details>\n\nx\n\n</details>\n\n{COMMAND}", COMMAND, id="after a folded section"
        ),
        pytest.param(
            f"<!-- <details> -->\n\n{COMMAND}", COMMAND, id="a fold that is commented out"
        ),
        pytest.param("/a <!-- x", "/a <!-- x", id="a comment left open is left to the lexer"),
    ],
)
def test_T07_what_is_shown_stays_alive(body, line):
    assert alive(body) == [line]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"> {COMMAND}", id="a quote"),
        pytest.param(f">{COMMAND}", id="a quote without a space"),
        pytest.param(f"   > {COMMAND}", id="an indented quote"),
        pytest.param(f"> > {COMMAND}", id="a quote of a quote"),
        pytest.param(f"> text\n{COMMAND}", id="a lazy line below a quote"),
        pytest.param(f"> text\ntext\n{COMMAND}", id="the second lazy line"),
        pytest.param(f"> - item\n{COMMAND}", id="a lazy line below a list in a quote"),
        pytest.param(f"- item\n{COMMAND}", id="a lazy line below a list"),
        pytest.param(f"- item\n\n  {COMMAND}", id="a paragraph of a list"),
        pytest.param(f"~~a\n{COMMAND}\nb~~", id="struck out"),
        pytest.param(f"{COMMAND} | x\n|---|---|", id="the head of a table"),
    ],
)
def test_T08_quotes_lists_and_their_lazy_lines_are_dead(body):
    assert alive(body) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_T09_any_newline_ends_a_line(newline):
    body = newline.join(["text", COMMAND, "", "", "/status"])
    assert list(live_lines(body)) == [Line(2, COMMAND), Line(5, "/status")]


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x85"])
def test_T09_nothing_else_ends_a_line(separator):
    assert alive(f"text{separator}{COMMAND}") == []


def test_T10_invisible_characters_before_the_slash_stay_for_the_message():
    assert alive(f"\ufeff\u200b{COMMAND}") == [f"\ufeff\u200b{COMMAND}"]


def test_marks_in_the_comment_bring_no_dead_line_to_life():
    assert alive(f"> {COMMAND}\n\n\ue0001\ue001x") == []


TEXT = st.text(st.sampled_from('/abc >-`~<!*_#&|[]()"\\\t\u00a0\n')) | st.text()
LINES = st.lists(st.sampled_from([COMMAND, "/status", "", "text", "- x", "    y", "<!-- z", "# t"]))
NOT_LAZY = ("    ", "- ", "<", "#")


@given(LINES, st.sampled_from(["```", "~~~~", "```sh"]), LINES)
def test_nothing_behind_an_open_fence_is_alive(before, fence, inner):
    body = "\n".join([*before, "", fence, *inner])
    assert all(line.number <= len(before) for line in live_lines(body))


@given(LINES, LINES)
def test_nothing_quoted_is_alive(quote, below):
    lazy = [line for line in below if line and not line.startswith(NOT_LAZY)]
    assert alive("\n".join([*(f"> {line}" for line in quote), "> text", *lazy])) == []


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0\ue000\ue001<"))))
def test_a_living_line_is_what_stands_in_the_comment(lines):
    for line in live_lines("\n".join(lines)):
        assert lines[line.number - 1].strip(" \u00a0").rstrip() == line.text


@given(TEXT)
def test_the_kind_of_newline_makes_no_difference(body):
    text = body.replace("\r", "")
    assert live_lines(text) == live_lines(text.replace("\n", "\r\n"))
    assert live_lines(text) == live_lines(text.replace("\n", "\r"))


@pytest.mark.parametrize(
    ("piece", "survives"),
    [
        pytest.param("[", True, id="brackets"),
        pytest.param("![", True, id="images"),
        pytest.param("/a<!--\n", False, id="lines that open comments"),
        pytest.param("a<!--", False, id="open comments"),
        pytest.param("<!---->", True, id="closed comments"),
        pytest.param("|a\n|-\n|\n", True, id="tables"),
        pytest.param("> ", True, id="quotes"),
        pytest.param("*a _b ", True, id="emphasis"),
        pytest.param("<a ", True, id="tags"),
        pytest.param("/a\n", True, id="commands"),
    ],
)
@pytest.mark.timeout(20)
def test_the_largest_comment_is_read_in_time_whatever_it_holds(piece, survives):
    body = "/" + piece * (65_000 // len(piece)) + f"\n\n\n{COMMAND}"
    assert (COMMAND in alive(body)) is survives
