import json

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from app.audit.log import AuditLog
from app.engine.scheduler import Scheduler
from app.settings import load_settings
from app.store.database import Database
from app.store.numbers import numbers
from app.web.application import create_app
from app.web.health import Readiness, health_blueprint
from app.web.metrics import Metrics
from app.wiring import Parts, utc_now
from tests.bot import ListQueue
from tests.web import payloads
from tests.web.gate import SECRET, signed


def parts_on(database: Database) -> Parts:
    settings = load_settings(app_id="7", webhook_secret=SECRET.decode(), database=database.url)
    queue = ListQueue()
    return Parts(settings, database, queue, Scheduler(queue, utc_now), AuditLog("gw.test"))


@pytest.fixture
def client(sqlite):
    """The whole web application of a process that has a database."""
    return parts_on(sqlite).web(7).test_client()


@pytest.fixture
def lost(tmp_path):
    """The same, when the database has gone away."""
    return parts_on(Database.open(f"sqlite:///{tmp_path}")).web(7).test_client()


def samples(client) -> dict[str, float]:
    """Return the values of all series, by name with labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def deliver(client, event: str, payload: object) -> int:
    body = json.dumps(payload).encode()
    headers = signed(body, X_GitHub_Event=event, X_GitHub_Hook_Installation_Target_ID="7")
    return client.post("/webhook", data=body, headers=headers).status_code


def test_healthz_needs_nothing(lost):
    answer = lost.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readyz_is_200_when_the_work_can_be_done(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "problems": {}})


def test_readyz_is_503_with_the_reason_when_the_database_is_away(lost):
    answer = lost.get("/readyz")
    problem = "the database cannot be read (OperationalError)"
    expected = {"status": "not ready", "problems": {"database": problem}}
    assert (answer.status_code, answer.json) == (503, expected)


def test_readyz_lists_every_problem_and_only_problems():
    checks = {"key": lambda: "no key", "disk": lambda: "", "queue": lambda: "too old"}
    page = create_app([health_blueprint(Readiness(checks), Metrics())], 1000)
    answer = page.test_client().get("/readyz")
    assert answer.json["problems"] == {"key": "no key", "queue": "too old"}


def test_metrics_can_be_parsed_and_count_what_happened(client):
    assert deliver(client, "pull_request", payloads.pull_request()) == 202
    assert deliver(client, "star", {"action": "created"}) == 202
    client.post("/webhook", data=b"{}", headers={"Content-Type": "application/json"})
    found = samples(client)
    done = "gatewright_deliveries_total[('decision', '{}'), ('event', '{}')]"
    assert found[done.format("acted_on", "pull_request")] == 1
    assert found[done.format("ignored", "other")] == 1
    assert found["gatewright_refused_total[('status', '401')]"] == 1
    assert found["gatewright_ledger_deliveries"] == 2
    assert found["gatewright_subjects_queued"] == 1
    assert found["gatewright_database_readable"] == 1


def test_metrics_without_a_database_still_say_what_they_know(lost):
    assert deliver(lost, "ping", {}) == 503
    found = samples(lost)
    assert found["gatewright_refused_total[('status', '503')]"] == 1
    assert found["gatewright_database_readable"] == 0
    assert "gatewright_ledger_deliveries" not in found


def test_no_series_grows_with_what_strangers_send(client):
    deliver(client, "pull_request", payloads.pull_request())
    deliver(client, "star", {"action": "created"})
    deliver(client, "pull_request", {"action": "x", "pull_request": None})
    known = set(samples(client))
    for number in range(20):
        strange = {**payloads.REPOSITORY, "full_name": f"acme/w{number}", "id": 5000 + number}
        deliver(client, f"event_{number}", {"action": f"action_{number}"})
        deliver(client, "pull_request", {**payloads.pull_request(f"a{number}"), "x": number})
        deliver(client, "star", payloads.about(strange, action=f"a{number}"))
        deliver(client, "pull_request", {"action": f"b{number}", "pull_request": None})
    assert set(samples(client)) == known


def test_every_number_of_the_database_is_a_series(client, sqlite):
    with sqlite.read() as connection:
        names = {f"gatewright_{name}" for name in numbers(connection, utc_now())}
    assert names <= set(samples(client))


def test_the_database_check_runs_a_statement_each_time(client, sqlite):
    asked = []
    sa.event.listen(sqlite.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    client.get("/readyz")
    client.get("/readyz")
    assert asked.count("SELECT 1") == 2
