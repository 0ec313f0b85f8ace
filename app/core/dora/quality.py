"""What the numbers could not use or had to doubt: counted and named, never guessed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.core.dora.attribution import Reason
from app.core.dora.events import Commit, State
from app.core.dora.facts import Facts
from app.core.dora.flaws import Flaw
from app.core.dora.history import is_implausible
from app.core.dora.incidents import duplicate_of, services_of
from app.core.dora.reading import Read

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Doubt:
    """How often something is doubtful, and the first hundred names of it."""

    code: Flaw
    n: int
    ids: tuple[str, ...] = ()


def doubts(facts: Facts, read: Read) -> tuple[Doubt, ...]:
    """Return everything doubtful about the events behind a question, by code."""
    counted = _of_file(facts, read)
    named = {
        **_of_deployments(facts),
        **_of_commits(facts),
        **_of_pulls(facts),
        **_of_incidents(facts),
    }
    found = {code: Doubt(code, n) for code, n in counted.items()}
    for code, names in named.items():
        ordered = sorted(names)
        found[code] = Doubt(code, len(ordered), tuple(ordered[:_SHOWN]))
    return tuple(found[code] for code in Flaw if found[code].n)


def _of_file(facts: Facts, read: Read) -> dict[Flaw, int]:
    known = facts.known
    return {
        Flaw.EVENT_UNREADABLE: len(read.set_aside),
        Flaw.KEY_UNKNOWN: sum(read.strange.values()),
        Flaw.EVENT_REPEATED: known.repeats,
        Flaw.NOT_YET_RECEIVED: known.not_yet,
        Flaw.OTHER_REPOSITORY: known.elsewhere,
        Flaw.RECEIVED_TOO_EARLY: sum(each.known_at < each.time for each in known.events()),
        Flaw.NO_INCIDENT_SOURCE: int(not known.incidents and not known.alerts),
    }


def _of_deployments(facts: Facts) -> dict[Flaw, Iterable[str]]:
    deployments, production = facts.known.deployments, facts.rules.production_environments
    ours = [each for each in deployments if each.owner == facts.question.service]
    tried = facts.attempts
    return {
        Flaw.REPEAT_DIFFERS: facts.known.conflicts,
        Flaw.OTHER_SERVICE: [
            each.deployment_id
            for each in deployments
            if each.owner != facts.question.service and each.environment in production
        ],
        Flaw.OTHER_ENVIRONMENT: [
            each.deployment_id for each in ours if each.environment not in production
        ],
        Flaw.STATUS_WITHOUT_DEPLOYMENT: facts.known.statuses.keys()
        - {each.deployment_id for each in deployments},
        Flaw.DEPLOYMENT_UNFINISHED: [
            each.id for each in tried if each.live is None and each.ended is None
        ],
        Flaw.DEPLOYMENT_ORDER: _disordered(facts),
        Flaw.SHA_UNKNOWN: [each.id for each in tried if each.sha not in facts.known.commits],
    }


def _disordered(facts: Facts) -> set[str]:
    """Return deployments with a status before they were asked for, or an end before their start."""
    found = set()
    for attempt in facts.attempts:
        statuses = facts.known.statuses.get(attempt.id, ())
        begun = [each.time for each in statuses if each.state is State.IN_PROGRESS]
        ends = [each for each in (attempt.live, attempt.ended) if each is not None]
        is_early = any(each.time < attempt.created for each in statuses)
        if is_early or (begun and any(end < min(begun) for end in ends)):
            found.add(attempt.id)
    return found


def _of_commits(facts: Facts) -> dict[Flaw, Iterable[str]]:
    commits, history = facts.known.commits, facts.history
    late = [each for each in facts.deliveries.changes if each.is_skewed]
    late_pulls = [
        each for each in facts.deliveries.pulls if each.coding + each.review + each.deploy < 0
    ]
    return {
        Flaw.PARENT_UNKNOWN: _named(
            commits, lambda each: any(sha not in commits for sha in each.parents or ())
        ),
        Flaw.PARENTS_LOST: _named(commits, lambda each: each.parents is None),
        Flaw.PATHS_LOST: []
        if history.prefixes is None
        else _named(commits, lambda each: each.paths is None and not each.is_merge),
        Flaw.AUTHOR_UNKNOWN: [
            each.change
            for each in facts.deliveries.changes
            if commits[each.change].author_kind is None
        ],
        Flaw.AUTHOR_DATE_IMPLAUSIBLE: _named(
            commits, lambda each: is_implausible(each, facts.rules)
        ),
        Flaw.CLOCK_SKEWED: [
            *(each.change for each in late),
            *(f"#{each.pull.number}" for each in late_pulls),
        ],
        Flaw.REVERT_OF_UNKNOWN: _named(
            commits, lambda each: each.reverts is not None and _leads_nowhere(facts, each.reverts)
        ),
        Flaw.CHERRY_PICK_OF_UNKNOWN: _named(
            commits,
            lambda each: (
                each.cherry_picked_from is not None and each.cherry_picked_from not in commits
            ),
        ),
    }


def _leads_nowhere(facts: Facts, sha: str) -> bool:
    commit = facts.known.commits.get(sha)
    return commit is None or commit.is_merge


def _named(commits: Mapping[str, Commit], is_meant: Callable[[Commit], bool]) -> list[str]:
    return [sha for sha, commit in commits.items() if is_meant(commit)]


def _of_pulls(facts: Facts) -> dict[Flaw, Iterable[str]]:
    commits = facts.known.commits
    pulls = {f"#{each.number}": each for each in facts.known.pulls}
    return {
        Flaw.COMMITS_LOST: facts.history.approximate,
        Flaw.LISTED_COMMIT_UNKNOWN: {
            sha for each in pulls.values() for sha in each.commits or () if sha not in commits
        },
        Flaw.MERGE_UNKNOWN: [name for name, each in pulls.items() if each.merge_sha not in commits],
        Flaw.PULL_REQUEST_ORDER: [name for name, each in pulls.items() if each.time < each.opened],
    }


def _of_incidents(facts: Facts) -> dict[Flaw, Iterable[str]]:
    told = facts.known.incidents
    repeats = {name: duplicate_of(events) for name, events in told.items()}
    service = facts.question.service
    ours = {name for name, events in told.items() if service in services_of(events)}
    return {
        Flaw.INCIDENT_NEVER_OPENED: ours
        - {each.id for each in facts.incidents}
        - {name for name, original in repeats.items() if original is not None},
        Flaw.INCIDENT_ORDER: [
            each.id
            for each in facts.incidents
            if each.resolved is not None and each.resolved < each.opened
        ],
        Flaw.DUPLICATE_OF_NOTHING: [
            name for name in ours if repeats[name] is not None and _is_lost(name, repeats)
        ],
        Flaw.LINK_TO_NOTHING: [
            each.id
            for each in facts.incidents
            if each.caused_by is not None and facts.court.linked(each) is None
        ],
        Flaw.INCIDENT_UNATTRIBUTED: [
            each.incident.id
            for each in facts.blames
            if each.reason is Reason.NOTHING and facts.question.has(each.incident.opened)
        ],
    }


def _is_lost(name: str, repeats: Mapping[str, str | None]) -> bool:
    """Tell whether duplicates lead in a circle or to an incident that nobody told of."""
    passed = {name}
    original = repeats[name]
    while original is not None:
        if original in passed or original not in repeats:
            return True
        passed.add(original)
        original = repeats[original]
    return False
