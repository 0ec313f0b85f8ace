"""What a command is made of: its words and flags, and the cases in which it asks for more."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.commands.scales import Level, Risk


class Kind(StrEnum):
    """What a word of a command stands for."""

    ENVIRONMENT = "environment"
    GATE = "gate"
    VERB = "command"
    TOPIC = "request or code"
    REQUEST = "request"
    INCIDENT = "incident"
    REVIEWED = "incident or override"
    LOAN = "approval, override or order"
    COMMIT = "commit"
    COMMIT_BEGINNING = "beginning of commit"
    DURATION = "duration"
    PERCENT = "percent"
    TICKET = "ticket"
    TEXT = "text"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Argument:
    """A word after the verb; `field` names its place in a command."""

    field: str
    kind: Kind
    required: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """A word that begins with two dashes; switches have no value."""

    name: str
    kind: Kind
    field: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Approvals:
    """How many people must agree: each at a level, some of them at a higher one.

    `on_security_list` asks those at the higher level to be named for security by the policy.
    """

    count: int
    each: Level
    leading: int = 1
    lead: Level = Level.OPERATE_PRODUCTION
    on_security_list: bool = False


class Case(StrEnum):
    """In which situation a row of a command holds, in words that finish "when"."""

    ALWAYS = "always"
    DEVELOPMENT = "the environment is for development"
    DEVELOPMENT_SHA = "the environment is for development, with `--sha`"
    STAGING = "the environment is for staging"
    PRODUCTION = "the environment is production"
    FULL_ROLLOUT_APPROVED = "the verdict is GO and the request was approved for everybody"
    LAST_KNOWN_GOOD = "back to last known good, inside window and fence"
    LAST_KNOWN_GOOD_PRODUCTION = "the same in production"
    OTHER_TARGET = "back to any other target"
    OTHER_TARGET_PRODUCTION = "back to any other target in production"
    DATA_RISK = "with `--accept-data-risk`"
    ORDINARY_GATE = "the gate is not about security"
    SECURITY_GATE = "the gate is about security"
    OWN = "without `--force`"
    FORCED = "with `--force`"
    ONE_ENVIRONMENT = "for one environment"
    EVERYWHERE = "with `--global`"


@dataclass(frozen=True, slots=True)
class Form:
    """A command in one case: who may give it, how risky it is, who must agree.

    `owner_level` lets whoever owns the thing (lock, hold, request, approval) act at that level;
    with `only_owner` nobody else may. `inherits` takes the risk of the request it is about.
    """

    case: Case
    level: Level
    risk: Risk
    approvals: Approvals | None = None
    owner_level: Level | None = None
    only_owner: bool = False
    inherits: bool = False
    reviewed_after: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: `required` flags must stand, one of `arguments` and `--global` where both are."""

    name: str
    meaning: str
    forms: tuple[Form, ...]
    arguments: tuple[Argument, ...] = ()
    flags: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    changes_state: bool = True
    on_closed: bool = False

    @property
    def lowest_level(self) -> Level:
        """The least level at which some form of the command may be given."""
        return min(form.owner_level or form.level for form in self.forms)

    @property
    def needs_environment(self) -> bool:
        """Tell whether an environment must be named, `--global` standing for all of them."""
        return any(each.kind is Kind.ENVIRONMENT and each.required for each in self.arguments)
