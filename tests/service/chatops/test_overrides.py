"""A gate is lent for one commit, one environment and a while, and never without somebody else."""

import pytest

from app.core.deploy.loans import MERGE_GATES
from app.service.chatops.ordering.waiting import Waiter
from app.store import loans
from tests.service.chatops.acting import (
    answers,
    approve,
    green,
    last,
    order_pages,
    pass_time,
    push,
    recorded,
    status_comments,
    to_dev,
    wake,
)
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_faults import DeathError
from tests.service.conftest import REPO

LEND = '/override approval production --reason "the @acme/all is ill" --ticket OPS-7'
LEND_SECRETS = "/override secrets production --ticket OPS-7 --reason rotated"


def order_id(comment) -> str:
    return f"ord-{comment.id}"


def state(play) -> str:
    """Return what the newest order's page says has become of it."""
    return order_pages(play)[-1].partition("\n")[0].rpartition(": ")[2]


def lent(play, by: str = "eve") -> str:
    """Let the missing review be lent; returns the loan's id."""
    asked = play.say("dora", LEND)
    play.say(by, f"/approve {order_id(asked)}")
    assert state(play) == "granted"
    return f"ovr-{asked.id}"


def deployed(play) -> None:
    play.say("dora", "/deploy production")
    approve(play)


def test_a_gate_that_is_lent_lets_a_deployment_pass_and_a_review_stays_due(play):
    to_dev(play)
    loan = lent(play)
    deployed(play)
    assert last(play) == ("deploying", "gates_passed")
    shown = status_comments(play)[-1]
    assert f"(`{loan}`, `OPS-7`: the @&#8203;acme/all is ill)" in shown
    assert f"Somebody else at L4 has to look: `/review {loan}` (`review_due`)." in shown
    play.say("bob", "/status")
    assert f"`/review {loan}`" in answers(play)[-1]
    moves = [each for each in recorded(play, "deployment.moved") if each["state"] == "deploying"]
    assert [each.get("loans") for each in moves] == [None, loan]


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        pytest.param("dora", "cause: x\nfollow-ups: none", "`self_approval`", id="by the borrower"),
        pytest.param("bob", "cause: x\nfollow-ups: none", "`permission_denied`", id="below L4"),
        pytest.param("eve", "cause: x", "Missing: follow-ups.", id="without its fields"),
        pytest.param("eve", "cause: x\nfollow-ups: none", "is reviewed.", id="by somebody else"),
    ],
)
def test_F30_what_was_lent_is_looked_at_by_somebody_else(play, who, text, says):
    to_dev(play)
    loan = lent(play)
    deployed(play)
    play.say(who, f"/review {loan}\n\n{text}")
    assert says in answers(play)[-1]
    is_over = says == "is reviewed."
    assert ("has to look" in status_comments(play)[-1]) != is_over
    assert len(recorded(play, "loan.reviewed")) == is_over
    play.say("eve", f"/review {loan}\n\ncause: x\nfollow-ups: none")
    assert ("No override of that name" in answers(play)[-1]) == is_over


def test_without_a_loan_the_same_deployment_does_not_pass(play):
    to_dev(play)
    deployed(play)
    pass_time(play, minutes=16)
    assert last(play) == ("blocked", "gate_inconclusive")


def test_a_loan_that_nobody_needed_leaves_nothing_to_review(play):
    to_dev(play)
    lent(play)
    green(play)
    deployed(play)
    assert last(play)[0] == "deploying"
    assert "review_due" not in status_comments(play)[-1]


def test_the_requester_sees_who_is_needed_and_a_page_counts(play):
    asked = play.say("dora", LEND)
    assert "Who has to agree: 1 at L4. Whoever asks, the author" in answers(play)[-1]
    page = order_pages(play)[-1]
    assert f"### 🔷 Order `{order_id(asked)}`: waiting" in page
    assert "| approvals | waiting | 0 of 1; one of them at L4 |" in page
    play.say("bob", f"/status\n/why {order_id(asked)}")
    assert f"Order `{order_id(asked)}` by `dora` in #{play.number} waits until" in answers(play)[-1]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        pytest.param("dora", "self_approval", id="whoever asked"),
        pytest.param("ann", "self_approval", id="the author"),
        pytest.param("bob", "approver_not_eligible", id="somebody below L4"),
    ],
)
def test_T25_T26_who_cannot_agree_to_an_order(play, who, code):
    asked = play.say("dora", LEND)
    play.say(who, f"/approve {order_id(asked)}")
    assert f"`{code}`" in answers(play)[-1]
    assert state(play) == "waiting"


