"""One command in its place: who asked, where, when, and what is answered."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from app.audit.leaf import Draft
from app.core.commands.admission import AdmissionRules, Origin, Posted
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.levels import Standing
from app.core.commands.replies import Reaction, Reply, refusal, refused
from app.core.facts import Account, Sha
from app.core.policy.deployments import DeploymentPolicy
from app.service.chatops.proving.watch import Watcher
from app.service.chatops.scene import Scene
from app.store.commands import Commented
from app.store.subjects import Taken, Want


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of a person, with everything that decides about it."""

    job: Taken
    scene: Scene
    policy: DeploymentPolicy
    seen: Commented
    posted: Posted
    person: Account
    standing: Standing
    now: datetime
    watcher: Watcher

    @property
    def rules(self) -> AdmissionRules:
        """What the policy says about comments; forks are looked at by environment."""
        return AdmissionRules(
            trusted_apps=frozenset(self.policy.apps), longest_age=self.policy.max_age
        )

    @property
    def head(self) -> Sha:
        """The head that the person could see: the one we knew of when the comment came in.

        It is empty where the head that we knew had come after the comment.
        """
        seen = self.seen.head_sha
        return self.scene.pull.head_sha if seen is None else Sha(seen)

    def origin(self, sha: Sha | None) -> Origin:
        """Return where the code comes from that a command would act on."""
        scene = self.scene
        compared = {}
        if sha is not None and sha != self.head:
            contained = scene.reading.is_on_base(sha)
            compared = {scene.pull.default_branch: "behind" if contained else "diverged"}
        return Origin(
            head=self.head,
            head_now=scene.pull.head_sha,
            listed_head=scene.listed_head,
            repository=scene.repository.id,
            head_repository=scene.pull.pull_request.head_repository_id,
            compared=compared,
        )

    def want(self, key: str, cause: str, *, urgent: bool = False) -> Want:
        """Return a wish for work in the name of this comment's installation."""
        return Want(
            key=key,
            kind=key.partition(":")[0],
            account_id=self.job.account_id,
            installation_id=self.job.installation_id,
            cause=cause,
            urgent=urgent,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a command; `code` is for programs and for the log.

    `act` writes what the command changes, in the transaction that records it, and may still answer
    otherwise. Nothing is asked of GitHub or git any more by then.
    """

    code: str
    reply: Reply
    verb: str = ""
    environment: str = ""
    wants: tuple[Want, ...] = ()
    entries: tuple[Draft, ...] = ()
    act: "Act | None" = None


Act = Callable[[sa.Connection], Answer]


def no(command: Command, code: Code, detail: str = "") -> Answer:
    """Refuse a complete command."""
    told = refusal(code, command, detail)
    return Answer(code.value, refused([told]), command.verb, command.environment or "")


def done(command: Command, text: str, *wants: Want, code: str = "done") -> Answer:
    """Say that a command was carried out or recorded."""
    reply = Reply(Reaction.DONE, text)
    return Answer(code, reply, command.verb, command.environment or "", wants)


def digest(text: str) -> str:
    """Return what stands for a text where the text itself is not kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def then(answer: Answer, write: Callable[[sa.Connection], object]) -> Answer:
    """Return the answer with what it has to write first."""

    def act(connection: sa.Connection) -> Answer:
        write(connection)
        return answer

    return replace(answer, act=act)
