"""The review of an incident: the lines that stand below `/review` in the comment."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.facts import Sha

FIELDS: Mapping[str, str] = {
    "cause": "what was wrong",
    "impact": "who noticed what, for how long",
    "fix": "the commit that mends it, all 40 characters",
    "tests": "what would have found it and now does",
    "follow-ups": "what is still to be done, or `none`",
}
AFTER_LOAN: Mapping[str, str] = {
    "cause": "why the gate could not pass",
    "follow-ups": "what is done so that it passes the next time, or `none`",
}
_LINE = re.compile(
    r"^[ \t]{0,3}(?:[-*+][ \t]+)?[*_]{0,2}(?P<name>[A-Za-z-]{3,12})[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*"
    r"(?P<text>\S.{0,4000})$",
    re.MULTILINE,
)
_COMMIT = re.compile(r"`?(?P<sha>[0-9a-f]{40})`?\Z")


@dataclass(frozen=True, slots=True)
class Review:
    """A complete review; `fix` is the commit whose descendants may be deployed again."""

    fix: Sha
    fields: tuple[tuple[str, str], ...]


def read_review(body: str) -> Review | tuple[str, ...]:
    """Read the fields of a review; or return the names of those that are missing or wrong."""
    found = read_fields(body, FIELDS)
    fix = _COMMIT.match(found["fix"])
    missing = tuple(name for name in FIELDS if not found[name] or (name == "fix" and not fix))
    if missing or fix is None:
        return missing
    found["fix"] = fix["sha"]
    return Review(Sha(fix["sha"]), tuple((name, found[name]) for name in FIELDS))


def read_fields(body: str, names: Iterable[str]) -> dict[str, str]:
    """Return what a comment says in each of some fields; nothing where one is missing."""
    found = dict.fromkeys(names, "")
    for line in _LINE.finditer(body.replace("\r\n", "\n").replace("\r", "\n")):
        name = line["name"].lower()
        if name in found:
            found[name] = found[name] or line["text"].strip()
    return found


def template(incident: str, fields: Mapping[str, str] = FIELDS) -> str:
    """Return the comment to fill in."""
    lines = (f"{name}: {meaning}" for name, meaning in fields.items())
    return "\n".join((f"/review {incident}", "", *lines))
