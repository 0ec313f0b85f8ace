"""Gates that a merge group takes over from its pull requests: about people and content."""

from collections.abc import Mapping
from types import MappingProxyType

from app.core.decide.codes import Code
from app.core.decide.undecided import facts_missing
from app.core.facts import Facts, GroupMember, MergeGroup, Part
from app.core.gates.wording import clip, count, quoted
from app.core.verdict import Blocker, GateName, Outcome, Verdict

CARRIED = frozenset({GateName.APPROVAL, GateName.COMPLIANCE, GateName.SECRETS})

_REASONS: Mapping[Code, str] = MappingProxyType(
    {
        Code.GROUP_MEMBER_CLOSED: "is not open",
        Code.GROUP_MEMBER_RETARGETED: "has another base branch than the group",
        Code.GROUP_MEMBER_UNRECORDED: "has no recorded verdict for its present head",
        Code.GROUP_MEMBER_NOT_PASSING: "does not pass",
    }
)


def carried(gate: GateName, facts: Facts, group: MergeGroup) -> Verdict:
    """Pass only if every member is open, on this base, and passed the gate at its present head."""
    gaps = facts.gaps_in(Part.GROUP)
    if gaps:
        return facts_missing(gate, gaps)
    if not group.members:
        return _unknown_members(gate, group)
    members = sorted(group.members, key=lambda member: (member.number, str(member.head_sha)))
    asked = [(_objection(gate, member, facts), member) for member in members]
    objections = [(code, member) for code, member in asked if code is not None]
    if objections:
        return _failed(gate, objections, len(members))
    return Verdict(
        gate=gate,
        outcome=Outcome.PASS,
        code=Code.GROUP_CARRIED,
        title=f"Carried over from {count(len(members), 'pull request')}",
        counted=tuple(f"#{member.number} at {str(member.head_sha)[:7]}" for member in members),
        examined=len(members),
    )


def _objection(gate: GateName, member: GroupMember, facts: Facts) -> Code | None:
    recorded = {outcome for name, outcome in member.outcomes if name == gate}
    bases = {facts.subject.base_ref, member.base_ref, facts.group.base_ref if facts.group else ""}
    if not member.is_open:
        return Code.GROUP_MEMBER_CLOSED
    if len(bases) > 1:
        return Code.GROUP_MEMBER_RETARGETED
    if member.head_sha is None or not recorded:
        return Code.GROUP_MEMBER_UNRECORDED
    return None if recorded == {Outcome.PASS} else Code.GROUP_MEMBER_NOT_PASSING


def _failed(gate: GateName, objections: list[tuple[Code, GroupMember]], size: int) -> Verdict:
    code, first = objections[0]
    blockers = tuple(
        Blocker(
            code=why,
            subject=f"#{member.number}",
            who_can_unblock=f"whoever can unblock {gate} on #{member.number}",
            next_action=f"#{member.number} {_REASONS[why]}. Take it out of the queue, mend it and"
            " queue it again.",
        )
        for why, member in objections
    )
    others = f"; {len(objections)} of {size} members block" if len(objections) > 1 else ""
    title = clip(f"#{first.number} {_REASONS[code]}{others}")
    return Verdict(gate, Outcome.FAIL, code, title, blockers=blockers, examined=size)


def _unknown_members(gate: GateName, group: MergeGroup) -> Verdict:
    blocker = Blocker(
        code=Code.GROUP_MEMBERS_UNKNOWN,
        subject=quoted(group.ref),
        who_can_unblock="anybody who can queue pull requests",
        next_action="It is not known which pull requests this group holds. Queue them again.",
    )
    title = "The pull requests of this merge group are not known"
    return Verdict(gate, Outcome.FAIL, Code.GROUP_MEMBERS_UNKNOWN, title, blockers=(blocker,))
