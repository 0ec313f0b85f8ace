"""`gatewright incidents`: every incident, for people and for programs."""

import json
from datetime import timedelta

from app.core.facts import Sha
from app.store import incidents
from tests.builders import NOW
from tests.cli.conftest import gatewright
from tests.store.test_incidents import MADE, keep


def test_nothing_went_wrong_yet(database):
    assert json.loads(gatewright("incidents", "--json").out) == []


def test_an_incident_has_its_deployments_and_all_its_times(database):
    fix = Sha("a1" * 20)
    with database.write() as connection:
        keep(connection)
        later = {"mitigated_at": NOW, "resolved_at": NOW + timedelta(hours=1)}
        incidents.change(connection, MADE, **later, fix=fix, number=3, issue_number=12)
    (found,) = json.loads(gatewright("incidents", "--json").out)
    assert found == {
        "id": "inc-a1",
        "repository_id": 2**40,
        "environment": "Production",
        "severity": "SEV1",
        "state": "reviewed",
        "origin": "alert",
        "title": "slow",
        "deployments": ["req-5"],
        "pull_request": 3,
        "issue": 12,
        "fix": fix,
        "opened_at": MADE.opened_at.isoformat(timespec="seconds"),
        "detected_at": NOW.isoformat(timespec="seconds"),
        "acknowledged_at": None,
        "mitigated_at": NOW.isoformat(timespec="seconds"),
        "resolved_at": (NOW + timedelta(hours=1)).isoformat(timespec="seconds"),
    }


def test_people_see_a_table(database):
    with database.write() as connection:
        keep(connection)
    done = gatewright("incidents")
    assert done.status == 0
    assert "inc-a1" in done.out
    assert "SEV1" in done.out
