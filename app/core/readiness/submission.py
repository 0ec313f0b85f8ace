"""Evidence as it is handed in: by an API's body, or inside the output of a check run."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from markdown_it import MarkdownIt
from pydantic import Field, TypeAdapter

from app.core.canary.samples import Commit, Moment, Number
from app.core.readiness.evidence import Unit
from app.core.readiness.reading import CLOSED
from app.core.strict import UnreadableError, read_unversioned

MOST = 50
BLOCK = "gatewright"
_Tree = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
_Count = Annotated[int, Field(ge=0, le=10**15)]


@dataclass(frozen=True, slots=True)
class GivenBaseline:
    """The same number of the version that was live."""

    value: Number
    sha: Commit
    observed_at: Moment


@dataclass(frozen=True, slots=True)
class Item:
    """One number, as somebody says it was measured; `source` is what measured it."""

    kind: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    value: Number
    unit: Unit
    observed_at: Moment
    n: _Count | None = None
    source: Annotated[str, Field(max_length=200)] = ""
    expires_at: Moment | None = None
    baseline: GivenBaseline | None = None


_Items = Annotated[tuple[Item, ...], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True, slots=True)
class Submission:
    """Numbers about one commit; git is asked whether it has the tree that is named."""

    sha: Commit
    evidence: _Items
    tree: _Tree | None = None


@cache
def submission_adapter() -> TypeAdapter[tuple[Submission]]:
    """Return the strict reader of an array that holds a submission, built at its first use."""
    return TypeAdapter(tuple[Submission], config=CLOSED)


@cache
def _items_adapter() -> TypeAdapter[tuple[_Items]]:
    return TypeAdapter(tuple[_Items], config=CLOSED)


def read_submission(content: bytes) -> Submission:
    """Read an API's body; raises UnreadableError that names the first mistake's place."""
    return read_unversioned(content, submission_adapter())


def items_in(markdown: str) -> tuple[Item, ...]:
    """Return the numbers in the fenced blocks `gatewright` of a text; raises UnreadableError."""
    return tuple(item for block in _blocks(markdown) for item in _items(block))


def _blocks(markdown: str) -> Iterator[str]:
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "fence" and token.info.strip() == BLOCK:
            yield token.content


def _items(block: str) -> tuple[Item, ...]:
    try:
        return read_unversioned(block.encode(), _items_adapter())
    except UnicodeEncodeError as error:
        raise UnreadableError("not UTF-8") from error
