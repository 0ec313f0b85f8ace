"""Who has agreed to a request, counted anew each time: people lose rights and heads move."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.definition import Approvals as Needed
from app.core.commands.risk import Situation, form_of
from app.core.commands.scales import Level
from app.core.commands.sign_offs import (
    Approval,
    ApprovalRules,
    Binding,
    Occasion,
    Request,
    Tally,
    discount,
    tally,
)
from app.core.deploy.observed import Approvals, Kind
from app.core.facts import Account, AccountKind, Sha
from app.service.chatops.asked import digest
from app.service.chatops.plan import SignOff
from app.service.chatops.scene import Scene
from app.store import deployments
from app.store.deployments import Stored


class Asking(Protocol):
    """What people agree to: a deployment, or an order."""

    @property
    def id(self) -> str:
        """The request's id."""

    @property
    def environment(self) -> str:
        """The environment, empty where every one is meant."""

    @property
    def sha(self) -> Sha:
        """The commit."""

    @property
    def tree(self) -> str:
        """The commit's tree."""

    @property
    def params(self) -> str:
        """Everything else that is agreed to, as text."""

    @property
    def requested_by(self) -> int:
        """Who asked, by id."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which approvals count for a request, what is missing, and who said no."""

    tally: Tally
    needed: int
    rejected_by: str | None
    lead: Level = Level.OPERATE_PRODUCTION

    @property
    def counted(self) -> Approvals:
        """The agreement as the state machine sees it."""
        missing = max(self.tally.missing_people, len(self.tally.missing_roles))
        return Approvals(self.needed, self.needed - missing, self.rejected_by)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who has to agree: how many people, and whoever the policy names; `barred` never counts."""

    needs: Needed | None
    sign_off: SignOff | None
    barred: frozenset[int] = frozenset()


def needed_for(command: Command, situation: Situation, sign_off: SignOff | None) -> Needed | None:
    """Return how many people must agree: what the risk asks for, or more if the policy does."""
    base = form_of(command, situation).approvals
    wanted = sign_off.count if sign_off else 0
    if base is None:
        return Needed(wanted, Level.CONTRIBUTE, leading=0) if wanted else None
    return replace(base, count=max(base.count, wanted))


def agreement(stored: Stored, scene: Scene, wanted: Wanted) -> Agreement:
    """Count what people said about a deployment, with the rights they have now (T21)."""
    if stored.kind is Kind.ROLLBACK:
        return Agreement(Tally(()), 0, None)
    return counted(stored, scene, wanted)


def counted(asking: Asking, scene: Scene, wanted: Wanted) -> Agreement:
    """Count what people said about a request that waits for them."""
    with scene.database.read() as connection:
        said = deployments.said(connection, asking.id)
    request, rules = _request(asking, scene, wanted)
    given = [_approval(each, asking, scene) for each in said if each.approves]
    roles = wanted.sign_off.roles if wanted.sign_off else ()
    needed = max(wanted.needs.count if wanted.needs else 0, len(roles))
    lead = wanted.needs.lead if wanted.needs else Level.OPERATE_PRODUCTION
    return Agreement(tally(request, given, rules), needed, _rejected_by(said), lead)


def objection(
    asking: Asking, scene: Scene, said: deployments.Approval, wanted: Wanted
) -> Code | None:
    """Return why a person's approval would not count; None if it would."""
    request, rules = _request(asking, scene, wanted)
    return discount(request, _approval(said, asking, scene), rules)


def _request(asking: Asking, scene: Scene, wanted: Wanted) -> tuple[Request, ApprovalRules]:
    sign_off = wanted.sign_off
    roll = scene.roll
    rules = ApprovalRules(sign_off.by_occasion() if sign_off else {}, roll.holders, roll.security)
    request = Request(
        binding=binding(asking, scene.policy.digest),
        requester=asking.requested_by,
        author=_author(scene),
        pushers=scene.hands,
        needs=wanted.needs,
        occasion=Occasion.PRODUCTION if sign_off else None,
        also_barred=wanted.barred,
    )
    return request, rules


def _author(scene: Scene) -> int | None:
    author = scene.pull.pull_request.author
    return author.id if author else None


def binding(asking: Asking, policy: str) -> Binding:
    """Return what exactly an approval is for, under the policy of this moment."""
    return Binding(
        request=asking.id,
        environment=asking.environment.casefold(),
        sha=asking.sha,
        tree=Sha(asking.tree),
        parameters=digest(asking.params),
        policy=policy,
        evidence="",
    )


def _approval(said: deployments.Approval, asking: Asking, scene: Scene) -> Approval:
    person = Account(said.account_id, said.login, AccountKind.USER)
    given = replace(
        binding(asking, said.policy_sha256),
        sha=said.sha,
        tree=Sha(said.tree),
        parameters=digest(said.params),
    )
    standing = scene.roll.standing(person)
    return Approval(given, person, standing.level, scene.roll.teams(person) or frozenset())


def _rejected_by(said: Iterable[deployments.Approval]) -> str | None:
    return next((each.login for each in said if not each.approves), None)
