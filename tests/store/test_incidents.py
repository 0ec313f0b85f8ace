"""Incidents as rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.core.canary.samples import Severity
from app.core.facts import Sha
from app.core.incidents.life import Origin, Phase
from app.store import incident_reports, incidents
from app.store.incident_reports import Told
from app.store.incidents import Event, Incident, Link, What
from tests.builders import NOW

REPOSITORY = 2**40
MADE = Incident(
    repository_id=REPOSITORY,
    id="inc-a1",
    account_id=9,
    installation_id=5,
    environment="Production",
    severity=Severity.SEV1,
    origin=Origin.ALERT,
    title="slow",
    opened_at=NOW - timedelta(minutes=2),
    detected_at=NOW,
)
LATER = NOW + timedelta(minutes=1)
ALERT = Event(What.ALERT, "datadog:k", NOW, "{}")
CALL = Event(What.PAGED, "unacknowledged:0", LATER, "come", is_done=False)
TOLD = Told(REPOSITORY, 7, "incident", 2**41, "ann", None, NOW)


def keep(connection) -> None:
    incidents.create(connection, MADE)
    incidents.link(connection, MADE, Link("req-5", "inc-5"))
    incidents.note(connection, MADE, ALERT)
    incident_reports.keep(connection, TOLD)


def test_an_incident_is_read_as_it_was_stored_and_made_once(database):
    with database.write() as connection:
        assert incidents.create(connection, MADE)
        assert not incidents.create(connection, replace(MADE, title="another"))
        assert incidents.read(connection, REPOSITORY, "inc-a1") == MADE
        assert incidents.read(connection, 1, "inc-a1") is None


def test_it_has_the_names_that_its_deployments_give_it_too(database):
    with database.write() as connection:
        keep(connection)
        found = [
            incidents.named(connection, REPOSITORY, "inc-5"),
            incidents.named(connection, REPOSITORY, "inc-a1"),
            incidents.of_deployment(connection, REPOSITORY, "req-5"),
        ]
        assert found == [MADE, MADE, MADE]
        assert incidents.named(connection, REPOSITORY, "inc-6") is None
        assert incidents.links(connection, MADE) == (Link("req-5", "inc-5"),)


def test_a_deployment_belongs_to_one_incident(database):
    other = replace(MADE, id="inc-a2")
    with database.write() as connection:
        keep(connection)
        incidents.create(connection, other)
        assert not incidents.link(connection, other, Link("req-5", "inc-5"))
        assert incidents.links(connection, other) == ()


def test_what_was_learnt_is_kept_and_its_end_takes_it_out_of_the_way(database):
    with database.write() as connection:
        keep(connection)
        incidents.change(
            connection, MADE, severity=Severity.SEV2, acknowledged_at=NOW, issue_number=12
        )
        (seen,) = incidents.unreviewed(connection, REPOSITORY, "PRODUCTION")
        changed = replace(MADE, severity=Severity.SEV2, acknowledged_at=NOW, issue_number=12)
        assert seen == changed == incidents.of_issue(connection, REPOSITORY, 12)
        incidents.change(connection, MADE, resolved_at=LATER, fix=Sha("a1" * 20))
        assert incidents.unreviewed(connection, REPOSITORY) == ()
        (ended,) = incidents.every(connection)
    assert (seen.phase, ended.phase) == (Phase.ACKNOWLEDGED, Phase.REVIEWED)


def test_each_thing_happens_once_and_a_call_is_marked_when_it_was_made(database):
    with database.write() as connection:
        incidents.create(connection, MADE)
        assert incidents.note(connection, MADE, ALERT)
        assert not incidents.note(connection, MADE, replace(ALERT, at=LATER))
        incidents.note(connection, MADE, CALL)
        before = incidents.events(connection, MADE)
        incidents.mark_done(connection, MADE, CALL)
        assert before == (ALERT, CALL)
        assert incidents.events(connection, MADE) == (ALERT, replace(CALL, is_done=True))


def test_an_alert_leads_to_its_unreviewed_incident_alone(database):
    with database.write() as connection:
        keep(connection)
        place = (connection, REPOSITORY, "production")
        found = incidents.with_alert(*place, "datadog:k"), incidents.with_alert(*place, "other")
        incidents.change(connection, MADE, resolved_at=LATER)
        assert (*found, incidents.with_alert(*place, "datadog:k")) == (MADE, None, None)


def test_a_report_is_kept_label_by_label_and_the_newest_sender_counts(database):
    opened = replace(TOLD, label="", app_id=4711)
    again = replace(TOLD, sender_id=8, sender_login="bob")
    with database.write() as connection:
        for each in (TOLD, opened, again):
            incident_reports.keep(connection, each)
        assert incident_reports.read(connection, REPOSITORY, 7) == (opened, again)
        assert incident_reports.read(connection, REPOSITORY, 8) == ()
