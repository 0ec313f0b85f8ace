"""What monitoring and Gatewright itself know of a commit, as evidence for its gates."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bot import running_bot
from tests.prometheus import free_address, prometheus
from tests.service.chatops.acting import answers, last, push, to_dev
from tests.service.chatops.conftest import Play, set_policy
from tests.service.conftest import REPO

GATES = """\
version: 1
deployments:
  evidence:
    - {kind: p95, query: 'max(p95_ms{sha="{sha}"})', unit: ms}
  environments:
    - name: dev
      tier: development
      workflow: deploy.yml
      peer_review: false
      gates: {rules: [RULE]}
"""
SPEED = "{name: p95, below: 500, unit: ms}"
TARGET = "{name: rollback-target, passes: true}"


def with_rule(play: Play, rule: str) -> None:
    set_policy(play.box, GATES.replace("RULE", rule))


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
def bot(box, database, tmp_path, scanners, address):
    with running_bot(box, database, tmp_path, scanners, prometheus_url=f"http://{address}") as made:
        box.install_app("acme")
        made.settle()
        yield made


def measured(play: Play, folder, address: str, series: dict[str, float]):
    """Let Prometheus know a number of each series for the last hour."""
    now = datetime.now(UTC).replace(microsecond=0)
    ticks = [now - timedelta(seconds=15 * tick) for tick in range(240, -9, -1)]
    past = {name: [(at, value) for at in ticks] for name, value in series.items()}
    return prometheus(folder, past=past, address=address)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(499, ("deploying", "gates_passed"), id="below the limit"),
        pytest.param(500, ("blocked", "gate_failed"), id="at the limit"),
        pytest.param(float("nan"), ("gating", "slot_free"), id="T84 NaN"),
        pytest.param(float("-inf"), ("gating", "slot_free"), id="T84 less than everything"),
    ],
)
def test_a_query_about_this_commit_decides(play, tmp_path, address, value, expected):
    with_rule(play, SPEED)
    series = {f'p95_ms{{sha="{play.head}"}}': value, 'p95_ms{sha="another"}': 1}
    with measured(play, tmp_path / "prometheus", address, series):
        play.say("bob", "/deploy dev")
    assert last(play) == expected


def test_the_live_version_is_asked_the_same(play, tmp_path, address):
    to_dev(play)
    live = play.head
    push(play)
    with_rule(play, "{name: p95, within: 10}")
    series = {f'p95_ms{{sha="{play.head}"}}': 120, f'p95_ms{{sha="{live}"}}': 100}
    with measured(play, tmp_path / "prometheus", address, series):
        play.say("bob", "/deploy dev")
    assert last(play) == ("blocked", "gate_failed")
    assert play.past()[-1].detail == "p95: 120 ms, live 100 (+20%)"


def test_a_server_that_does_not_answer_lets_nothing_pass(play):
    with_rule(play, SPEED)
    play.say("bob", "/gates dev")
    assert "EVIDENCE_UNREADABLE" in answers(play)[-1]
    play.say("bob", "/deploy dev")
    assert last(play) == ("gating", "slot_free")


def test_two_series_are_no_number(play, tmp_path, address):
    set_policy(play.box, GATES.replace("RULE", SPEED).replace("max(", "(", 1))
    series = {f'p95_ms{{sha="{play.head}",pod="{pod}"}}': 1 for pod in "ab"}
    with measured(play, tmp_path / "prometheus", address, series):
        play.say("bob", "/gates dev")
    assert "EVIDENCE_UNREADABLE" in answers(play)[-1]


# What Gatewright knows itself


def test_the_first_version_needs_no_way_back_and_later_ones_have_one(play):
    with_rule(play, TARGET)
    to_dev(play)
    assert last(play) == ("succeeded", "healthy")
    push(play)
    play.say("bob", "/deploy dev")
    assert last(play) == ("deploying", "gates_passed")


def test_a_rehearsed_rollback_is_remembered_with_its_time(play):
    to_dev(play)
    push(play)
    to_dev(play)
    set_policy(play.box, GATES.replace("rules: [RULE]", "rehearsal: 30d"))
    play.say("bob", "/gates dev")
    assert "| `rehearsal` | ❔ INCONCLUSIVE |" in answers(play)[-1]
    play.say("bob", '/rollback dev --reason "rehearsal"')
    play.finish()
    assert last(play)[0] == "succeeded"
    play.say("bob", "/gates dev")
    assert "| `rehearsal` | ✅ PASS |" in answers(play)[-1]
    assert "≤ 600 s" in answers(play)[-1]


def test_the_merge_gates_are_a_statement_of_the_report(play):
    text = GATES.replace("      peer_review: false\n", "").replace("RULE", TARGET)
    set_policy(play.box, f"{text}gates: {{freshness: {{mode: none}}}}\n")
    play.bot.settle()
    play.say("bob", "/gates dev")
    assert "| `merge-gates` | ❔ INCONCLUSIVE |" in answers(play)[-1]
    play.box.review(REPO, play.number, "bob")
    play.bot.settle()
    play.say("bob", "/gates dev")
    assert "| `merge-gates` | ✅ PASS |" in answers(play)[-1]
