"""Every command as data: its words and flags, who may give it, how risky it is, who must agree."""

from app.core.commands.definition import (
    Approvals,
    Argument,
    Case,
    Flag,
    Form,
    Kind,
    Verb,
)
from app.core.commands.scales import Level, Risk

FLAGS = {
    flag.name: flag
    for flag in (
        Flag("sha", Kind.COMMIT, "sha", "This commit, all 40 characters, instead of the head."),
        Flag("to", Kind.COMMIT, "target", "The commit to go back to, all 40 characters."),
        Flag(
            "reason",
            Kind.TEXT,
            "reason",
            "Why, in quotation marks; or without them as the last flag, up to the end of the line.",
        ),
        Flag("until", Kind.DURATION, "until", "For how long, from `1m` to `30d`."),
        Flag("ticket", Kind.TICKET, "ticket", "The ticket that follows the matter up."),
        Flag("dry-run", Kind.SWITCH, "dry_run", "Do everything but the change itself."),
        Flag("force", Kind.SWITCH, "force", "Although somebody else holds the lock."),
        Flag("canary", Kind.PERCENT, "canary", "Begin with this share of traffic, 1 to 99."),
        Flag("global", Kind.SWITCH, "everywhere", "Every environment."),
        Flag(
            "accept-data-risk",
            Kind.SWITCH,
            "accept_data_risk",
            "Although data may be lost, because the target is older than the database schema.",
        ),
        Flag("request", Kind.REQUEST, "request", "The request that is meant, for example `req-7`."),
    )
}

_READ, _CONTRIBUTE, _OPERATE = Level.READ, Level.CONTRIBUTE, Level.OPERATE
_PRODUCTION, _INFRASTRUCTURE = Level.OPERATE_PRODUCTION, Level.INFRASTRUCTURE

_ONE_MORE = Approvals(1, _PRODUCTION)
_TWO_ONE_LEADING = Approvals(2, _OPERATE)
_TWO_ONE_HIGHEST = Approvals(2, _PRODUCTION, lead=_INFRASTRUCTURE)
_TWO_ONE_OF_SECURITY = Approvals(2, _PRODUCTION, lead=_INFRASTRUCTURE, on_security_list=True)

_ENVIRONMENT = Argument("environment", Kind.ENVIRONMENT)
_ANY_ENVIRONMENT = Argument("environment", Kind.ENVIRONMENT, required=False)
_ANY_VERB = Argument("topic", Kind.VERB, required=False)
_ANY_TOPIC = Argument("topic", Kind.TOPIC, required=False)
_ANY_REQUEST = Argument("request", Kind.REQUEST, required=False)
_GATE = Argument("gate", Kind.GATE)
_INCIDENT = Argument("incident", Kind.INCIDENT)
_REVIEWED = Argument("incident", Kind.REVIEWED)


def _read(name: str, meaning: str, *arguments: Argument, flags: tuple[str, ...] = ()) -> Verb:
    form = Form(Case.ALWAYS, _READ, Risk.SAFE)
    return Verb(
        name,
        meaning,
        (form,),
        arguments,
        flags,
        changes_state=False,
        on_closed=name == "status",
    )


def _always(level: Level, risk: Risk, approvals: Approvals | None = None) -> tuple[Form, ...]:
    return (Form(Case.ALWAYS, level, risk, approvals),)


def _or_owner(level: Level, risk: Risk) -> tuple[Form, ...]:
    return (Form(Case.ALWAYS, level, risk, owner_level=_CONTRIBUTE),)


_ROLLBACKS = (
    Form(Case.LAST_KNOWN_GOOD, _OPERATE, Risk.ELEVATED, reviewed_after=True),
    Form(Case.LAST_KNOWN_GOOD_PRODUCTION, _PRODUCTION, Risk.ELEVATED, reviewed_after=True),
    Form(Case.OTHER_TARGET, _OPERATE, Risk.DANGEROUS, _ONE_MORE),
    Form(Case.OTHER_TARGET_PRODUCTION, _PRODUCTION, Risk.DANGEROUS, _ONE_MORE),
    Form(Case.DATA_RISK, _INFRASTRUCTURE, Risk.CRITICAL, _TWO_ONE_HIGHEST),
)

