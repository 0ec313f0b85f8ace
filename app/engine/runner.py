"""Runs one job: takes the subject under a new epoch, calls its handler, settles the outcome."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog

from app.engine.scheduler import RETRY_AFTER, Scheduler, retry_at
from app.errors import GatewrightError, GitHubUnavailableError, RateLimitedError
from app.store import subjects
from app.store.database import AWAY, Database
from app.store.subjects import Taken

MAX_STARTS = 20
# How often people are told that a worker keeps dying, should it die of telling them.
MAX_TELLINGS = 10


class SupersededError(GatewrightError):
    """Another worker has taken the subject over; nothing more may be written for it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a handler leaves behind: when time alone makes the subject worth another look.

    A subject `rests` when nothing could be done about it: its news is kept for the next job.
    """

    wake_at: datetime | None = None
    rests: bool = False


Handler = Callable[[Taken], Settled]
OnFailure = Callable[[sa.Connection, Taken, str, bool], None]
ShowFailure = Callable[[Taken, str, bool], None]


@dataclass(frozen=True, slots=True)
class Runner:
    """The body of every durable job; it keeps nothing between runs.

    `on_failure` records a failed attempt in the transaction that settles it, `show_failure`
    tells people about it beforehand, as far as that is possible.
    """

    database: Database
    scheduler: Scheduler
    handlers: Mapping[str, Handler]
    on_failure: OnFailure
    now: Callable[[], datetime]
    show_failure: ShowFailure = lambda _job, _reason, _parked: None

    def run(self, key: str) -> str:
        """Work on a subject until it is settled; a database outage is waited out."""
        pause = 0.5
        while True:
            try:
                return self._once(key)
            except AWAY:
                structlog.get_logger().warning("database away", key=key, retry_in=pause)
                time.sleep(pause)
                pause = min(pause * 2, 15)

    def _once(self, key: str) -> str:
        with self.database.write() as connection:
            job = subjects.take(connection, key, self.now())
        if job is None:
            return "parked"
        return self._handle(job) if job.starts <= MAX_STARTS else self._give_up(job)

    def _handle(self, job: Taken) -> str:
        log = structlog.get_logger().bind(key=job.key, epoch=job.epoch)
        try:
            settled = self.handlers[job.kind](job)
        except SupersededError:
            log.info("superseded")
            return "superseded"
        except RateLimitedError as error:
            log.warning("rate limited", until=error.until.isoformat())
            return self._defer(job, error)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - the one place where a job's failure ends
            log.warning("job failed", error=type(error).__name__, detail=describe(error))
            return self._fail(job, describe(error))
        return self._finish(job, settled)

    def _finish(self, job: Taken, settled: Settled) -> str:
        with self.database.write() as connection:
            if settled.rests:
                kept = subjects.rest(connection, job)
            else:
                kept = subjects.finish(connection, job, settled.wake_at)
            self.scheduler.release(connection, job.installation_id)
        return "done" if kept else "superseded"

    def _defer(self, job: Taken, error: RateLimitedError) -> str:
        self._show(job, str(error), parked=False)
        with self.database.write() as connection:
            subjects.defer(connection, job, str(error), error.until)
            self.scheduler.release(connection, job.installation_id)
        return "deferred"

    def _fail(self, job: Taken, reason: str) -> str:
        again = retry_at(job, self.now())
        is_shown = self._show(job, reason, parked=again is None)
        if again is None and not is_shown:
            again = self.now() + RETRY_AFTER[-1]
        with self.database.write() as connection:
            if subjects.fail(connection, job, reason, again):
                self.on_failure(connection, job, reason, again is None)
            self.scheduler.release(connection, job.installation_id)
        return "failed" if again else "parked"

    def _show(self, job: Taken, reason: str, *, parked: bool) -> bool:
        """Show the failure; False when that may work later, so that no old success is left."""
        try:
            self.show_failure(job, reason, parked)
        except GatewrightError as error:
            structlog.get_logger().warning("failure not shown", key=job.key, why=describe(error))
            return not isinstance(error, GitHubUnavailableError | RateLimitedError)
        return True

    def _give_up(self, job: Taken) -> str:
        """Park what workers die of, once people are told; its handler is not called again."""
        reason = f"the worker died {MAX_STARTS} times on it"
        is_told = job.starts > MAX_STARTS + MAX_TELLINGS or self._show(job, reason, parked=True)
        again = None if is_told else self.now() + RETRY_AFTER[-1]
        with self.database.write() as connection:
            if subjects.fail(connection, job, reason, again, starts=0 if is_told else job.starts):
                self.on_failure(connection, job, reason, is_told)
            self.scheduler.release(connection, job.installation_id)
        return "parked" if is_told else "failed"


def describe(error: Exception) -> str:
    """Say what went wrong in one line; foreign errors may quote strangers, so only their type."""
    if isinstance(error, GitHubUnavailableError | GatewrightError):
        return " ".join(str(error).split())[:500]
    return f"internal error ({type(error).__name__})"
