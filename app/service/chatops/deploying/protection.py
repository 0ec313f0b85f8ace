"""Answers runs that wait before an environment; an answer is recorded before it is given."""

from dataclasses import dataclass
from datetime import timedelta

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.core.deploy.protection import Answer, Behind, Say, Waiting, answer
from app.engine.runner import Settled, SupersededError
from app.ports import Clock, GitHub
from app.service import keys
from app.store import deployments, protections, registry, subjects
from app.store.database import Database
from app.store.protections import Asked
from app.store.subjects import Taken

_LOOK_AGAIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Guard:
    """The use case behind `deployment_protection_rule`."""

    database: Database
    github: GitHub
    log: AuditLog
    now: Clock

    def run(self, job: Taken) -> Settled:
        """Answer every question about one run that has no answer yet."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            repository = registry.repository_ref(connection, key.repository_id)
            asked = protections.unanswered(connection, key.repository_id, int(key.rest))
        if repository is None:
            return Settled(rests=bool(asked))
        deploys = self.github.deploys(repository)
        waits = False
        for each in asked:
            found = self._judge(each)
            if found.say is Say.WAIT:
                waits = True
                continue
            self._record(job, each, found)
            is_yes = found.say is Say.APPROVED
            deploys.answer(each.run_id, each.environment, found.comment, approves=is_yes)
            with self.database.write() as connection:
                protections.answered(connection, each, found.code)
        return Settled(self.now() + _LOOK_AGAIN if waits else None)

    def _judge(self, asked: Asked) -> Answer:
        with self.database.read() as connection:
            stored = deployments.behind(connection, asked.repository_id, run_id=asked.run_id)
        behind = Behind(stored.id, stored.environment, stored.state) if stored else None
        waiting = Waiting(asked.run_id, asked.environment, self.now() - asked.asked_at)
        return answer(waiting, behind)

    def _record(self, job: Taken, asked: Asked, found: Answer) -> None:
        fields = {
            "repo": str(asked.repository_id),
            "run": str(asked.run_id),
            "env": asked.environment,
            "out": found.say.value,
            "code": found.code,
        }
        key = f"protection:{asked.repository_id}:{asked.run_id}:{asked.environment}:{asked.guid}"
        with self.database.write() as connection:
            if not subjects.is_current(connection, job):
                raise SupersededError(job.key)
            draft = Draft(EntryType.PROTECTION_ANSWERED, key, fields)
            self.log.append(connection, job.account_id, [draft], self.now())
