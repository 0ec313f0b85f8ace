"""The whole merge gate in one job: the same core as the App's, read with the job's own token."""

import pytest

from app.core.verdict import Outcome
from tests.action.jobs import REPO, WHOLE, group_event, pull_event
from tests.scan.fakes import github_token

POLICY = ".github/gatewright.yml"
CI = "version: 1\ngates:\n  ci:\n    required: [{name: unit, app: github-actions}]\n"
EVERY_CHECK = "version: 1\ngates:\n  ci: {all: true, settle: 1h}\n"


def green(box, sha: str, name: str = "unit"):
    return box.post_check(REPO, sha, name, status="completed", conclusion="success")


def leak(box, branch: str = "leak"):
    """A pull request whose only commit holds a credential."""
    token = github_token("of the action")
    box.commit(REPO, branch, {"src/settings.py": f'a = 1\nTOKEN = "{token}"\n'}, author="ann")
    return box.open_pull_request(REPO, branch, author="ann", title="fix: settings"), token


def test_a_good_pull_request_passes(jobs, box, pull):
    done = jobs.run("all", pull_event(box, pull))
    assert (done.status, done.annotations) == (0, [])
    assert {name: done.outputs[name] for name in ("verdict", "decision", "findings", "failed")} == {
        "verdict": "pass",
        "decision": "GO",
        "findings": "0",
        "failed": "[]",
    }
    assert "All 5 gates pass" in done.summary


def test_a_credential_fails_and_is_told_where_it_is_but_never_shown(jobs, box):
    pull, token = leak(box)
    done = jobs.run("all", pull_event(box, pull))
    assert (done.status, done.verdict, done.outputs["decision"]) == (0, "fail", "PAUSE & FIX")
    assert done.outputs["failed"] == '["secrets", "approval"]'
    assert done.annotations[0].startswith("::error file=src/settings.py,line=2,title=github-token")
    assert token not in done.summary + done.said + str(done.report)
    assert done.report["judgement"]["gates"]["secrets"]["code"] == "SECRETS_FOUND"


