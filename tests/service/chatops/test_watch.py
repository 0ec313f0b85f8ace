"""Deployments that are watched through a real Prometheus, on the sandbox with real git.

The past is written into Prometheus at once, and the deployment made older: no test waits a minute.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.core.canary.document import canary_document
from app.core.canary.judge import judge
from app.core.canary.reading import limits_from_bytes, samples_from_bytes
from app.core.canonical import canonical
from app.service import keys
from app.store import verdicts
from app.store.deployment_tables import deployment, transition
from app.store.tables import subject
from app.store.times import moment, stamp
from tests.bot import running_bot
from tests.prometheus import free_address, prometheus
from tests.service.chatops.acting import _age, last, push, recorded, status_comments, wake
from tests.service.chatops.conftest import Play, set_policy
from tests.service.conftest import REPO

EARLIER = """\
version: 1
deployments:
  environments:
    - {name: dev, tier: development, workflow: deploy.yml, peer_review: false}
"""
WATCHED = """\
version: 1
deployments:
  environments:
    - name: dev
      tier: development
      workflow: deploy.yml
      peer_review: false
      strategy: {kind: canary}
      limits: {canary: 31m}
      watch:
        requests: 'sum(increase(requests_total{sha="{sha}",env="{environment}"}[1m]))'
        errors: 'sum(increase(errors_total{sha="{sha}",env="{environment}"}[1m]))'
        unhealthy: 'sum(unhealthy{sha="{sha}"})'
        instances: 'sum(instances{sha="{sha}"})'
"""
HOURS = timedelta(hours=2)


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
def bot(box, database, tmp_path, scanners, address):
    with running_bot(box, database, tmp_path, scanners, prometheus_url=f"http://{address}") as made:
        box.install_app("acme")
        made.settle()
        yield made


@pytest.fixture
def canary(play) -> Play:
    """A canary whose run is under way, of the first version of all."""
    set_policy(play.box, WATCHED)
    play.say("bob", "/deploy dev")
    return play


@pytest.fixture
def second(play) -> Play:
    """A canary whose run is under way, with an earlier version to go back to."""
    set_policy(play.box, EARLIER)
    play.say("bob", "/deploy dev")
    play.finish()
    assert last(play)[0] == "succeeded"
    set_policy(play.box, WATCHED)
    push(play)
    play.say("bob", "/deploy dev")
    return play


def grow_older(play: Play, minutes: float) -> None:
    """Let the deployment's steps lie further back, and look at it again."""
    span = timedelta(minutes=minutes)
    _age(play, transition, ("at",), span)
    _age(play, deployment, ("entered_at",), span)
    wake(play)


@contextmanager
def measured(play: Play, folder, address: str, a_minute: int, **share: float) -> Iterator[None]:
    """Let Prometheus know two hours of the head: requests a minute, shares of bad ones."""
    labels = f'{{sha="{play.head}",env="dev"}}'
    begun = datetime.now(UTC).replace(microsecond=0) - HOURS
    ticks = [(begun + timedelta(seconds=15 * tick), tick) for tick in range(60 * 8 + 8)]
    per_tick = a_minute / 4
    unhealthy = share.get("unhealthy", 0)
    past = {
        f"requests_total{labels}": [(at, per_tick * tick) for at, tick in ticks],
        f"errors_total{labels}": [
            (at, per_tick * tick * share.get("errors", 0)) for at, tick in ticks
        ],
        f"unhealthy{labels}": [(at, unhealthy) for at, _ in ticks],
        f"instances{labels}": [(at, 4) for at, _ in ticks],
    }
    with prometheus(folder, past=past, address=address):
        yield


def page(play: Play) -> str:
    return status_comments(play)[-1]


def sleeps(play: Play) -> timedelta:
    """Return in how long the deployment is looked at again."""
    query = sa.select(subject.c.wake_at).where(subject.c.kind == keys.DEPLOYMENT)
    with play.bot.parts.database.read() as connection:
        (at,) = connection.execute(query).scalars()
    return moment(at) - datetime.now(UTC)


def evidence(play: Play, entry: dict) -> dict[str, bytes]:
    names = ("samples", "limits", "verdict")
    with play.bot.parts.database.read() as connection:
        found = {name: verdicts.read_detail(connection, entry[name]) for name in names}
    return {name: body for name, body in found.items() if body is not None}


