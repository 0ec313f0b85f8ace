"""Bytes as lines: encodings, line ends, binaries and long lines."""

import pytest

from app.scan.text import WINDOW, plain, views, windows


def lines(content):
    return [view.lines for view in views(content)]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"],
)
def test_27_28_text_is_read_in_every_encoding(encoding):
    content = "first\nkey = sécrète\n".encode(encoding)
    assert any("key = sécrète" in view for view in lines(content))


def test_27_a_byte_order_mark_that_lies_hides_nothing():
    content = b"\xff\xfe" + b"key = value12\nmore"
    assert any("more" in view for view in lines(content))
    with_zero = b"\xff\xfe" + b"key = value12\nmore text\0\0"
    assert any("more text" in "\n".join(view) for view in lines(with_zero))


def test_29_a_zero_byte_does_not_make_a_text_binary():
    (view,) = views(b"key = value12\nnext\0line\n" + b"more text\n" * 20)
    assert view.is_source
    assert view.lines[:2] == ("key = value12", "next line")


def test_a_binary_is_read_by_its_printable_runs():
    (view,) = views(bytes(range(256)) * 4 + b"\0readable text\1\2short\3")
    assert not view.is_source
    assert "readable text" in view.lines
    assert "short" not in view.lines


def test_30_every_line_end_ends_a_line():
    assert lines(b"a\rb\r\nc\nd") == [("a", "b", "c", "d")]


def test_only_line_ends_end_a_line():
    assert lines("a\x0bb\x0cc\x1cd\u2028e".encode()) == [("a\x0bb\x0cc\x1cd\u2028e",)]


def test_36_invisible_and_wide_characters_are_made_plain():
    assert plain("gh\u200bp\u00ad_\uff21\u2060") == "ghp_A"


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param("x" * 50_000, id="no delimiter"),
        pytest.param("x " * 25_000, id="many delimiters"),
        pytest.param(("x" * 2049 + " ") * 20, id="a delimiter at every half window"),
        pytest.param(" " + "x" * 4095 + " " + "y" * 9000, id="few delimiters"),
    ],
)
def test_windows_cover_a_long_line_and_come_to_an_end(shape):
    line = "".join(c if c == " " else chr(0x10000 + at) for at, c in enumerate(shape))
    pieces = list(windows(line))
    assert all(len(piece) <= WINDOW for piece in pieces)
    assert len(pieces) <= len(line) / 500
    covered = 0
    for piece in pieces:
        start = line.find(piece)
        assert 0 <= start <= covered
        covered = start + len(piece)
    assert covered == len(line)


@pytest.mark.parametrize("offset", range(2000, 9000, 317))
def test_a_token_in_a_long_line_is_whole_in_some_window(offset):
    token = "T" * 300
    line = ("word, " * 3000)[:offset] + f' "{token}" ' + "word, " * 3000
    assert any(f'"{token}"' in piece for piece in windows(line))


def test_a_short_line_is_its_own_window():
    assert list(windows("")) == [""]
    assert list(windows("x" * WINDOW)) == ["x" * WINDOW]
