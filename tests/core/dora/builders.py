"""Histories in few words, and the numbers that come out of them.

`at("6 09:30")` is the 6th of January 2026; the window is the week from the 5th to the 12th.
"""

import json
from zoneinfo import ZoneInfo

from app.core.canonical import Plain
from app.core.dora.document import to_json
from app.core.dora.events import seconds_of
from app.core.dora.log import Log
from app.core.dora.metrics import compute
from app.core.dora.reading import events_from, rules_from_bytes
from app.core.dora.rules import Question

REPO = {"repo": "acme/app"}
WEEK = {
    "repo": "acme/app",
    "service": "default",
    "from": "2026-01-05T00:00:00Z",
    "to": "2026-01-12T00:00:00Z",
    "timezone": "UTC",
}


def at(when: str) -> str:
    day, _, clock = when.partition(" ")
    return f"2026-01-{int(day):02}T{clock or '00:00'}{':00' if len(clock) < 6 else ''}Z"


def commit(sha, when, *parents, author="human", **more):
    time = at(when)
    event = {"type": "commit", "time": time, "sha": sha, "parents": list(parents), **REPO}
    return {**event, "authored": time, "author_kind": author, **more}


def pull(number, opened, merged, sha, commits, *, method="squash", **more):
    event = {"type": "pull_request", "time": at(merged), "number": number, **REPO}
    return {
        **event,
        "opened": at(opened),
        "merge_method": method,
        "merge_sha": sha,
        "commits": commits,
        "head_sha": commits[-1] if commits else f"head-{number}",
        "labels": [],
        "head_ref": "feature/x",
        "author_kind": "human",
        "closes": [],
        **more,
    }


def asked(name, sha, when, environment="production", service="default", **more):
    event = {"type": "deployment", "time": at(when), "deployment_id": name, "sha": sha, **REPO}
    return {**event, "environment": environment, "service": service, **more}


def status(name, state, when, **more):
    event = {"type": "deployment_status", "time": at(when), **REPO}
    return {**event, "deployment_id": name, "state": state, **more}


def deployed(name, sha, when, environment="production", **more):
    return [asked(name, sha, when, environment, **more), status(name, "success", when)]


def told(name, state, when, **more):
    event = {"type": "incident", "time": at(when), "incident_id": name, "status": state, **REPO}
    return {"service": "default", **event, **more}


def incident(name, opened, resolved=None, **more):
    events = [told(name, "opened", opened, **more)]
    return events if resolved is None else [*events, told(name, "resolved", resolved)]


def alert(name, state, when):
    event = {"type": "alert", "time": at(when), "fingerprint": name, "status": state, **REPO}
    return {**event, "service": "default"}


def policy(version, when):
    return {"type": "policy", "time": at(when), "version": version, **REPO}


BEGUN = [commit("c0", "1"), *deployed("d0", "c0", "2")]


def days(*shas, hour="08:00", live="09:00", first=6):
    """Return a change a day, each deployed an hour after it was written: d1 brings the first."""
    events = []
    for number, sha in enumerate(shas, start=1):
        parent = shas[number - 2] if number > 1 else "c0"
        day = first + number - 1
        events.append(commit(sha, f"{day} {hour}", parent))
        events += deployed(f"d{number}", sha, f"{day} {live}")
    return events


def numbers(log: Log, asked_for: dict, config: dict | None = None, read=None) -> dict[str, Plain]:
    query = {**WEEK, **asked_for}
    question = Question(
        query["repo"],
        query["service"],
        seconds_of(query["from"]),
        seconds_of(query["to"]),
        ZoneInfo(query["timezone"]),
        seconds_of(query["as_of"]) if "as_of" in query else None,
    )
    rules = rules_from_bytes(json.dumps(config or {}).encode())
    return to_json(compute(log, question, rules).document(read or events_from([])))


def flat(events) -> list:
    found = []
    for each in events:
        found += flat(each) if isinstance(each, list) else [each]
    return found


def measured(*events, config=None, **asked_for):
    """Return the numbers of a history, the one deployment that came before it included."""
    read = events_from(flat([*BEGUN, *events]))
    return numbers(Log().taking(read.events), asked_for, config, read)


def doubts(found) -> dict[str, int]:
    """Return what is doubtful about an answer, but for what these short histories all lack."""
    told = {each["code"]: each["n"] for each in found["quality"]["doubts"]}
    told.pop("NO_INCIDENT_SOURCE", None)
    return told
