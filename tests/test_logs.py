"""The log: one line an event in either form, whoever speaks, and nothing that acts or leaks."""

import io
import json
import logging
import sys

import pytest
import structlog

from app.logs import configure

HOSTILE = 'a\x1b[31m\u202e\nlevel=critical event="forged"\x9b'
PLANTED = "planted-by-a-stranger"


@pytest.fixture(params=["json", "text"])
def log(request, monkeypatch):
    """A process that has set up its log; the function returns the lines written."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    dbos, before = logging.getLogger("dbos"), structlog.get_config()
    kept = (logging.root.level, dbos.handlers, dbos.propagate)
    monkeypatch.setattr(logging.root, "handlers", [])
    # As dbos leaves it when it was imported first.
    dbos.handlers, dbos.propagate = [logging.StreamHandler(written)], False
    configure(request.param)
    yield lambda: written.getvalue().splitlines()
    structlog.configure(**before)
    logging.root.level, dbos.handlers, dbos.propagate = kept


def is_inert(line: str) -> bool:
    return line.isprintable() and "\u202e" not in line


def fail() -> None:
    raise ValueError(PLANTED)


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_an_event_is_an_object_with_moment_level_and_context(log):
    with structlog.contextvars.bound_contextvars(delivery="guid-1"):
        structlog.get_logger().warning("job failed", key="pull_request:1#7", wait=0.5)
    [line] = log()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "job failed",
        "level": "warning",
        "delivery": "guid-1",
        "key": "pull_request:1#7",
        "wait": 0.5,
    }


@pytest.mark.parametrize("log", ["text"], indirect=True)
def test_an_event_in_text_starts_with_what_happened(log):
    structlog.get_logger().info("stored", key="a b")
    [line] = log()
    assert line.startswith('event=stored key="a b" level=info timestamp=')


def test_values_cannot_act_on_a_terminal_or_forge_a_line(log):
    structlog.get_logger().info("stored", why=HOSTILE, also={"nested": HOSTILE})
    [line] = log()
    assert is_inert(line)


@pytest.mark.parametrize("name", ["waitress", "dbos", "urllib3.connectionpool"])
def test_a_library_speaks_in_the_same_form(log, name):
    logging.getLogger(name).warning("over %s", HOSTILE)
    [line] = log()
    assert is_inert(line)
    assert name in line
    if line.startswith("{"):
        entry = json.loads(line)
        assert (entry["event"], entry["level"]) == (f"over {HOSTILE}", "warning")


@pytest.mark.parametrize("name", ["waitress", "sqlalchemy.engine"])
def test_what_a_library_says_below_a_warning_is_dropped(log, name):
    logging.getLogger(name).info("INSERT %s", PLANTED)
    assert log() == []


@pytest.mark.parametrize("name", ["waitress", "dbos"])
def test_an_exception_of_a_library_is_named_with_its_place_and_not_quoted(log, name):
    try:
        fail()
    except ValueError:
        logging.getLogger(name).exception("went wrong")
    [line] = log()
    assert PLANTED not in line
    assert "ValueError" in line
    assert "test_logs.py:" in line


def test_the_stack_of_a_library_is_not_quoted(log):
    logging.getLogger("waitress").warning("here", stack_info=True)
    [line] = log()
    assert "here" in line
    assert "test_logs.py" not in line


def test_a_line_is_written_once(log):
    for name in ("waitress", "dbos"):
        logging.getLogger(name).warning("once")
    structlog.get_logger().info("once")
    assert len(log()) == 3
