"""Webhooks: signed, in order, logged, redelivered on demand, and disturbed on demand."""

import hashlib
import hmac
import uuid
from collections.abc import Iterator

import pytest

from app.sandbox.box import Sandbox
from app.sandbox.hooks.delivery import signatures
from app.sandbox.hooks.mischief import Mishap
from tests.sandbox.client import EVERYTHING, REPO, Stage
from tests.sandbox.receiver import Receiver, receiving

LOG = "/app/hook/deliveries"


@pytest.fixture
def receiver(stage: Stage) -> Iterator[Receiver]:
    with receiving() as running:
        stage.box.webhook_url = running.url
        yield running


def say(stage: Stage, *words: str) -> None:
    for word in words:
        stage.box.comment(REPO, 1, "carol", word)
    stage.box.wait_idle()


def said(receiver: Receiver) -> list[str]:
    return [hook.payload["comment"]["body"] for hook in receiver.named("issue_comment.created")]


def test_signature_is_github_s_own_vector() -> None:
    made = signatures("It's a Secret to Everybody", b"Hello, World!")["X-Hub-Signature-256"]
    assert made == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_every_delivery_is_signed_over_its_bytes(stage: Stage, receiver: Receiver) -> None:
    say(stage, "naïve ☃ text")
    (hook,) = receiver.hooks
    for name, digest in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
        made = hmac.new(stage.box.webhook_secret.encode(), hook.raw, digest).hexdigest()
        assert hook.headers[name] == f"{digest}={made}"


def test_headers_are_github_s(stage: Stage, receiver: Receiver) -> None:
    say(stage, "hi")
    headers = receiver.hooks[0].headers
    assert uuid.UUID(headers["X-GitHub-Delivery"])
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["Content-Type"] == "application/json"
    assert headers["X-GitHub-Hook-ID"] == str(stage.box.app.hook_id)
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(stage.box.app_id)
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"


def test_payload_names_installation_organisation_and_sender(
    stage: Stage, receiver: Receiver
) -> None:
    say(stage, "hi")
    payload = receiver.hooks[0].payload
    assert payload["installation"]["id"] == stage.installation.id
    assert payload["organization"]["login"] == "acme"
    assert payload["repository"]["full_name"] == REPO
    assert payload["sender"]["login"] == "carol"


def test_without_a_secret_nothing_is_signed(stage: Stage, receiver: Receiver) -> None:
    stage.box.app.hook.secret = ""
    say(stage, "hi")
    assert not {name for name in receiver.hooks[0].headers if name.startswith("X-Hub")}


def test_4_form_content_type_wraps_the_payload(stage: Stage, receiver: Receiver) -> None:
    stage.app.patch("/app/hook/config", {"content_type": "form"})
    say(stage, "hi")
    assert receiver.hooks[0].raw.startswith(b"payload=%7B%22action%22")


def test_deliveries_keep_their_order(stage: Stage, receiver: Receiver) -> None:
    words = [str(number) for number in range(30)]
    say(stage, *words)
    assert said(receiver) == words


def test_6_redelivery_has_the_same_guid(stage: Stage, receiver: Receiver) -> None:
    say(stage, "hi")
    (first,) = stage.app.get(LOG)
    assert stage.app.send("POST", f"{LOG}/{first['id']}/attempts").status == 202
    stage.box.wait_idle()
    guids = {hook.headers["X-GitHub-Delivery"] for hook in receiver.hooks}
    assert (len(receiver.hooks), guids) == (2, {first["guid"]})
    assert receiver.hooks[0].raw == receiver.hooks[1].raw
    newest = stage.app.get(LOG)[0]
    assert (newest["redelivery"], newest["guid"]) == (True, first["guid"])


def test_failed_delivery_is_logged_and_not_repeated(stage: Stage, receiver: Receiver) -> None:
    receiver.status = 503
    say(stage, "hi")
    (entry,) = stage.app.get(LOG)
    assert (entry["status"], entry["status_code"]) == ("Invalid HTTP Response: 503", 503)
    assert len(receiver.hooks) == 1
    assert stage.app.get(f"{LOG}?status=success") == []


def test_receiver_that_is_down_is_logged(stage: Stage) -> None:
    stage.box.webhook_url = "http://127.0.0.1:9/"
    say(stage, "hi")
    (entry,) = stage.app.get(LOG)
    assert (entry["status"], entry["status_code"]) == ("failed to connect to host", 0)


def test_log_is_read_with_a_cursor(stage: Stage, receiver: Receiver) -> None:
    say(stage, "a", "b", "c")
    first = stage.app.send("GET", f"{LOG}?per_page=2")
    path = first.headers["Link"].split(">")[0].removeprefix(f"<{stage.box.url}")
    second = stage.app.send("GET", path)
    ids = [entry["id"] for entry in first.body + second.body]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), "Link" in second.headers) == (3, False)


