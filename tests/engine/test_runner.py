from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.engine.runner import MAX_STARTS, MAX_TELLINGS, Runner, Settled, SupersededError
from app.engine.scheduler import RETRY_AFTER, Scheduler
from app.errors import ForbiddenError, GitHubUnavailableError, RateLimitedError
from app.store import subjects
from app.store.subjects import Want
from tests.bot import ListQueue

KEY = "pull_request:1#7"
WANT = Want(KEY, "pull_request", 9, 1, "test")


class Stage:
    """A runner with one handler whose behaviour a test sets."""

    def __init__(self, database, clock) -> None:
        self.database, self.clock = database, clock
        self.queue = ListQueue()
        self.scheduler = Scheduler(self.queue, clock)
        self.failures: list[tuple[str, bool]] = []
        self.handle = lambda job: Settled()
        self.runner = Runner(
            database=database,
            scheduler=self.scheduler,
            handlers={"pull_request": self._handle},
            on_failure=lambda _c, _job, reason, parked: self.failures.append((reason, parked)),
            now=clock,
            show_failure=self._show,
        )
        self.shown: list[tuple[str, bool]] = []
        self.show = lambda: None
        self.ask()

    def _handle(self, job):
        return self.handle(job)

    def _show(self, job, reason, parked) -> None:
        self.show()
        self.shown.append((reason, parked))

    def keeps_dying(self) -> None:
        """Let as many workers die on the subject as are allowed."""
        with self.database.write() as connection:
            for _ in range(MAX_STARTS):
                subjects.take(connection, KEY, self.clock())

    def cannot_show(self, error: Exception) -> None:
        def show() -> None:
            raise error

        self.show = show

    def ask(self) -> None:
        with self.database.write() as connection:
            self.scheduler.want(connection, [WANT])

    def raising(self, error: Exception) -> None:
        def handle(job):
            raise error

        self.handle = handle

    def run(self) -> str:
        return self.runner.run(KEY)

    def standing(self):
        with self.database.read() as connection:
            found = subjects.standings(connection, include_done=True)
        return found[0]


@pytest.fixture
def stage(database, clock) -> Stage:
    return Stage(database, clock)


def test_a_job_that_ends_well_is_done(stage):
    assert (stage.run(), stage.standing().state) == ("done", "done")


def test_a_handler_can_ask_to_be_woken(stage):
    stage.handle = lambda job: Settled(stage.clock() + timedelta(hours=1))
    assert (stage.run(), stage.standing().state) == ("done", "sleeping")


@pytest.mark.parametrize("urgent", [True, False])
def test_a_subject_that_rests_keeps_its_bad_news_and_nothing_else(stage, urgent):
    seen = []

    def handle(job):
        seen.append(job.urgent)
        return Settled(rests=True)

    stage.handle = handle
    with stage.database.write() as connection:
        stage.scheduler.want(connection, [replace(WANT, urgent=urgent)])
    first = (stage.run(), stage.standing().state, stage.standing().error)
    stage.ask()
    stage.run()
    assert (first, seen) == (("done", "done", None), [urgent, urgent])


def test_a_failed_job_is_tried_again_later_and_recorded(stage):
    stage.raising(GitHubUnavailableError("GitHub did not answer"))
    assert (stage.run(), stage.standing().state) == ("failed", "sleeping")
    assert stage.failures == [("GitHub did not answer", False)]


def test_a_job_that_always_fails_is_parked_with_its_error(stage):
    stage.raising(GitHubUnavailableError("GitHub did not answer"))
    outcomes = []
    for _ in range(len(RETRY_AFTER) + 1):
        outcomes.append(stage.run())
        stage.ask()
    found = stage.standing()
    assert outcomes == ["failed"] * len(RETRY_AFTER) + ["parked"]
    assert (found.error, stage.failures[-1]) == (
        "GitHub did not answer",
        ("GitHub did not answer", True),
    )


def test_success_forgets_earlier_failures(stage):
    stage.raising(GitHubUnavailableError("GitHub did not answer"))
    stage.run()
    stage.handle = lambda job: Settled()
    stage.ask()
    stage.run()
    assert (stage.standing().attempts, stage.standing().error) == (0, None)


