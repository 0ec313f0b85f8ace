"""The job that asks GitHub to send again what never arrived."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

import structlog

from app.engine.runner import Settled
from app.errors import GitHubError, GitHubUnavailableError, RateLimitedError
from app.ports import AppAccount, Clock, DeliverySeen
from app.store import deliveries, lost
from app.store.database import Database
from app.store.subjects import Taken

# How long GitHub keeps deliveries and redelivers them on request:
# https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
_KEPT = timedelta(days=3)
_ON_THE_WAY = timedelta(minutes=2)
# Deliveries may be listed late: what was looked through lately is looked through again.
_OVERLAP = timedelta(minutes=30)
_LAST_ATTEMPTS = timedelta(days=1)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Redelivery:
    """Compares GitHub's list of deliveries with our ledger, from where the last run ended."""

    database: Database
    app: AppAccount
    now: Clock
    every: timedelta

    def lost_deliveries(self, job: Taken) -> Settled:
        """Note what is not in our ledger, and ask for all that was noted until it arrives."""
        del job
        now = self.now()
        recent = _Recent(self.app.deliveries(), self._since(now))
        asked = set[str]()
        # Asked for as the list is read: a busy App's list may be too long to be read to its end.
        for chunk in recent.chunks():
            self._note_missing(chunk, now - _ON_THE_WAY)
            self._ask(now, asked)
        self._ask(now, asked)
        self._end(now, is_whole=recent.is_whole)
        return Settled(self.now() + self.every)

    def _since(self, now: datetime) -> datetime:
        with self.database.read() as connection:
            reached = lost.read_to(connection)
        oldest = now - _KEPT
        return oldest if reached is None else max(oldest, reached - _OVERLAP)

    def _note_missing(self, seen: Sequence[DeliverySeen], newest: datetime) -> None:
        """Note what never arrived; the newest may be on their way."""
        with self.database.read() as connection:
            known = deliveries.known_guids(connection, [each.guid for each in seen])
        missing = [each for each in seen if each.guid not in known and each.delivered_at < newest]
        if missing:
            with self.database.write() as connection:
                lost.note(connection, missing)

    def _end(self, now: datetime, *, is_whole: bool) -> None:
        """Forget what arrived or is lost for good, and note how far this run has come.

        What is too old to be asked for stays a while: its last attempts are listed later than it.
        """
        with self.database.write() as connection:
            gone = lost.forget(connection, now - _KEPT - _LAST_ATTEMPTS)
            if is_whole:
                lost.set_read_to(connection, now - _ON_THE_WAY)
        if gone:
            structlog.get_logger().error("deliveries lost for good", count=gone)

    def _ask(self, now: datetime, asked: set[str]) -> None:
        """Ask once a run for each GUID; what GitHub refuses now is asked for the next time."""
        with self.database.read() as connection:
            missing = lost.noted(connection, now - _KEPT)
        for delivery in missing:
            if delivery.guid in asked:
                continue
            asked.add(delivery.guid)
            try:
                self.app.redeliver(delivery.id)
            except (GitHubUnavailableError, RateLimitedError):
                raise
            except GitHubError as error:
                structlog.get_logger().warning("redelivery refused", why=str(error))


class _Recent:
    """The newest part of GitHub's list; `is_whole` unless an error ended it too early."""

    def __init__(self, listed: Iterator[DeliverySeen], since: datetime) -> None:
        self._recent = takewhile(lambda each: each.delivered_at >= since, listed)
        self.is_whole = True

    def chunks(self) -> Iterator[list[DeliverySeen]]:
        """Yield the next hundred; what was read before the list broke off is not lost."""
        while chunk := list(self._some()):
            yield chunk

    def _some(self) -> Iterator[DeliverySeen]:
        try:
            yield from islice(self._recent, _AT_ONCE)
        except (GitHubUnavailableError, RateLimitedError):
            raise
        except GitHubError as error:
            # A list longer than we ever read has no status: its end stays out of reach.
            self.is_whole = self.is_whole and error.status is None
            structlog.get_logger().warning("list of deliveries cut short", why=str(error))
