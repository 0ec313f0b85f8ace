"""Writes incidents down, in the transaction of what opened, changed or ended them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.alerts.alert import Alert
from app.core.canary.samples import Severity
from app.core.deploy.history import CLOSING
from app.core.deploy.states import State
from app.core.facts import Account, Sha
from app.core.incidents.life import Origin, of_rollback, opens, worst
from app.core.text import shorten
from app.ports import RepositoryRef
from app.service import keys
from app.service.chatops.record import incident_of
from app.service.incidents.slip import Log
from app.store import deployments, incidents
from app.store.deployments import Stored
from app.store.incidents import Event, Incident, Link, What
from app.store.subjects import Want

_BROKEN = (State.ROLLING_BACK, State.ROLLBACK_FAILED)
_LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Report:
    """An issue in which people report an incident."""

    number: int
    title: str
    environment: str
    severity: Severity
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """What is written about incidents in one transaction; each method says whom to wake."""

    connection: sa.Connection
    log: Log
    now: datetime

    def moved(self, stored: Stored, evidence: Mapping[str, str]) -> tuple[Want, ...]:
        """Keep what a deployment's new state means for an incident, and what it was made from."""
        found = incidents.of_deployment(self.connection, stored.repository_id, stored.id)
        if stored.state in _BROKEN:
            found = self._broken(stored, found)
            self._measured(found, stored, evidence.get("verdict"))
        elif found is None and stored.replaces is not None:
            found = self._with_what_it_replaces(stored)
        if found is None:
            return ()
        if stored.state is State.REVIEW_REQUIRED:
            self._mitigated(found)
        elif stored.state is State.CLEARED and not self._is_closing(found):
            self.resolved(found, stored.cleared_by)
        return (wake(found, "its deployment moved"),)

    def _broken(self, stored: Stored, known: Incident | None) -> Incident:
        """Open an incident about a version that goes back, or let it join what is open."""
        found = known or self._with_what_it_replaces(stored) or self._going_on(stored)
        is_new = found is None
        if found is None:
            found = self._new(_about(stored, self.now), stored.id)
        if known is None:
            self._link(found, stored, is_new=is_new)
        failed = stored.state is State.ROLLBACK_FAILED
        self._worsened(found, of_rollback(stored.tier, failed=failed), stored.number)
        return found

    def _measured(self, found: Incident, stored: Stored, verdict: str | None) -> None:
        """Keep the digest of what was judged, for whoever mends it."""
        if verdict is not None:
            ref = f"{stored.id}:{stored.version}"
            incidents.note(self.connection, found, Event(What.MEASURED, ref, self.now, verdict))

    def _with_what_it_replaces(self, stored: Stored) -> Incident | None:
        """Let a rollback belong to the incident of what it takes back."""
        if stored.replaces is None:
            return None
        place = (self.connection, stored.repository_id)
        found = incidents.of_deployment(*place, stored.replaces)
        if found is None or found.resolved_at is not None:
            return None
        self._link(found, stored, is_new=True)
        return found

    def _going_on(self, stored: Stored) -> Incident | None:
        """Return the incident that the environment has already and that nothing has ended yet."""
        here = (self.connection, stored.repository_id, stored.environment)
        found = [each for each in incidents.unreviewed(*here) if each.mitigated_at is None]
        return found[-1] if found else None

    def _link(self, found: Incident, stored: Stored, *, is_new: bool) -> None:
        made = Link(stored.id, incident_of(stored))
        if incidents.link(self.connection, found, made) and not is_new:
            self._entry(EntryType.INCIDENT_JOINED, found, stored.id, deployment=stored.id)

    def _is_closing(self, found: Incident) -> bool:
        rows = [
            deployments.read(self.connection, each.deployment_id)
            for each in incidents.links(self.connection, found)
        ]
        return any(row is not None and row.state in CLOSING for row in rows)

    def _new(self, made: Incident, because: str) -> Incident:
        """Store an incident; one of that name that was ended begins again."""
        if not incidents.create(self.connection, made):
            return self._again(made)
        self._happened(made, What.OPENED, because, at=made.opened_at)
        self._entry(
            EntryType.INCIDENT_OPENED,
            made,
            because,
            env=made.environment,
            severity=made.severity.value,
            origin=made.origin.value,
            began=made.opened_at.isoformat(),
        )
        return made

    def _again(self, made: Incident) -> Incident:
        known = incidents.read(self.connection, made.repository_id, made.id)
        if known is None or known.resolved_at is None:
            return known or made
        empty = {"acknowledged_at": None, "acknowledged_by": None, "acknowledged_login": ""}
        ended = {"mitigated_at": None, "resolved_at": None, "fix": None, "pager_state": ""}
        incidents.change(self.connection, known, **empty, **ended)
        moment = self.now.isoformat()
        self._happened(known, What.REOPENED, moment)
        self._entry(EntryType.INCIDENT_OPENED, known, moment, env=known.environment)
        return replace(known, acknowledged_at=None, mitigated_at=None, resolved_at=None)

    def _worsened(self, found: Incident, severity: Severity, number: int | None = None) -> None:
        values = {"severity": worst(found.severity, severity), "number": found.number or number}
        incidents.change(self.connection, found, **values)

    def _mitigated(self, found: Incident) -> None:
        if found.mitigated_at is None:
            incidents.change(self.connection, found, mitigated_at=self.now)
            self._happened(found, What.MITIGATED, self.now.isoformat())
            self._entry(EntryType.INCIDENT_MITIGATED, found, self.now.isoformat())

    def resolved(self, found: Incident, fix: Sha | None) -> None:
        """End an incident; what was not mitigated before is by now, people say."""
        if found.resolved_at is not None:
            return
        times = {"resolved_at": self.now, "mitigated_at": found.mitigated_at or self.now}
        incidents.change(self.connection, found, **times, fix=fix)
        self._happened(found, What.RESOLVED, self.now.isoformat())
        fields = {"fix": f"gitCommit:{fix}"} if fix else {}
        self._entry(EntryType.INCIDENT_RESOLVED, found, self.now.isoformat(), **fields)

    def alerted(self, where: RepositoryRef, environment: str, seen: Alert) -> tuple[Want, ...]:
        """Let a new alert join the incident of its environment, or open one if it is bad enough.

        What began after traffic was back is another matter than what was mended by that (T95).
        """
        open_here = incidents.unreviewed(self.connection, where.id, environment)
        joined = [
            each
            for each in open_here
            if each.mitigated_at is None or seen.started_at <= each.mitigated_at
        ]
        if joined:
            found = joined[-1]
            self._joined(found, seen)
        elif opens(seen):
            found = self._of_alert(where, environment, seen)
        else:
            return ()
        at, what = seen.started_at, {"severity": seen.severity.value, "title": seen.title}
        incidents.note(
            self.connection, found, Event(What.ALERT, alert_ref(seen), at, json.dumps(what))
        )
        return (wake(found, "an alert"),)

    def _joined(self, found: Incident, seen: Alert) -> None:
        begun = min(found.opened_at, seen.started_at)
        severity = worst(found.severity, seen.severity)
        incidents.change(self.connection, found, opened_at=begun, severity=severity)
        self._entry(EntryType.INCIDENT_JOINED, found, alert_ref(seen), alert=alert_ref(seen))

    def _of_alert(self, where: RepositoryRef, environment: str, seen: Alert) -> Incident:
        first = incidents.count_of(self.connection, where.id, Origin.ALERT) + 1
        name = next(
            f"inc-a{number}"
            for number in count(first)
            if incidents.read(self.connection, where.id, f"inc-a{number}") is None
        )
        made = Incident(
            repository_id=where.id,
            id=name,
            account_id=where.account_id,
            installation_id=where.installation_id,
            environment=environment,
            severity=seen.severity,
            origin=Origin.ALERT,
            title=shorten(seen.title, _LONGEST_TITLE),
            opened_at=min(seen.started_at, self.now),
            detected_at=self.now,
        )
        return self._new(made, alert_ref(seen))

    def alert_over(self, where: RepositoryRef, environment: str, seen: Alert) -> tuple[Want, ...]:
        """Note that an alert is over, which ends no incident by itself (T96)."""
        place = (self.connection, where.id, environment)
        found = incidents.with_alert(*place, alert_ref(seen))
        if found is None:
            return ()
        over = Event(What.ALERT_OVER, alert_ref(seen), self.now, seen.title)
        is_news = incidents.note(self.connection, found, over)
        return (wake(found, "an alert is over"),) if is_news else ()

    def reported(self, where: RepositoryRef, told: Report) -> tuple[Want, ...]:
        """Open an incident that people report in an issue; its page stands there."""
        made = Incident(
            repository_id=where.id,
            id=f"inc-i{told.number}",
            account_id=where.account_id,
            installation_id=where.installation_id,
            environment=told.environment,
            severity=told.severity,
            origin=Origin.ISSUE,
            title=shorten(told.title, _LONGEST_TITLE),
            opened_at=min(told.reported_at, self.now),
            detected_at=self.now,
            source_number=told.number,
            issue_number=told.number,
        )
        known = incidents.read(self.connection, where.id, made.id)
        if known is not None and known.resolved_at is not None:
            return ()
        if known is None:
            self._new(made, f"issue:{told.number}")
        else:
            self._worsened(known, told.severity)
        return (wake(made, "an issue"),)

    def acknowledged(self, found: Incident, by: Account) -> tuple[Want, ...]:
        """Note who takes an incident on; the first who says so has it."""
        who = {"acknowledged_by": by.id, "acknowledged_login": by.login}
        incidents.change(self.connection, found, acknowledged_at=self.now, **who)
        ref = self.now.isoformat()
        taken = Event(What.ACKNOWLEDGED, ref, self.now, by_id=by.id, by_login=by.login)
        incidents.note(self.connection, found, taken)
        self._entry(EntryType.INCIDENT_ACKNOWLEDGED, found, ref, by=str(by.id))
        return self.awoken(found, "a command")

    def awoken(self, found: Incident, cause: str) -> tuple[Want, ...]:
        """Wake an incident and its deployments, whose comments tell of it."""
        own = incidents.links(self.connection, found)
        return (
            wake(found, cause),
            *(
                replace(
                    wake(found, cause),
                    key=keys.deployment(found.repository_id, each.deployment_id),
                    kind=keys.DEPLOYMENT,
                )
                for each in own
            ),
        )

    def told(self, found: Incident, what: str, **fields: str) -> None:
        """Log what is about to be shown to people."""
        self._entry(EntryType.INCIDENT_TOLD, found, what, what=what, **fields)

    def paged(self, found: Incident, call: Event) -> None:
        """Write a call down before it is made."""
        incidents.note(self.connection, found, call)
        self._entry(EntryType.INCIDENT_PAGED, found, call.ref, call=call.ref)

    def _happened(self, found: Incident, what: What, ref: str, at: datetime | None = None) -> None:
        incidents.note(self.connection, found, Event(what, ref, at or self.now))

    def _entry(self, kind: EntryType, found: Incident, ref: str, **fields: str) -> None:
        plain = {"repo": str(found.repository_id), "incident": found.id}
        key = f"{kind.value}:{found.repository_id}:{found.id}:{ref}"
        self.log.append(
            self.connection, found.account_id, [Draft(kind, key, plain | fields)], self.now
        )


def _about(stored: Stored, now: datetime) -> Incident:
    failed = stored.state is State.ROLLBACK_FAILED
    return Incident(
        repository_id=stored.repository_id,
        id=incident_of(stored),
        account_id=stored.account_id,
        installation_id=stored.installation_id,
        environment=stored.environment,
        severity=of_rollback(stored.tier, failed=failed),
        origin=Origin.DEPLOYMENT,
        title=f"{stored.sha[:12]} is taken back",
        opened_at=min(stored.entered_at, now),
        detected_at=now,
        number=stored.number,
    )


def alert_ref(seen: Alert) -> str:
    """Return what tells an alert from all others: its source, fingerprint and start."""
    return f"{seen.source}:{seen.key}"


def wake(found: Incident, cause: str) -> Want:
    """Return a wish for work on an incident."""
    return Want(
        key=keys.incident(found.repository_id, found.id),
        kind=keys.INCIDENT,
        account_id=found.account_id,
        installation_id=found.installation_id,
        cause=cause,
        urgent=True,
    )
