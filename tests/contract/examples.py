"""GitHub's recorded payload examples, sent through the real webhook.

`python -m tests.contract.examples` writes anew what is decided about each, to be read by eye.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.engine.durable import prepare
from app.store.database import Database
from app.store.migrate import migrate
from tests.contract.openapi import NODE
from tests.web.gate import Gate, open_gate

INDEX = NODE / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
DECISIONS = Path(__file__).with_name("decisions.json")
HOW_TO_GET = f"run `npm ci` in {NODE.relative_to(NODE.parents[2])} for GitHub's examples"


@dataclass(frozen=True)
class Example:
    """One recorded payload of an event."""

    event: str
    payload: Any

    @property
    def name(self) -> str:
        """`event.action`, or the event alone."""
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


def examples() -> Iterator[Example]:
    """Yield every recorded payload."""
    for group in json.loads(INDEX.read_bytes()):
        for payload in group["examples"]:
            yield Example(group["name"], payload)


def decided(gate: Gate, found: Iterator[Example]) -> dict[str, list[str]]:
    """Deliver examples and return the distinct decisions about each event and action."""
    names: list[str] = []
    for example in found:
        answer = gate.deliver(example.event, example.payload)
        assert answer.status_code == 202, (example.name, answer.text)
        names.append(example.name)
    table: dict[str, set[str]] = {}
    for name, decision in zip(names, gate.decisions(), strict=True):
        table.setdefault(name, set()).add(decision)
    return {name: sorted(table[name]) for name in sorted(table)}


def hasty(database: Database) -> None:
    """Let commits not wait for the disk: what is stored here is needed by nobody."""
    sa.event.listen(database.engine, "connect", _without_flush)


def _without_flush(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("pragma synchronous=OFF")


def main() -> None:
    """Write the table."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/examples.db")
        hasty(database)
        migrate(database)
        prepare(database)
        table = decided(open_gate(database), examples())
        database.close()
    DECISIONS.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
