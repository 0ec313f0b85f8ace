"""Who has agreed to a deployment, counted anew each time: people lose rights and heads move."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which approvals count for a deployment, what is missing, and who said no."""

    tally: Tally
    needed: int
    rejected_by: str | None

    @property
    def counted(self) -> Approvals:
        """The agreement as the state machine sees it."""
        missing = max(self.tally.missing_people, len(self.tally.missing_roles))
        return Approvals(self.needed, self.needed - missing, self.rejected_by)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who has to agree: how many people, and whoever the policy names."""

    needs: Needed | None
    sign_off: SignOff | None


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
    with scene.database.read() as connection:
        said = deployments.said(connection, stored.id)
    request, rules = _request(stored, scene, wanted)
    given = [_approval(each, stored, scene) for each in said if each.approves]
    roles = wanted.sign_off.roles if wanted.sign_off else ()
    needed = max(wanted.needs.count if wanted.needs else 0, len(roles))
    return Agreement(tally(request, given, rules), needed, _rejected_by(said))


def objection(
    stored: Stored, scene: Scene, said: deployments.Approval, wanted: Wanted
) -> Code | None:
    """Return why a person's approval would not count; None if it would."""
    request, rules = _request(stored, scene, wanted)
    return discount(request, _approval(said, stored, scene), rules)


def _request(stored: Stored, scene: Scene, wanted: Wanted) -> tuple[Request, ApprovalRules]:
    sign_off = wanted.sign_off
    rules = ApprovalRules(sign_off.by_occasion() if sign_off else {}, scene.roll.holders)
    request = Request(
        binding=binding(stored, scene.policy.digest),
        requester=stored.requested_by,
        author=_author(scene),
        pushers=scene.hands,
        needs=wanted.needs,
        occasion=Occasion.PRODUCTION if sign_off else None,
    )
    return request, rules


def _author(scene: Scene) -> int | None:
    author = scene.pull.pull_request.author
    return author.id if author else None


def binding(stored: Stored, policy: str) -> Binding:
    """Return what exactly an approval of a deployment is for, under the policy of this moment."""
    return Binding(
        request=stored.id,
        environment=stored.environment.casefold(),
        sha=stored.sha,
        tree=Sha(stored.tree),
        parameters=digest(stored.params),
        policy=policy,
        evidence="",
    )


def _approval(said: deployments.Approval, stored: Stored, scene: Scene) -> Approval:
    person = Account(said.account_id, said.login, AccountKind.USER)
    given = replace(
        binding(stored, said.policy_sha256),
        sha=said.sha,
        tree=Sha(said.tree),
        parameters=digest(said.params),
    )
    standing = scene.roll.standing(person)
    return Approval(given, person, standing.level, scene.roll.teams(person) or frozenset())


def _rejected_by(said: Iterable[deployments.Approval]) -> str | None:
    return next((each.login for each in said if not each.approves), None)
