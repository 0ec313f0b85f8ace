"""Bytes made into lines of text for scanning: no encoding, ending or length hides a line."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

WINDOW = 4096
_OVERLAP = 1024

_BOMS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_PROBE = 4096
_MOSTLY = 0.4
_HARDLY = 0.05
_FEW_CONTROLS = 0.01
_RUNS = re.compile(rb"[\t\x20-\x7e]{8,}")
_CONTROLS = bytes((*range(9), *range(14, 27), *range(28, 32)))
_INVISIBLE = {
    ord(character): None for character in "\u200b\u200c\u200d\u2060\u00ad\ufeff\u180e\u200e\u200f"
}
_DELIMITERS = re.compile(r"[\s\"'`;,]")


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a content; only source text has line numbers and deserves generic rules."""

    lines: tuple[str, ...]
    is_source: bool


def views(content: bytes) -> Iterator[View]:
    """Read a content in every way that could hold text; a byte order mark may lie."""
    wide = _wide_encoding(content)
    if wide is not None:
        yield View(_lines(content.decode(wide, "replace")), is_source=True)
    if b"\0" not in content:
        yield View(_lines(_narrow(content)), is_source=True)
    elif wide is None and _has_few_controls(content):
        yield View(_lines(_narrow(content.replace(b"\0", b" "))), is_source=True)
    else:
        yield View(_printable_runs(content), is_source=False)


def plain(line: str) -> str:
    """Return the line without invisible characters, and wide or styled letters as plain ones."""
    return line if line.isascii() else unicodedata.normalize("NFKC", line.translate(_INVISIBLE))


def windows(line: str) -> Iterator[str]:
    """Cut a long line into overlapping pieces, at delimiters so that no token is torn."""
    start = 0
    while len(line) - start > WINDOW:
        stop = _cut(line, start + WINDOW // 2, start + WINDOW)
        yield line[start:stop]
        start = _cut(line, stop - 2 * _OVERLAP, stop - _OVERLAP)
    yield line[start:]


def _cut(line: str, low: int, high: int) -> int:
    """Return the place after the last delimiter between two offsets, or the higher offset."""
    last = high
    for found in _DELIMITERS.finditer(line, low, high):
        last = found.end()
    return last


def _wide_encoding(content: bytes) -> str | None:
    """Guess UTF-16 or UTF-32 from the mark, or from where the zero bytes stand."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    probe = content[:_PROBE]
    if not probe or b"\0" not in probe:
        return None
    even, odd = (part.count(0) / max(len(part), 1) for part in (probe[0::2], probe[1::2]))
    if odd > _MOSTLY and even < _HARDLY:
        return "utf-16-le"
    return "utf-16-be" if even > _MOSTLY and odd < _HARDLY else None


def _narrow(content: bytes) -> str:
    """Decode UTF-8; one bad byte makes it Latin-1, which keeps every position."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _has_few_controls(content: bytes) -> bool:
    controls = len(content) - len(content.translate(None, _CONTROLS))
    return controls <= max(1, int(len(content) * _FEW_CONTROLS))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _printable_runs(content: bytes) -> tuple[str, ...]:
    return tuple(run.decode("ascii") for run in _RUNS.findall(content))
