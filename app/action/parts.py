"""The few parts of one job: one token, a scanner, and a database that ends with the job."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from app.action.job import Inputs, Runner
from app.changes.mirror import Mirror
from app.core.facts import Part
from app.github.client import Shared
from app.github.job import GitHubJob
from app.inspection import Inspector
from app.ports import RepositoryRef
from app.scan.pool import ScannerPool
from app.service.gather import Gatherer
from app.service.once import Once
from app.store.database import Database
from app.store.tables import metadata

_SCOPES = {
    Part.CHECKS: "`checks: read` and `statuses: read`",
    Part.WORKFLOW_RUNS: "`actions: read`",
    Part.COMMITS: "`contents: read`",
    Part.AUTHORSHIP: "`contents: read`",
    Part.CHANGES: "`contents: read`",
    Part.PERMISSIONS: "`contents: read`",
}
_TEAMS = (Part.TEAMS, Part.DIRECTORY)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a job judges with."""

    github: GitHubJob
    repository: RepositoryRef
    gatherer: Gatherer
    once: Once


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


@contextmanager
def opened(runner: Runner, inputs: Inputs) -> Iterator[Parts]:
    """Build the parts in a folder of their own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=runner.temporary, prefix="gatewright-") as name:
        folder = Path(name)
        database = Database.open(f"sqlite:///{folder / 'job.db'}")
        scanners = ScannerPool(os.urandom(32))
        try:
            metadata.create_all(database.engine)
            yield _parts(runner, inputs, folder, (database, scanners))
        finally:
            scanners.close()
            database.close()


def _parts(
    runner: Runner, inputs: Inputs, folder: Path, tools: tuple[Database, ScannerPool]
) -> Parts:
    database, scanners = tools
    github = GitHubJob(
        Shared(runner.api_url, utc_now), inputs.token, runner.server_url, runner.own_run
    )
    scheme = urlsplit(runner.server_url).scheme
    gatherer = Gatherer(
        github=github,
        changes=Inspector(Mirror(folder / "repositories"), scanners, (scheme,)),
        database=database,
        now=utc_now,
        email_key=os.urandom(32),
        remedy=_remedy,
        gates=inputs.gates,
        config=inputs.config,
    )
    repository = github.repository(runner.repository)
    return Parts(github, repository, gatherer, Once(gatherer, utc_now))


def _remedy(_repository: RepositoryRef, part: Part) -> str:
    if part in _TEAMS:
        return (
            "the token of a job cannot read teams: give `token` one of an App with Members: read, "
            "or let the Gatewright App judge approvals"
        )
    scope = _SCOPES.get(part, "`pull-requests: read`")
    return f"add {scope} to the `permissions` of the job"
