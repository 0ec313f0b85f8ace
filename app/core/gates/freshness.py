"""The freshness gate: the head holds the base branch, or what it lacks is proven not to matter."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.core.facts import Divergence, Facts, Part
from app.core.gates.changed import changed_paths
from app.core.gates.wording import clip, count, listed, quoted
from app.core.policy.model import FreshnessPolicy, Policy
from app.core.policy.paths import PathSet
from app.core.verdict import Blocker, GateName, Outcome, Verdict


class Code(StrEnum):
    """Reason codes of the freshness gate."""

    UP_TO_DATE = "FRESHNESS_UP_TO_DATE"
    DISJOINT = "FRESHNESS_DISJOINT"
    YOUNG = "FRESHNESS_YOUNG"
    NOT_REQUIRED = "FRESHNESS_NOT_REQUIRED"
    IN_QUEUE = "FRESHNESS_IN_QUEUE"
    CONFLICT = "FRESHNESS_CONFLICT"
    UNRELATED = "FRESHNESS_UNRELATED"
    BEHIND = "FRESHNESS_BEHIND"
    TOO_FAR_BEHIND = "FRESHNESS_TOO_FAR_BEHIND"
    OVERLAP = "FRESHNESS_OVERLAP"
    SENSITIVE = "FRESHNESS_SENSITIVE"
    TOO_OLD = "FRESHNESS_TOO_OLD"
    UNKNOWN = "FRESHNESS_UNKNOWN"
    PATHS_UNKNOWN = "FRESHNESS_PATHS_UNKNOWN"
    AGE_UNKNOWN = "FRESHNESS_AGE_UNKNOWN"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.UP_TO_DATE: "The head contains the tip of its base branch.",
        Code.DISJOINT: "The base branch moved, and only in paths that do not matter here.",
        Code.YOUNG: "The head is behind, and its merge base is younger than `max_age`.",
        Code.NOT_REQUIRED: "The policy's mode is `none`.",
        Code.IN_QUEUE: "A merge queue builds every group on the tip of the base branch.",
        Code.CONFLICT: "GitHub says that the head cannot be merged without conflicts.",
        Code.UNRELATED: "Head and base branch have no common ancestor.",
        Code.BEHIND: "The base branch has commits that the head lacks.",
        Code.TOO_FAR_BEHIND: "The head lacks more commits of the base branch than `max_behind`.",
        Code.OVERLAP: "The base branch changed files that the pull request changes too.",
        Code.SENSITIVE: "The base branch changed paths that the policy calls sensitive.",
        Code.TOO_OLD: "The merge base is older than `max_age`.",
        Code.UNKNOWN: "Head and base branch could not be compared.",
        Code.PATHS_UNKNOWN: "It is not known which paths the pull request or its base changed.",
        Code.AGE_UNKNOWN: "The age of the merge base is not known, or lies in the future.",
    }
)

_FAILING = frozenset(
    {
        Code.CONFLICT,
        Code.UNRELATED,
        Code.BEHIND,
        Code.TOO_FAR_BEHIND,
        Code.OVERLAP,
        Code.SENSITIVE,
        Code.TOO_OLD,
    }
)
_UNCERTAIN = frozenset({Code.UNKNOWN, Code.PATHS_UNKNOWN, Code.AGE_UNKNOWN})
_UPDATE = "Update the branch: merge the base branch into it, or rebase it."


def needs(policy: Policy) -> frozenset[Part]:
    """Return the parts without which this policy's mode cannot be judged."""
    mode = policy.gates.freshness.mode
    if mode == "none":
        return frozenset()
    if mode == "disjoint":
        return frozenset({Part.PULL_REQUEST, Part.CHANGES})
    return frozenset({Part.PULL_REQUEST})


