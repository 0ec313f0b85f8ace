"""Brings what people see of an incident to what is recorded of it: its issue, its calls, its end.

The job looks and acts level by level; each step is recorded first and may be repeated, so a worker
may die between any two of them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.audit.log import AuditLog
from app.core.deploy.history import CLOSING
from app.core.incidents import paging
from app.core.incidents.life import Origin, closes
from app.core.policy.incidents import Incidents as Policy
from app.core.text import shorten
from app.engine.runner import Settled, SupersededError
from app.errors import ForbiddenError, NotFoundError
from app.ports import Clock
from app.ports.issues import IssueOrder
from app.ports.pager import Pager
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.scene import Ground, Stage
from app.service.incidents import page
from app.service.incidents.book import Book
from app.service.incidents.calls import Caller
from app.service.incidents.dossier import Dossier, dossier
from app.service.incidents.hand_off import HandOff
from app.service.incidents.pager import Paging
from app.store import incidents, registry, subjects
from app.store.database import Database
from app.store.incidents import Event, Incident, What
from app.store.subjects import Taken

_TRY_AGAIN = timedelta(hours=1)
_PAGER_AGAIN = timedelta(minutes=1)
# How far our clock and GitHub's may be apart.
_SKEW = timedelta(seconds=30)
_DELETED = "the issue was deleted"


@dataclass(frozen=True, slots=True)
class Incidents:
    """The use case behind every incident, whatever opened it."""

    database: Database
    stage: Stage
    log: AuditLog
    now: Clock
    pager: Pager | None = None
    github_url: str = ""

    def incident(self, job: Taken) -> Settled:
        """Make issue and calls fit what is recorded."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            seen = incidents.read(connection, key.repository_id, key.rest)
            repository = registry.repository_ref(connection, key.repository_id)
            branch = registry.default_branch(connection, key.repository_id)
        if seen is None:
            return Settled()
        if repository is None:
            return Settled(rests=True)
        with self.stage.ground(repository, branch) as ground:
            now = self.now()
            work = _Work(self.database, self.log, ground, now, job)
            found, wake_at = work.do(seen)
        pager = Paging(self.database, self.log, self.pager, self.github_url, now)
        if pager.tell(repository, found):
            return Settled(wake_at)
        return Settled(min(wake_at or now + _PAGER_AGAIN, now + _PAGER_AGAIN))


