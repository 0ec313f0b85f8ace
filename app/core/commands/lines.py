"""Which lines of a comment are alive: plain text that everybody sees, outside code and quotes.

CommonMark decides, so a fence inside a list or a code span over two lines is what GitHub shows it
as. Where that and caution differ, the line is dead: a command that was not meant must not run.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NEWLINE = re.compile(r"\r\n|\r|\n")
_ZERO_WIDTH = "\u200b-\u200f\u2060\ufeff"
# Zero-width characters stay in the line: they are refused aloud there instead of silently here.
_COMMAND = re.compile(rf"(?P<indent>[ \u00a0]{{0,3}})(?P<rest>[{_ZERO_WIDTH}]*/[^\s/].*)")
_COMMENT_BEGINS, _COMMENT_ENDS = "<!--", "-->"

# Marks the beginning of each line that could be a command, so that it is found again as text.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_UNUSABLE = str.maketrans(dict.fromkeys(f"{_OPEN}{_CLOSE}\x00", "\ufffd"))

_LINE_ENDS = frozenset({"softbreak", "hardbreak"})
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@dataclass(frozen=True, slots=True)
class Line:
    """One living line that begins with a slash; lines are counted from 1."""

    number: int
    text: str


def live_lines(body: str) -> tuple[Line, ...]:
    """Return the lines that may hold a command, without what HTML comments hide in them.

    Dead are code, also in an unclosed fence, quotes with their lazy continuation, lists, HTML,
    folded sections, and everything after an HTML comment that is never closed.
    """
    written = _NEWLINE.split(body.translate(_UNUSABLE))
    candidates = {
        number: match
        for number, line in enumerate(written, start=1)
        if (match := _COMMAND.fullmatch(line))
    }
    if not candidates:
        return ()
    marked = [
        _marked(number, candidates[number]) if number in candidates else line
        for number, line in enumerate(written, start=1)
    ]
    alive = _shown(_MARKDOWN.parse("\n".join(marked)))
    return tuple(
        Line(number, _uncommented(match["rest"]).rstrip())
        for number, match in candidates.items()
        if number in alive
    )


def _uncommented(text: str) -> str:
    """Take out every HTML comment that is closed."""
    shown: list[str] = []
    before, begin, rest = text.partition(_COMMENT_BEGINS)
    while begin and _COMMENT_ENDS in rest:
        shown.append(before)
        before, begin, rest = rest.partition(_COMMENT_ENDS)[2].partition(_COMMENT_BEGINS)
    return "".join([*shown, before, begin, rest])


def _marked(number: int, line: re.Match[str]) -> str:
    return f"{' ' * len(line['indent'])}{_OPEN}{number}{_CLOSE}{line['rest']}"


def _shown(tokens: Iterable[Token]) -> frozenset[int]:
    """Return the marked lines that begin as plain text of the page itself."""
    view = _View()
    found: set[int] = set()
    for token in tokens:
        if token.type == "html_block":
            view.read_html(token.content)
        elif token.type == "inline":
            found.update(_beginnings(token, view))
    return frozenset(found)


@dataclass(slots=True)
class _View:
    """What is out of sight at a point of the page."""

    folds: int = field(default=0)
    unclosed: bool = field(default=False)

    def read_html(self, html: str) -> None:
        """Count folded sections, and see where a comment is left open."""
        visible = _uncommented(html).lower()
        self.unclosed = self.unclosed or _COMMENT_BEGINS in visible
        opened, closed = visible.count("<details"), visible.count("</details")
        self.folds = max(0, self.folds + opened - closed)

    @property
    def is_hidden(self) -> bool:
        """Tell whether what follows is not on the page for everybody to see."""
        return self.unclosed or self.folds > 0


def _beginnings(paragraph: Token, view: _View) -> Iterator[int]:
    at_start = True
    for token in paragraph.children or ():
        mark = _MARK.match(token.content)
        plain = token.type == "text" and token.level == 0 and paragraph.level == 1
        if mark and plain and at_start and not view.is_hidden:
            yield int(mark[1])
        if token.type in {"text", "html_inline"}:
            view.read_html(token.content)
        at_start = token.type in _LINE_ENDS
