"""Judges a range of commits in any repository on this disk, with no GitHub at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from app.core.compliance.architecture import documents_needed
from app.core.facts import Facts, PullRequest, Sha, Subject
from app.core.judge import judge_locally
from app.core.policy.model import Policy
from app.core.verdict import Judgement
from app.ports import ChangeReading, Clock
from app.service.contributors import Contributors
from app.service.policies import LoadedPolicy, read_policy

OpenLocal = Callable[[Path, str, str], AbstractContextManager[ChangeReading]]


@dataclass(frozen=True, slots=True)
class LocalRange:
    """What to judge: a repository, two revisions, and a policy that replaces the base's."""

    repository: Path
    name: str
    base: str
    head: str
    policy: LoadedPolicy | None = None


@dataclass(frozen=True, slots=True)
class LocalJudge:
    """The local door: secrets, compliance and freshness, by the same core as the server."""

    open_local: OpenLocal
    now: Clock

    def judge(self, asked: LocalRange) -> Judgement:
        """Judge the range; raises GitError when it cannot be read at all."""
        with self.open_local(asked.repository, asked.base, asked.head) as reading:
            policy = asked.policy or read_policy(reading.policy_files())
            facts = _facts(asked, reading, policy)
        return judge_locally(facts, policy.value, policy.digest, policy.source, self.now())


def _facts(asked: LocalRange, reading: ChangeReading, policy: LoadedPolicy) -> Facts:
    subject = Subject(
        repository_id=0,
        repository=asked.name,
        pull_request=None,
        base_ref=asked.base,
        base_sha=reading.tips.base,
        merge_base=reading.merge_base,
        head_sha=reading.tips.head,
    )
    if not isinstance(policy.value, Policy):
        return Facts(subject=subject)
    changes, change_gaps = reading.changes()
    documents, document_gaps = reading.documents(documents_needed(policy.value))
    secrets, secret_gaps = reading.secrets()
    audit, audit_gaps = reading.workflow_audit()
    return Facts(
        subject=subject,
        pull_request=_stand_in(asked, reading.tips.head),
        commits=Contributors(b"", {}).commits(reading.commits()),
        changes=changes,
        documents=documents,
        divergence=reading.divergence(),
        secrets=secrets,
        workflow_audit=audit,
        gaps=(*change_gaps, *document_gaps, *secret_gaps, *audit_gaps),
    )


def _stand_in(asked: LocalRange, head: Sha) -> PullRequest:
    """Stand in for the pull request that there is not: no title, no author, nobody to ask."""
    return PullRequest(
        number=0,
        title="",
        author=None,
        head_ref=asked.head or head,
        head_repository_id=None,
        changed_files=None,
    )