def test_T21_an_approver_who_lost_the_right_before_the_last_approval_does_not_count(play):
    set_policy(play.box, SECURITY)
    asked = play.say("carol", LEND_SECRETS)
    play.say("dora", f"/approve {order_id(asked)}")
    assert "1 of 2; one of them at L5" in order_pages(play)[-1]
    play.box.grant(REPO, "dora", "write")
    play.say("eve", f"/approve {order_id(asked)}")
    assert "`dora` does not count (`approver_not_eligible`)" in order_pages(play)[-1]
    assert state(play) == "waiting"


def test_T21_an_order_ends_once_whoever_gave_it_may_not_any_more(play):
    asked = play.say("dora", LEND)
    play.box.grant(REPO, "dora", "write")
    play.say("eve", f"/approve {order_id(asked)}")
    assert (state(play), "`permission_denied`" in order_pages(play)[-1]) == ("stale", True)


def test_a_no_ends_an_order(play):
    asked = play.say("dora", LEND)
    play.say("bob", f'/reject {order_id(asked)} --reason "wait for the reviewer"')
    assert state(play) == "rejected"
    play.say("eve", f"/approve {order_id(asked)}")
    assert "`no_request`" in answers(play)[-1]


SECURITY = f"""{POLICY}\
  levels: {{L5: {{users: [carol, eve]}}}}
  security: {{users: [eve]}}
"""


def test_F83_a_security_gate_needs_two_one_of_them_at_l5_from_the_security_list(play):
    for login in ("carol", "eve"):
        play.box.grant(REPO, login, "admin")
    play.box.add_user("fay")
    play.box.grant(REPO, "fay", "admin")
    set_policy(play.box, SECURITY.replace("[carol, eve]", "[carol, eve, fay]"))
    play.say("dora", LEND_SECRETS)
    denied = answers(play)[-1]
    asked = play.say("carol", LEND_SECRETS)
    assert "2 at L4, 1 of them at L5 from the security list" in answers(play)[-1]
    assert "On the security list: `eve`." in answers(play)[-1]
    for who in ("dora", "fay"):
        play.say(who, f"/approve {order_id(asked)}")
    before = state(play)
    play.say("eve", f"/approve {order_id(asked)}")
    assert ("`permission_denied`" in denied, before, state(play)) == (True, "waiting", "granted")


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        pytest.param("{name: scan, evidence: cvss, below: 4, unit: score}", "cvss", id="its kind"),
        pytest.param("{name: scan, below: 4, unit: score}", "scan", id="its check"),
    ],
)
def test_a_gate_about_security_is_known_under_any_name(play, rule, source):
    evidence = f"  evidence: [{{kind: {source}, check: Security scan, app: 7}}]\n"
    text = SECURITY.replace("tier: production,", f"tier: production, gates: {{rules: [{rule}]}},")
    set_policy(play.box, f"{text}{evidence}")
    play.say("dora", LEND.replace("approval", "scan"))
    assert "`permission_denied`" in answers(play)[-1]


def test_without_a_security_list_nobody_overrides_security(play):
    play.box.grant(REPO, "carol", "admin")
    set_policy(play.box, SECURITY.replace("  security: {users: [eve]}\n", ""))
    play.say("carol", LEND_SECRETS)
    assert "names nobody under `deployments.security`, so that nobody can." in answers(play)[-1]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param(LEND.replace("approval", "quarantine"), "unknown_gate", id="quarantine"),
        pytest.param(LEND.replace("approval", "order_violation"), "unknown_gate", id="the order"),
        pytest.param(LEND.replace("approval", "merge"), "unknown_gate", id="all at once"),
        pytest.param(LEND.replace("approval", "everything"), "unknown_gate", id="no name"),
        pytest.param(LEND.replace("production", "dev"), "unknown_gate", id="not asked for there"),
        pytest.param(
            LEND.replace("--reason", "--until 25h --reason"), "parse_error", id="too long"
        ),
        pytest.param("/override approval production --reason x", "parse_error", id="no ticket"),
    ],
)
def test_T100_an_override_names_one_gate_that_there_is(play, line, code):
    play.say("dora", line)
    assert f"`{code}`" in answers(play)[-1]
    if code == "unknown_gate" and "production" in line:
        assert all(f"`{name}`" in answers(play)[-1] for name in MERGE_GATES)
    assert order_pages(play) == []


