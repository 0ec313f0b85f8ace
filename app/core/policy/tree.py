"""YAML 1.2 as a tree that knows where everything stands, within limits no file can stretch.

Nothing is constructed but mappings, lists, text, whole numbers, booleans and null.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from app.core.text import quoted, visible
from app.errors import GatewrightError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_VALUES = 20_000
MAX_ALIASES = 100

_Start = ScalarEvent | SequenceStartEvent | MappingStartEvent
Scalar = str | int | bool | None
Json = Scalar | list["Json"] | dict[str, "Json"]

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Forms that readers of YAML 1.1 and 1.2 take for different numbers (010, 1_000, 1:30) stay text.
_WHOLE_NUMBER = re.compile(r"\A(0|-?[1-9][0-9]{0,17})\Z")
# What makes a file look other than it reads: controls, bidirectional marks, odd line breaks.
_DECEPTIVE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in the file; both count from 1."""

    line: int
    column: int


_START = Place(1, 1)


class TreeError(GatewrightError):
    """The bytes are not a YAML file that we read; carries the place."""

    def __init__(self, message: str, place: Place = _START) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place; `size` and `depth` count values and levels, aliases written out."""

    place: Place
    value: "Scalar | tuple[Node, ...] | dict[str, Node]"
    keys: dict[str, Place] = field(default_factory=dict)
    size: int = 1
    depth: int = 1

    def plain(self) -> Json:
        """Return the value without places, aliases written out."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def trace(self, steps: Sequence[str | int]) -> tuple[Place, tuple[str | int, ...]]:
        """Follow keys and indexes, passing over those that do not exist; return place and way."""
        node, place = self, self.place
        way: list[str | int] = []
        for step in steps:
            if isinstance(node.value, dict) and isinstance(step, str) and step in node.value:
                node, place = node.value[step], node.keys[step]
            elif isinstance(node.value, tuple) and isinstance(step, int):
                node = node.value[step]
                place = node.place
            else:
                continue
            way.append(step)
        return place, tuple(way)


def read_tree(raw: bytes) -> Node:
    """Read one document; whatever is wrong with it is a `TreeError`."""
    text = _decode(raw)
    builder = _Builder(YAML(typ="safe", pure=True).parse(text))
    try:
        return builder.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TreeError(
            f"not valid YAML: {visible(str(error.problem))}", Place(mark.line + 1, mark.column + 1)
        ) from error
    except (YAMLError, ValueError, OverflowError) as error:
        # The scanner lets escapes beyond Unicode through to `chr`.
        raise TreeError("not valid YAML near this place", builder.place) from error


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise TreeError(f"the file has {len(raw)} bytes; at most {MAX_BYTES} are read")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TreeError("the file is UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_after(raw[: error.start].decode("utf-8", "replace"))
        raise TreeError("this byte is not UTF-8; save the file as UTF-8", place) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_deceptive(lines)
    _refuse_directives(lines)
    return lines


def _place_after(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _refuse_deceptive(text: str, place: Place | None = None) -> None:
    match = _DECEPTIVE.search(text)
    if match:
        raise TreeError(
            f"the character {visible(match[0])} is invisible or changes what people see; remove it",
            place or _place_after(text[: match.start()]),
        )


def _refuse_directives(text: str) -> None:
    match = re.search(r"^%", text, re.MULTILINE)
    if match:
        place = _place_after(text[: match.start()])
        raise TreeError("directives such as `%YAML 1.1` are not used here; remove the line", place)


class _Builder:
    """Turns the parser's events into nodes and keeps count of what aliases would write out."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._aliases = 0
        self._values = 0
        self.place = _START

    def document(self) -> Node:
        """Return the only document."""
        self._next()
        if isinstance(self._next(), StreamEndEvent):
            raise TreeError("the file is empty; write at least `version: 1`")
        root = self._node(self._next(), 1)
        self._next()
        if not isinstance(self._next(), StreamEndEvent):
            raise TreeError("the file has a second document; keep one", self.place)
        return root

    def _next(self) -> Event:
        event = next(self._events)
        self.place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        return event

    def _node(self, event: Event, level: int) -> Node:
        if level > MAX_DEPTH:
            raise TreeError(f"more than {MAX_DEPTH} levels of nesting", self.place)
        if isinstance(event, AliasEvent):
            return self._aliased(event, level)
        # The parser's grammar: where a value begins, nothing else can come.
        start = cast("_Start", event)
        if start.tag is not None:
            raise TreeError(f"the tag {quoted(str(start.tag))} is not used here", self.place)
        self._values += 1
        node = self._fresh(start, level)
        if max(self._values, node.size) > MAX_VALUES:
            raise TreeError(f"more than {MAX_VALUES} values", node.place)
        if start.anchor is not None:
            self._anchors[start.anchor] = node
        return node

    def _fresh(self, event: "_Start", level: int) -> Node:
        if isinstance(event, MappingStartEvent):
            return self._mapping(self.place, level)
        if isinstance(event, SequenceStartEvent):
            return self._list(self.place, level)
        return self._scalar(event)

    def _aliased(self, event: AliasEvent, level: int) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise TreeError(f"more than {MAX_ALIASES} aliases", self.place)
        node = self._anchors.get(event.anchor)
        if node is None:
            raise TreeError(f"no finished value is named `&{visible(event.anchor)}`", self.place)
        if level + node.depth - 1 > MAX_DEPTH:
            raise TreeError(f"more than {MAX_DEPTH} levels of nesting", self.place)
        return node

    def _scalar(self, event: ScalarEvent) -> Node:
        text: str = event.value
        _refuse_deceptive(text, self.place)
        if event.style is not None:
            return Node(self.place, text)
        if _WHOLE_NUMBER.match(text):
            return Node(self.place, int(text))
        return Node(self.place, _WORDS.get(text, text))

    def _list(self, place: Place, level: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._node(event, level + 1))
        return Node(place, tuple(items), size=_size(items), depth=_depth(items))

    def _mapping(self, place: Place, level: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event, keys)
            keys[key] = self.place
            entries[key] = self._node(self._next(), level + 1)
        nodes = entries.values()
        return Node(place, entries, keys, size=_size(nodes), depth=_depth(nodes))

    def _key(self, event: Event, seen: dict[str, Place]) -> str:
        key = self._scalar(event).value if isinstance(event, ScalarEvent) else None
        if not isinstance(key, str):
            raise TreeError("a key must be text; put numbers and words in quotes", self.place)
        if key in seen:
            first = seen[key]
            raise TreeError(
                f"the key {quoted(key)} stands twice; the first is in line {first.line}", self.place
            )
        return key


def _size(nodes: Collection[Node]) -> int:
    return 1 + sum(node.size for node in nodes)


def _depth(nodes: Collection[Node]) -> int:
    return 1 + max((node.depth for node in nodes), default=0)
