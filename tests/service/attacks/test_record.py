"""Attacks on the record: what must not be missing from it or be wrong in it."""

from datetime import datetime

import pytest

from app.core import judge
from app.ports import Authorship, Claim, CommitText
from app.service import keys
from app.service.contributors import Contributors
from app.service.replay import replay
from app.store import verdicts
from app.wiring import utc_now
from tests.service.attacks.staging import (
    TITLES,
    recorded_runs,
    set_policy,
    twins,
    wish,
    written_runs,
)
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix


def test_each_writing_of_a_run_has_its_entry(box, bot):
    set_policy(box, TITLES)
    _, second, _ = twins(box, bot)
    for title in ("bad", "fix: good", "bad", "fix: good"):
        box.forget_requests()
        before = recorded_runs(bot)
        box.edit_pull_request(REPO, second, {"title": title})
        bot.settle()
        assert recorded_runs(bot) - before == written_runs(box) > 0


@pytest.mark.parametrize(
    "files",
    [
        {"120000:.github/gatewright.yml": "../README.md"},
        dict.fromkeys((".github/gatewright.yml", ".github/gatewright.yaml"), "version: 1\n"),
    ],
    ids=["a link", "two files"],
)
def test_a_verdict_under_a_policy_that_cannot_be_read_is_recomputed(box, bot, files):
    box.commit(REPO, "main", files, author="carol")
    open_fix(box)
    bot.settle()
    with bot.parts.database.read() as connection:
        [found] = verdicts.newest(connection)
        assert replay(connection, found.id).is_equal


def test_an_upgraded_engine_does_not_date_its_verdicts_back(box, bot, monkeypatch):
    approved(box, bot)
    upgraded = utc_now()
    monkeypatch.setattr(judge, "ENGINE", "gatewright/9.9.9")
    wish(bot, lambda known: keys.pull_request(known, 1))
    bot.settle()
    with bot.parts.database.read() as connection:
        found = verdicts.newest(connection)
    assert any(datetime.fromisoformat(each.decided_at) > upgraded for each in found)


def test_an_invented_noreply_address_names_nobody():
    forged = Claim("author", "999999999999+nobody@users.noreply.github.com")
    text = CommitText("a", (), (forged,), skips_ci=False)
    [commit] = Contributors(b"key", {"a": Authorship(None, None)}).commits([text])
    assert commit.contributors[0].account is None