GATES = "gates: {rules: [{name: coverage, at_least: 80, unit: percent}]}"
PROVEN = f"""{POLICY.replace("after: [dev],", f"after: [dev], peer_review: false, {GATES},")}\
  evidence: [{{kind: coverage, workflow: .github/workflows/quality.yml}}]
"""


def test_a_gate_that_the_policy_declares_is_lent_in_the_same_way(play):
    set_policy(play.box, PROVEN)
    to_dev(play)
    play.say("dora", LEND)
    refused = answers(play)[-1]
    asked = play.say("dora", LEND.replace("approval", "coverage"))
    play.say("eve", f"/approve {order_id(asked)}")
    deployed(play)
    assert ("`unknown_gate`" in refused, "It has `coverage`." in refused) == (True, True)
    assert last(play) == ("deploying", "gates_passed")
    shown = status_comments(play)[-1]
    assert "Lent: `coverage` by `dora` until" in shown
    assert f"`/review ovr-{asked.id}`" in shown


def test_T100_a_loan_lifts_no_order_of_environments(play):
    lent(play)
    play.say("dora", "/deploy production")
    assert last(play) == ("refused", "order_violation")


def test_F84_a_push_ends_what_waits_and_what_was_lent(play):
    to_dev(play)
    loan = lent(play)
    waiting = play.say("dora", LEND)
    push(play)
    pages = order_pages(play)
    assert f"The pass `{loan}` is over: `ref_changed`." in pages[0]
    assert (state(play), "`ref_changed`" in pages[1]) == ("stale", True)
    play.say("eve", f"/approve {order_id(waiting)}")
    assert "`no_request`" in answers(play)[-1]
    assert [each["code"] for each in recorded(play, "loan.ended")] == ["ref_changed"]


def test_a_loan_ends_in_time_and_nothing_passes_with_it_afterwards(play):
    to_dev(play)
    loan = lent(play)
    pass_time(play, hours=2)
    assert f"The pass `{loan}` is over: `time_is_up`." in order_pages(play)[-1]
    deployed(play)
    assert last(play)[0] == "gating"
    log = [
        (each["type"], each["loan"])
        for kind in ("granted", "ended")
        for each in recorded(play, f"loan.{kind}")
    ]
    assert log == [("loan.granted", loan), ("loan.ended", loan)]


@pytest.mark.parametrize(
    ("line", "hours"), [(LEND, 4), (LEND_SECRETS, 1)], ids=["DANGEROUS", "CRITICAL"]
)
def test_an_order_that_nobody_answers_expires(play, line, hours):
    play.box.grant(REPO, "carol", "admin")
    set_policy(play.box, SECURITY)
    asked = play.say("carol", line)
    pass_time(play, minutes=hours * 60 - 1)
    before = state(play)
    pass_time(play, minutes=1)
    assert (before, state(play)) == ("waiting", "expired")
    play.say("eve", f"/approve {order_id(asked)}")
    assert "`no_request`" in answers(play)[-1]


@pytest.mark.parametrize(
    ("who", "is_over"),
    [
        pytest.param("dora", True, id="by its author"),
        pytest.param("eve", True, id="by another at L4"),
        pytest.param("bob", False, id="not by somebody below"),
    ],
)
def test_a_loan_is_taken_back(play, who, is_over):
    to_dev(play)
    loan = lent(play)
    play.say(who, f"/revoke {loan}")
    assert ("is over: `revoked`" in order_pages(play)[-1]) is is_over
    assert [each["code"] for each in recorded(play, "loan.ended")] == ["revoked"] * is_over
    deployed(play)
    assert last(play)[0] == ("gating" if is_over else "deploying")


