"""The deployment decision as a job can make it: GO only where nothing is left to ask anybody."""

import pytest

from tests.action.jobs import REPO

POLICY = """\
version: 1
deployments:
  environments:
    - {name: dev, tier: development, peer_review: false}
    - {name: staging, aliases: [stage], tier: staging, after: [dev]}
    - {name: production, tier: production, after: [staging]}
    - {name: frozen, tier: staging}
    - name: measured
      tier: development
      gates: {rules: [{name: coverage, at_least: 85, unit: percent}]}
  evidence: [{kind: coverage, workflow: .github/workflows/quality.yml}]
  freezes:
    - {start: Mon 00:00, end: Mon 00:00, timezone: UTC, reason: Always, environments: [frozen]}
"""
GRANTED = {
    "contents": "read",
    "pull_requests": "read",
    "deployments": "read",
    "actions": "read",
    "checks": "read",
    "statuses": "read",
}


@pytest.fixture
def main(box) -> str:
    """The tip of the default branch, with a policy that knows environments."""
    box.commit(REPO, "main", {".github/gatewright.yml": POLICY}, author="carol")
    for name in ("dev", "staging", "production", "frozen", "measured"):
        box.add_environment(REPO, name)
    return box.sha(REPO, "main")


def deployed(box, sha: str, environment: str, state: str) -> None:
    """Record a deployment as another workflow does."""
    made = box.ask_protection(REPO, box.start_workflow(REPO, sha), environment)
    box.set_deployment_status(REPO, made, state, "carol")


def decided(jobs, sha: str, environment: str):
    done = jobs.run("deploy", {}, sha=sha, environment=environment, token=jobs.token(GRANTED))
    return done, {
        each["name"]: each["code"]
        for each in done.report["conditions"]
        if each["outcome"] != "pass"
    }


@pytest.mark.parametrize(
    ("environment", "decision", "unmet"),
    [
        pytest.param("dev", "GO", {}, id="nothing stands in the way"),
        pytest.param(
            "stage", "PAUSE & FIX", {"order": "order_violation"}, id="what comes first is missing"
        ),
        pytest.param("frozen", "PAUSE & FIX", {"freeze": "frozen"}, id="nothing may go there now"),
        pytest.param(
            "nowhere",
            "PAUSE & FIX",
            {"environment": "unknown_environment"},
            id="the policy has no such place",
        ),
    ],
)
def test_a_merged_commit(jobs, main, environment, decision, unmet):
    done, found = decided(jobs, main, environment)
    assert (done.status, done.outputs["decision"], found) == (0, decision, unmet), done.said
    assert (done.verdict == "pass") == (decision == "GO")


@pytest.mark.parametrize(
    ("states", "decision"),
    [
        pytest.param(["success"], "GO", id="it was there"),
        pytest.param(["success", "failure"], "PAUSE & FIX", id="the newest attempt failed"),
        pytest.param(["failure", "success"], "GO", id="a later attempt was well"),
        pytest.param(["in_progress"], "PAUSE & FIX", id="it is still on its way"),
        pytest.param(["success", "inactive"], "PAUSE & FIX", id="it was taken away again"),
    ],
)
def test_T51_the_newest_attempt_on_the_environment_before_counts(jobs, box, main, states, decision):
    for state in states:
        deployed(box, main, "dev", state)
    done, _ = decided(jobs, main, "staging")
    assert done.outputs["decision"] == decision, done.summary


def test_production_is_never_let_go_without_the_record_of_who_agreed(jobs, box, main):
    deployed(box, main, "staging", "success")
    done, found = decided(jobs, main, "production")
    assert (done.outputs["decision"], done.verdict) == ("SHADOW ONLY", "error")
    assert found == {"sign-offs": "approval_required"}
    assert "/deploy production" in done.summary


def test_gates_that_ask_for_evidence_are_not_passed_over(jobs, main):
    done, found = decided(jobs, main, "measured")
    assert (done.outputs["decision"], found) == ("SHADOW ONLY", {"gates": "gate_inconclusive"})
    assert "`coverage`" in done.summary


def head(box, main: str, *, approved: bool) -> str:
    box.commit(REPO, "fix", {"src/a.py": "a = 2\n"}, author="ann", parents=(main,))
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    if approved:
        box.review(REPO, pull, "bob")
    return pull.head_sha


@pytest.mark.parametrize(
    ("approved", "decision", "unmet"),
    [
        pytest.param(True, "PAUSE & FIX", {"order": "order_violation"}, id="that passes"),
        pytest.param(
            False,
            "PAUSE & FIX",
            {"merge gates": "gate_inconclusive", "order": "order_violation"},
            id="that waits for its approval",
        ),
    ],
)
def test_the_head_of_an_open_pull_request(jobs, box, main, *, approved, decision, unmet):
    done, found = decided(jobs, head(box, main, approved=approved), "staging")
    assert (done.outputs["decision"], found) == (decision, unmet)


def test_a_head_goes_where_no_review_is_asked_for(jobs, box, main):
    done, _ = decided(jobs, head(box, main, approved=False), "dev")
    assert done.outputs["decision"] == "GO"


def test_a_commit_that_nobody_can_vouch_for(jobs, box, main):
    stray = box.commit(REPO, "stray", {"src/a.py": "a = 9\n"}, author="ann")
    done, found = decided(jobs, box.sha(REPO, "stray"), "dev")
    assert stray
    assert (done.outputs["decision"], found) == ("PAUSE & FIX", {"commit": "sha_not_protected"})


def test_an_environment_that_github_would_only_make_now(jobs, box):
    box.commit(REPO, "main", {".github/gatewright.yml": POLICY}, author="carol")
    done, found = decided(jobs, box.sha(REPO, "main"), "dev")
    assert (done.outputs["decision"], found) == (
        "PAUSE & FIX",
        {"environment": "environment_unprotected"},
    )


def test_a_policy_that_cannot_be_read_is_no_yes(jobs, box):
    box.commit(REPO, "main", {".github/gatewright.yml": "version: 2\n"}, author="carol")
    done, found = decided(jobs, box.sha(REPO, "main"), "dev")
    assert (done.outputs["decision"], found) == ("SHADOW ONLY", {"policy": "policy_invalid"})


@pytest.mark.parametrize("sha", ["main", "abc1234", "HEAD", "A" * 40, ""])
def test_a_name_that_may_mean_another_commit_tomorrow_is_refused(jobs, main, sha):
    done = jobs.run("deploy", {}, sha=sha, environment="dev")
    assert (done.status, done.outputs) == (2, {})