def test_24_a_rate_limit_hands_the_job_back_and_is_no_failure(stage):
    stage.raising(RateLimitedError(stage.clock() + timedelta(minutes=30), "primary"))
    assert stage.run() == "deferred"
    found = stage.standing()
    assert (found.state, found.attempts, stage.failures) == ("sleeping", 0, [])
    with stage.database.write() as connection:
        stage.clock.forward(minutes=29)
        early = stage.scheduler.wake(connection)
        stage.clock.forward(minutes=2)
        late = stage.scheduler.wake(connection)
    assert (early, late) == (0, 1)


def test_46_a_foreign_error_shows_its_type_and_never_its_text(stage):
    stage.raising(ValueError("token ghs_abc in here"))
    stage.run()
    assert stage.standing().error == "internal error (ValueError)"


def test_a_job_that_was_taken_over_writes_nothing(stage):
    stage.raising(SupersededError(KEY))
    assert (stage.run(), stage.failures) == ("superseded", [])


DIED = (f"the worker died {MAX_STARTS} times on it", True)
DOWN = GitHubUnavailableError("GitHub is down")


def test_a_job_whose_worker_keeps_dying_is_parked_and_people_are_told(stage):
    stage.keeps_dying()
    stage.raising(AssertionError("the handler must not be called again"))
    assert (stage.run(), stage.standing().state) == ("parked", "parked")
    assert (stage.shown, stage.failures) == ([DIED], [DIED])


def test_nothing_is_parked_before_people_are_told(stage):
    stage.keeps_dying()
    stage.raising(AssertionError("the handler must not be called again"))
    stage.cannot_show(DOWN)
    down = (stage.run(), stage.standing().state, tuple(stage.shown))
    stage.show = lambda: None
    stage.ask()
    assert (down, stage.run()) == (("failed", "sleeping", ()), "parked")
    assert stage.shown == [DIED]


def test_a_worker_that_dies_of_telling_people_does_not_do_so_for_ever(stage):
    stage.keeps_dying()
    with stage.database.write() as connection:
        for _ in range(MAX_TELLINGS):
            subjects.take(connection, KEY, stage.clock())
    assert (stage.run(), stage.shown) == ("parked", [])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        pytest.param(DOWN, "failed", id="GitHub is down"),
        pytest.param(ForbiddenError("no right to write checks", 403), "parked", id="no right"),
    ],
)
def test_the_last_failure_is_shown_before_the_job_is_parked(stage, error, outcome):
    stage.raising(GitHubUnavailableError("GitHub did not answer"))
    for _ in RETRY_AFTER:
        stage.run()
        stage.ask()
    stage.cannot_show(error)
    untold = stage.run()
    stage.show = lambda: None
    stage.ask()
    assert (untold, stage.run()) == (outcome, "parked" if outcome == "failed" else "failed")


def test_after_a_new_event_a_parked_job_has_all_its_starts_again(stage):
    stage.keeps_dying()
    stage.run()
    stage.ask()
    assert stage.run() == "done"


def test_a_database_outage_is_waited_out(stage, monkeypatch):
    pauses = []
    monkeypatch.setattr("app.engine.runner.time.sleep", pauses.append)
    errors = [sa.exc.OperationalError("x", {}, Exception("away")) for _ in range(3)]

    def handle(job):
        if errors:
            raise errors.pop()
        return Settled()

    stage.handle = handle
    assert (stage.run(), pauses) == ("done", [0.5, 1.0, 2.0])


def test_the_next_waiting_subject_follows_a_finished_job(stage):
    stage.scheduler = Scheduler(stage.queue, stage.clock, share=1)
    other = Want("pull_request:1#8", "pull_request", 9, 1, "test")
    with stage.database.write() as connection:
        stage.scheduler.want(connection, [other])
    stage.queue.tickets.clear()
    stage.run()
    assert [key for _, key in stage.queue.tickets] == [other.key]
