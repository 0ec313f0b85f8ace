"""Brings check runs on GitHub to what is recorded: intent first, then the call, then the proof."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

import sqlalchemy as sa

from app.core.canonical import canonical, to_plain
from app.core.render import Page, check_name, conclusion
from app.core.verdict import Outcome, Verdict
from app.engine.runner import SupersededError
from app.engine.scheduler import Scheduler
from app.ports import Annotation, CheckOutput, CheckSink, GitHub, RepositoryRef
from app.service.record import Recorder
from app.store import subjects, verdicts
from app.store.database import Database
from app.store.locks import Locks
from app.store.subjects import Taken, Want
from app.store.verdicts import Publication, Recorded

# GitHub marks a run as stale after fourteen days in progress.
_WRITE_ANEW_AFTER = timedelta(days=7)
_CONCLUDED = (Outcome.PASS, Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a check on the head should show: a verdict and its page.

    `again` asks for a new run although nothing changed, since somebody pressed re-run.
    """

    verdict: Verdict
    page: Page
    again: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One check run that has to be written: what is recorded of it and what it shows."""

    publication: Publication
    output: CheckOutput


@dataclass(frozen=True, slots=True)
class About:
    """The commit that checks are shown on, and the verdict behind them, if there is one yet."""

    repository_id: int
    account_id: int
    head_sha: str
    verdict_id: str = ""

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        """Name what a recorded verdict is about."""
        return cls(recorded.repository_id, recorded.account_id, recorded.head_sha, recorded.id)


Record = Callable[[sa.Connection], tuple[About, Sequence[Standing]]]


@dataclass(frozen=True, slots=True)
class Publisher:
    """The only writer of check runs."""

    github: GitHub
    database: Database
    recorder: Recorder
    scheduler: Scheduler
    locks: Locks
    public_url: str = ""

    def publish(self, job: Taken, repository: RepositoryRef, head_sha: str, record: Record) -> None:
        """Record and intend in one transaction, then write what differs on GitHub.

        One publisher at a time works on a head, since pull requests may share it. Raises
        SupersededError when another worker has taken the job over.
        """
        with self.locks.hold(f"head:{repository.id}:{head_sha}"):
            with self.database.write() as connection:
                about, standings = record(connection)
                plans = self._plan(connection, about, standings)
            self._carry_out(job, repository, plans)

    def _plan(
        self, connection: sa.Connection, about: About, standings: Sequence[Standing]
    ) -> tuple[Plan, ...]:
        """Compare what should stand on the head with what does, and record the differences."""
        known = verdicts.publications(connection, about.repository_id, about.head_sha)
        compared = (
            self._compared(about, each, known.get(check_name(each.verdict.gate)))
            for each in standings
        )
        plans = tuple(plan for plan in compared if plan is not None)
        planned = [plan.publication for plan in plans]
        self.recorder.intend(connection, about.account_id, planned)
        return plans

    def _carry_out(self, job: Taken, repository: RepositoryRef, plans: Sequence[Plan]) -> None:
        """Write the planned runs, worst news first, and record that they stand."""
        if not plans:
            return
        self._check_still_ours(job)
        sink = self.github.sink(repository)
        ordered = sorted(plans, key=lambda plan: plan.output.conclusion == "success")
        done = [_write(sink, plan) for plan in ordered]
        with self.database.write() as connection:
            self.recorder.posted(connection, repository.account_id, done)
            if not subjects.is_current(connection, job):
                # A late write may lie over a newer one: the last look has to be a fresh one.
                self.scheduler.want(connection, [_again(job)])

    def _check_still_ours(self, job: Taken) -> None:
        with self.database.write() as connection:
            if not subjects.is_current(connection, job):
                raise SupersededError(job.key)

    def _compared(self, about: About, standing: Standing, known: Publication | None) -> Plan | None:
        content = _content_digest(standing)
        if known is not None and _grows_stale(known, self.recorder.now()):
            standing = replace(standing, again=True)
        if known is not None and known.posted and known.digest == content and not standing.again:
            return None
        planned = _publication(about, standing, content, known)
        return Plan(planned, self._output(planned, standing))

    def _output(self, item: Publication, standing: Standing) -> CheckOutput:
        page = standing.page
        details = f"{self.public_url}/verdicts/{item.verdict_id}" if self.public_url else None
        return CheckOutput(
            name=item.name,
            head_sha=item.head_sha,
            external_id=item.external_id,
            conclusion=conclusion(standing.verdict),
            title=page.title,
            summary=f"{page.summary}\n\n{_footer(item)}",
            text=page.text,
            annotations=tuple(
                Annotation(each.path, each.line, each.level, each.title, each.message)
                for each in page.remarks
            ),
            details_url=details,
        )


def _grows_stale(known: Publication, now: datetime) -> bool:
    """Tell whether a run has been in progress so long that GitHub will soon give it up."""
    waits = Outcome(known.outcome) is Outcome.PENDING
    return waits and known.written_at is not None and now - known.written_at > _WRITE_ANEW_AFTER


def _again(job: Taken) -> Want:
    return Want(job.key, job.kind, job.account_id, job.installation_id, "written too late")


def _write(sink: CheckSink, plan: Plan) -> Publication:
    """Write one run; a first write that may have happened before is looked for and adopted."""
    item, output = plan.publication, plan.output
    run_id = item.check_run_id
    if run_id is None and item.unsure:
        run_id = sink.find(output)
        # An adopted run has its annotations already, and GitHub would append them again.
        output = replace(output, annotations=()) if run_id is not None else output
    if run_id is None:
        run_id = sink.create(output)
    else:
        sink.update(run_id, output)
    return replace(item, check_run_id=run_id, posted=True, unsure=False)


def _publication(
    about: About, standing: Standing, content: str, known: Publication | None
) -> Publication:
    generation = _generation(known, standing, content)
    continued = known if known is not None and known.generation == generation else None
    name = check_name(standing.verdict.gate)
    return Publication(
        repository_id=about.repository_id,
        head_sha=about.head_sha,
        name=name,
        generation=generation,
        external_id=f"gw1:{name}:{about.repository_id}:{about.head_sha}:{generation}",
        check_run_id=continued.check_run_id if continued else None,
        digest=content,
        outcome=standing.verdict.outcome.value,
        annotated=bool(standing.page.remarks),
        posted=False,
        verdict_id=about.verdict_id,
        writes=known.writes + 1 if known else 1,
        unsure=continued is not None and not continued.posted,
    )


def _generation(known: Publication | None, standing: Standing, content: str) -> int:
    """Return the run's number: a new one where GitHub would keep or append what stands there."""
    if known is None:
        return 1
    concluded = Outcome(known.outcome) in _CONCLUDED
    reopens = concluded and standing.verdict.outcome is Outcome.PENDING
    annotates = known.annotated or bool(standing.page.remarks)
    changes = known.digest != content or known.posted
    renew = reopens or (annotates and changes) or (standing.again and known.posted)
    return known.generation + 1 if renew else known.generation


def _footer(item: Publication) -> str:
    if not item.verdict_id:
        return ""
    return (
        f"<sub>Recorded as `{item.verdict_id}` before it was shown; "
        f"`gatewright replay {item.verdict_id}` recomputes it.</sub>"
    )


def _content_digest(standing: Standing) -> str:
    """Identify what a reader sees; the names of the record, which change more often, do not."""
    page = standing.page
    shown = [to_plain(standing.verdict), page.title, page.summary, to_plain(list(page.remarks))]
    return hashlib.sha256(canonical(shown)).hexdigest()