@pytest.mark.parametrize("line", ["/revoke {}", "/cancel --request {}"])
def test_an_order_that_waits_is_taken_back(play, line):
    asked = play.say("dora", LEND)
    play.say("dora", line.format(order_id(asked)))
    assert state(play) == "revoked"
    play.say("dora", "/revoke ovr-1")
    assert "`no_request`" in answers(play)[-1]


@pytest.mark.parametrize(
    ("who", "counts"), [("eve", 0), ("carol", 0), ("bob", 1)], ids=["own", "at L4", "below L4"]
)
def test_an_approval_is_taken_back_as_long_as_it_is_counted(play, who, counts):
    to_dev(play)
    green(play)
    play.say("dora", "/deploy production")
    said = play.say("eve", "/approve")
    play.say(who, f"/revoke apr-{said.id}")
    assert f"{counts} of 2" in status_comments(play)[-1]
    outs = [each["out"] for each in recorded(play, "deployment.said")]
    assert outs == ["approve", *["revoke"] * (1 - counts)]


def test_an_approval_of_what_has_begun_is_not_taken_back(play):
    to_dev(play)
    green(play)
    play.say("dora", "/deploy production")
    said = play.say("eve", "/approve")
    play.say("carol", "/approve")
    play.say("eve", f"/revoke apr-{said.id}")
    assert "`no_request`" in answers(play)[-1]
    assert last(play)[0] == "deploying"


def test_T69_an_order_is_placed_and_granted_once_whatever_is_delivered(play):
    play.box.disturb_webhooks("duplicate", event="issue_comment", action="created")
    to_dev(play)
    lent(play)
    for delivery in [each for each in play.box.deliveries if each.event == "issue_comment"]:
        play.box.redeliver(delivery)
    play.bot.settle()
    assert (len(order_pages(play)), len(recorded(play, "loan.granted"))) == (1, 1)
    assert [each["state"] for each in recorded(play, "order.moved")] == ["waiting", "granted"]


@pytest.mark.parametrize("after", [False, True], ids=["just before", "just after"])
@pytest.mark.parametrize("name", ["_end", "_show", "_loan"])
def test_T71_a_worker_may_die_at_any_step_of_an_order(play, monkeypatch, name, after):
    real, lives = getattr(Waiter, name), iter([True])

    def dying(self, *given):
        if next(lives, False):
            if after:
                real(self, *given)
            raise DeathError
        return real(self, *given)

    asked = play.say("dora", LEND)
    monkeypatch.setattr(Waiter, name, dying)
    play.say("eve", f"/approve {order_id(asked)}")
    wake(play)
    assert (state(play), len(order_pages(play))) == ("granted", 1)
    assert [each["state"] for each in recorded(play, "order.moved")] == ["waiting", "granted"]
    with play.bot.parts.database.read() as connection:
        assert loans.read(connection, f"ovr-{asked.id}").ended_at is None


def test_T04_an_override_that_somebody_edited_is_not_placed(play):
    made = play.box.comment(REPO, play.number, "dora", LEND)
    play.box.edit_comment(REPO, made, "bob", LEND.replace("approval", "ci"))
    play.bot.settle()
    assert "`comment_edited`" in answers(play)[0]
    assert order_pages(play) == []


def test_simulating_an_override_says_who_would_have_to_agree(play):
    play.say("dora", f"/simulate {LEND}")
    assert "would be answered:" in answers(play)[-1]
    assert "Who has to agree: 1 at L4." in answers(play)[-1]
    assert (order_pages(play), recorded(play, "order.moved")) == ([], [])


def test_a_policy_that_cannot_be_read_grants_nothing(play):
    asked = play.say("dora", LEND)
    play.box.comment(REPO, play.number, "eve", f"/approve {order_id(asked)}")
    set_policy(play.box, "version: 7\n")
    play.bot.settle()
    assert state(play) == "waiting"
    pass_time(play, hours=4)
    assert state(play) == "expired"