_ALL = (
    _read("help", "List the commands, or explain one.", _ANY_VERB),
    _read("whoami", "Show your role and level, and why."),
    _read("status", "Show what runs, in which state, and who has locked it.", _ANY_ENVIRONMENT),
    _read("gates", "Show each gate's value, limit and age.", _ANY_ENVIRONMENT, flags=("sha",)),
    _read("why", "Explain a decision.", _ANY_TOPIC),
    _read("queue", "Show what waits, in which order.", _ANY_ENVIRONMENT),
    _read("history", "Show the last deployments.", _ANY_ENVIRONMENT),
    _read("diff", "Show what would change compared with what runs.", _ENVIRONMENT),
    _read("simulate", "Say what a command would do and what stops it, without doing it."),
    Verb(
        "hold",
        "Keep this pull request from being deployed.",
        _always(_CONTRIBUTE, Risk.RESTRICTED),
        (_ANY_ENVIRONMENT,),
        ("reason",),
        ("reason",),
    ),
    Verb("unhold", "End a hold.", _or_owner(_OPERATE, Risk.RESTRICTED), (_ANY_ENVIRONMENT,)),
    Verb(
        "recheck",
        "Judge again; evidence stays as it is.",
        _always(_CONTRIBUTE, Risk.RESTRICTED),
        (Argument("gate", Kind.GATE, required=False),),
    ),
    Verb(
        "cancel",
        "Withdraw a request that has not started.",
        _or_owner(_OPERATE, Risk.RESTRICTED),
        flags=("request",),
        on_closed=True,
    ),
    Verb(
        "ack",
        "Take an incident on.",
        _always(_CONTRIBUTE, Risk.RESTRICTED),
        (_INCIDENT,),
        on_closed=True,
    ),
    Verb(
        "deploy",
        "Deploy the head of the pull request, or a commit of a protected branch.",
        (
            Form(Case.DEVELOPMENT, _CONTRIBUTE, Risk.RESTRICTED),
            Form(Case.DEVELOPMENT_SHA, _OPERATE, Risk.RESTRICTED),
            Form(Case.STAGING, _OPERATE, Risk.ELEVATED),
            Form(Case.PRODUCTION, _PRODUCTION, Risk.DANGEROUS, _TWO_ONE_LEADING),
        ),
        (_ENVIRONMENT,),
        ("sha", "dry-run", "canary"),
    ),
    Verb(
        "promote",
        "Give a canary to everybody.",
        (
            Form(Case.ALWAYS, _PRODUCTION, Risk.DANGEROUS, _ONE_MORE),
            Form(Case.FULL_ROLLOUT_APPROVED, _PRODUCTION, Risk.DANGEROUS),
        ),
        (_ENVIRONMENT,),
    ),
    Verb("pause", "Stop at a canary's step.", _always(_OPERATE, Risk.ELEVATED), (_ENVIRONMENT,)),
    Verb("resume", "Go on after a pause.", _always(_OPERATE, Risk.ELEVATED), (_ENVIRONMENT,)),
    Verb(
        "abort",
        "Stop what runs and send traffic to the last known good.",
        _always(_OPERATE, Risk.ELEVATED),
        (_ENVIRONMENT,),
    ),
    Verb(
        "approve",
        "Agree to a request, exactly as it is shown.",
        (Form(Case.ALWAYS, _OPERATE, Risk.CRITICAL, inherits=True),),
        (
            _ANY_REQUEST,
            Argument("seen", Kind.COMMIT_BEGINNING, required=False),
        ),
        on_closed=True,
    ),
    Verb(
        "reject",
        "Refuse a request, which ends it.",
        _always(_CONTRIBUTE, Risk.RESTRICTED),
        (_ANY_REQUEST,),
        ("reason",),
        ("reason",),
        on_closed=True,
    ),
    Verb(
        "rollback",
        "Go back to the last known good, or to a named commit.",
        _ROLLBACKS,
        (_ENVIRONMENT,),
        ("to", "reason", "accept-data-risk"),
        ("reason",),
        on_closed=True,
    ),
    Verb(
        "override",
        "Lend a pass for one gate, one commit and one environment; it expires.",
        (
            Form(Case.ORDINARY_GATE, _PRODUCTION, Risk.DANGEROUS, _ONE_MORE),
            Form(Case.SECURITY_GATE, _INFRASTRUCTURE, Risk.CRITICAL, _TWO_ONE_OF_SECURITY),
        ),
        (_GATE, _ENVIRONMENT),
        ("reason", "ticket", "until"),
        ("reason", "ticket"),
    ),
    Verb(
        "revoke",
        "Take an approval, an override or an order back.",
        _or_owner(_PRODUCTION, Risk.RESTRICTED),
        (Argument("loan", Kind.LOAN),),
        on_closed=True,
    ),
    Verb(
        "lock",
        "Keep everybody else from deploying to an environment.",
        _always(_OPERATE, Risk.ELEVATED),
        (_ENVIRONMENT,),
        ("reason", "until"),
        ("reason",),
    ),
    Verb(
        "unlock",
        "Give a lock back; `--force` needs a reason.",
        (
            Form(Case.OWN, _OPERATE, Risk.ELEVATED, owner_level=_OPERATE, only_owner=True),
            Form(Case.FORCED, _PRODUCTION, Risk.DANGEROUS, _ONE_MORE),
        ),
        (_ENVIRONMENT,),
        ("force", "reason"),
        on_closed=True,
    ),
    Verb(
        "freeze",
        "Stop deployments to an environment or to all of them.",
        _always(_PRODUCTION, Risk.ELEVATED),
        (_ENVIRONMENT,),
        ("global", "until", "reason"),
        ("until", "reason"),
    ),
    Verb(
        "unfreeze",
        "Lift a freeze.",
        (
            Form(Case.ONE_ENVIRONMENT, _PRODUCTION, Risk.DANGEROUS, _ONE_MORE),
            Form(Case.EVERYWHERE, _INFRASTRUCTURE, Risk.DANGEROUS, _ONE_MORE),
        ),
        (_ENVIRONMENT,),
        ("global", "reason"),
        ("reason",),
    ),
    Verb(
        "review",
        "Close an incident, or an override that was used, with its review in the same comment.",
        _always(_OPERATE, Risk.ELEVATED, _ONE_MORE),
        (_REVIEWED,),
        on_closed=True,
    ),
)

VERBS = {verb.name: verb for verb in _ALL}
SIMULATE = "simulate"