@pytest.mark.parametrize(
    ("mishap", "count", "heard"),
    [
        (Mishap.DROP, 1, ["b", "c"]),
        (Mishap.FAIL, 2, ["c"]),
        (Mishap.DUPLICATE, 1, ["a", "a", "b", "c"]),
        (Mishap.DELAY, 2, ["c"]),
        (Mishap.REORDER, 3, ["c", "b", "a"]),
    ],
)
def test_13_deliveries_go_wrong_on_demand(
    stage: Stage, receiver: Receiver, mishap: Mishap, count: int, heard: list[str]
) -> None:
    stage.box.disturb_webhooks(mishap, "issue_comment", count=count)
    say(stage, "a", "b", "c")
    assert said(receiver) == heard


def test_dropped_delivery_leaves_no_trace_but_a_failed_one_does(
    stage: Stage, receiver: Receiver
) -> None:
    stage.box.disturb_webhooks("drop")
    stage.box.disturb_webhooks("fail")
    say(stage, "a", "b")
    (entry,) = stage.app.get(LOG)
    assert (entry["status"], receiver.hooks) == ("timed out", [])
    stage.app.post(f"{LOG}/{entry['id']}/attempts")
    stage.box.wait_idle()
    assert said(receiver) == ["b"]


def test_duplicate_has_one_guid(stage: Stage, receiver: Receiver) -> None:
    stage.box.disturb_webhooks("duplicate")
    say(stage, "a")
    assert len({hook.headers["X-GitHub-Delivery"] for hook in receiver.hooks}) == 1


def test_delayed_delivery_comes_when_released(stage: Stage, receiver: Receiver) -> None:
    rule = stage.box.disturb_webhooks("delay", "issue_comment", "created")
    say(stage, "a", "b")
    stage.box.release_webhooks(rule)
    stage.box.wait_idle()
    assert said(receiver) == ["b", "a"]


def test_calm_ends_mishaps_and_sends_what_was_kept(stage: Stage, receiver: Receiver) -> None:
    stage.box.disturb_webhooks("delay", count=9)
    say(stage, "a")
    stage.box.calm()
    say(stage, "b")
    assert said(receiver) == ["a", "b"]


def test_app_hears_what_it_subscribes_to(stage: Stage, receiver: Receiver) -> None:
    stage.box.app.events = ("push",)
    say(stage, "hi")
    assert receiver.hooks == []


def test_app_hears_what_it_may_read(stage: Stage, receiver: Receiver) -> None:
    stage.installation.permissions = {"metadata": "read", "checks": "write"}
    say(stage, "hi")
    assert receiver.hooks == []


def test_app_hears_of_its_own_repositories_only(stage: Stage, receiver: Receiver) -> None:
    stage.box.add_repo("acme/other")
    stage.box.select_repos(stage.installation, ["acme/other"])
    say(stage, "hi")
    assert receiver.names[-1] == "installation_repositories.removed"
    assert said(receiver) == []


def test_75_suspended_app_hears_of_its_suspension_only(stage: Stage, receiver: Receiver) -> None:
    stage.box.suspend(stage.installation, "alice")
    say(stage, "hi")
    stage.box.unsuspend(stage.installation, "alice")
    stage.box.wait_idle()
    assert receiver.names == ["installation.suspend", "installation.unsuspend"]


def test_lifecycle_of_an_installation_is_told(box: Sandbox) -> None:
    box.add_user("alice")
    box.add_repo("alice/one")
    with receiving() as receiver:
        box.webhook_url = receiver.url
        installation = box.install_app("alice")
        box.set_permissions(installation, {"checks": "write"})
        box.uninstall_app(installation)
        box.wait_idle()
    actions = ["created", "new_permissions_accepted", "deleted"]
    assert receiver.names == [f"installation.{action}" for action in actions]
    assert receiver.hooks[0].payload["repositories"][0]["full_name"] == "alice/one"


def test_each_app_is_told_with_its_own_secret(stage: Stage, receiver: Receiver) -> None:
    other = stage.box.add_app("Other", EVERYTHING, ["issue_comment"])
    stage.box.install_app("acme", other)
    other.hook.secret = "another"
    with receiving() as second:
        other.hook.url = second.url
        say(stage, "hi")
    made = hmac.new(b"another", second.hooks[0].raw, hashlib.sha256).hexdigest()
    assert second.hooks[0].headers["X-Hub-Signature-256"] == f"sha256={made}"
    assert len(receiver.hooks) == 1


def test_any_event_can_be_made_by_hand(stage: Stage, receiver: Receiver) -> None:
    stage.box.app.events = ("*",)
    body = {"alert": {"number": 7}}
    stage.box.emit("secret_scanning_alert", "created", body, REPO, "alice")
    stage.box.wait_idle()
    assert receiver.names == ["secret_scanning_alert.created"]
    assert receiver.hooks[0].payload["alert"] == {"number": 7}
