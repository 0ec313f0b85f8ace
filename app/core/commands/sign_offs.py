"""Whether a request has the approvals and sign-offs it needs, each for exactly this request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from app.core.approvals.matching import assign
from app.core.commands.codes import Code
from app.core.commands.definition import Approvals
from app.core.commands.scales import Level
from app.core.facts import Account, AccountKind, Sha


@dataclass(frozen=True, slots=True)
class Binding:
    """What exactly is approved; an approval for anything else is stale.

    `parameters`, `policy` and `evidence` are digests.
    """

    request: str
    environment: str
    sha: Sha
    tree: Sha
    parameters: str
    policy: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word for one binding, with the level and teams the person has now."""

    binding: Binding
    approver: Account | None
    level: Level
    teams: frozenset[int] = frozenset()


class Occasion(StrEnum):
    """What kind of change signs off are asked for."""

    STAGING = "staging"
    PRODUCTION = "production"
    HOTFIX = "hotfix"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Holders:
    """Who can sign for a role: people and members of teams, by numeric id."""

    users: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SignOffs:
    """Roles that sign before something happens, and roles that review it afterwards."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


_NO_HOLDERS: Mapping[str, Holders] = MappingProxyType({})
_NO_SIGN_OFFS: Mapping[Occasion, SignOffs] = MappingProxyType({})

# What a company with these four offices would write; the policy names roles as it likes.
EXAMPLE: Mapping[Occasion, SignOffs] = MappingProxyType(
    {
        Occasion.STAGING: SignOffs(("CTO",)),
        Occasion.PRODUCTION: SignOffs(("CTO", "CISO")),
        Occasion.HOTFIX: SignOffs(("CTO",), after=("CISO",)),
        Occasion.INFRASTRUCTURE: SignOffs(("CTO", "CEO")),
    }
)


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """What the policy says about approvals: roles, the security list, survival of a rebase."""

    sign_offs: Mapping[Occasion, SignOffs] = field(default_factory=lambda: _NO_SIGN_OFFS)
    holders: Mapping[str, Holders] = field(default_factory=lambda: _NO_HOLDERS)
    security: Holders = Holders()
    survives_rebase: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What waits for approval, and who had a hand in it; None is what could not be read.

    `also_barred` is whoever else may not approve, as the deployer of what a review is about.
    """

    binding: Binding
    requester: int
    author: int | None
    pushers: frozenset[int] | None
    needs: Approvals | None = None
    occasion: Occasion | None = None
    also_barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Discounted:
    """An approval that does not count, and why."""

    approval: Approval
    code: Code


@dataclass(frozen=True, slots=True)
class Tally:
    """Which approvals count, what is missing, and who is to review afterwards."""

    counted: tuple[Approval, ...]
    discounted: tuple[Discounted, ...] = ()
    missing_people: int = 0
    missing_leads: int = 0
    missing_roles: tuple[str, ...] = ()
    review_after: tuple[str, ...] = ()

    @property
    def is_satisfied(self) -> bool:
        """Tell whether nothing is missing."""
        return not (self.missing_people or self.missing_leads or self.missing_roles)


def tally(request: Request, approvals: Iterable[Approval], rules: ApprovalRules) -> Tally:
    """Count the approvals of a request: distinct people for distinct places and roles."""
    judged = [(each, discount(request, each, rules)) for each in approvals]
    counted = _one_each([each for each, code in judged if code is None])
    sign_offs = _sign_offs(request.occasion, rules)
    leads, others = _missing_people(request.needs, counted, rules)
    return Tally(
        counted,
        tuple(Discounted(each, code) for each, code in judged if code),
        missing_people=leads + others,
        missing_leads=leads,
        missing_roles=_missing_roles(sign_offs.before, counted, rules),
        review_after=sign_offs.after,
    )


def discount(request: Request, approval: Approval, rules: ApprovalRules) -> Code | None:
    """Return why an approval does not count; None if it does."""
    if not _is_for(request.binding, approval.binding, survives_rebase=rules.survives_rebase):
        return Code.APPROVAL_STALE
    who = approval.approver
    if who is None or who.kind is not AccountKind.USER:
        return Code.APPROVER_NOT_ELIGIBLE
    # NOTE: who pushed is not known here, so anybody may have; the approval counts for nobody.
    if request.pushers is None or request.author is None:
        return Code.APPROVER_NOT_ELIGIBLE
    if who.id in {request.requester, request.author, *request.pushers, *request.also_barred}:
        return Code.SELF_APPROVAL
    floor = request.needs.each if request.needs else Level.CONTRIBUTE
    return None if approval.level >= floor else Code.APPROVER_NOT_ELIGIBLE


def _sign_offs(occasion: Occasion | None, rules: ApprovalRules) -> SignOffs:
    return rules.sign_offs.get(occasion, SignOffs()) if occasion else SignOffs()


def _is_for(wanted: Binding, given: Binding, *, survives_rebase: bool) -> bool:
    """Compare all parts; after a rebase another commit with the same tree may stand for it."""
    if survives_rebase:
        given = replace(given, sha=wanted.sha)
    return given == wanted


def _one_each(approvals: Sequence[Approval]) -> tuple[Approval, ...]:
    """Keep one approval of each person; where two differ in level, the lower."""
    highest_first = sorted(approvals, key=lambda each: each.level, reverse=True)
    by_person = {each.approver.id: each for each in highest_first if each.approver}
    return tuple(by_person[person] for person in sorted(by_person))


def _missing_people(
    needs: Approvals | None, counted: Sequence[Approval], rules: ApprovalRules
) -> tuple[int, int]:
    """Return how many people are missing at the higher level, and how many others."""
    if needs is None:
        return 0, 0
    leads = _people(
        each
        for each in counted
        if each.level >= needs.lead and (not needs.on_security_list or _holds(rules.security, each))
    )
    others = needs.count - needs.leading
    first, second = assign([needs.leading, others], [leads, _people(counted)])
    return needs.leading - len(first), others - len(second)


def _missing_roles(
    roles: Sequence[str], counted: Sequence[Approval], rules: ApprovalRules
) -> tuple[str, ...]:
    able = [
        _people(each for each in counted if _holds(rules.holders.get(role, Holders()), each))
        for role in roles
    ]
    served = assign([1] * len(roles), able)
    return tuple(role for role, people in zip(roles, served, strict=True) if not people)


def _holds(holders: Holders, approval: Approval) -> bool:
    who = approval.approver
    return who is not None and (who.id in holders.users or bool(approval.teams & holders.teams))


def _people(approvals: Iterable[Approval]) -> frozenset[int]:
    return frozenset(each.approver.id for each in approvals if each.approver)
