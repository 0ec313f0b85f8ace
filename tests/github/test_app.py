"""The App's own view: login, installations, tokens, one client a thread, deliveries."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.facts import Sha
from app.errors import ForbiddenError, GitHubUnavailableError, RateLimitedError
from app.github.app import GitHubApp
from app.github.client import Shared
from app.github.meter import RESERVE
from app.github.tokens import AppKey, load_key
from app.ports import CheckOutput, InstallationSeen, RepositorySeen
from app.sandbox.box import PERMISSIONS
from tests.github.hub import Waits, a_key
from tests.sandbox.client import REPO
from tests.sandbox.receiver import receiving


def tokens_asked(hub) -> int:
    return sum("access_tokens" in path for _, path, _ in hub.calls(tokens=True))


def test_many_threads_need_one_token_an_hour(hub):
    def read(_: int) -> str:
        return hub.reader.pull_request(1).head_sha

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(read, range(100))) == {hub.stage.head}
    assert tokens_asked(hub) == 1
    hub.box.advance(timedelta(minutes=54))
    read(0)
    assert tokens_asked(hub) == 1
    hub.box.advance(timedelta(minutes=2))
    read(0)
    assert tokens_asked(hub) == 2


def test_threads_never_share_a_client(hub):
    together = threading.Barrier(8)

    def client(_: int) -> int:
        together.wait(20)
        found = hub.reader.client
        together.wait(20)
        return id(found)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(client, range(8)))) == 8


def test_one_thread_keeps_its_client_and_connection(hub):
    assert hub.reader.client is hub.reader.client is hub.sink.client


def test_answers_are_never_swapped_between_threads(hub):
    for number in range(20):
        hub.box.commit(REPO, f"b{number}", {"n": str(number)}, author="bob")
        hub.box.open_pull_request(REPO, f"b{number}", title=f"title {number}", author="bob")

    def read(number: int) -> tuple[int, str]:
        found = hub.reader.pull_request(number % 20 + 2).pull_request
        return found.number, found.title

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(read, range(400)))
    assert found == {(number + 2, f"title {number}") for number in range(20)}


def test_the_token_is_taken_whole_with_everything_that_was_granted(hub):
    granted = hub.github.granted(hub.stage.installation.id)
    assert granted == dict(PERMISSIONS)
    (request,) = [each for each in hub.box.requests if "access_tokens" in each.path]
    assert request.body in (None, {})


def test_a_token_that_stopped_working_is_replaced_at_the_next_try(hub):
    reader = hub.reader
    reader.pull_request(1)
    for token in hub.box.world.app_tokens.values():
        token.revoked = True
    hub.box.advance(timedelta(minutes=10))
    with pytest.raises(GitHubUnavailableError) as refused:
        reader.pull_request(1)
    assert refused.value.status == 401
    assert hub.reader.pull_request(1).head_sha == hub.stage.head


def test_after_changed_rights_a_new_token_is_taken(hub):
    installation = hub.stage.installation
    hub.github.granted(installation.id)
    hub.box.set_permissions(installation, {**PERMISSIONS, "issues": "read"})
    assert hub.github.granted(installation.id)["issues"] == "write"
    hub.github.forget(installation.id)
    assert hub.github.granted(installation.id)["issues"] == "read"


def test_a_suspended_installation_is_forbidden_with_githubs_words(hub):
    hub.box.suspend(hub.stage.installation)
    with pytest.raises(ForbiddenError, match="suspended"):
        hub.reader.pull_request(1)


def test_a_spent_quota_hands_the_work_back_until_the_hour_is_over(hub):
    reader = hub.reader
    actor = f"installation:{hub.stage.installation.id}"
    hub.box.leave_requests(actor, 1)
    reader.pull_request(1)
    assert hub.github.shared.meter.remaining()[hub.stage.installation.id] == 0
    with pytest.raises(RateLimitedError) as limited:
        reader.reviews(1)
    until = limited.value.until - hub.box.world.now()
    assert timedelta(minutes=59) < until <= timedelta(hours=1, seconds=1)
    hub.box.advance(until)
    hub.github.reader(hub.repository).reviews(1)


def test_the_last_requests_of_an_hour_are_kept_for_publishing(hub):
    reader, sink = hub.reader, hub.sink
    hub.box.leave_requests(f"installation:{hub.stage.installation.id}", RESERVE + 1)
    reader.pull_request(1)
    hub.box.forget_requests()
    with pytest.raises(RateLimitedError):
        reader.reviews(1)
    assert hub.calls() == []
    output = CheckOutput("gatewright/ci", hub.stage.head, "gw1", "failure", "t", "s", "{}")
    assert sink.create(output) == hub.box.check_runs(REPO, hub.stage.head)[0].id


def app_of(hub, app_id: str, key=None) -> GitHubApp:
    shared = Shared(hub.box.url, hub.box.world.now, pause=Waits())
    found = AppKey(app_id, (key or load_key(hub.box.app_key),), hub.box.world.now)
    return GitHubApp(shared, found, hub.box.url)


def test_the_client_id_serves_as_well_as_the_number_which_is_asked_for_once(hub):
    github = app_of(hub, hub.box.app.client_id)
    assert [github.numeric_id, github.numeric_id] == [hub.box.app_id] * 2
    assert [path for _, path, _ in hub.calls()] == ["/app"]


def test_the_number_is_not_asked_for_when_it_is_set(hub):
    assert hub.github.numeric_id == hub.box.app_id
    assert hub.calls() == []


def test_a_key_of_another_app_is_forbidden_and_not_tried_again(hub):
    with pytest.raises(ForbiddenError) as refused:
        list(app_of(hub, str(hub.box.app_id), a_key()).installations())
    assert refused.value.status == 401
    assert len(hub.calls()) == 1


def test_all_installations_are_listed(hub):
    box = hub.box
    for number in range(104):
        box.add_user(f"user{number}")
        box.install_app(f"user{number}")
    box.suspend(hub.stage.installation)
    found = list(hub.github.installations())
    acme = box.find_account("acme")
    assert len(found) == 105
    assert InstallationSeen(hub.stage.installation.id, acme.id, "acme", suspended=True) in found
    assert sum(each.suspended for each in found) == 1


def test_all_repositories_of_an_installation_are_listed(hub):
    for number in range(104):
        hub.box.add_repo(f"acme/r{number}", {})
    found = list(hub.github.repositories(hub.stage.installation.id))
    repo = hub.box.find_repo(REPO)
    assert len(found) == 105
    assert RepositorySeen(repo.id, repo.owner.id, REPO, "main", archived=False) in found


def test_deliveries_are_listed_newest_first_and_sent_again_with_their_guid(hub):
    with receiving() as hooks:
        hub.box.webhook_url = hooks.url
        hub.box.disturb_webhooks("fail", event="status")
        hub.box.post_status(REPO, hub.stage.head, "lost", "success")
        hub.box.post_status(REPO, hub.stage.head, "arrived", "success")
        hub.box.wait_idle()
        newest, oldest = hub.github.deliveries()
        assert [hook.payload["context"] for hook in hooks.hooks] == ["arrived"]
        hub.github.redeliver(oldest.id)
        hub.box.wait_idle()
        assert [hook.payload["context"] for hook in hooks.hooks] == ["arrived", "lost"]
        assert hooks.hooks[1].headers["X-GitHub-Delivery"] == oldest.guid
    assert newest.delivered_at >= oldest.delivered_at
    assert newest.guid != oldest.guid


def test_a_reader_for_another_thread_is_made_on_that_thread(hub):
    readers = []
    thread = threading.Thread(target=lambda: readers.append(hub.reader))
    thread.start()
    thread.join()
    assert readers[0].client is not hub.reader.client
    assert readers[0].siblings(Sha(hub.stage.head)) == hub.reader.siblings(Sha(hub.stage.head))
