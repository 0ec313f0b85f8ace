"""Decision records: is one complete, and is its number its own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.compliance.change import Change
from app.core.facts import ChangeStatus
from app.core.text import quoted

STATES = ("Proposed", "Accepted", "Deprecated", "Superseded")
SECTIONS = ("Status", "Context", "Decision", "Consequences")

# The headings of the two usual forms: Nygard's and MADR's.
_SECTION_OF = {
    "status": "Status",
    "context": "Context",
    "context and problem statement": "Context",
    "decision": "Decision",
    "decision outcome": "Decision",
    "consequences": "Consequences",
}
_PLACEHOLDERS = frozenset({"", "tbd", "todo", "n/a", "..."})
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_STATUS_LINE = re.compile(r"[-*_ ]*status[*_ ]*:[*_ ]*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    level: int
    text: str


def check_record(path: str, change: Change) -> tuple[str, ...] | None:
    """List what is wrong with the record at a path of the head; None if its text is not known."""
    texts = [
        each.text
        for each in change.documents
        if each.path == path and each.commit == change.head_sha
    ]
    if not texts:
        return None
    return (*_incomplete(texts[0]), *_number_taken(path, change))


def _incomplete(text: str) -> Iterator[str]:
    lines = tuple(_lines(text))
    bodies = _bodies(lines)
    if not _has_title(lines):
        yield "it has no title (a heading of the first level)"
    status = bodies.get("Status") or _status_line(lines)
    for name in SECTIONS:
        if not (status if name == "Status" else bodies.get(name)):
            yield f"the section {name} is missing or blank"
    if status and _first_word(status) not in STATES:
        yield f"the status is {quoted(_first_line(status))}, not one of {', '.join(STATES)}"


def _lines(text: str) -> Iterator[_Line]:
    """Yield lines with the level of their heading, 0 for text; comments are left out."""
    fence = ""
    for line in re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL).splitlines():
        mark = _FENCE.match(line)
        if mark and fence in {"", mark[1]}:
            fence = "" if fence else mark[1]
        heading = None if fence else _HEADING.match(line)
        yield _Line(len(heading[1]), heading[2].strip("# \t")) if heading else _Line(0, line)


def _bodies(lines: tuple[_Line, ...]) -> dict[str, str]:
    """Return the text under each section's heading, deeper headings included."""
    bodies: dict[str, list[str]] = defaultdict(list)
    name, level = "", 0
    for line in lines:
        if not line.level:
            bodies[name].append(line.text)
        elif _section(line) or line.level <= level:
            name, level = _section(line), line.level
    texts = {name: "\n".join(found) for name, found in bodies.items()}
    return {name: text for name, text in texts.items() if not _is_blank(text)}


def _section(line: _Line) -> str:
    return _SECTION_OF.get(line.text.casefold().rstrip(": "), "") if line.level else ""


def _is_blank(text: str) -> bool:
    plain = text.strip().strip("_*().").casefold()
    return plain in _PLACEHOLDERS or not any(letter.isalnum() for letter in plain)


def _has_title(lines: tuple[_Line, ...]) -> bool:
    return any(
        line.level == 1 and not _section(line) and not _is_blank(line.text) for line in lines
    )


def _status_line(lines: tuple[_Line, ...]) -> str:
    """Return the status where it is a line of its own, as in front matter."""
    for line in lines:
        match = _STATUS_LINE.fullmatch(line.text.strip()) if not line.level else None
        if match:
            return match[1].strip("\"' ")
        if _section(line):
            break
    return ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def _first_word(text: str) -> str:
    word = re.match(r"[^A-Za-z]*([A-Za-z]*)", _first_line(text))
    return word[1].capitalize() if word else ""


def _number_taken(path: str, change: Change) -> Iterator[str]:
    number = _number(path)
    gone = {
        file.old_path or file.path
        for file in change.files
        if file.status in {ChangeStatus.DELETED, ChangeStatus.RENAMED}
    }
    for other in sorted({each.path for each in change.documents} - gone - {path}):
        if number is not None and _number(other) == number:
            yield f"its number is already that of {quoted(other)}"


def _number(path: str) -> tuple[str, int] | None:
    """Return the directory and the number at the beginning of the file's name."""
    directory, _, name = path.rpartition("/")
    match = re.match(r"[0-9]{1,18}", name)
    return (directory, int(match[0])) if match else None
