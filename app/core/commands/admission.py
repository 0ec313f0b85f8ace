"""Whether a comment, a command in it and the code it names may be acted on at all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.scales import Risk
from app.core.facts import Account, AccountKind, Sha

LONGEST_AGE = timedelta(minutes=15)
_EDITED = "edited"
_ACTIONS = frozenset({"created", _EDITED})
# Agreeing is a person's own act, where everybody sees what is agreed to.
_BY_COMMENT_ONLY = frozenset({"approve", "override", "review"})
_CONTAINED = frozenset({"behind", "identical"})


class Decision(StrEnum):
    """What happens to a comment or command: go on, say nothing, or say why not."""

    ADMITTED = "admitted"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Admission:
    """A decision and its reason."""

    decision: Decision
    code: Code | None = None


ADMITTED = Admission(Decision.ADMITTED)
IGNORED = Admission(Decision.IGNORED)


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """What the policy allows: apps that may write for people, how old, and code of forks."""

    own_account: int | None = None
    trusted_apps: frozenset[int] = frozenset()
    longest_age: timedelta = LONGEST_AGE
    allow_forks: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A comment as the event told it; `via_app` is the app that wrote in a person's name.

    What a workflow run asked for stands for a comment; `run_ref` names its workflow and the ref.
    """

    event: str
    action: str
    author: Account | None
    created_at: datetime
    updated_at: datetime
    body_digest: str
    is_on_pull_request: bool
    is_open: bool
    via_app: int | None = None
    run_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Reread:
    """The comment as it is just before something happens; None is what could not be read."""

    updated_at: datetime | None
    body_digest: str | None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The code a command would act on; None is what could not be read.

    `head` was fixed when the command came in, `head_now` and `listed_head` are the answers of
    GitHub's two ways to ask for it now. `compared` is GitHub's word for the named commit compared
    with each protected branch, the branch being the base.
    """

    head: Sha
    head_now: Sha | None
    listed_head: Sha | None
    repository: int
    head_repository: int | None
    compared: Mapping[str, str]


def _refused(code: Code) -> Admission:
    return Admission(Decision.REFUSED, code)


def admit_comment(posted: Posted, rules: AdmissionRules) -> Admission:
    """Admit only a person's new comment on a pull request; call it for living commands only."""
    if posted.event != "issue_comment" or posted.action not in _ACTIONS:
        return IGNORED
    if _is_machine(posted.author, rules):
        return Admission(Decision.IGNORED, Code.BOT_COMMENT)
    if posted.action == _EDITED:
        return _refused(Code.COMMENT_EDITED)
    if not posted.is_on_pull_request:
        return _refused(Code.NOT_A_PULL_REQUEST)
    if posted.author is None or posted.author.kind is not AccountKind.USER:
        return _refused(Code.AUTHOR_UNKNOWN)
    return ADMITTED


def admit_run(run_ref: str | None, speaking: Collection[str]) -> Admission:
    """Admit a run of a workflow that the policy lets speak, as the default branch has it.

    Any other one may run a pull request's code, which would speak for whoever starts it.
    """
    if run_ref is None or run_ref in speaking:
        return ADMITTED
    return _refused(Code.RUN_NOT_TRUSTED)


def admit_command(
    command: Command, risk: Risk, posted: Posted, rules: AdmissionRules, now: datetime
) -> Admission:
    """Admit a command by its own rules: open pull request, age, and who wrote for whom."""
    if posted.run_ref is not None and command.verb in _BY_COMMENT_ONLY:
        return _refused(Code.COMMENT_NEEDED)
    if not (posted.is_open or command.definition.on_closed):
        return _refused(Code.PULL_REQUEST_CLOSED)
    # NOTE: a time in the future means that one of two clocks is wrong, so age says nothing.
    if command.definition.changes_state and abs(now - posted.created_at) > rules.longest_age:
        return _refused(Code.COMMAND_EXPIRED)
    if (
        risk.reaches(Risk.ELEVATED)
        and posted.via_app is not None
        and posted.via_app not in rules.trusted_apps
    ):
        return _refused(Code.APP_NOT_ALLOWED)
    return ADMITTED


def admit_unchanged(posted: Posted, reread: Reread | None, risk: Risk) -> Admission:
    """Refuse what stands differently in the comment now; a deleted comment is no cancellation.

    Nobody need read again what is less than dangerous.
    """
    if reread is None and not risk.reaches(Risk.DANGEROUS):
        return ADMITTED
    if reread is not None and reread.is_deleted:
        return ADMITTED
    if reread is None or reread.updated_at is None or reread.body_digest is None:
        return _refused(Code.API_UNAVAILABLE)
    same = (reread.updated_at, reread.body_digest) == (posted.updated_at, posted.body_digest)
    return ADMITTED if same else _refused(Code.COMMENT_EDITED)


def admit_code(command: Command, origin: Origin, rules: AdmissionRules) -> Admission:
    """Admit the head as it was when the command came in, or a commit of a protected branch."""
    if command.sha is not None and command.sha != origin.head:
        contained = any(word in _CONTAINED for word in origin.compared.values())
        return ADMITTED if contained else _refused(Code.SHA_NOT_PROTECTED)
    if origin.head_repository is None:
        return _refused(Code.FORK_DENIED)
    if origin.head_repository != origin.repository and not rules.allow_forks:
        return _refused(Code.FORK_DENIED)
    return _head(origin)


def _head(origin: Origin) -> Admission:
    if origin.head_now is None or origin.listed_head is None:
        return _refused(Code.API_UNAVAILABLE)
    if origin.head_now != origin.listed_head:
        return _refused(Code.SHA_MISMATCH)
    return ADMITTED if origin.head_now == origin.head else _refused(Code.REF_CHANGED)


def _is_machine(author: Account | None, rules: AdmissionRules) -> bool:
    if author is None:
        return False
    return author.kind is AccountKind.BOT or author.id == rules.own_account
