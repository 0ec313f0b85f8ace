"""Writes verdicts and intents into store and log in one transaction, before any effect."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog, Entry
from app.core.canonical import canonical, digest, facts_to_bytes, judgement_document
from app.core.facts import Facts, Part
from app.core.judge import parts_needed
from app.core.policy.model import Policy
from app.core.verdict import Judgement
from app.engine.runner import SupersededError
from app.ports import Clock
from app.service.policies import LoadedPolicy
from app.store import registry, subjects, verdicts
from app.store.subjects import Taken
from app.store.verdicts import Publication, Recorded

FACTS_TYPE = "application/vnd.gatewright.facts+json"
JUDGEMENT_TYPE = "application/vnd.gatewright.judgement+json"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A judgement with the very bytes it was computed from."""

    judgement: Judgement
    facts: Facts
    policy: LoadedPolicy


@dataclass(frozen=True, slots=True)
class Recorder:
    """The only writer of verdicts; every write is fenced by the job's epoch."""

    log: AuditLog
    now: Clock

    def issue(self, connection: sa.Connection, job: Taken, evidence: Evidence) -> Recorded:
        """Record a judgement with everything needed to recompute it; raises SupersededError."""
        if not subjects.is_current(connection, job):
            raise SupersededError(job.key)
        recorded = self.draft(job, evidence)
        if recorded.pull_request is not None:
            place = (recorded.repository_id, recorded.pull_request)
            registry.set_verdict(connection, *place, recorded.id)
            registry.set_watches_checks(connection, *place, _watches_checks(evidence.policy))
        if self._stands(connection, recorded):
            return recorded
        self._keep_details(connection, evidence)
        verdicts.keep(connection, recorded)
        self.log.append(connection, job.account_id, _issued(recorded, evidence), self.now())
        return recorded

    def draft(self, job: Taken, evidence: Evidence) -> Recorded:
        """Return a judgement as it would be recorded; its id depends on nothing but its content."""
        return _recorded(job, evidence)

    def intend(
        self, connection: sa.Connection, account_id: int, planned: Sequence[Publication]
    ) -> tuple[Entry, ...]:
        """Record what is about to be published."""
        for item in planned:
            verdicts.intend(connection, item, self.now())
        drafts = [_draft(EntryType.CHECK_RUN_INTENT, item) for item in planned]
        return self.log.append(connection, account_id, drafts, self.now())

    def posted(
        self, connection: sa.Connection, account_id: int, done: Sequence[Publication]
    ) -> None:
        """Record what now stands on GitHub."""
        for item in done:
            verdicts.intend(connection, item, self.now())
        drafts = [_draft(EntryType.CHECK_RUN_POSTED, item) for item in done]
        self.log.append(connection, account_id, drafts, self.now())

    def failed(self, connection: sa.Connection, job: Taken, reason: str, parked: bool) -> None:  # noqa: FBT001 - the runner's signature
        """Record a failed attempt at a job."""
        draft = Draft(
            EntryType.EVAL_ERROR,
            f"error:{job.key}:{job.epoch}",
            {"subject": job.key, "why": reason, "out": "parked" if parked else "retried"},
        )
        self.log.append(connection, job.account_id, [draft], self.now())

    def _stands(self, connection: sa.Connection, recorded: Recorded) -> bool:
        return verdicts.find(connection, recorded.id) is not None

    def _keep_details(self, connection: sa.Connection, evidence: Evidence) -> None:
        verdicts.keep_detail(connection, FACTS_TYPE, facts_to_bytes(evidence.facts))
        document = canonical(judgement_document(evidence.judgement))
        verdicts.keep_detail(connection, JUDGEMENT_TYPE, document)
        policy = evidence.policy
        if policy.text is not None:
            verdicts.keep_detail(connection, policy.media_type, policy.text)


def _watches_checks(policy: LoadedPolicy) -> bool:
    return not isinstance(policy.value, Policy) or Part.CHECKS in parts_needed(policy.value)


def _recorded(job: Taken, evidence: Evidence) -> Recorded:
    judgement = evidence.judgement
    document = digest(canonical(judgement_document(judgement)))
    gates = {each.gate.value: each.outcome.value for each in judgement.verdicts}
    gates[judgement.rollup.gate.value] = judgement.rollup.outcome.value
    return Recorded(
        id=f"v-{document[:24]}",
        account_id=job.account_id,
        repository_id=judgement.subject.repository_id,
        subject_key=job.key,
        pull_request=judgement.subject.pull_request,
        head_sha=judgement.subject.head_sha,
        base_ref=judgement.subject.base_ref,
        base_sha=judgement.subject.base_sha,
        code=judgement.rollup.code,
        gates=tuple(sorted(gates.items())),
        facts_sha256=judgement.facts_digest,
        policy_sha256=judgement.policy_digest,
        judgement_sha256=document,
        decided_at=judgement.decided_at.isoformat(),
    )


def _subject_fields(recorded: Recorded) -> dict[str, str]:
    return {
        "pr": str(recorded.pull_request or ""),
        "repo": str(recorded.repository_id),
        "rev": f"gitCommit:{recorded.head_sha}",
    }


def _issued(recorded: Recorded, evidence: Evidence) -> list[Draft]:
    subject = _subject_fields(recorded)
    judgement = evidence.judgement
    return [
        Draft(
            EntryType.FACTS_CAPTURED,
            f"facts:{recorded.id}",
            {**subject, "ref": recorded.facts_sha256},
        ),
        Draft(
            EntryType.VERDICT_ISSUED,
            f"verdict:{recorded.id}",
            {
                **subject,
                "base": f"gitCommit:{judgement.subject.base_sha}",
                "engine": judgement.engine,
                "out": judgement.rollup.outcome.value.upper(),
                "policy": recorded.policy_sha256,
                "ref": recorded.judgement_sha256,
                "verdict": recorded.id,
            },
        ),
    ]


def _draft(kind: EntryType, item: Publication) -> Draft:
    """Name a publication by its run and the count of its writings: each has an entry."""
    fields = {
        "check": item.name,
        "out": item.outcome,
        "ref": item.digest,
        "repo": str(item.repository_id),
        "rev": f"gitCommit:{item.head_sha}",
        "run": str(item.check_run_id or ""),
        "verdict": item.verdict_id,
    }
    key = f"{kind.value}:{item.external_id}:{item.writes}"
    return Draft(kind, key, fields)
