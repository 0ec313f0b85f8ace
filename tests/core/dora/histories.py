"""Histories made up at random: whatever a repository may have been through, and more."""

from random import Random

from tests.core.dora.builders import REPO

DAY = 86_400
KINDS = ("human", "human", "assisted", "agent", "bot")


def moment(seconds: int) -> str:
    day, rest = divmod(seconds, DAY)
    return f"2026-01-{day + 1:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def plain(random: Random) -> list[dict]:
    """Return merges, bots, rollbacks, failed attempts and incidents in one environment."""
    events = _commits(random, random.randint(3, 14))
    shas = [each["sha"] for each in events]
    for number in range(random.randint(1, 14)):
        events += _deployment(random, f"d{number}", random.choice(shas), "production")
    for number in range(random.randint(0, 9)):
        events += _incident(random, f"i{number}")
    return events


def rich(random: Random) -> list[dict]:
    """Return a history with everything that the definitions know of, and things they do not."""
    events = _commits(random, random.randint(3, 12))
    shas = [each["sha"] for each in events]
    for each in events:
        if random.random() < 0.2:
            each["reverts"] = random.choice([*shas, "gone"])
        if random.random() < 0.1:
            each["cherry_picked_from"] = random.choice([*shas, "gone"])
    events += [_pull(random, number, shas) for number in range(random.randint(0, 4))]
    for number in range(random.randint(1, 9)):
        environment = random.choice(["production", "production", "eu", "staging"])
        events += _deployment(random, f"d{number}", random.choice([*shas, "gone"]), environment)
    for number in range(random.randint(0, 4)):
        events += _strange(random, _incident(random, f"i{number}"), shas)
    for _ in range(random.randint(0, 5)):
        state = random.choice(["firing", "resolved"])
        events.append(_event(random, "alert", fingerprint="cpu", status=state))
    events.append(_event(random, "policy", version="v1"))
    return [_arriving(random, each) for each in events] + random.sample(events, 3)


def _event(random: Random, kind: str, **more) -> dict:
    return {"type": kind, "time": moment(random.randrange(20 * DAY)), **REPO, **more}


def _commits(random: Random, count: int) -> list[dict]:
    found: list[dict] = []
    for number in range(count):
        names = [each["sha"] for each in found]
        parents = random.sample(names[-4:], min(len(names), random.choice([1, 1, 1, 2])))
        event = _event(random, "commit", sha=f"c{number:02}", parents=parents)
        found.append({**event, "authored": event["time"], "author_kind": random.choice(KINDS)})
    return found


def _deployment(random: Random, name: str, sha: str, environment: str) -> list[dict]:
    created = random.randrange(19 * DAY)
    asked = {"type": "deployment", "time": moment(created), "deployment_id": name, **REPO}
    asked |= {"sha": sha, "environment": environment, "service": "default"}
    if random.random() < 0.1:
        asked["planned"] = True
    events, now = [asked], created
    states = random.choices(["in_progress", "success", "failure", "inactive"], (3, 4, 1, 1), k=3)
    for state in states:
        now += random.randrange(3 * 3600)
        told = {"type": "deployment_status", "time": moment(now), "deployment_id": name, **REPO}
        events.append({**told, "state": state})
    return events


def _incident(random: Random, name: str) -> list[dict]:
    opened = random.randrange(19 * DAY)
    told = {"type": "incident", "incident_id": name, "service": "default", **REPO}
    cause = {"cause": "external"} if random.random() < 0.2 else {}
    events = [{**told, "time": moment(opened), "status": "opened", **cause}]
    if random.random() < 0.8:
        resolved = moment(opened + random.randrange(DAY))
        events.append({**told, "time": resolved, "status": "resolved"})
    return events


def _strange(random: Random, events: list[dict], shas: list[str]) -> list[dict]:
    more = [
        {},
        {},
        {"duplicate_of": random.choice(["i0", "i1", "gone"])},
        {"caused_by": {"sha": random.choice([*shas, "gone"])}},
        {"caused_by": {"deployment_id": random.choice(["d0", "d1", "d2", "gone"])}},
        {"impact_started": moment(random.randrange(20 * DAY))},
    ]
    again = {**events[0], "time": moment(random.randrange(20 * DAY)), "status": "reopened"}
    told = [{**events[0], **random.choice(more)}, *events[1:]]
    return [*told, again] if random.random() < 0.2 else told


def _pull(random: Random, number: int, shas: list[str]) -> dict:
    commits = random.choice([None, [], random.sample([*shas, "gone"], 2)])
    return _event(
        random,
        "pull_request",
        number=number,
        opened=moment(random.randrange(20 * DAY)),
        merge_method=random.choice(["merge", "squash", "squash", "rebase"]),
        merge_sha=random.choice([*shas, "gone"]),
        head_sha=random.choice([*shas, "gone"]),
        commits=commits,
        labels=random.choice([[], [], ["hotfix"]]),
        head_ref="feature/x",
        author_kind=random.choice(KINDS),
        closes=random.choice([[], [], ["i0"]]),
    )


def _arriving(random: Random, event: dict) -> dict:
    late = random.random() < 0.2
    return {**event, "received": moment(random.randrange(20 * DAY))} if late else event
