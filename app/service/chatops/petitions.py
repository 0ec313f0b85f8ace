"""Commands that a workflow run asks for in the name of whoever started it; kept, then worked on.

They take the way of a comment from there on: one decision, whichever door.
"""

from dataclasses import dataclass

from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.ports.identity import RunIdentity
from app.service import keys
from app.store import commands, registry
from app.store.commands import Commented
from app.store.database import Database
from app.store.subjects import Want

EVENT = "workflow_dispatch"


@dataclass(frozen=True, slots=True)
class Petition:
    """A command about a pull request, as it was when its head was seen."""

    number: int
    head_sha: str
    command: str


@dataclass(frozen=True, slots=True)
class Petitions:
    """The use case behind commands that come by the API; a run asks once."""

    database: Database
    scheduler: Scheduler
    now: Clock

    def accept(self, run: RunIdentity, asked: Petition) -> Commented | None:
        """Keep what a run asks for, or what it asked for before; None in a repository unknown."""
        made = Commented(
            repository_id=run.repository_id,
            comment_id=-run.run_id,
            number=asked.number,
            author_id=run.actor_id,
            author_login=run.actor,
            body=asked.command,
            created_at=self.now(),
            received_at=self.now(),
            head_sha=asked.head_sha,
            run_ref=run.workflow_ref,
        )
        with self.database.write() as connection:
            repository = registry.repository_ref(connection, run.repository_id)
            if repository is None:
                return None
            commands.keep(connection, made)
            want = Want(
                key=keys.comment(repository.id, made.comment_id),
                kind=keys.COMMENT,
                account_id=repository.account_id,
                installation_id=repository.installation_id,
                cause="a workflow run",
            )
            self.scheduler.want(connection, [want])
            return commands.read(connection, repository.id, made.comment_id) or made

    def find(self, repository_id: int, run_id: int) -> Commented | None:
        """Return what a run asked for and what became of it."""
        with self.database.read() as connection:
            return commands.read(connection, repository_id, -run_id)
