"""Judges one pull request: read, decide, record, publish; the heart of every job."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.canonical import judgement_document
from app.core.decide import Code, rollup_across
from app.core.judge import judge
from app.core.policy.model import Policy
from app.core.render import gate_page, rollup_page
from app.core.verdict import Blocker, GateName, Judgement, Outcome, Verdict
from app.engine.runner import Settled
from app.engine.scheduler import Scheduler
from app.errors import NotFoundError
from app.ports import Clock, PullRequestReading, RepositoryRef
from app.service import keys
from app.service.gather import Gathered, Gatherer
from app.service.publish import Publisher, Standing
from app.service.record import Evidence, Recorder
from app.store import registry, subjects, verdicts
from app.store.database import Database
from app.store.subjects import Taken, Want
from app.store.verdicts import Recorded

_RERUNS = ("check_run.rerequested", "check_suite.rerequested")
_RETRY_GAPS_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """The use case behind every event about a pull request."""

    database: Database
    gatherer: Gatherer
    recorder: Recorder
    publisher: Publisher
    scheduler: Scheduler
    now: Clock

    def pull_request(self, job: Taken) -> Settled:
        """Judge the pull request as it is now; nothing is taken from the event but its number."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            repository = registry.repository_ref(connection, key.repository_id)
            archived = registry.is_archived(connection, key.repository_id)
        if repository is None or archived:
            return Settled()
        number = int(key.rest)
        if job.urgent:
            self._withdraw(job, repository, number)
        try:
            pull = self.gatherer.pull_request(repository, number)
        except NotFoundError:
            return self._gone(job, repository, number)
        if not pull.pull_request.is_open:
            return self._closed(job, repository, pull)
        return self._judge(job, repository, pull)

    def _judge(self, job: Taken, repository: RepositoryRef, pull: PullRequestReading) -> Settled:
        gathered = self.gatherer.gather(repository, pull)
        judgement = self._judgement(repository, gathered)
        evidence = Evidence(judgement, gathered.facts, gathered.policy)

        def record(connection: sa.Connection) -> tuple[Recorded, tuple[Standing, ...]]:
            recorded = self.recorder.issue(connection, job, evidence)
            others = self._siblings(connection, repository, gathered)
            shown = shown_standings(judgement, gathered, others)
            if job.cause in _RERUNS:
                shown = tuple(replace(each, again=True) for each in shown)
            stands = verdicts.publications(connection, repository.id, pull.head_sha)
            return recorded, shown if stands else _governed(shown)

        self.publisher.publish(job, repository, pull.head_sha, record)
        self._want_others(job, repository, gathered)
        return Settled(_wake_at(judgement, gathered, self.now()))

    def _judgement(self, repository: RepositoryRef, gathered: Gathered) -> Judgement:
        """Judge now; a standing verdict on the same facts that time has not changed is kept."""
        fresh = _judge_at(gathered, self.now())
        number = gathered.facts.subject.pull_request
        with self.database.read() as connection:
            standing = verdicts.current(connection, repository.id, [number or 0]).get(number or 0)
        if standing is None or standing.facts_sha256 != fresh.facts_digest:
            return fresh
        earlier = _judge_at(gathered, datetime.fromisoformat(standing.decided_at))
        same = (earlier.verdicts, earlier.rollup) == (fresh.verdicts, fresh.rollup)
        return earlier if same else fresh

    def _siblings(
        self, connection: sa.Connection, repository: RepositoryRef, gathered: Gathered
    ) -> dict[int, dict[str, Verdict] | None]:
        """Return what is recorded for other open pull requests with this head, None for nothing.

        Pull requests into branches that are not governed neither help nor hinder.
        """
        head = gathered.facts.subject.head_sha
        siblings = gathered.facts.siblings
        known = verdicts.current(connection, repository.id, [each.number for each in siblings])
        found: dict[int, dict[str, Verdict] | None] = {}
        for sibling in siblings:
            recorded = known.get(sibling.number)
            if recorded is None or (recorded.head_sha, recorded.base_ref) != (
                head,
                sibling.base_ref,
            ):
                found[sibling.number] = None
            elif recorded.code != Code.NOT_GOVERNED:
                found[sibling.number] = _as_verdicts(recorded)
        return found

    def _want_others(self, job: Taken, repository: RepositoryRef, gathered: Gathered) -> None:
        """Have siblings judged that are not yet, and merge groups that rest on this verdict."""
        with self.database.write() as connection:
            judged = self._siblings(connection, repository, gathered)
            missing = [number for number, found in judged.items() if found is None]
            groups = subjects.keys_starting(connection, keys.groups(repository.id))
            wants = [_sibling(job, repository, number) for number in missing]
            wants += [_group(job, key) for key in groups]
            self.scheduler.want(connection, wants)

    def _withdraw(self, job: Taken, repository: RepositoryRef, number: int) -> None:
        """Take a standing success back before anything is read: bad news goes first."""
        with self.database.read() as connection:
            known = registry.known_pull_request(connection, repository.id, number)
            standing = verdicts.current(connection, repository.id, [number]).get(number)
        if known is None or standing is None or standing.head_sha != known.head_sha:
            return
        if standing.outcome(GateName.MERGE) is Outcome.PASS:
            page = _again_page(job.cause)

            def record(_connection: sa.Connection) -> tuple[Recorded, tuple[Standing, ...]]:
                return standing, (page,)

            self.publisher.publish(job, repository, known.head_sha, record)

    def show_failure(self, job: Taken, reason: str, parked: bool) -> None:  # noqa: FBT001 - the runner's signature
        """Show that the pull request could not be judged; an old success never stands on."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            repository = registry.repository_ref(connection, key.repository_id)
            number = int(key.rest)
            known = registry.known_pull_request(connection, key.repository_id, number)
            standing = verdicts.current(connection, key.repository_id, [number]).get(number)
        if repository is None or known is None or standing is None:
            return
        if not parked and standing.outcome(GateName.MERGE) is not Outcome.PASS:
            return
        page = _broken_page(reason) if parked else _again_page("a failed attempt")

        def record(_connection: sa.Connection) -> tuple[Recorded, tuple[Standing, ...]]:
            return replace(standing, head_sha=known.head_sha), (page,)

        self.publisher.publish(job, repository, known.head_sha, record)

    def _gone(self, job: Taken, repository: RepositoryRef, number: int) -> Settled:
        with self.database.write() as connection:
            known = registry.known_pull_request(connection, repository.id, number)
            if known is not None:
                registry.forget_pull_request(connection, repository.id, number)
                self._want_siblings(connection, job, repository, known.head_sha, number)
        return Settled()

    def _closed(self, job: Taken, repository: RepositoryRef, pull: PullRequestReading) -> Settled:
        """Let its siblings be judged anew: a closed pull request holds them back no longer."""
        with self.database.write() as connection:
            number = pull.pull_request.number
            self._want_siblings(connection, job, repository, pull.head_sha, number)
        return Settled()

    def _want_siblings(
        self,
        connection: sa.Connection,
        job: Taken,
        repository: RepositoryRef,
        head_sha: str,
        number: int,
    ) -> None:
        others = registry.open_with_head(connection, repository.id, head_sha)
        wants = [
            _sibling(job, repository, other.number) for other in others if other.number != number
        ]
        self.scheduler.want(connection, wants)


def _judge_at(gathered: Gathered, now: datetime) -> Judgement:
    policy = gathered.policy
    return judge(gathered.facts, policy.value, policy.digest, policy.source, now)


def _sibling(job: Taken, repository: RepositoryRef, number: int) -> Want:
    return Want(
        key=keys.pull_request(repository.id, number),
        kind=keys.PULL_REQUEST,
        account_id=job.account_id,
        installation_id=job.installation_id,
        cause="it shares its head with another pull request",
    )


def _group(job: Taken, key: str) -> Want:
    return Want(
        key=key,
        kind=keys.GROUP,
        account_id=job.account_id,
        installation_id=job.installation_id,
        cause="one of its pull requests was judged anew",
        urgent=True,
    )


def _as_verdicts(recorded: Recorded) -> dict[str, Verdict]:
    """Return recorded outcomes as verdicts, as far as a sibling needs them."""
    return {
        gate: Verdict(
            gate=GateName(gate),
            outcome=Outcome(outcome),
            code=recorded.code if gate == GateName.MERGE.value else "",
            title=f"recorded as {recorded.id}",
        )
        for gate, outcome in recorded.gates
    }


def shown_standings(
    judgement: Judgement,
    gathered: Gathered,
    siblings: Mapping[int, Mapping[str, Verdict] | None],
) -> tuple[Standing, ...]:
    """Return what the head should show: the rollup first, then each gate."""
    document = judgement_document(judgement)
    common = {key: document[key] for key in ("schema", "subject", "policy", "engine")}

    def across(own: Verdict) -> Verdict:
        others = {
            number: found.get(own.gate.value) if found else None
            for number, found in siblings.items()
        }
        return rollup_across(own, others)

    merge = across(judgement.rollup)
    shown = [Standing(merge, rollup_page(judgement, merge, document))]
    policy = gathered.policy.value
    rollup_only = isinstance(policy, Policy) and policy.checks.detail == "rollup_only"
    if rollup_only or merge.code == Code.NOT_GOVERNED:
        return tuple(shown)
    for own in judgement.verdicts:
        verdict = across(own)
        part = {**common, "gate": own.gate.value, **_part(document, own.gate)}
        shown.append(Standing(verdict, gate_page(verdict, part)))
    return tuple(shown)


def _governed(shown: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Publish nothing for a base that is not governed, unless an older verdict has to go."""
    return tuple(each for each in shown if each.verdict.code != Code.NOT_GOVERNED)