def judge(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Pass when the head is not behind, or behind in a way that the policy's mode allows."""
    freshness = policy.gates.freshness
    if facts.group is not None:
        return _not_required(Code.IN_QUEUE, "Not required: the merge queue keeps up with the base")
    if freshness.mode == "none":
        return _not_required(Code.NOT_REQUIRED, _not_asked(facts.divergence))
    if facts.pull_request is not None and facts.pull_request.mergeable is False:
        return _conflict(facts)
    if facts.divergence is None:
        base = quoted(facts.subject.base_ref)
        return _verdict(
            Code.UNKNOWN,
            "Could not evaluate: head and base were not compared",
            f"The head could not be compared with {base}. It may be gone or have been rewritten;"
            " see that it exists, then evaluate again.",
        )
    return _measured(facts, facts.divergence, freshness, now)


def _measured(
    facts: Facts, divergence: Divergence, freshness: FreshnessPolicy, now: datetime
) -> Verdict:
    if divergence.unrelated:
        return _verdict(
            Code.UNRELATED,
            "No common ancestor with the base branch",
            "Head and base share no history. Put the change on a branch made from the base.",
        )
    base = quoted(facts.subject.base_ref)
    if divergence.behind == 0:
        tip = facts.subject.base_sha[:7]
        verdict = _verdict(Code.UP_TO_DATE, f"Up to date with {base}")
        return replace(verdict, counted=(f"the head contains {tip}, the tip of {base}",))
    if freshness.mode == "disjoint":
        return _disjoint(facts, divergence, freshness)
    if freshness.mode == "age":
        return _by_age(facts, divergence, freshness, now)
    return _verdict(Code.BEHIND, _behind(facts, divergence), _UPDATE)


def _disjoint(facts: Facts, divergence: Divergence, freshness: FreshnessPolicy) -> Verdict:
    behind = _behind(facts, divergence)
    if divergence.behind > freshness.max_behind:
        return _verdict(
            Code.TOO_FAR_BEHIND, f"{behind}; at most {freshness.max_behind} allowed", _UPDATE
        )
    own, theirs = changed_paths(facts), frozenset(divergence.base_paths)
    # NOTE: commits that change nothing in sum look like paths that were not read.
    if own is None or not theirs:
        detail = f"It is not known which paths changed on both sides. {_UPDATE}"
        return _verdict(Code.PATHS_UNKNOWN, f"Could not evaluate: {behind}", detail)
    verdict = _first_of(behind, _collisions(own, theirs, freshness)) or replace(
        _verdict(Code.DISJOINT, f"{behind}, in other files"),
        counted=(f"0 of {count(len(theirs), 'path')} changed on the base matter here",),
    )
    return replace(verdict, examined=len(theirs))


def _collisions(
    own: frozenset[str], theirs: frozenset[str], freshness: FreshnessPolicy
) -> Iterable[tuple[Code, str, list[str]]]:
    """List the ways in which the base's changes can matter, with the paths that do."""
    sensitive = PathSet.of(freshness.sensitive)
    yield (Code.OVERLAP, "same files changed", sorted(own & theirs))
    yield (
        Code.SENSITIVE,
        "sensitive paths changed",
        [path for path in sorted(theirs) if sensitive.matches(path)],
    )


def _first_of(behind: str, collisions: Iterable[tuple[Code, str, list[str]]]) -> Verdict | None:
    for code, headline, paths in collisions:
        if paths:
            detail = f"The base branch changed {listed(paths)}. {_UPDATE}"
            return _verdict(code, f"{behind}, {headline}", detail)
    return None


def _by_age(
    facts: Facts, divergence: Divergence, freshness: FreshnessPolicy, now: datetime
) -> Verdict:
    behind, since = _behind(facts, divergence), divergence.merge_base_at
    # A date that lies ahead would keep a branch fresh for as long as its author likes.
    if since is None or since > now:
        detail = f"The date of the merge base is unknown or in the future. {_UPDATE}"
        return _verdict(Code.AGE_UNKNOWN, f"Could not evaluate: {behind}", detail)
    due = since + freshness.max_age
    if now >= due:
        return _verdict(Code.TOO_OLD, f"{behind}, too old since {due:%Y-%m-%d %H:%M} UTC", _UPDATE)
    verdict = _verdict(Code.YOUNG, f"{behind}, merge base from {since:%Y-%m-%d %H:%M} UTC")
    return replace(verdict, recheck_at=due)


def _behind(facts: Facts, divergence: Divergence) -> str:
    return f"{count(divergence.behind, 'commit')} behind {quoted(facts.subject.base_ref, 30)}"


def _not_asked(divergence: Divergence | None) -> str:
    distance = "" if divergence is None else f" ({count(divergence.behind, 'commit')} behind)"
    return f"Not required: the policy's mode is none{distance}"


def _conflict(facts: Facts) -> Verdict:
    base = quoted(facts.subject.base_ref, 30)
    return _verdict(
        Code.CONFLICT,
        f"Conflicts with {base}",
        f"The head cannot be merged into {base}. Merge or rebase by hand and settle the conflicts.",
    )


def _not_required(code: Code, title: str) -> Verdict:
    return replace(_verdict(code, title), is_required=False, examined=0)


def _verdict(code: Code, title: str, next_action: str = "") -> Verdict:
    outcome = Outcome.FAIL if code in _FAILING else Outcome.PASS
    outcome = Outcome.ERROR if code in _UNCERTAIN else outcome
    who = "a maintainer" if code is Code.UNKNOWN else "anybody who can push to the branch"
    blocker = Blocker(code, "the pull request's branch", who, next_action)
    return Verdict(
        gate=GateName.FRESHNESS,
        outcome=outcome,
        code=code,
        title=clip(title),
        blockers=(blocker,) if next_action else (),
        examined=1,
    )
