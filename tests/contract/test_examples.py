"""Every payload that GitHub has published as an example gets the decision that is documented."""

import json
from collections.abc import Iterator

import pytest

from app.store.database import Database
from tests.contract.examples import DECISIONS, HOW_TO_GET, INDEX, decided, examples, hasty
from tests.web.gate import Gate, open_gate

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not INDEX.is_file(), reason=HOW_TO_GET),
]

DOCUMENTED = json.loads(DECISIONS.read_text())
NAMES = sorted({each.name for each in examples()}) if INDEX.is_file() else []


@pytest.fixture(scope="module")
def gate(sqlite_template, tmp_path_factory) -> Iterator[Gate]:
    """A webhook door for all examples."""
    file = tmp_path_factory.mktemp("examples") / "gatewright.db"
    file.write_bytes(sqlite_template.read_bytes())
    database = Database.open(f"sqlite:///{file}")
    hasty(database)
    yield open_gate(database)
    database.close()


@pytest.fixture(scope="module")
def found(gate) -> dict[str, list[str]]:
    """What is decided about each example."""
    return decided(gate, examples())


@pytest.mark.parametrize("name", NAMES)
def test_the_decision_is_the_documented_one(found, name):
    assert name in DOCUMENTED, "a new event: run python -m tests.contract.examples and read it"
    assert found[name] == DOCUMENTED[name]


def test_nothing_is_documented_that_does_not_exist():
    assert sorted(DOCUMENTED) == NAMES


def test_all_examples_are_there():
    assert sum(1 for _ in examples()) >= 329


def test_no_handler_stumbles_over_an_example(gate, found):
    (family,) = gate.metrics.unreadable.collect()
    assert family.samples == []
