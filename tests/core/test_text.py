import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.text import (
    code_span,
    has_hidden_characters,
    html_text,
    markdown,
    quoted,
    shorten,
    table_cell,
    visible,
)

STRANGE = (
    st.text(st.sampled_from("`*_@#|<>&[](){}!\\/:.-+=~$^\"' \n\ta1é漢\u202e\u200b\udcff"))
    | st.text()
)


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.tags = "", []

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def rendered(source):
    """Render with a CommonMark implementation that is not ours, and return text and tags."""
    page = _Text()
    page.feed(
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(source)
    )
    return page.text.strip("\n").replace("\u200b", ""), page.tags


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain é 漢 😀", "plain é 漢 😀", id="what people can see stays"),
        pytest.param("a\nb", "a<U+000A>b", id="a line break would forge a second line of the log"),
        pytest.param("\x1b[31mred", "<U+001B>[31mred", id="an escape sequence would colour it"),
        pytest.param("\u202etxt.exe", "<U+202E>txt.exe", id="right-to-left override"),
        pytest.param("a\u200bb", "a<U+200B>b", id="zero-width space"),
        pytest.param("a\u00a0b", "a<U+00A0>b", id="a space that is none"),
        pytest.param("\u3164", "<U+3164>", id="a letter that draws nothing"),
        pytest.param("\udcff", "<U+DCFF>", id="a byte that was no UTF-8"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown
    assert has_hidden_characters(text) == (text != shown)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("a b", "`a b`", id="plain"),
        pytest.param("a`b", "``a`b``", id="one backtick"),
        pytest.param("a`", "`` a` ``", id="a backtick at the end"),
        pytest.param("``", "``` `` ```", id="only backticks"),
        pytest.param(" a ", "`  a  `", id="spaces at the ends"),
        pytest.param("", "(blank)", id="nothing"),
        pytest.param("   ", "(blank)", id="spaces only"),
    ],
)
def test_code_span(text, span):
    assert code_span(text) == span


@given(STRANGE)
def test_a_code_span_renders_to_exactly_the_visible_text(text):
    shown = visible(text)
    expected = shown if shown.strip() else "(blank)"

    assert rendered(code_span(text)) == (expected, ["p", "code"] if shown.strip() else ["p"])


@given(STRANGE)
def test_markdown_renders_to_one_paragraph_of_the_visible_text(text):
    shown = visible(text).strip()

    assert rendered(markdown(text)) == (shown, ["p"] if shown else [])


@pytest.mark.parametrize(
    "text",
    [
        "@ann",
        "@org/team",
        "#12",
        "acme/widgets#12",
        "GH-12",
        "https://evil.example",
        "ssh://x",
        "&commat;ann",
        "&num;12",
        "https&colon;//evil.example",
    ],
)
def test_markdown_leaves_nothing_that_github_turns_into_a_mention_or_a_link(text):
    page = MarkdownIt("commonmark").render(markdown(text))

    assert not re.search(r"@\w|#\d|GH-\d|://", page)


@given(STRANGE)
def test_html_text_shows_the_visible_text_without_tags(text):
    page = _Text()
    page.feed(f'<p title="{html_text(text)}">{html_text(text)}</p>')
    page.close()

    assert (page.text, page.tags) == (visible(text), ["p"])


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        pytest.param("short", 5, "short", id="what fits stays whole"),
        pytest.param("x" * 60, 30, "x" * 5 + " … (55 more characters)", id="says what is left out"),
        pytest.param(
            "é" * 60, 34, "é" * 4 + " … (56 more characters)", id="not inside a character"
        ),
        pytest.param("ééé", 3, "é", id="no room for the note"),
        pytest.param("é", 1, "", id="no room for one character"),
        pytest.param("abc", -1, "", id="no room at all"),
        pytest.param("a\udcff", 9, "a?", id="undecodable bytes do no harm"),
    ],
)
def test_shorten(text, limit, cut):
    assert shorten(text, limit) == cut


@given(STRANGE, st.integers(0, 80))
def test_shorten_never_exceeds_its_limit(text, limit):
    assert len(shorten(text, limit).encode()) <= limit


@given(STRANGE)
def test_quoted_is_one_short_line_and_no_mention(text):
    assert "\n" not in quoted(text)
    assert len(quoted(text).encode()) < 1000
    assert rendered(quoted(text))[1] in (["p"], ["p", "code"])


def test_a_table_cell_keeps_to_its_cell():
    row = f"| a |\n| --- |\n| {table_cell(code_span('x|y') + chr(10) + 'z')} |\n"

    assert rendered(row)[1].count("td") == 1
