"""A line to tokens, or to one sentence that says what cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands.lexer import Malformed, Shape, Token, strange_character, tokenize


def word(text):
    return Token(Shape.WORD, text)


def text(content):
    return Token(Shape.QUOTED, content)


def rest(content):
    return Token(Shape.REST, content)


def flag(name, *, glued=False):
    return Token(Shape.FLAG, name, glued)


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("staging", [word("staging")], id="a word"),
        pytest.param("a  b\tc\u00a0d", [word(each) for each in "abcd"], id="every kind of space"),
        pytest.param("v1.2_3/x@y:z+w-", [word("v1.2_3/x@y:z+w-")], id="all that stands in words"),
        pytest.param('"a b"', [text("a b")], id="a quoted text"),
        pytest.param('""', [text("")], id="an empty text"),
        pytest.param(r'"a\"b\\"', [text('a"b\\')], id="a quotation mark and a backslash in it"),
        pytest.param('"é `$;|<>"', [text("é `$;|<>")], id="anything stands in quotation marks"),
        pytest.param("--until 4h", [flag("until"), word("4h")], id="a flag and a value"),
        pytest.param(
            "--until=4h", [flag("until", glued=True), word("4h")], id="joined by an equals sign"
        ),
        pytest.param(
            '--ticket="A 1" x',
            [flag("ticket", glued=True), text("A 1"), word("x")],
            id="and quoted",
        ),
        pytest.param("--Dry-Run", [flag("dry-run")], id="flags in any case"),
        pytest.param("-f", [word("-f")], id="one dash makes no flag"),
        pytest.param("--reason", [flag("reason")], id="a reason that is missing"),
        pytest.param(
            '--reason "a b" --force',
            [flag("reason"), text("a b"), flag("force")],
            id="quoted reason",
        ),
        pytest.param(
            "--reason=a b", [flag("reason", glued=True), rest("a b")], id="rest behind equals sign"
        ),
    ],
)
def test_tokens(line, tokens):
    assert tokenize(line) == tuple(tokens)


@pytest.mark.parametrize(
    ("line", "token"),
    [
        pytest.param("\u2014force", flag("force"), id="an em dash for two dashes"),
        pytest.param("\u2013force", flag("force"), id="an en dash for two dashes"),
        pytest.param("x \u2014until=4h", flag("until", glued=True), id="behind a word"),
    ],
)
def test_T10_what_phones_make_of_two_dashes_is_a_flag(line, token):
    assert token in tokenize(line)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        pytest.param("pr\u043ed", "U+043E (CYRILLIC SMALL LETTER O)", id="a look-alike letter"),
        pytest.param("prod\u200b", "U+200B (ZERO WIDTH SPACE)", id="an invisible character"),
        pytest.param("a\u2014b", "U+2014 (EM DASH)", id="a dash inside a word"),
        pytest.param("\u2014 x", "U+2014 (EM DASH)", id="a dash alone"),
        pytest.param(
            "\u201cx\u201d", "U+201C (LEFT DOUBLE QUOTATION MARK)", id="typographic quotes"
        ),
        pytest.param("--f\u043erce", "U+043E (CYRILLIC SMALL LETTER O)", id="inside a flag"),
        pytest.param("a\x07", "U+0007 (a control character)", id="a control character"),
    ],
)
def test_T10_other_characters_are_refused_by_name(line, named):
    assert named in tokenize(line).message


@pytest.mark.parametrize("character", list("$`;|<>&()*'#%={}[]!?,\\"))
def test_T09_nothing_that_a_shell_reads_stands_outside_quotation_marks(character):
    assert isinstance(tokenize(f"a{character}b"), Malformed)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('"a', id="a quotation mark that nobody closes"),
        pytest.param('"a"b', id="a word attached to a text"),
        pytest.param('a"b"', id="a text attached to a word"),
        pytest.param(r'"a\n"', id="an escape that is none"),
        pytest.param('--reason "a', id="a reason that nobody closes"),
        pytest.param("--until=", id="an equals sign with nothing behind it"),
        pytest.param("--until= 4h", id="a space behind the equals sign"),
        pytest.param("--", id="two dashes alone"),
        pytest.param("--x:y", id="a flag with other characters"),
        pytest.param("--9", id="a flag of digits"),
        pytest.param("---force", id="three dashes"),
    ],
)
def test_lines_that_cannot_be_read(line):
    assert isinstance(tokenize(line), Malformed)


@pytest.mark.parametrize(
    "reason",
    [
        "never use --global",
        "$(x) `y` | z; <b>",
        "it's \u201cquoted\u201d \u2014 and done",
        "a = --force",
        'he said "no" twice',
    ],
)
def test_T12_a_reason_is_never_looked_into_again(reason):
    assert tokenize(f"staging --reason {reason}") == (word("staging"), flag("reason"), rest(reason))


def test_limits_are_bytes_and_words():
    assert tokenize("x" * 500) == (word("x" * 500),)
    assert isinstance(tokenize("x" * 501), Malformed)
    assert isinstance(tokenize("\u00e9" * 251), Malformed)
    assert len(tokenize("x " * 20)) == 20
    assert isinstance(tokenize("x " * 21), Malformed)


def test_plain_text_has_no_strange_character():
    assert strange_character("az AZ 09 ~!") is None


@given(st.text() | st.text(st.sampled_from('-a="\\ \u2014\u00a0\x00')))
def test_every_line_has_tokens_or_one_message(line):
    tokens = tokenize(line)
    if isinstance(tokens, Malformed):
        assert tokens.message.endswith(".")
        assert "\n" not in tokens.message
    else:
        assert all(each.text for each in tokens if each.shape is not Shape.QUOTED)


@given(
    st.lists(
        st.from_regex(r"[A-Za-z0-9._/@:+][A-Za-z0-9._/@:+-]{0,9}", fullmatch=True), max_size=20
    )
)
def test_words_survive_between_any_spaces(words):
    assert tokenize(" \u00a0\t".join(words)) == tuple(map(word, words))
