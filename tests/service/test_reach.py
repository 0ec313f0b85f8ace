"""Suspended and removed installations, repositories taken away: work rests and goes on again."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.sandbox.acts import repos
from app.service import find
from app.store import registry
from app.store.subjects import SWEEP, Want
from app.store.tables import pull_request, repository, subject
from tests.service.conftest import REPO
from tests.service.test_evaluate import seen
from tests.service.test_groups import judged, with_ci
from tests.service.test_sync import order


@pytest.fixture
def installation(box, bot):
    """The App's only installation."""
    (found,) = box.world.installations.values()
    return found


@pytest.fixture(autouse=True)
def _nothing_is_young(monkeypatch):
    """Let a regular sweep leave out whatever is green and unchanged, however fresh it is."""
    monkeypatch.setattr(find, "_YOUNG", timedelta(0))


def green(box, bot) -> None:
    """Have a pull request judged that needs an approval and a check, and has both."""
    with_ci(box)
    judged(box, bot, "fix", "src/a.py")


def break_ci(box) -> None:
    """Let a check fail: nothing on the pull request itself shows that."""
    head = box.sha(REPO, "fix")
    box.post_check(REPO, head, "unit", status="completed", conclusion="failure")


def known(bot) -> sa.Row:
    with bot.parts.database.read() as connection:
        query = sa.select(repository).where(repository.c.full_name == REPO)
        return connection.execute(query).one()


def want(bot, cause: str = "test", *, urgent: bool = False) -> str:
    """Have the pull request judged, and return its key."""
    row = known(bot)
    key = f"pull_request:{row.id}#1"
    wish = Want(key, "pull_request", row.account_id, row.installation_id, cause, urgent)
    with bot.parts.database.write() as connection:
        bot.parts.scheduler.want(connection, [wish])
    return key


def row_of(bot, key: str) -> sa.Row:
    with bot.parts.database.read() as connection:
        return connection.execute(sa.select(subject).where(subject.c.key == key)).one()


def is_open(bot) -> bool:
    with bot.parts.database.read() as connection:
        return bool(connection.execute(sa.select(pull_request.c.is_open)).scalar_one())


def is_worked_on(bot) -> bool:
    number = known(bot).id
    with bot.parts.database.read() as connection:
        return registry.repository_ref(connection, number) is not None


def drop_selection(box, installation) -> None:
    """Take the repository out of the installation, and another one in its place."""
    other = box.add_repo("acme/other", {"README.md": "# other\n"})
    box.select_repos(installation, [other])


def lose_private(box, installation) -> None:
    found = box.find_repo(REPO)
    repos.set_private(box.world, found, found.owner, private=True)
    drop_selection(box, installation)


LOSSES = [
    pytest.param(lambda box, inst: box.suspend(inst), id="the installation is suspended"),
    pytest.param(lambda box, inst: box.uninstall_app(inst), id="the installation is removed"),
    pytest.param(drop_selection, id="the repository is taken out of the installation"),
    pytest.param(lambda box, inst: box.delete_repo(REPO), id="the repository is deleted"),
]


@pytest.mark.parametrize("lose", LOSSES)
@pytest.mark.parametrize("event", ["told", "lost"])
def test_what_is_out_of_reach_rests_without_error(box, bot, installation, lose, event):
    green(box, bot)
    key = want(bot)
    if event == "lost":
        for name in ("installation", "installation_repositories", "repository"):
            box.disturb_webhooks("drop", name, count=5)
    lose(box, installation)
    bot.settle()
    found = row_of(bot, key)
    assert (found.parked_at, found.attempts, found.error, found.wake_at) == (None, 0, None, None)
    assert bot.standings() == ()


@pytest.mark.parametrize("event", ["told", "lost"])
def test_after_a_suspension_green_pull_requests_are_judged_anew(box, bot, installation, event):
    green(box, bot)
    box.suspend(installation)
    bot.settle()
    break_ci(box)
    if event == "lost":
        box.disturb_webhooks("drop", "installation")
    box.unsuspend(installation)
    order(bot)
    assert seen(box, bot)["ci"] == "failure"


