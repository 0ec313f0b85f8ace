"""The seven traps of act: each could let a broken action look well, or a sound one broken."""

import pytest

from tests.action.act import Consumer
from tests.action.jobs import REPO, WHOLE, pull_event
from tests.action.samples import sample
from tests.scan.fakes import github_token

SHOW = """\
on: push
permissions: {{}}
jobs:
  show:
    runs-on: {runs_on}
    steps:
      - run: env
      - run: echo "[${{{{ secrets.PLANTED }}}}] [${{{{ vars.PLANTED }}}}] [$PLANTED]"
"""
PLANTED = {".secrets": "PLANTED=s\n", ".vars": "PLANTED=v\n", ".env": "PLANTED=e\n"}


@pytest.fixture
def consumer(box, jobs, tmp_path) -> Consumer:
    folder = tmp_path / "consumer"
    folder.mkdir()
    return Consumer(folder, box.url, jobs.token(WHOLE), {})


def leak(box, path: str = "src/b.py"):
    box.commit(REPO, "leak", {path: f'T = "{github_token("trap")}"\n'}, author="ann")
    return box.open_pull_request(REPO, "leak", author="ann", title="fix")


def test_trap_1_what_a_failing_gate_says_is_never_lost(consumer, box):
    """It is said by a step that ends well; ten runs, since a loss is a matter of chance."""
    event = pull_event(box, leak(box))
    lost = []
    for number in range(10):
        folder = consumer.folder / str(number)
        folder.mkdir()
        again = Consumer(folder, consumer.api, consumer.token, {})
        ran = again.run(sample("secrets"), "pull_request_target", event)
        assert ran.job("gate") == "failure"
        lost += [number] if len(ran.annotations("gate")) != 2 else []
    assert lost == []


def test_trap_2_a_job_that_never_ran_is_no_success(consumer):
    ran = consumer.run(SHOW.format(runs_on="windows-2025"), "push", {})
    assert ran.status == 0
    with pytest.raises(AssertionError, match="show did not run"):
        ran.job("show")


def test_trap_3_inputs_arrive_without_the_variables_that_act_alone_sets(consumer, box):
    """`INPUT_ENFORCE` says the opposite of the input, and is not asked."""
    text = sample("secrets").replace(
        "# v1.0.0\n", "# v1.0.0\n        env:\n          INPUT_ENFORCE: false\n"
    )
    ran = consumer.run(text, "pull_request_target", pull_event(box, leak(box)))
    assert ran.job("gate") == "failure"


def test_trap_4_the_environment_of_whoever_runs_the_tests_reaches_no_step(consumer, monkeypatch):
    monkeypatch.setenv("CANARY_OF_THE_CALLER", "sings")
    ran = consumer.run(SHOW.format(runs_on="ubuntu-24.04"), "push", {})
    assert (ran.job("show"), "sings" in ran.log("show")) == ("success", False)


def test_trap_5_files_that_act_reads_by_itself_are_not_read(consumer):
    ran = consumer.run(SHOW.format(runs_on="ubuntu-24.04"), "push", {}, files=PLANTED)
    assert "[] [] []" in ran.log("show")


def test_trap_6_a_path_that_looks_like_a_command_stays_a_path(consumer, box):
    path = "src/a,line=9%3A%3Ab%0A.py"
    ran = consumer.run(sample("secrets"), "pull_request_target", pull_event(box, leak(box, path)))
    # What is written counts: act undoes the escapes in another order than a runner.
    assert "::error file=src/a%2Cline=9%253A%253Ab%250A.py,line=1,title=" in ran.log("gate")
    assert len(ran.annotations("gate")) == 2


def test_trap_7_a_token_that_would_mask_half_the_log_is_refused(consumer):
    with pytest.raises(AssertionError, match="masks"):
        Consumer(consumer.folder, consumer.api, "a", {}).run(SHOW, "push", {})
