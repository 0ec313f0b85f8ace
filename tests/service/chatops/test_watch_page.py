"""What people read about a watched deployment, and how often the comment is edited for it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.commands.scales import Tier
from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.deployments import Environment, Strategy
from app.core.policy.watches import Watch
from app.errors import MetricsUnavailableError
from app.ports.deployments import Point, Question
from app.service.chatops.proving.watch import Look, Watcher
from app.service.chatops.proving.watch_page import measured, outline
from app.store.deployments import Step, Stored

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
WATCH = Watch(requests="requests{sha}", errors="errors{sha}")
STORED = Stored(
    id="req-1",
    account_id=1,
    repository_id=1,
    installation_id=1,
    environment="stage",
    kind=Kind.DEPLOY,
    tier=Tier.STAGING,
    sha=Sha("a" * 40),
    tree="0" * 40,
    state=State.CANARY,
    version=3,
    entered_at=START,
    requested_at=START,
    requested_by=1,
    requested_login="ann",
    policy_sha256="0" * 64,
)


@dataclass
class Steady:
    """Monitoring that always gives the same numbers."""

    numbers: dict[str, int] = field(default_factory=lambda: {"requests": 600, "errors": 0})
    source: str = "prometheus"

    def minutes(self, question: Question, start: datetime, end: datetime) -> tuple[Point, ...]:
        value = Decimal(self.numbers[question.name])
        count = (end - start) // timedelta(minutes=1) + 1
        return tuple(Point(start + timedelta(minutes=each), value) for each in range(count))


class Down(Steady):
    """Monitoring that does not answer."""

    def minutes(self, question: Question, start: datetime, end: datetime) -> tuple[Point, ...]:
        raise MetricsUnavailableError("Prometheus cannot be reached (ConnectionError)")


def look(metrics: Steady | None, minutes: float, watch: Watch | None = WATCH) -> Look | None:
    environment = Environment(
        name="stage", tier="staging", strategy=Strategy(kind="canary"), watch=watch
    )
    steps = [Step(1, State.VERIFYING, "", "", START), Step(2, State.CANARY, "", "", START)]
    now = START + timedelta(minutes=minutes, seconds=15)
    return Watcher(metrics).look(environment, STORED, [], steps, now)


def test_every_check_has_its_row_with_all_it_rests_on():
    text = measured(look(Steady(), minutes=31))
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert text.startswith("**GO**: All 4 checks pass")
    assert [row.split("`")[1] for row in rows] == [
        "error_burst",
        "error_rate",
        "slo_errors",
        "duration",
    ]
    assert rows[1] == (
        "| `error_rate` | PASS | 0 of 18,600 requests, at most 0.016% (95%) | &lt; 0.1% | 18,600 "
        "| 0 to 0.000161 | 15 s | prometheus |  |"
    )


@pytest.mark.parametrize(
    ("metrics", "minutes", "says"),
    [
        pytest.param(None, 31, "This server has no address of monitoring", id="not set up"),
        pytest.param(Down(), 31, "Prometheus cannot be reached", id="down"),
        pytest.param(Steady(), 0.9, "The first minute is not over.", id="too early"),
    ],
)
def test_why_nothing_can_be_told_is_said(metrics, minutes, says):
    found = look(metrics, minutes)
    assert found is not None
    assert found.verdict is None
    assert measured(found).startswith(f"- Could not tell: {says}")


def test_an_environment_without_a_watch_has_none():
    assert look(Steady(), 31, watch=None) is None
    assert measured(None) == outline(None) == ""


def test_nothing_is_asked_before_there_is_traffic():
    environment = Environment(name="stage", tier="staging", watch=WATCH)
    waiting = replace(STORED, state=State.DEPLOYING)
    steps = [Step(1, State.DEPLOYING, "", "", START)]
    assert Watcher(Down()).look(environment, waiting, [], steps, START) is None


@pytest.mark.parametrize(
    ("one", "other", "is_edited"),
    [
        pytest.param((Steady(), 31), (Steady(), 32), False, id="the next minute is as good"),
        pytest.param((Steady(), 31), (Steady(), 41), True, id="ten minutes later"),
        pytest.param((Steady(), 29), (Steady(), 30), True, id="a check passes now"),
        pytest.param((Steady(), 31), (Down(), 31), True, id="nobody answers any more"),
    ],
)
def test_the_comment_is_edited_for_news_and_not_for_every_minute(one, other, is_edited):
    assert (outline(look(*one)) != outline(look(*other))) is is_edited
