"""What a workflow's event is about: a pull request or a merge group; the payload is a hint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.action.job import InputError, Runner
from app.core.facts import Account, Sha
from app.github.reader import account
from app.ports import GitHubReader
from app.service.group_facts import Queued

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; `head` is the commit that this job's check stands on, where it is known.

    `pusher` is who pushed that commit, which only the event of the push tells.
    """

    number: int
    head: Sha | None = None
    pusher: Account | None = None


def target(runner: Runner, number: int | None, reader: GitHubReader) -> Pull | Queued:
    """Find out what is to be judged; raises InputError where the event does not tell."""
    event = runner.event
    if number is not None:
        named = _pull(event)
        return named if named is not None and named.number == number else Pull(number)
    if "merge_group" in event:
        return _group(event["merge_group"])
    named = _pull(event)
    if named is not None:
        return named
    if "pull_request" in (event.get("issue") or {}):
        return Pull(int(event["issue"]["number"]))
    return _of_commit(_commit(event), reader)


def _pull(event: Json) -> Pull | None:
    found = event.get("pull_request")
    if not found:
        return None
    pushed = event.get("action") in ("opened", "synchronize")
    pusher = account(event.get("sender")) if pushed else None
    return Pull(int(found["number"]), Sha(found["head"]["sha"]), pusher)


def _group(found: Json) -> Queued:
    head, base = (found[name].removeprefix("refs/heads/") for name in ("head_ref", "base_ref"))
    return Queued(Sha(found["head_sha"]), head, base)


def _commit(event: Json) -> str:
    """Return the commit of a push, of checks, or of another workflow's run."""
    for name in ("workflow_run", "check_suite", "check_run"):
        sha = (event.get(name) or {}).get("head_sha")
        if sha:
            return str(sha)
    return str(event.get("after") or event.get("sha") or "")


def _of_commit(sha: str, reader: GitHubReader) -> Pull:
    """Find the one open pull request with this head, by GitHub's own word."""
    found = reader.siblings(Sha(sha)) if sha else ()
    if not found:
        raise InputError("the event names no pull request; set `pull-request` to its number")
    return Pull(min(each.number for each in found), Sha(sha))
