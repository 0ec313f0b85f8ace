"""Traps of events about installations and their repositories, by their number in the catalogue."""

import json

import sqlalchemy as sa

from app.service import keys
from app.service.sync import standing_orders
from app.store import registry
from app.store.subjects import Want
from app.store.tables import installation, repository
from tests.sandbox.client import REPO, build_stage
from tests.traps.events.conftest import CHECKS, look, seen, want


def test_trap_75_a_suspended_installation_is_left_alone_until_it_wakes(bot, stage):
    bot.box.suspend(stage.installation)
    bot.settle()
    (row,) = look(bot, lambda c: c.execute(sa.select(installation)).all())
    assert row.suspended
    bot.box.forget_requests()
    want(bot, Want(keys.installation(row.id), "installation", 0, row.id, "sweep"))
    bot.settle()
    assert bot.box.requests == []
    bot.box.commit(REPO, "feature", {"b": "1"}, author="bob")
    bot.box.unsuspend(stage.installation)
    bot.settle()
    assert sorted(seen(bot)) == list(CHECKS)


def test_trap_75_work_for_a_suspended_installation_ends(bot, stage):
    bot.box.disturb_webhooks("drop", event="installation", count=9)
    bot.box.suspend(stage.installation)
    key = keys.pull_request(bot.box.find_repo(REPO).id, 1)
    outcomes = [bot.runner.run(key) for _ in range(9)]
    assert outcomes == ["done"] * 9
    bot.box.calm()
    bot.box.unsuspend(stage.installation)
    bot.settle()
    assert bot.standings() == ()


def test_trap_76_accepted_permissions_are_used_at_once(bot, stage):
    rights = {**stage.installation.permissions, "issues": "write"}
    bot.box.set_permissions(stage.installation, rights)
    bot.settle()
    (row,) = look(bot, lambda c: c.execute(sa.select(installation)).all())
    assert json.loads(row.permissions)["issues"] == "write"


def test_trap_77_a_transferred_repository_keeps_its_id_and_changes_installation(bot, stage):
    bot.box.add_org("beta", {"alice": "admin"})
    other = bot.box.install_app("beta")
    bot.settle()
    number = bot.box.find_repo(REPO).id
    bot.box.transfer_repo(REPO, "beta")
    bot.box.review("beta/widgets", 1, "alice", "COMMENT")
    bot.settle()
    found = look(bot, lambda c: registry.repository_ref(c, number))
    owner = bot.box.find_account("beta")
    assert (found.full_name, found.installation_id, found.account_id) == (
        "beta/widgets",
        other.id,
        owner.id,
    )


def test_trap_78_an_installation_that_no_event_told_of_is_found_by_the_list(bot):
    bot.box.disturb_webhooks("drop", count=1000)
    build_stage(bot.box)
    bot.settle()
    want(bot, *standing_orders())
    bot.settle()
    rows = look(bot, lambda c: c.execute(sa.select(repository.c.full_name)).scalars().all())
    assert rows == [REPO]


def test_trap_a_rename_without_its_event_is_learned_from_any_payload(bot, stage):
    bot.box.disturb_webhooks("drop", event="repository", count=9)
    bot.box.rename_repo(REPO, "gadgets")
    bot.box.review("acme/gadgets", 1, "alice")
    bot.settle()
    number = bot.box.find_repo("acme/gadgets").id
    assert look(bot, lambda c: registry.repository_ref(c, number)).full_name == "acme/gadgets"
    assert seen(bot, repo="acme/gadgets")["approval"] == "success"


def test_trap_a_repository_taken_out_of_the_installation_is_not_worked_on(bot, stage):
    bot.box.add_repo("acme/other", {"a": "1"})
    bot.settle()
    bot.box.select_repos(stage.installation, ["acme/other"])
    bot.settle()
    number = bot.box.find_repo(REPO).id
    assert look(bot, lambda c: registry.repository_ref(c, number)) is None
    bot.box.forget_requests()
    want(bot, Want(keys.pull_request(number, 1), "pull_request", 0, 0, "an old wish"))
    bot.settle()
    assert bot.box.requests == []
