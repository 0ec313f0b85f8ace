"""Which events each number counts, by the path of the number in the published document."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar

from app.core.dora.deliveries import Delivered, DeliveredPull
from app.core.dora.frequency import monday_of
from app.core.dora.members import Members
from app.core.dora.rollouts import Kind, Rollout

T = TypeVar("T")
NO_POLICY = "none"


def names(members: Members, weeks: Iterable[date]) -> dict[str, tuple[str, ...]]:
    """Return the ids behind every number, in the order of time."""
    return {
        **_of_rollouts(members),
        **_of_days(members, {each.isoformat() for each in weeks}),
        **_of_changes(members),
        **_of_failures(members),
        "rework.rework": _ids(members.rework),
        "rework.total": _ids(members.no_redeploys),
        "incidents.total": tuple(each.incident.id for each in members.blames),
        "incidents.attributed": tuple(
            each.incident.id for each in members.blames if each.target is not None
        ),
        "incidents.unattributed": tuple(
            each.incident.id for each in members.blames if each.target is None
        ),
        "time_to_restore": tuple(each.id for each in members.restored),
        "waiting": tuple(each.change for each in members.waiting or ()),
    }


def by(found: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    """Return what was found in groups, the groups by their names."""
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)
    return dict(sorted(groups.items()))


def kind_of(change: Delivered) -> str:
    """Return who wrote a change."""
    return change.kind.value


def policy_of(pull: DeliveredPull) -> str:
    """Return the version of the policy that a pull request was merged under."""
    return NO_POLICY if pull.policy is None else pull.policy


def _of_rollouts(members: Members) -> dict[str, tuple[str, ...]]:
    return {
        "deployments": _ids(members.deployments),
        "deployments_all": _ids(members.rollouts),
        "rollbacks": _ids(members.of_kind(Kind.ROLLBACK)),
        "reinstates": _ids(members.of_kind(Kind.REINSTATE)),
        "redeploys": _ids(members.of_kind(Kind.REDEPLOY)),
        "failed_attempts": tuple(each.id for each in members.failed_attempts),
    }


def _of_days(members: Members, weeks: set[str]) -> dict[str, tuple[str, ...]]:
    zone = members.facts.question.zone

    def day(rollout: Rollout) -> date:
        return datetime.fromtimestamp(rollout.live, zone).date()

    days = by(members.deployments, lambda each: day(each).isoformat())
    found = by(members.deployments, lambda each: monday_of(day(each)).isoformat())
    whole = {monday: found.get(monday, []) for monday in sorted(weeks)}
    return {**_grouped("by_day", days, _id), **_grouped("by_week", whole, _id)}


def _of_changes(members: Members) -> dict[str, tuple[str, ...]]:
    return {
        "lead_time": tuple(map(_change, members.by_people)),
        "lead_time_all": tuple(map(_change, members.changes)),
        **_grouped("lead_time_by_kind", by(members.changes, kind_of), _change),
        "pr_lead_time": tuple(map(_number, members.pulls)),
        **_grouped("pr_lead_time_by_policy", by(members.pulls, policy_of), _number),
    }


def _of_failures(members: Members) -> dict[str, tuple[str, ...]]:
    return {
        "change_fail.failed": tuple(each.target.id for each in members.failures),
        "change_fail.total": members.judged,
        "recovery": tuple(each.target.id for each in members.recovered),
        "recovery.open": tuple(each.target.id for each in members.still_open),
    }


def _grouped(
    path: str, groups: Mapping[str, list[T]], name: Callable[[T], str]
) -> dict[str, tuple[str, ...]]:
    return {f"{path}.{key}": tuple(map(name, group)) for key, group in groups.items()}


def _ids(rollouts: Iterable[Rollout]) -> tuple[str, ...]:
    return tuple(map(_id, rollouts))


def _id(rollout: Rollout) -> str:
    return rollout.id


def _change(change: Delivered) -> str:
    return change.change


def _number(pull: DeliveredPull) -> str:
    return str(pull.pull.number)
