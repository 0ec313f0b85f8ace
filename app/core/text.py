"""Strangers' text made safe to show: one line, nothing invisible, no markup, mention or link."""

import html
import unicodedata

_SHOWN_AS_CODE_POINT = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"})
# Letters and symbols that draw nothing although their category says otherwise.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

_ZERO_WIDTH_SPACE = "&#8203;"
_MARKDOWN = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_{}[]()+-.!|~=$^"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    # GitHub looks for mentions and references after rendering: an escape alone does not stop it.
    | {character: f"{character}{_ZERO_WIDTH_SPACE}" for character in "@#"}
)

_QUOTE_LIMIT = 240


def _is_hidden(character: str) -> bool:
    if character == " ":
        return False
    return unicodedata.category(character) in _SHOWN_AS_CODE_POINT or character in _BLANK


def has_hidden_characters(text: str) -> bool:
    """Tell whether the text holds control, bidirectional or invisible characters."""
    return any(map(_is_hidden, text))


def visible(text: str) -> str:
    """Return one line, fit for a log, in which every hidden character is written `<U+202E>`."""
    return "".join(
        f"<U+{ord(character):04X}>" if _is_hidden(character) else character for character in text
    )


def shorten(text: str, limit_bytes: int) -> str:
    """Cut to a number of UTF-8 bytes between two characters, and say how many are left out.

    A limit too small for that note leaves no more than the beginning of the text.
    """
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit_bytes:
        return raw.decode("utf-8")
    room = limit_bytes - len(_left_out(len(text)).encode("utf-8"))
    if room <= 0:
        return raw[: max(limit_bytes, 0)].decode("utf-8", "ignore")
    beginning = raw[:room].decode("utf-8", "ignore")
    return beginning + _left_out(len(text) - len(beginning))


def _left_out(count: int) -> str:
    return f" … ({count} more characters)"


def code_span(text: str) -> str:
    """Return Markdown code that shows the text whatever backticks are in it."""
    shown = visible(text)
    if not shown.strip():
        return "(blank)"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _longest_run(text: str) -> int:
    longest = current = 0
    for character in text:
        current = current + 1 if character == "`" else 0
        longest = max(longest, current)
    return longest


def quoted(text: str) -> str:
    """Return a name from outside as short Markdown code, ready to stand in a message."""
    return code_span(shorten(visible(text), _QUOTE_LIMIT))


def markdown(text: str) -> str:
    """Return Markdown that shows the text as it is: no markup, mention, reference or link."""
    escaped = visible(text).strip().translate(_MARKDOWN)
    linkless = escaped.replace("://", f":{_ZERO_WIDTH_SPACE}//")
    return linkless.replace("GH\\-", f"GH{_ZERO_WIDTH_SPACE}\\-")


def table_cell(safe_markdown: str) -> str:
    """Return Markdown that is already safe in a form that keeps to its table cell."""
    return safe_markdown.replace("|", "\\|").replace("\n", " ")


def html_text(text: str) -> str:
    """Return HTML that shows the text as it is, also inside a quoted attribute."""
    return html.escape(visible(text))