def _part(document: Mapping[str, object], gate: GateName) -> dict[str, object]:
    gates = document["gates"]
    found = gates[gate.value] if isinstance(gates, dict) else {}
    return dict(found) if isinstance(found, dict) else {}


def _again_page(cause: str) -> Standing:
    verdict = Verdict(
        gate=GateName.MERGE,
        outcome=Outcome.PENDING,
        code=Code.AGAIN,
        title=f"Being judged again after {cause}",
    )
    return Standing(verdict, gate_page(verdict, {"verdict": "pending", "code": verdict.code}))


def _broken_page(reason: str) -> Standing:
    verdict = Verdict(
        gate=GateName.MERGE,
        outcome=Outcome.ERROR,
        code=Code.ENGINE_ERROR,
        title="Could not evaluate: the evaluation failed several times",
        blockers=(
            Blocker(
                code=Code.ENGINE_ERROR,
                subject=reason,
                who_can_unblock="whoever operates Gatewright",
                next_action="Look at `gatewright jobs list`, mend the cause, and press re-run.",
            ),
        ),
    )
    return Standing(verdict, gate_page(verdict, {"verdict": "error", "code": verdict.code}))


def _wake_at(judgement: Judgement, gathered: Gathered, now: datetime) -> datetime | None:
    """Return when to look again: a gate's own time, or soon when something could not be read."""
    times = [each.recheck_at for each in (*judgement.verdicts, judgement.rollup)]
    moments = [moment for moment in times if moment is not None]
    if any(gap.temporary for gap in gathered.facts.gaps):
        moments.append(now + _RETRY_GAPS_AFTER)
    return max(min(moments), now + timedelta(seconds=1)) if moments else None