@dataclass(frozen=True, slots=True)
class _Work:
    """One look at one incident."""

    database: Database
    log: AuditLog
    ground: Ground
    now: datetime
    job: Taken

    def do(self, seen: Incident) -> tuple[Dossier, datetime | None]:
        """Take every step that is due; say when time alone makes another one due."""
        policy = self.ground.deployments
        rules = policy.incidents if policy else Policy()
        seen = self._with_issue(seen, rules)
        found = self._read(seen)
        if not seen.issue_digest:
            self._show(found)
            found = self._read(seen)
        Caller(self.database, self.log, self.ground, self.now).call(found)
        HandOff(self.database, self.log, self.ground, self.now).hand_off(found, rules)
        self._answer_closing(found)
        found = self._read(seen)
        self._show(found)
        if found.incident.resolved_at is not None:
            self._close(found)
        return found, self._wake_at(found, rules)

    def _read(self, seen: Incident) -> Dossier:
        with self.database.read() as connection:
            fresh = incidents.read(connection, seen.repository_id, seen.id) or seen
            return dossier(connection, fresh)

    def _change(self, seen: Incident, **values: object) -> Incident:
        with self.database.write() as connection:
            if not subjects.is_current(connection, self.job):
                raise SupersededError(self.job.key)
            incidents.change(connection, seen, **values)
            return incidents.read(connection, seen.repository_id, seen.id) or seen

    # The issue: opened once, edited in place

    def _with_issue(self, seen: Incident, rules: Policy) -> Incident:
        """Open the issue if there is none; where that is impossible the incident goes on."""
        if seen.issue_number is not None or not rules.issues or seen.resolved_at is not None:
            return seen
        tried = seen.issue_tried_at
        if seen.issue_problem and tried is not None and self.now - tried < _TRY_AGAIN:
            return seen
        try:
            number = self._opened(seen, rules)
        except (ForbiddenError, NotFoundError) as error:
            why = shorten(str(error), 300)
            return self._change(seen, issue_problem=why, issue_tried_at=self.now)
        return self._change(seen, issue_number=number, issue_problem="")

    def _opened(self, seen: Incident, rules: Policy) -> int:
        """Open the issue, or find the one whose answer was lost."""
        marker, since = page.marker(seen), seen.detected_at - _SKEW
        if seen.is_issue_intended:
            known = self.ground.issues.find(marker, since)
            if known is not None:
                return known
        with self.database.write() as connection:
            if not subjects.is_current(connection, self.job):
                raise SupersededError(self.job.key)
            incidents.change(connection, seen, is_issue_intended=True)
            Book(connection, self.log, self.now).told(seen, "issue")
        found = self._read(seen)
        order = IssueOrder(
            title=page.title(seen),
            body=self._body(found),
            marker=marker,
            labels=(rules.label,) if rules.label else (),
        )
        return self.ground.issues.open(order, since)

    def _body(self, found: Dossier) -> str:
        return page.body(found, is_closed=self._is_closed(found))

    def _is_closed(self, found: Dossier) -> bool:
        """Tell whether the incident keeps deployments out of its environment."""
        if any(each.state in CLOSING for each in found.rows):
            return True
        policy, seen = self.ground.deployments, found.incident
        here = plan.environment(policy, seen.environment) if policy else None
        if policy is None or here is None:
            return False
        return closes(seen.severity, here.tier, policy.incidents.closes)

    def _show(self, found: Dossier) -> None:
        seen = found.incident
        if seen.issue_number is None:
            return
        text = self._body(found)
        digest = _short(f"{page.title(seen)}\n{text}")
        if digest == seen.issue_digest:
            return
        if seen.origin is Origin.ISSUE:
            self._show_in_comment(seen, text)
        elif not self._edit(seen, {"title": page.title(seen), "body": text}):
            self._change(seen, issue_number=None, issue_problem=_DELETED, issue_tried_at=self.now)
            return
        self._change(seen, issue_digest=digest)

    def _edit(self, seen: Incident, changes: dict[str, object]) -> bool:
        return self.ground.issues.edit(seen.issue_number or 0, changes)

    def _show_in_comment(self, seen: Incident, text: str) -> None:
        """Keep our page in the issue that people opened: its own text is theirs."""
        number, marker = seen.issue_number or 0, page.marker(seen)
        known = seen.page_id or self.ground.chat.find(number, marker)
        if known is None or not self.ground.chat.edit(known, text):
            known = self.ground.chat.say(number, text, marker)
        if known != seen.page_id:
            self._change(seen, page_id=known)

    # Its end

    def _answer_closing(self, found: Dossier) -> None:
        """Say once that closing an issue opens no environment (T99)."""
        seen = found.incident
        if seen.issue_number is None or seen.resolved_at is not None:
            return
        if seen.is_issue_closed:
            self._edit(seen, {"state": "open"})
            self._change(seen, is_issue_closed=False)
            return
        known = found.of(What.CLOSED_BY_HAND)
        if known and known[0].is_done:
            return
        issue = self.ground.issues.read(seen.issue_number)
        if issue is not None and not issue.is_open:
            self._say_closing(found, seen.issue_number, is_new=not known)

    def _say_closing(self, found: Dossier, number: int, *, is_new: bool) -> None:
        """Write it down, then say it; a worker that died in between may have said it already."""
        seen = found.incident
        marker = f"<!-- gatewright:closed:{seen.id} -->"
        if is_new:
            with self.database.write() as connection:
                happened = Event(What.CLOSED_BY_HAND, "once", self.now, is_done=False)
                incidents.note(connection, seen, happened)
                Book(connection, self.log, self.now).told(seen, "closed by hand")
        if is_new or self.ground.chat.find(number, marker) is None:
            next_step = page.next_step(found, is_closed=self._is_closed(found))
            text = f"Closing this issue ends no incident.\n\n{next_step}\n\n{marker}"
            self.ground.chat.say(number, text, marker)
        self._done(seen, What.CLOSED_BY_HAND)

    def _done(self, seen: Incident, what: What) -> None:
        with self.database.write() as connection:
            incidents.mark_done(connection, seen, Event(what, "once", self.now))

    def _close(self, found: Dossier) -> None:
        """Close the issue with the review's summary, once."""
        seen = found.incident
        if seen.issue_number is None or seen.is_issue_closed:
            return
        ended = f"{seen.id}:{_short(str(seen.resolved_at))}"
        marker = f"<!-- gatewright:reviewed:{ended} -->"
        if self.ground.chat.find(seen.issue_number, marker) is None:
            text = f"{page.summary(found)}\n\n{marker}"
            self.ground.chat.say(seen.issue_number, text, marker)
        self._edit(seen, {"state": "closed", "state_reason": "completed"})
        self._change(seen, is_issue_closed=True)

    def _wake_at(self, found: Dossier, rules: Policy) -> datetime | None:
        seen = found.incident
        waits = [paging.next_at(found.sight, self.now)]
        if seen.issue_number is None and seen.issue_tried_at and rules.issues:
            waits.append(seen.issue_tried_at + _TRY_AGAIN if seen.resolved_at is None else None)
        return min((each for each in waits if each is not None), default=None)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
