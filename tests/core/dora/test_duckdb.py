"""A second opinion: DuckDB recomputes the four metrics in SQL from the same raw events."""

from pathlib import Path
from random import Random

import duckdb
import pytest

from app.core.dora.events import seconds_of
from app.core.dora.log import Log
from app.core.dora.reading import events_from
from tests.core.dora.builders import at, numbers
from tests.core.dora.histories import plain

HISTORIES = 40
WINDOW = {"from": at("3"), "to": at("18")}
SQL = (Path(__file__).parent / "four_keys.sql").read_text(encoding="utf-8")
TABLES = """
CREATE TABLE commits (h INT, sha TEXT, is_merge BOOL, start BIGINT, kind TEXT);
CREATE TABLE edge (h INT, child TEXT, parent TEXT);
CREATE TABLE deployment (h INT, id TEXT, sha TEXT, created BIGINT, planned BOOL);
CREATE TABLE status (h INT, id TEXT, state TEXT, told BIGINT);
CREATE TABLE incident (h INT, id TEXT, opened BIGINT, resolved BIGINT, external BOOL);
"""


@pytest.fixture(scope="module")
def histories():
    return [plain(Random(seed)) for seed in range(HISTORIES)]


def rows(histories):
    found = {name: [] for name in ("commits", "edge", "deployment", "status", "incident")}
    for h, events in enumerate(histories):
        resolved = {
            e["incident_id"]: seconds_of(e["time"]) for e in events if e.get("status") == "resolved"
        }
        for e in events:
            time = seconds_of(e["time"])
            if e["type"] == "commit":
                found["commits"].append(
                    (h, e["sha"], len(e["parents"]) > 1, time, e["author_kind"])
                )
                found["edge"] += [(h, e["sha"], parent) for parent in e["parents"]]
            elif e["type"] == "deployment":
                found["deployment"].append((h, e["deployment_id"], e["sha"], time, "planned" in e))
            elif e["type"] == "deployment_status":
                found["status"].append((h, e["deployment_id"], e["state"], time))
            elif e["status"] == "opened":
                name = e["incident_id"]
                found["incident"].append((h, name, time, resolved.get(name), "cause" in e))
    return found


def by_duckdb(histories):
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(TABLES)
        for name, values in rows(histories).items():
            columns = [list(column) for column in zip(*values, strict=True)]
            marks = ", ".join(["unnest(?)"] * len(columns))
            connection.execute(f"INSERT INTO {name} SELECT {marks}", columns)
        window = {"start": seconds_of(WINDOW["from"]), "stop": seconds_of(WINDOW["to"])}
        return [row[1:] for row in connection.execute(SQL, window).fetchall()]


def by_us(events):
    found = numbers(Log().taking(events_from(events).events), WINDOW)
    return (
        found["deployments"],
        found["lead_time"]["median_s"],
        found["change_fail"]["failed"],
        found["recovery"]["median_s"],
    )


def test_duckdb_agrees_on_the_four_metrics(histories):
    ours = [by_us(events) for events in histories]
    assert by_duckdb(histories) == ours
    assert [len({row[column] for row in ours}) > 2 for column in range(4)] == [True] * 4
