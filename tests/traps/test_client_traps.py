"""Traps of authentication and of GitHub's REST API, by their number in the catalogue."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from github import Auth

from app.core.facts import Account, Grant, Sha
from app.core.render import check_name, conclusion
from app.core.verdict import GateName, Outcome, Verdict
from app.errors import ForbiddenError, GitHubError, GitHubUnavailableError, RateLimitedError
from app.github import tokens
from app.github.client import Client, Shared
from app.github.reader import Reader
from app.github.tokens import AppKey, load_key
from app.ports import Annotation, CheckOutput, CheckQuery, RepositoryRef
from tests.builders import NOW
from tests.conftest import ManualClock
from tests.github.hub import Hub, Waits, a_key, sandbox_hub
from tests.github.mock import HOST, GitHubMock, mocked
from tests.sandbox.client import REPO

PULL = "/repos/octocat/Hello-World/pulls/1347"
RUNS = "/repos/github/hello-world/check-runs"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with sandbox_hub() as made:
        yield made


@pytest.fixture
def github() -> Iterator[GitHubMock]:
    with mocked() as made:
        yield made


def client(token: str = "ghs_x", **more) -> Client:
    clock = ManualClock()
    return Client(Shared(HOST, clock, pause=Waits(clock)), Auth.Token(token), 9001, **more)


def output(hub: Hub, **changes) -> CheckOutput:
    plain = {
        "name": "gatewright/ci",
        "head_sha": hub.stage.head,
        "external_id": "gw1",
        "conclusion": "failure",
        "title": "`unit` failed",
        "summary": "",
        "text": "",
    }
    return CheckOutput(**{**plain, **changes})


def head(hub: Hub) -> Sha:
    return Sha(hub.stage.head)


def runs(hub: Hub) -> list:
    return list(hub.box.check_runs(REPO, hub.stage.head))


# -- authentication


def test_trap_16_the_issuer_of_a_jwt_is_a_text():
    token = AppKey("4242", (a_key(),), lambda: NOW).token()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["iss"] == "4242"


@pytest.mark.parametrize("ahead", [-55, 0, 55])
def test_trap_17_a_clock_that_differs_by_less_than_a_minute_does_no_harm(hub, ahead):
    def ours():
        return hub.box.world.now() + timedelta(seconds=ahead)

    key = AppKey(str(hub.box.app_id), (load_key(hub.box.app_key),), ours)
    hub.github.key = key
    assert [each.account_login for each in hub.github.installations()] == ["acme"]


def test_trap_18_the_key_is_parsed_once_for_any_number_of_tokens(hub, monkeypatch):
    parsed = []
    monkeypatch.setattr(tokens, "load_pem_private_key", parsed.append)
    for _ in range(20):
        hub.github.forget(hub.stage.installation.id)
        hub.github.granted(hub.stage.installation.id)
    assert parsed == []


@pytest.mark.parametrize("token", ["ghs_" + "x" * 36, "ghs_" + "x" * 5000, "v2.local.eyJ"])
def test_trap_19_a_token_is_any_text_of_any_length(github, token):
    github.answer("GET", PULL)
    client(token).get(PULL)
    assert github.seen[0].headers["Authorization"] == f"token {token}"


def test_trap_20_a_token_just_made_is_given_some_seconds(github):
    for _ in range(2):
        github.refuse("GET", PULL, 401, "Bad credentials")
    github.answer("GET", PULL)
    young = client(made_at=NOW)
    assert young.get(PULL)["number"] == 1347
    assert young.shared.pause.asked == [1, 2]


def test_trap_21_one_token_serves_many_events(hub):
    for _ in range(20):
        hub.github.reader(hub.repository).pull_request(1)
        hub.github.sink(hub.repository)
    assert sum("access_tokens" in path for _, path, _ in hub.calls(tokens=True)) == 1


def test_trap_22_answers_of_two_threads_are_not_swapped(hub):
    numbers = [1]
    for number in range(5):
        hub.box.commit(REPO, f"b{number}", {"n": str(number)}, author="bob")
        numbers.append(hub.box.open_pull_request(REPO, f"b{number}", author="bob").number)

    def read(number: int) -> bool:
        return hub.reader.pull_request(number).pull_request.number == number

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(read, numbers * 30))


def test_trap_23_nothing_sleeps_between_requests(hub, monkeypatch):
    def sleep(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    monkeypatch.setattr(time, "sleep", sleep)
    for number in range(5):
        hub.sink.create(output(hub, external_id=f"gw{number}"))
        hub.reader.pull_request(1)
    assert hub.waits.asked == []


# -- limits and faults


def test_trap_24_a_spent_quota_is_not_slept_out(hub):
    hub.github.granted(hub.stage.installation.id)
    hub.box.leave_requests(f"installation:{hub.stage.installation.id}", 0)
    with pytest.raises(RateLimitedError) as limited:
        hub.reader.pull_request(1)
    assert limited.value.until > hub.box.world.now() + timedelta(minutes=50)
    assert hub.waits.asked == []


def test_trap_25_an_update_is_repeated_after_a_fault_and_handed_back_at_a_limit(hub):
    run_id = hub.sink.create(output(hub))
    hub.box.fail_api("status", path=r"check-runs/\d+$", method="PATCH", status=502)
    hub.sink.update(run_id, output(hub, conclusion="success"))
    assert [run.conclusion for run in runs(hub)] == ["success"]
    hub.box.fail_api("secondary_limit", path=r"check-runs/\d+$", method="PATCH", retry_after=9)
    with pytest.raises(RateLimitedError):
        hub.sink.update(run_id, output(hub))


def test_trap_26_a_lost_answer_to_a_creation_makes_no_second_run(hub):
    hub.box.fail_api("after", path="check-runs$", method="POST")
    assert [hub.sink.create(output(hub))] == [run.id for run in runs(hub)]


def test_trap_26b_a_429_without_a_time_waits_a_minute(github):
    github.refuse("GET", PULL, 429, "Too many requests")
    with pytest.raises(RateLimitedError) as limited:
        client().get(PULL)
    assert limited.value.until == NOW + timedelta(seconds=60)


def test_trap_26d_a_renamed_repository_is_followed_with_the_whole_query(hub):
    reader = hub.reader
    old = hub.box.post_check(REPO, hub.stage.head, "unit", conclusion="failure")
    new = hub.box.post_check(REPO, hub.stage.head, "unit", conclusion="success")
    hub.box.rename_repo(REPO, "gadgets")
    # Without `filter=all` only the newest run would come back.
    found = reader.checks(head(hub), CheckQuery()).checks.runs
    assert {run.id for run in found} == {old.id, new.id}


def test_trap_26d_a_write_to_a_renamed_repository_happens(hub):
    sink, wanted = hub.sink, output(hub)
    hub.box.rename_repo(REPO, "gadgets")
    run_id = sink.create(wanted)
    assert [run.id for run in hub.box.check_runs("acme/gadgets", hub.stage.head)] == [run_id]


# -- reviews and rights


def test_trap_35_reviews_beyond_the_first_page_are_read(hub):
    for _ in range(31):
        hub.box.review(REPO, 1, "carol", "COMMENT")
    assert len(hub.reader.reviews(1)) == 31


def test_trap_36_a_later_comment_is_kept_apart_from_the_approval(hub):
    hub.box.review(REPO, 1, "carol", "APPROVE")
    hub.box.review(REPO, 1, "carol", "COMMENT")
    assert [review.state for review in hub.reader.reviews(1)] == ["APPROVED", "COMMENTED"]


def test_trap_37_an_approval_names_the_commit_it_was_given_on(hub):
    old = hub.stage.head
    hub.box.review(REPO, 1, "carol", "APPROVE")
    new = hub.box.commit(REPO, "feature", {"b": "1"}, author="bob")
    hub.box.review(REPO, 1, "carol", "APPROVE")
    assert [review.commit for review in hub.reader.reviews(1)] == [old, new]


@pytest.mark.parametrize("state", ["approved", "APPROVED"])
def test_trap_38_the_case_of_a_review_state_does_not_matter(github, state):
    path = "/repos/octocat/Hello-World/pulls/12/reviews"
    (plain,) = github.example("GET", path)
    github.answer("GET", path, [{**plain, "state": state}])
    repository = RepositoryRef(1, "octocat/Hello-World", 9001, 1)
    reader = Reader(client(), repository, 4242, "https://github.test", "a token")
    assert [review.state for review in reader.reviews(12)] == ["APPROVED"]


def test_trap_39_the_kind_of_account_behind_a_review_is_known(hub):
    hub.box.review(REPO, 1, "carol", "APPROVE")
    (review,) = hub.reader.reviews(1)
    carol = hub.box.find_account("carol")
    assert review.author == Account(carol.id, "carol")


def test_trap_40_rights_are_read_as_they_are_now(hub):
    bob = hub.box.find_account("bob")
    before = hub.reader.grants([Account(bob.id, "bob")])
    hub.box.grant(REPO, "bob", "none")
    after = hub.reader.grants([Account(bob.id, "bob")])
    assert (before, after) == (
        (Grant(bob.id, "write", "write"),),
        (Grant(bob.id, "read", "read"),),
    )


@pytest.mark.parametrize(("role", "old_word"), [("maintain", "write"), ("triage", "read")])
def test_trap_41_the_role_says_what_the_old_permission_does_not(hub, role, old_word):
    hub.box.grant(REPO, "mallory", role)
    mallory = hub.box.find_account("mallory")
    (grant,) = hub.reader.grants([Account(mallory.id, "mallory")])
    assert (grant.permission, grant.role) == (old_word, role)


def test_trap_44_a_pull_request_from_a_fork_is_found_and_read_through_the_base(hub):
    fork = hub.box.fork(REPO, "mallory")
    hub.box.commit(fork, "idea", {"new": "x"}, author="mallory")
    pull = hub.box.open_pull_request(REPO, "mallory:idea", author="mallory")
    hub.box.forget_requests()
    assert [each.number for each in hub.reader.siblings(Sha(pull.head_sha))] == [pull.number]
    assert {each.path.split("/")[2] for each in hub.box.requests if "/repos/" in each.path} == {
        "acme"
    }


def test_trap_45_a_deleted_head_repository_is_read_as_none(hub):
    fork = hub.box.fork(REPO, "mallory")
    hub.box.commit(fork, "idea", {"new": "x"}, author="mallory")
    pull = hub.box.open_pull_request(REPO, "mallory:idea", author="mallory")
    hub.box.delete_repo(fork)
    found = hub.reader.pull_request(pull.number)
    assert (found.pull_request.head_repository_id, found.head_sha) == (None, pull.head_sha)


# -- checks


def test_trap_49_more_than_fifty_annotations_go_in_batches_and_once(hub):
    remarks = tuple(Annotation("a", n, "failure", "t", "m") for n in range(1, 131))
    hub.box.fail_api("after", path=r"check-runs/\d+$", method="PATCH")
    hub.sink.create(output(hub, annotations=remarks))
    (run,) = runs(hub)
    assert [each["start_line"] for each in run.output.annotations] == list(range(1, 131))


def test_trap_50_a_text_over_the_limit_is_cut_and_says_so(hub):
    hub.sink.create(output(hub, summary="ü" * 70_000))
    (run,) = runs(hub)
    assert len(run.output.summary.encode()) <= 65_535
    assert "more characters" in run.output.summary


def test_trap_51_no_run_of_ours_has_buttons(hub):
    hub.sink.create(output(hub))
    (request,) = [each for each in hub.box.requests if each.path.endswith("check-runs")]
    assert "actions" not in request.body


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("is_required", [True, False])
def test_trap_53_nothing_is_ever_published_as_neutral_or_skipped(outcome, is_required):
    verdict = Verdict(GateName.CI, outcome, "X", "x", is_required=is_required)
    assert conclusion(verdict) in ("success", "failure", None)


def test_trap_55_a_forged_run_of_our_name_is_seen_as_somebody_elses(hub):
    forged = hub.box.post_check(REPO, hub.stage.head, "gatewright/merge", conclusion="success")
    ours = hub.sink.create(output(hub, name="gatewright/merge"))
    read = hub.reader.checks(head(hub), CheckQuery())
    assert [run.id for run in read.own] == [ours]
    assert [(run.id, run.app_slug) for run in read.checks.runs] == [(forged.id, "github-actions")]


def test_trap_56_the_names_of_our_checks_have_a_prefix_of_their_own():
    assert {check_name(gate).partition("/")[0] for gate in GateName} == {"gatewright"}


def test_trap_64_a_check_on_a_commit_github_does_not_know_is_an_error_for_the_job(hub):
    wanted = output(hub)
    hub.box.fail_api("status", path="check-runs$", method="POST", status=422)
    with pytest.raises(GitHubError) as refused:
        hub.sink.create(wanted)
    assert (type(refused.value), refused.value.status) == (GitHubError, 422)
    assert hub.sink.create(wanted) == runs(hub)[0].id


# -- installations and servers


def test_trap_75_a_suspended_installation_is_refused_at_once(hub):
    hub.box.suspend(hub.stage.installation)
    with pytest.raises(ForbiddenError, match="suspended"):
        hub.reader.pull_request(1)
    assert hub.waits.asked == []


def test_trap_76_a_missing_permission_is_named_by_githubs_own_words(hub):
    rights = {"metadata": "read", "pull_requests": "read"}
    hub.box.set_permissions(hub.stage.installation, rights)
    with pytest.raises(ForbiddenError, match="not accessible by integration"):
        hub.sink.create(output(hub))


def test_trap_79_lists_of_the_app_are_read_to_their_end(hub):
    for number in range(101):
        hub.box.add_repo(f"acme/r{number}", {})
    assert len(list(hub.github.repositories(hub.stage.installation.id))) == 102


def test_trap_80_a_secondary_limit_says_when_to_come_back(hub):
    hub.box.fail_api("secondary_limit", path="check-runs$", method="POST", retry_after=77)
    with pytest.raises(RateLimitedError) as limited:
        hub.sink.create(output(hub))
    waits = limited.value.until - hub.box.world.now()
    assert timedelta(seconds=70) < waits <= timedelta(seconds=77)
    assert runs(hub) == []


def test_trap_81_deliveries_are_asked_for_as_the_app(hub):
    list(hub.github.deliveries())
    (request,) = hub.box.requests
    assert (request.path, request.actor) == ("/app/hook/deliveries", f"app:{hub.box.app.slug}")


def test_trap_85_an_enterprise_server_has_a_path_and_no_rate_limits():
    base = "https://ghe.example.test/api/v3"
    clock = ManualClock()
    with mocked(base) as github:
        github.answer("GET", PULL)
        server = Client(Shared(base, clock), Auth.Token("x"), 9001)
        assert server.get(PULL)["number"] == 1347
        assert github.urls() == [f"{base}{PULL}"]
        assert server.shared.meter.remaining() == {}


def test_an_outage_of_github_is_told_apart_from_a_refusal(hub):
    hub.box.fail_api("status", path="pulls/1$", count=3, status=503)
    with pytest.raises(GitHubUnavailableError):
        hub.reader.pull_request(1)
