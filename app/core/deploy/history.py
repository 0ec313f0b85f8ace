"""What an environment's past allows: the order of environments, the last known good, quarantine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.deploy.codes import Code
from app.core.deploy.observed import Refusal
from app.core.deploy.states import STATES, State
from app.core.facts import Sha


@dataclass(frozen=True, slots=True)
class Past:
    """A deployment as history knows it, newest last; `ended_by` is the code of its last step.

    `schema` counts the migrations that it brought, `floor` is the oldest schema its code can run
    on; both are None where nobody says.
    """

    id: str
    environment: str
    sha: Sha
    tree: str
    state: State
    ended_by: str
    at: datetime
    schema: int | None = None
    floor: int | None = None
    is_artifact_there: bool = True


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A version that was taken back; `cleared_by` is the reviewed fix whose descendants may go."""

    environment: str
    sha: Sha
    tree: str
    cleared_by: Sha | None = None


def order_refusal(
    needs: Sequence[str], sha: Sha, tree: str, past: Iterable[Past], *, same_tree: bool
) -> Refusal | None:
    """Refuse what the environments before did not get, by the newest attempt of each alone.

    An older success counts for nothing once a newer attempt exists (trap T51); a squash has
    another commit but the same tree (trap T34).
    """
    newest = {each.environment: each for each in past if each.state in _ATTEMPTED}
    for name in needs:
        found = newest.get(name)
        if found is None:
            return Refusal("order_violation", f"nothing was deployed to {name} yet")
        fits = found.sha == sha or (same_tree and found.tree == tree)
        if not fits:
            return Refusal("order_violation", f"{name} has {found.sha[:12]}")
        if found.state is not State.SUCCEEDED:
            return Refusal("order_violation", f"{name} is {found.state.value.replace('_', ' ')}")
    return None


def last_known_good(
    environment: str, past: Sequence[Past], quarantined: Sequence[Quarantine], *, besides: str
) -> Past | None:
    """Return the newest success whose watch saw something and that nobody took back (T92)."""
    bad = {each.tree for each in quarantined if each.environment == environment}
    for each in reversed(past):
        if each.environment != environment or each.id == besides:
            continue
        is_good = each.state is State.SUCCEEDED and each.ended_by != Code.WATCH_BLIND
        if is_good and each.is_artifact_there and each.tree not in bad:
            return each
    return None


def named_target(
    live: Past, past: Sequence[Past], quarantined: Iterable[Quarantine], sha: Sha
) -> Past | Refusal:
    """Return the newest success of a commit that people chose to go back to (T92, T93)."""
    here = [each for each in past if each.environment == live.environment and each.id != live.id]
    found = [each for each in here if each.sha == sha and each.state is State.SUCCEEDED]
    bad = {each.tree for each in quarantined if each.environment == live.environment}
    if not found:
        return Refusal("no_rollback_target", f"{sha[:12]} was never a success there before")
    target = found[-1]
    if target.tree == live.tree:
        return Refusal("no_rollback_target", f"{sha[:12]} is what is live")
    if target.tree in bad:
        return Refusal("quarantined", f"{sha[:12]} was taken back from {live.environment}")
    if not target.is_artifact_there:
        return Refusal("no_rollback_target", f"nothing of {sha[:12]} is left to be deployed")
    return target


def fence_refusal(target: Past, past: Sequence[Past]) -> Refusal | None:
    """Refuse a version whose code cannot run on the present schema, before anything moves (T91).

    The present schema holds every migration that was ever brought there, since taking code back
    takes no migration back. What nobody says is not known to be safe, unless nobody ever said it.
    """
    here = [each for each in past if each.environment == target.environment]
    brought = [each for each in here if each.state in HAD_TRAFFIC]
    if all(each.schema is None and each.floor is None for each in (*brought, target)):
        return None
    floor = needed_floor(brought)
    if floor is None or target.schema is None:
        return Refusal("migration_fence", "it is not known which schema the versions need")
    if target.schema >= floor:
        return None
    safe = [each for each in here if each.state is State.SUCCEEDED and each.id != brought[-1].id]
    nearest = [each for each in safe if each.schema is not None and each.schema >= floor]
    where = f"the nearest safe one is {nearest[-1].sha[:12]}" if nearest else "fix it forward"
    return Refusal(
        "migration_fence",
        f"{target.sha[:12]} was made for schema {target.schema}, "
        f"the database needs {floor} or later; {where}",
    )


def schema_refusal(wanted: Past, past: Iterable[Past]) -> Refusal | None:
    """Refuse to bring code that lacks a migration which it needs: a rollback in disguise (T91).

    What is not known is no objection here, since a newer version is the way forward.
    """
    brought = [
        each
        for each in past
        if each.environment == wanted.environment and each.state in HAD_TRAFFIC
    ]
    floor = needed_floor(brought)
    if floor is None or wanted.schema is None or wanted.schema >= floor:
        return None
    detail = f"{wanted.sha[:12]} has {wanted.schema} migrations, the database needs {floor}"
    return Refusal("migration_fence", f"{detail}; bring it up to date with what is live")


def needed_floor(brought: Sequence[Past]) -> int | None:
    """Return the least schema that code needs after these; None where one that counts is silent."""
    if not brought:
        return None
    latest = max(brought, key=lambda each: each.schema or 0)
    if latest.floor is None or brought[-1].schema is None:
        return None
    return max(each.floor for each in brought if each.floor is not None)


def quarantine_refusal(
    environment: str,
    sha: Sha,
    tree: str,
    quarantined: Iterable[Quarantine],
    ancestors: frozenset[Sha],
) -> Refusal | None:
    """Refuse a version that was taken back, and any that does not hold the reviewed fix (T93).

    `ancestors` holds those of the fixes that the version descends from or is itself.
    """
    for each in quarantined:
        if each.environment != environment:
            continue
        if each.cleared_by is not None and each.cleared_by in ancestors:
            continue
        if sha == each.sha or tree == each.tree:
            return Refusal("quarantined", f"{each.sha[:12]} was taken back from {environment}")
    return None


def review_refusal(environment: str, past: Iterable[Past]) -> Refusal | None:
    """Refuse everything but a rollback as long as an incident is not reviewed (trap T99)."""
    for each in past:
        if each.environment == environment and each.state in CLOSING:
            return Refusal(
                "review_required", f"what went wrong with {each.sha[:12]} is not reviewed"
            )
    return None


HAD_TRAFFIC = frozenset(state for state, rule in STATES.items() if rule.moves_traffic) | {
    State.REVIEW_REQUIRED,
    State.CLEARED,
}
_ATTEMPTED = HAD_TRAFFIC | {State.DEPLOYING, State.FAILED}
CLOSING = (State.ROLLING_BACK, State.ROLLBACK_FAILED, State.REVIEW_REQUIRED)
