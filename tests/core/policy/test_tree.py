import re
import time

import pytest

from app.core.policy.tree import (
    MAX_ALIASES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    Place,
    TreeError,
    read_tree,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("{a: null, b: ~, c: }", {"a": None, "b": None, "c": None}, id="null"),
        pytest.param("[true, False]", [True, False], id="booleans"),
        pytest.param(
            "[on, yes, y, Off]", ["on", "yes", "y", "Off"], id="F27 words of YAML 1.1 are text"
        ),
        pytest.param("[0, 7, -12]", [0, 7, -12], id="whole numbers"),
        pytest.param(
            "[010, 0o7, 0x1, 1_0, +1, 1:30, 1.5, .inf, -0]",
            ["010", "0o7", "0x1", "1_0", "+1", "1:30", "1.5", ".inf", "-0"],
            id="F27 numbers that readers take for different ones are text",
        ),
        pytest.param("2001-01-01", "2001-01-01", id="F27 a date is text"),
        pytest.param("9" * 19, "9" * 19, id="a number beyond 18 digits is text"),
        pytest.param("['1', \"true\", 'null']", ["1", "true", "null"], id="quotes make text"),
        pytest.param("a: |\n  x\n  y\n", {"a": "x\ny\n"}, id="a block of lines"),
        pytest.param("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}, id="an alias"),
        pytest.param("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}, id="a name used again"),
        pytest.param("<<: {a: 1}\n", {"<<": {"a": 1}}, id="nothing is merged"),
    ],
)
def test_values(text, value):
    assert read_tree(text.encode()).plain() == value


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
def test_places_count_from_one_whatever_ends_the_lines(breaks):
    tree = read_tree(breaks.join(["# é", "a:", "  - b", "  - {c: 1}", ""]).encode())

    assert tree.trace(("a", 1, "c"))[0] == Place(4, 6)


def test_a_way_passes_over_steps_that_do_not_exist():
    tree = read_tree(b"a: {b: [x]}\n")
    place, way = tree.trace(("a", "nowhere", "b", 0, "str"))

    assert (place, way) == (Place(1, 9), ("a", "b", 0))


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        pytest.param(
            b"a: 1\nb: 2\na: 3\n", 3, 1, "stands twice; the first is in line 1", id="twice"
        ),
        pytest.param(b"1: x\n", 1, 1, "a key must be text", id="a number as key"),
        pytest.param(b"a: 1\n? [b]\n", 2, 3, "a key must be text", id="a list as key"),
        pytest.param(b"a: &k x\n*k : 1\n", 2, 1, "a key must be text", id="an alias as key"),
        pytest.param(b"a: !!str 1\n", 1, 4, "the tag", id="a tag"),
        pytest.param(b"a: !!python/object:x {}\n", 1, 4, "the tag", id="a tag that constructs"),
        pytest.param(b"a: 1\n---\nb: 1\n", 2, 1, "second document", id="two documents"),
        pytest.param(b"%YAML 1.1\n---\na: on\n", 1, 1, "directives", id="another YAML version"),
        pytest.param(b"a: 1\nb: *c\n", 2, 4, "no finished value is named `&c`", id="no such name"),
        pytest.param(b"a: &a [*a]\n", 1, 8, "no finished value is named `&a`", id="a circle"),
        pytest.param(b"a: b: c\n", 1, 5, "not valid YAML: mapping values", id="not YAML"),
        pytest.param(b"a: [1\nb: 2\n", 2, 2, "not valid YAML", id="an open bracket"),
        pytest.param(b'a: "\\U00110000"\n', 1, 1, "not valid YAML near", id="beyond Unicode"),
        pytest.param("a: é\nb: ü\0".encode(), 2, 5, "<U+0000>", id="NUL"),
        pytest.param(b'a: "\\0"\n', 1, 4, "<U+0000>", id="an escaped NUL"),
        pytest.param(b'a: "\\ud800"\n', 1, 4, "<U+D800>", id="half a surrogate pair"),
        pytest.param("a: 1 # \u202e\n".encode(), 1, 8, "<U+202E>", id="C28 text turned around"),
        pytest.param(b"a: 1\n\xef\xbb\xbfb: 1\n", 2, 1, "<U+FEFF>", id="a byte order mark inside"),
        pytest.param("é: \xff".encode("latin-1"), 1, 1, "not UTF-8", id="Latin-1"),
        pytest.param("é: ".encode() + b"\xff", 1, 4, "not UTF-8", id="one bad byte"),
        pytest.param("a: 1".encode("utf-16"), 1, 1, "UTF-16", id="UTF-16"),
        pytest.param(b" " * (MAX_BYTES + 1), 1, 1, "262145 bytes", id="F26 too many bytes"),
    ],
)
def test_F27_what_is_refused(text, line, column, message):
    with pytest.raises(TreeError, match=re.escape(message)) as caught:
        read_tree(text)

    assert caught.value.place == Place(line, column)


def nested(levels):
    return b"[" * levels + b"]" * levels


def doubling(levels):
    lines = [b"a0: &a0 [x]"]
    lines += [b"a%d: &a%d [*a%d, *a%d]" % (n, n, n - 1, n - 1) for n in range(1, levels)]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(nested(10_000), "levels of nesting", id="ten thousand brackets"),
        pytest.param(b"{a: " * 5_000, "levels of nesting", id="thousands of braces"),
        pytest.param(b"- " * 9_000, "levels of nesting", id="thousands of dashes"),
        pytest.param(doubling(30), "levels of nesting", id="aliases of aliases"),
        pytest.param(
            b"a: &a [%s]\nb: &b [%s]\nc: &c [%s]\nd: [%s]"
            % (b",".join([b"1"] * 30), *(b",".join([b"*" + x] * 30) for x in (b"a", b"b", b"c"))),
            "values",
            id="an alias bomb",
        ),
        pytest.param(b"a: &a 1\nb: [%s]" % b",".join([b"*a"] * 101), "aliases", id="many aliases"),
        pytest.param(b"[%s]" % (b"1," * 100_000), "values", id="many values"),
        pytest.param(b"'" + b"x" * 200_000, "end of stream", id="a long open text"),
        pytest.param(b"&a " * 50_000, "not valid YAML", id="many anchors"),
    ],
)
def test_F27_pathological_files_are_refused_quickly(text, message):
    started = time.process_time()

    with pytest.raises(TreeError, match=message):
        read_tree(text)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(nested(MAX_DEPTH), id="as deep as allowed"),
        pytest.param(b"[%s]" % b",".join([b"1"] * (MAX_VALUES - 1)), id="as many as allowed"),
        pytest.param(b"a: &a 1\nb: [%s]" % b",".join([b"*a"] * MAX_ALIASES), id="as many aliases"),
        pytest.param(b"a" * MAX_BYTES, id="as large as allowed"),
    ],
)
def test_the_limits_themselves_are_allowed(text):
    assert read_tree(text).size <= MAX_VALUES


def test_aliases_count_as_often_as_they_are_used():
    assert read_tree(b"a: &a [1, 2]\nb: *a").size == 7


def test_an_alias_may_not_reach_deeper_than_the_limit():
    inner = nested(MAX_DEPTH - 2)

    assert read_tree(b"a: &a %s\nb: [*a]" % inner).depth == MAX_DEPTH
    with pytest.raises(TreeError, match="levels"):
        read_tree(b"a: &a %s\nb: [[*a]]" % inner)