def test_a_suspension_that_nobody_told_of_ends_with_everything_judged(box, bot, installation):
    green(box, bot)
    box.disturb_webhooks("drop", "installation", count=2)
    box.suspend(installation)
    want(bot)
    bot.settle()
    break_ci(box)
    box.unsuspend(installation)
    order(bot)
    assert seen(box, bot)["ci"] == "failure"


def test_bad_news_that_rested_takes_the_success_back_first(box, bot, installation):
    green(box, bot)
    box.suspend(installation)
    want(bot, "a review was dismissed", urgent=True)
    bot.settle()
    box.unsuspend(installation)
    box.forget_requests()
    bot.settle()
    calls = [(call.method, call.path) for call in box.requests]
    first_write = calls.index(("POST", f"/repos/{REPO}/check-runs"))
    assert first_write < calls.index(("GET", f"/repos/{REPO}/pulls/1"))
    assert seen(box, bot)["merge"] == "success"


@pytest.mark.parametrize("event", ["told", "lost"])
def test_new_rights_have_everything_judged(box, bot, installation, event):
    """What was green while less could be read may not be."""
    rights = dict(installation.permissions)
    green(box, bot)
    box.disturb_webhooks("drop", "check_suite", count=5)
    box.disturb_webhooks("drop", "check_run", count=5)
    break_ci(box)
    if event == "lost":
        box.disturb_webhooks("drop", "installation")
    box.set_permissions(installation, {**rights, "administration": "read"})
    bot.settle()
    order(bot)
    assert seen(box, bot)["ci"] == "failure"


@pytest.mark.parametrize("event", ["told", "lost"])
def test_a_repository_that_is_given_back_is_judged_whole(box, bot, installation, event):
    green(box, bot)
    drop_selection(box, installation)
    bot.settle()
    break_ci(box)
    if event == "lost":
        box.disturb_webhooks("drop", "installation_repositories")
    box.select_repos(installation, None)
    bot.settle()
    order(bot)
    assert seen(box, bot)["ci"] == "failure"


def test_a_regular_sweep_still_leaves_out_what_is_green(box, bot):
    """The tests above prove something only if it does."""
    green(box, bot)
    box.disturb_webhooks("drop", "check_suite", count=5)
    box.disturb_webhooks("drop", "check_run", count=5)
    break_ci(box)
    order(bot)
    assert seen(box, bot)["ci"] == "success"


@pytest.mark.parametrize("lose", [drop_selection, lose_private])
def test_a_pull_request_out_of_reach_is_not_closed(box, bot, installation, lose):
    green(box, bot)
    box.disturb_webhooks("drop", "installation_repositories", count=5)
    lose(box, installation)
    want(bot)
    bot.settle()
    assert is_open(bot)


def test_a_pull_request_that_is_gone_is_closed(box, bot):
    green(box, bot)
    box.fail_api("status", r"/pulls/1$", status=404)
    want(bot)
    bot.settle()
    assert (is_open(bot), is_worked_on(bot)) == (False, True)


def test_a_refusal_with_every_access_given_is_a_failure(box, bot):
    green(box, bot)
    box.fail_api("status", r"/pulls/1$", status=403)
    key = want(bot, SWEEP)
    bot.settle()
    assert "403" in row_of(bot, key).error


# What the lists leave out


def test_a_repository_missing_from_the_list_is_let_go(box, bot, installation):
    box.disturb_webhooks("drop", "installation_repositories", count=5)
    before = is_worked_on(bot)
    drop_selection(box, installation)
    order(bot)
    assert (before, is_worked_on(bot)) == (True, False)


def test_a_list_that_shifted_while_it_was_read_lets_nothing_go(box, bot, monkeypatch):
    monkeypatch.setattr("app.github.app.GitHubApp.repositories", lambda *_: iter(()))
    order(bot)
    assert is_worked_on(bot)


def test_a_list_that_cannot_be_read_to_its_end_lets_nothing_go(box, bot, installation):
    box.disturb_webhooks("drop", "installation_repositories", count=5)
    drop_selection(box, installation)
    box.fail_api("status", r"/installation/repositories", status=500, count=3)
    order(bot)
    assert is_worked_on(bot)


def test_an_installation_missing_from_the_list_is_let_go(box, bot, installation):
    box.disturb_webhooks("drop", "installation")
    before = is_worked_on(bot)
    box.uninstall_app(installation)
    order(bot)
    assert (before, is_worked_on(bot)) == (True, False)