def test_a_canary_that_fails_is_taken_back_with_the_trigger_named(second, address, tmp_path):
    earlier, head = second.past()[0].sha, second.head
    with measured(second, tmp_path / "m", address, 600, errors=0.1):
        second.finish()
        assert second.states() == ["succeeded", "verifying"]
        grow_older(second, minutes=4)
    assert second.states() == ["succeeded", "rolling_back", "deploying"]
    assert second.runs()[-1].inputs["sha"] == earlier
    second.finish()
    assert second.states() == ["succeeded", "review_required", "succeeded"]
    assert "error_burst: " in page(second)
    moves = recorded(second, "deployment.moved")
    entry = next(each for each in moves if each["code"] == "triggered")
    assert (entry["state"], entry["rev"]) == ("rolling_back", f"gitCommit:{head}")
    kept = evidence(second, entry)
    decided_at = datetime.fromisoformat(json.loads(kept["verdict"])["decided_at"])
    again = judge(
        samples_from_bytes(kept["samples"]), limits_from_bytes(kept["limits"]), decided_at
    )
    assert canonical(canary_document(again)) == kept["verdict"]


def test_T89_a_canary_with_little_traffic_is_held_until_more_data_decides(
    canary, address, tmp_path
):
    with measured(canary, tmp_path / "m", address, 100):
        canary.finish()
        grow_older(canary, minutes=3)
        assert last(canary) == ("canary", "healthy")
        grow_older(canary, minutes=29)
        assert last(canary)[0] == "canary"
        assert "**SHADOW ONLY**" in page(canary)
        assert "more requests, about" in page(canary)
        grow_older(canary, minutes=2)
        assert last(canary) == ("held_shadow", "canary_inconclusive")
        grow_older(canary, minutes=5)
        assert last(canary) == ("promoting", "canary_passed")
        assert canary.runs()[-1].inputs["kind"] == "promote"
        assert [each.inputs["sha"] for each in canary.runs()] == [canary.head] * 2
        canary.finish()
        assert last(canary) == ("watching", "promoted")
        grow_older(canary, minutes=31)
    assert last(canary) == ("succeeded", "watch_over")
    assert canary.told()[-1][-1] == "success"


def test_T83_without_prometheus_nothing_passes_and_nothing_is_taken_back(canary):
    canary.finish()
    assert timedelta(seconds=45) < sleeps(canary) <= timedelta(seconds=60)
    grow_older(canary, minutes=9)
    assert last(canary)[0] == "verifying"
    assert "Could not tell: Prometheus cannot be reached" in page(canary)
    grow_older(canary, minutes=2)
    assert last(canary) == ("canary", "watch_blind")
    grow_older(canary, minutes=30.5)
    assert last(canary)[0] == "canary"
    grow_older(canary, minutes=1)
    assert last(canary)[0] == "held_shadow"


def promoting(play: Play, **facts: object) -> None:
    """Have the promotion recorded, an hour after the canary's run, by a worker that died."""
    with play.bot.parts.database.write() as connection:
        begun = stamp(datetime.now(UTC) + timedelta(hours=1))
        values = {"state": "promoting", "entered_at": begun, "run_id": None, **facts}
        connection.execute(deployment.update().values(**values))
    wake(play)


def test_a_promotion_starts_only_after_another_look_and_ends_only_with_its_own_run(canary):
    """The workflow said `success` of the canary; somebody aborted while no worker was there."""
    canary.box.set_deployment_status(REPO, canary.past()[-1].github_id, "success", "bob")
    canary.finish()
    promoting(canary, run_state="running")
    assert last(canary)[0] == "promoting"
    promoting(canary, run_state="absent", aborted_by="ann")
    assert last(canary) == ("rollback_failed", "rollback_failed")
    assert len(canary.runs()) == 1


def test_T84_queries_that_give_no_number_are_named_and_let_nothing_pass(canary, address, tmp_path):
    """`instances` has two series, and `errors` cannot be read."""
    text = WATCHED.replace('sum(instances{sha="{sha}"})', '{__name__=~"instances|unhealthy"}')
    set_policy(canary.box, text.replace("'sum(increase(errors_total", "'sum((errors_total"))
    with measured(canary, tmp_path / "m", address, 600):
        canary.finish()
        grow_older(canary, minutes=4)
    assert last(canary)[0] == "verifying"
    assert "the query `instances` gives 2 series" in page(canary)
    assert "Prometheus refuses the query `errors`" in page(canary)