def test_an_approval_that_is_missing_is_pending_and_no_yes(jobs, box):
    box.commit(REPO, "fix", {"src/a.py": "a = 2\n"}, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    done = jobs.run("all", pull_event(box, pull))
    assert (done.status, done.verdict, done.outputs["decision"]) == (0, "pending", "SHADOW ONLY")
    assert done.annotations == [
        "::error title=Gatewright::Waiting for approval (4 of 5 gates pass)"
    ]


def test_where_nothing_is_enforced_nothing_is_an_error(jobs, box):
    pull, _ = leak(box)
    done = jobs.run("all", pull_event(box, pull), enforce="false")
    assert [line.split()[0] for line in done.annotations] == ["::warning", "::warning"]


def test_the_policy_of_the_base_judges_whatever_the_pull_request_writes_into_its_own(jobs, box):
    box.commit(REPO, "main", {POLICY: CI}, author="carol")
    loose = "version: 1\ngates:\n  approval:\n    rules: [{id: none, count: 0}]\n"
    box.commit(REPO, "fix", {POLICY: loose}, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: gate")
    done = jobs.run("all", pull_event(box, pull))
    assert done.report["judgement"]["policy"]["source"] == POLICY
    assert {"ci", "approval"} <= set(
        done.outputs["failed"].strip("[]").replace('"', "").split(", ")
    )


@pytest.mark.parametrize(
    ("config", "verdict", "told"),
    [
        pytest.param("policies/strict.yml", "pending", "unit", id="another file of the base"),
        pytest.param(
            "policies/none.yml", "error", "no such policy file", id="a file that is not there"
        ),
        pytest.param("policies", "error", "ordinary file", id="a folder"),
    ],
)
def test_another_policy_file_can_be_named_and_its_absence_is_no_default(
    jobs, box, pull, *, config, verdict, told
):
    box.commit(REPO, "main", {"policies/strict.yml": CI}, author="carol")
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    done = jobs.run("gate ci", pull_event(box, pull), config=config)
    assert (done.verdict, told in done.summary) == (verdict, True), done.summary


@pytest.mark.parametrize("config", ["/etc/passwd", "../x.yml", "a/../../x", "a b.yml", "a\nb"])
def test_a_path_that_leads_out_of_the_repository_is_refused(jobs, box, pull, config):
    done = jobs.run("all", pull_event(box, pull), config=config)
    assert (done.status, done.outputs) == (2, {})


def test_only_the_chosen_gates_are_judged_and_decide(jobs, box):
    box.commit(REPO, "fix", {"src/a.py": "a = 2\n"}, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    done = jobs.run("all", pull_event(box, pull), gates="secrets, freshness")
    assert (done.verdict, sorted(done.report["judgement"]["gates"])) == (
        "pass",
        ["freshness", "secrets"],
    )


def test_a_gate_that_does_not_exist_is_named(jobs, box, pull):
    done = jobs.run("all", pull_event(box, pull), gates="secret")
    assert done.status == 2
    assert "no gate with 'secret'; known are ci, compliance" in done.said


def test_the_head_that_moved_is_not_judged_under_the_name_of_the_old_one(jobs, box, pull):
    event = pull_event(box, pull)
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    done = jobs.run("all", event)
    assert (done.status, done.verdict) == (0, "error")
    assert "the head moved" in done.said


def test_a_head_that_two_pull_requests_share_is_as_good_as_the_worse_of_them(jobs, box, pull):
    box.commit(REPO, "release", {"src/c.py": "c = 1\n"}, author="carol")
    worse = box.open_pull_request(REPO, "fix", author="ann", title="fix", base="release")
    done = jobs.run("gate freshness", pull_event(box, pull))
    assert (done.verdict, list(done.report["others"])) == ("fail", [str(worse.number)])
    assert f"Same head commit as #{worse.number}: not passing" in done.said


def test_the_pusher_of_the_head_cannot_approve_it(jobs, box):
    box.commit(REPO, "fix", {"src/a.py": "a = 2\n"}, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    box.review(REPO, pull, "bob")
    own = jobs.run("gate approval", pull_event(box, pull, "synchronize", "bob"))
    foreign = jobs.run("gate approval", pull_event(box, pull, "synchronize", "ann"))
    assert (own.verdict, own.outputs["approved-by"]) == ("pending", "[]")
    assert (foreign.verdict, foreign.outputs["approved-by"]) == ("pass", '["bob"]')


def test_the_jobs_own_check_does_not_wait_for_itself(jobs, box, pull):
    box.commit(REPO, "main", {POLICY: EVERY_CHECK}, author="carol")
    box.commit(
        REPO, "other", {"src/b.py": "b = 2\n"}, author="ann", parents=(box.sha(REPO, "main"),)
    )
    pull = box.open_pull_request(REPO, "other", author="ann", title="fix: b")
    tests, gate = (box.start_workflow(REPO, pull.head_sha) for _ in range(2))
    box.post_check_in(REPO, tests.suite, "unit", status="completed", conclusion="success")
    box.finish_workflow(REPO, tests)
    own = box.post_check_in(REPO, gate.suite, "Gatewright (action)", status="in_progress")
    event = pull_event(box, pull)
    known = jobs.run("gate ci", event, check_run=str(own.id))
    unknown = jobs.run("gate ci", event)
    own_suite = f"suite {gate.suite.id} of app 15368"
    told = [own_suite in done.outputs["missing"] for done in (known, unknown)]
    assert told == [False, True]


def test_a_workflow_with_other_jobs_beside_the_gate_is_waited_for(jobs, box):
    box.commit(REPO, "main", {POLICY: EVERY_CHECK}, author="carol")
    box.commit(
        REPO, "other", {"src/b.py": "b = 2\n"}, author="ann", parents=(box.sha(REPO, "main"),)
    )
    pull = box.open_pull_request(REPO, "other", author="ann", title="fix: b")
    run = box.start_workflow(REPO, pull.head_sha)
    box.post_check_in(REPO, run.suite, "unit", status="in_progress")
    own = box.post_check_in(REPO, run.suite, "Gatewright (action)", status="in_progress")
    done = jobs.run("gate ci", pull_event(box, pull), check_run=str(own.id))
    assert "`unit`" in done.outputs["missing"]
    assert f"suite {run.suite.id} of app 15368" in done.outputs["missing"]


def queue_policy(box) -> None:
    box.commit(REPO, "main", {POLICY: CI}, author="carol")


def member(box, branch: str, path: str):
    box.commit(REPO, branch, {path: "x = 2\n"}, author="ann")
    made = box.open_pull_request(REPO, branch, author="ann", title=f"fix: {path}")
    green(box, made.head_sha)
    box.review(REPO, made, "bob")
    return made


@pytest.mark.parametrize(
    ("approved", "verdict"),
    [
        pytest.param(True, "pass", id="all of them pass"),
        pytest.param(False, "fail", id="one lacks its approval"),
    ],
)
def test_a_merge_group_is_judged_by_its_own_checks_and_each_of_its_pull_requests(
    jobs, box, approved, verdict
):
    queue_policy(box)
    first, second = member(box, "one", "src/a.py"), member(box, "two", "src/b.py")
    if not approved:
        box.review(REPO, second, "bob", "REQUEST_CHANGES", "No.")
    group = box.enqueue(REPO, first, second)
    green(box, group.head_sha)
    done = jobs.run("all", group_event(group))
    assert (done.status, done.verdict) == (0, verdict), done.summary
    held = done.report["judgement"]["gates"]["approval"]
    assert len(held["counted"]) == (2 if approved else 0)


def test_a_group_on_top_of_another_one_holds_the_pull_requests_of_both(jobs, box):
    queue_policy(box)
    first, second = member(box, "one", "src/a.py"), member(box, "two", "src/b.py")
    below = box.enqueue(REPO, first)
    above = box.enqueue(REPO, second)
    assert below.head_sha != above.head_sha
    green(box, above.head_sha)
    done = jobs.run("all", group_event(above))
    assert done.verdict == "pass", done.summary
    assert len(done.report["judgement"]["gates"]["approval"]["counted"]) == 2


@pytest.mark.parametrize("missing", sorted({"pull_requests", "contents"}))
def test_a_job_without_a_permission_cannot_tell_and_says_which(jobs, box, pull, missing):
    held = {name: level for name, level in WHOLE.items() if name != missing}
    done = jobs.run("all", pull_event(box, pull), token=jobs.token(held))
    assert (done.status, done.verdict) == (0, "error")
    assert done.annotations


def test_a_token_that_may_not_read_checks_is_told_the_scope_to_add(jobs, box, pull):
    box.commit(REPO, "main", {POLICY: CI}, author="carol")
    held = {"contents": "read", "pull_requests": "read"}
    done = jobs.run("gate ci", pull_event(box, pull), token=jobs.token(held))
    assert done.verdict == "error"
    assert "add `checks: read` and `statuses: read` to the `permissions` of the job" in done.summary


def test_an_event_without_a_pull_request_needs_its_number(jobs, box, pull):
    refused = jobs.run("all", {"ref": "refs/heads/main"})
    named = jobs.run("all", {"inputs": {}}, pull_request=str(pull.number))
    assert (refused.status, refused.outputs, named.verdict) == (2, {}, "pass")


@pytest.mark.parametrize("name", ["workflow_run", "check_suite", "check_run"])
def test_other_events_name_a_commit_and_github_its_pull_request(jobs, box, pull, name):
    done = jobs.run("all", {name: {"head_sha": pull.head_sha, "pull_requests": []}})
    assert done.verdict == "pass"


def test_it_waits_for_checks_as_long_as_it_is_told(jobs, box, pull, monkeypatch):
    box.commit(REPO, "main", {POLICY: CI}, author="carol")
    box.commit(
        REPO, "other", {"src/b.py": "b = 2\n"}, author="ann", parents=(box.sha(REPO, "main"),)
    )
    pull = box.open_pull_request(REPO, "other", author="ann", title="fix: b")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        green(box, pull.head_sha)

    monkeypatch.setattr("app.action.door.sleep", pause)
    done = jobs.run("gate ci", pull_event(box, pull), wait="1")
    at_once = jobs.run("gate ci", {**pull_event(box, pull)}, wait="0")
    assert (done.verdict, at_once.verdict, len(pauses)) == ("pass", "pass", 1)


def test_the_report_holds_the_judgement_in_its_published_form(jobs, box, pull):
    document = jobs.run("all", pull_event(box, pull)).report
    assert (document["schema"], document["verdict"]) == ("gatewright/report/1", Outcome.PASS)
    assert document["judgement"]["schema"] == "gatewright/judgement/1"
    assert set(document["judgement"]) >= {"subject", "policy", "facts", "engine", "gates", "merge"}
