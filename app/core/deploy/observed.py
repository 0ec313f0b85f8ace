"""What is known about a deployment at one moment: gathered fresh, judged by the machine."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.commands.scales import Tier
from app.core.deploy.states import State
from app.core.facts import Sha


class Kind(StrEnum):
    """What a deployment is for; a rollback was approved with what it takes back."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"


class Result(StrEnum):
    """Three outcomes of a check; missing data, too few samples and stale ones are the third."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class RunState(StrEnum):
    """Where the run that carries a deployment out stands."""

    ABSENT = "absent"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One attempt to bring one commit into one environment; `version` counts its changes.

    `times` overrides default limits by state, as the policy or the risk class asks.
    """

    id: str
    kind: Kind
    tier: Tier
    sha: Sha
    state: State
    entered_at: datetime
    version: int = 1
    has_canary: bool = False
    times: tuple[tuple[State, timedelta], ...] = ()
    watch_for: timedelta = timedelta(minutes=30)
    canary_for: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not done, for programs and for people."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Approvals:
    """How many people are needed and have approved exactly this."""

    needed: int = 0
    given: int = 0
    rejected_by: str | None = None

    @property
    def suffice(self) -> bool:
        """Whether nobody more is needed."""
        return self.given >= self.needed


@dataclass(frozen=True, slots=True)
class Run:
    """The run that carries a deployment out, as last seen; `sha` is what it says it deploys.

    `detail` is why it could not be started, where that is known.
    """

    state: RunState = RunState.ABSENT
    sha: Sha | None = None
    has_moved_traffic: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """GitHub's own record of the deployment, once it exists."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything a step depends on beside the deployment and the time.

    `refusal` is the worst objection of the checks at the door, run anew, and None only where every
    check could be made. `obstacle` keeps a queued deployment waiting (lock, freeze, hold, order in
    the queue); `held` is the hold or freeze among them, and ends what has its environment and has
    not begun.
    `paused_by` keeps a canary where it is, `promoted_by` sends it on as soon as it has passed,
    or with `promoted_anyway`, to which somebody more agreed, unless it has failed.
    `fence` says why the version before could not run any more, so that nothing is taken back.
    """

    refusal: Refusal | None
    obstacle: Refusal | None = None
    held: Refusal | None = None
    approvals: Approvals = Approvals()
    head_moved: bool = False
    has_lock: bool = False
    cancelled_by: str | None = None
    aborted_by: str | None = None
    paused_by: str | None = None
    promoted_by: str | None = None
    promoted_anyway: bool = False
    recorded: Recorded | None = None
    gates: Result | None = None
    run: Run = Run()
    promotion: Run = Run()
    health: Result | None = None
    canary: Result | None = None
    triggers: tuple[str, ...] = ()
    rollback: State | None = None
    fence: Refusal | None = None
    review_accepted: bool = False
