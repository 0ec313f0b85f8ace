"""Takes evidence in: kept, logged, and the deployments woken that may have waited for it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.core.readiness.submission import Item, Submission
from app.core.strict import UnreadableError
from app.engine.scheduler import Scheduler
from app.ports import Clock, RepositoryRef
from app.ports.identity import RunIdentity
from app.service import keys
from app.store import deployments, evidence, registry
from app.store.database import Database
from app.store.evidence import Handed
from app.store.subjects import Want

_SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Handing:
    """The use case behind handed-in evidence; when `accept` returns, none of it can be lost.

    What it is worth is judged when somebody deploys: under that moment's policy, by git.
    """

    database: Database
    log: AuditLog
    scheduler: Scheduler
    now: Clock

    def accept(self, run: RunIdentity, given: Submission) -> int | None:
        """Store evidence and return how much is new; None when nobody knows the repository.

        Raises UnreadableError for what was measured in the future: later it would look fresh.
        """
        _refuse_the_future(given, self.now())
        with self.database.write() as connection:
            repository = registry.repository_ref(connection, run.repository_id)
            if repository is None:
                return None
            found = [self._handed(run, given, each) for each in given.evidence]
            new = [each for each in found if evidence.keep(connection, each)]
            if new:
                draft = _entry(run, given, new)
                self.log.append(connection, repository.account_id, [draft], self.now())
                self.scheduler.want(connection, _waiting(connection, repository))
        return len(new)

    def _handed(self, run: RunIdentity, given: Submission, item: Item) -> Handed:
        base = item.baseline
        return Handed(
            id=_digest(run, given, item),
            repository_id=run.repository_id,
            kind=item.kind,
            value=str(item.value),
            unit=item.unit.value,
            sha=given.sha,
            tree=given.tree or "",
            source=item.source,
            observed_at=item.observed_at,
            received_at=self.now(),
            run_id=run.run_id,
            run_attempt=run.run_attempt,
            event=run.event,
            ref=run.ref,
            token_sha=run.sha,
            workflow_ref=run.workflow_ref,
            called_ref=run.called_ref,
            base_ref=run.base_ref,
            n=item.n,
            expires_at=item.expires_at,
            baseline_value=str(base.value) if base else None,
            baseline_sha=base.sha if base else None,
            baseline_at=base.observed_at if base else None,
        )


def _refuse_the_future(given: Submission, now: datetime) -> None:
    for index, each in enumerate(given.evidence):
        if each.observed_at > now + _SKEW:
            raise UnreadableError(f"evidence.{index}.observed_at: lies in the future")


def _digest(run: RunIdentity, given: Submission, item: Item) -> str:
    """Name what was handed in by its content, so that a repetition is known as one."""
    parts = (run.repository_id, run.run_id, run.run_attempt, run.called_ref, given.sha, item)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _entry(run: RunIdentity, given: Submission, new: Sequence[Handed]) -> Draft:
    digests = "".join(sorted(each.id for each in new)).encode()
    fields = {
        "repo": str(run.repository_id),
        "rev": f"gitCommit:{given.sha}",
        "run": str(run.run_id),
        "by": str(run.actor_id),
        "kinds": ",".join(dict.fromkeys(each.kind for each in new)),
        "ref": hashlib.sha256(digests).hexdigest(),
    }
    key = f"evidence:{run.repository_id}:{fields['ref']}"
    return Draft(EntryType.EVIDENCE_RECEIVED, key, fields)


def _waiting(connection: sa.Connection, repository: RepositoryRef) -> Iterator[Want]:
    """Yield a wish to look again at each deployment that is on its way."""
    for each in deployments.unfinished(connection, repository.id):
        yield Want(
            key=keys.deployment(repository.id, each.id),
            kind=keys.DEPLOYMENT,
            account_id=repository.account_id,
            installation_id=repository.installation_id,
            cause="evidence",
        )
