"""How risky a command is where it is given, who may give it, and how many must agree to it.

Everything that is not known about the situation counts as the worse case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.definition import Case, Form
from app.core.commands.levels import Standing
from app.core.commands.scales import Risk, Tier
from app.core.commands.verbs import VERBS


@dataclass(frozen=True, slots=True)
class Situation:
    """What must be known beside the words of a command; each default is the worse case.

    `tier` is what the environment is for. `is_owner`: the person holds the lock or hold, made the
    request, or gave the approval that the command is about. `to_last_known_good`: the rollback's
    target is that, inside the rollback window and above the migration fence. `request_risk` is
    the class of the request that an approval is for.
    """

    tier: Tier = Tier.PRODUCTION
    is_owner: bool = False
    to_last_known_good: bool = False
    is_security_gate: bool = True
    full_rollout_approved: bool = False
    request_risk: Risk = Risk.CRITICAL


def form_of(command: Command, situation: Situation) -> Form:
    """Return the row of the command's table that holds in the situation."""
    case = _CASES.get(command.verb, _always)(command, situation)
    form = next(form for form in VERBS[command.verb].forms if form.case is case)
    return replace(form, risk=situation.request_risk) if form.inherits else form


def refused_for(command: Command, situation: Situation, standing: Standing) -> Code | None:
    """Return why a person of that standing may not give the command there; None if they may."""
    form = form_of(command, situation)
    if form.only_owner and not situation.is_owner:
        return Code.PERMISSION_DENIED
    needed = form.owner_level if situation.is_owner and form.owner_level else form.level
    if standing.level >= needed:
        return None
    return standing.code or Code.PERMISSION_DENIED


def _always(_: Command, __: Situation) -> Case:
    return Case.ALWAYS


def _deploy(command: Command, situation: Situation) -> Case:
    if situation.tier is Tier.DEVELOPMENT:
        return Case.DEVELOPMENT_SHA if command.sha else Case.DEVELOPMENT
    return Case.STAGING if situation.tier is Tier.STAGING else Case.PRODUCTION


def _promote(_: Command, situation: Situation) -> Case:
    return Case.FULL_ROLLOUT_APPROVED if situation.full_rollout_approved else Case.ALWAYS


def _rollback(command: Command, situation: Situation) -> Case:
    if command.accept_data_risk:
        return Case.DATA_RISK
    in_production = situation.tier is Tier.PRODUCTION
    if situation.to_last_known_good:
        return Case.LAST_KNOWN_GOOD_PRODUCTION if in_production else Case.LAST_KNOWN_GOOD
    return Case.OTHER_TARGET_PRODUCTION if in_production else Case.OTHER_TARGET


def _override(_: Command, situation: Situation) -> Case:
    return Case.SECURITY_GATE if situation.is_security_gate else Case.ORDINARY_GATE


def _unlock(command: Command, _: Situation) -> Case:
    return Case.FORCED if command.force else Case.OWN


def _unfreeze(command: Command, _: Situation) -> Case:
    return Case.EVERYWHERE if command.everywhere else Case.ONE_ENVIRONMENT


_CASES: Mapping[str, Callable[[Command, Situation], Case]] = MappingProxyType(
    {
        "deploy": _deploy,
        "promote": _promote,
        "rollback": _rollback,
        "override": _override,
        "unlock": _unlock,
        "unfreeze": _unfreeze,
    }
)
