"""A person's hand on a canary, measured by a real Prometheus: held, let go, given to everybody."""

import pytest

from tests.service.chatops.acting import answers, last, recorded, status_comments
from tests.service.chatops.conftest import set_policy
from tests.service.chatops.test_simulate import said
from tests.service.chatops.test_watch import (  # noqa: F401 - fixtures
    WATCHED,
    address,
    bot,
    canary,
    grow_older,
    measured,
    second,
)

PRODUCTION = """\
version: 1
deployments:
  environments:
    - name: production
      tier: production
      workflow: deploy.yml
      peer_review: false
      strategy: {kind: canary}
      watch: {requests: 'r{sha="{sha}"}', errors: 'e{sha="{sha}"}'}
"""


def steered(play) -> list[str]:
    return [each["out"] for each in recorded(play, "canary.steered")]


def test_a_paused_canary_stays_though_its_verdict_is_go(canary, address, tmp_path):  # noqa: F811
    with measured(canary, tmp_path / "m", address, 600):
        canary.finish()
        grow_older(canary, minutes=3)
        canary.say("bob", "/pause dev")
        grow_older(canary, minutes=30.5)
        assert last(canary) == ("canary", "healthy")
        shown = status_comments(canary)[-1]
        assert "**GO**" in shown
        assert "| canary | paused | by `bob`; `/resume dev` lets it go on |" in shown
        assert "canary, paused by `bob`" in said(canary, "bob", "/status dev")
        canary.say("bob", "/resume dev")
        assert last(canary) == ("promoting", "canary_passed")
    canary.say("bob", "/resume dev")
    assert "No canary is under way there." in answers(canary)[-1]
    assert steered(canary) == ["pause", "resume"]


def test_a_pause_stops_neither_triggers_nor_time(second, address, tmp_path):  # noqa: F811
    second.say("bob", "/pause dev")
    with measured(second, tmp_path / "m", address, 600, errors=0.1):
        second.finish()
        grow_older(second, minutes=4)
    assert second.states() == ["succeeded", "rolling_back", "deploying"]


def test_a_paused_canary_is_held_and_taken_back_when_its_time_is_up(canary, address, tmp_path):  # noqa: F811
    with measured(canary, tmp_path / "m", address, 600):
        canary.finish()
        grow_older(canary, minutes=3)
        canary.say("bob", "/pause dev")
        grow_older(canary, minutes=32)
        assert last(canary) == ("held_shadow", "canary_inconclusive")
    grow_older(canary, minutes=72 * 60)
    assert last(canary)[0] == "rollback_failed"


def test_a_person_promotes_what_has_passed_although_it_is_paused(canary, address, tmp_path):  # noqa: F811
    with measured(canary, tmp_path / "m", address, 600):
        canary.finish()
        grow_older(canary, minutes=3)
        canary.say("bob", "/pause dev")
        canary.say("dora", "/promote dev")
        assert "The verdict is SHADOW ONLY: " in answers(canary)[-1]
        assert last(canary) == ("canary", "healthy")
        grow_older(canary, minutes=29)
        canary.say("bob", "/promote dev")
        assert "`permission_denied`" in answers(canary)[-1]
        canary.say("dora", "/simulate promote dev")
        assert last(canary) == ("canary", "healthy")
        canary.say("dora", "/promote dev")
        assert last(canary) == ("promoting", "promoted_by_hand")
    assert canary.runs()[-1].inputs["kind"] == "promote"
    assert steered(canary) == ["pause", "promote"]


def test_what_has_not_passed_is_promoted_when_somebody_more_agrees(canary):  # noqa: F811
    canary.finish()
    grow_older(canary, minutes=11)
    assert last(canary) == ("canary", "watch_blind")
    order = canary.say("dora", "/promote dev")
    assert "Nothing was measured of the canary" in answers(canary)[-1]
    canary.say("bob", f"/approve ord-{order.id}")
    canary.say("dora", f"/approve ord-{order.id}")
    assert last(canary) == ("canary", "watch_blind")
    canary.say("eve", f"/approve ord-{order.id}")
    assert last(canary) == ("promoting", "promoted_by_hand")


@pytest.mark.parametrize("line", ["/pause dev", "/resume dev", "/promote dev"])
def test_where_there_is_no_canary_nothing_is_steered(play, line):
    play.say("bob", "/deploy dev")
    play.say("dora", line)
    assert "No canary is under way there." in answers(play)[-1]


def test_a_share_of_traffic_is_told_to_the_workflow_and_bound_by_the_approval(play):
    set_policy(play.box, PRODUCTION)
    play.say("dora", "/deploy production --canary 5")
    found = play.past()[-1]
    assert '"/deploy production --canary 5"' in found.params
    for who in ("eve", "carol"):
        play.say(who, f"/approve {found.id}")
    (run,) = play.runs()
    assert (run.inputs["canary_percent"], run.inputs["kind"]) == ("5", "deploy")


def test_without_a_share_the_workflow_is_told_none(play):
    play.say("bob", "/deploy dev")
    assert "canary_percent" not in play.runs()[0].inputs


def test_an_environment_without_canary_takes_no_share(play):
    assert "`production` has no canary" in said(play, "dora", "/deploy production --canary 5")
    assert play.past() == ()


def test_a_share_for_an_environment_that_lost_its_canary_is_refused(play):
    set_policy(play.box, PRODUCTION)
    play.say("dora", "/deploy production --canary 5")
    set_policy(play.box, PRODUCTION.replace("canary}", "rolling}"))
    play.say("eve", f"/approve {play.past()[-1].id}")
    assert last(play) == ("refused", "policy_changed")
