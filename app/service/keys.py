"""Keys of subjects: what one job is about. Ids only, since names change."""

import re
from dataclasses import dataclass

PULL_REQUEST = "pull_request"
HEAD = "head"
BASE = "base"
GROUP = "group"
REPOSITORY = "repository"
INSTALLATION = "installation"
DELIVERIES = "deliveries"
APP = "app"
COMMENT = "comment"
DEPLOYMENT = "deployment"
INCIDENT = "incident"
REPORT = "report"
ORDER = "order"
EDIT = "e"
RUN = "run"

_REPOSITORY_KEY = re.compile(r"\A[a-z_]+:(?P<repository>[0-9]+)(?P<mark>[#@/+]?)(?P<rest>.*)\Z")


@dataclass(frozen=True, slots=True)
class Key:
    """A key taken apart: the repository and what inside it."""

    repository_id: int
    rest: str


def pull_request(repository_id: int, number: int) -> str:
    """Return the key of a pull request."""
    return f"{PULL_REQUEST}:{repository_id}#{number}"


def head(repository_id: int, sha: str) -> str:
    """Return the key of a commit whose pull requests have to be found."""
    return f"{HEAD}:{repository_id}@{sha}"


def base(repository_id: int, ref: str) -> str:
    """Return the key of a base branch that moved."""
    return f"{BASE}:{repository_id}/{ref}"


def group(repository_id: int, sha: str, head_ref: str, base_ref: str) -> str:
    """Return the key of a merge group; a ref cannot hold a space."""
    return f"{group_start(repository_id, sha)}{head_ref} {base_ref}"


def group_start(repository_id: int, sha: str) -> str:
    """Return what the key of a merge group with this head starts with."""
    return f"{GROUP}:{repository_id}+{sha} "


def groups(repository_id: int) -> str:
    """Return what the keys of all merge groups of a repository start with."""
    return f"{GROUP}:{repository_id}+"


def repository(repository_id: int) -> str:
    """Return the key of a sweep over a repository."""
    return f"{REPOSITORY}:{repository_id}"


def installation(installation_id: int) -> str:
    """Return the key of reading an installation anew."""
    return f"{INSTALLATION}:{installation_id}"


def comment(repository_id: int, comment_id: int, *, is_edit: bool = False) -> str:
    """Return the key of a comment that may hold a command, or of its first edit."""
    return f"{COMMENT}:{repository_id}#{comment_id}{EDIT if is_edit else ''}"


def deployment(repository_id: int, deployment_id: str) -> str:
    """Return the key of a deployment."""
    return f"{DEPLOYMENT}:{repository_id}#{deployment_id}"


def incident(repository_id: int, incident_id: str) -> str:
    """Return the key of an incident."""
    return f"{INCIDENT}:{repository_id}#{incident_id}"


def report(repository_id: int, number: int) -> str:
    """Return the key of an issue that may report an incident."""
    return f"{REPORT}:{repository_id}#{number}"


def order(repository_id: int, order_id: str) -> str:
    """Return the key of a command that waits for people."""
    return f"{ORDER}:{repository_id}#{order_id}"


def run(repository_id: int, run_id: int) -> str:
    """Return the key of a workflow run that waits before an environment."""
    return f"{RUN}:{repository_id}#{run_id}"


def parse(key: str) -> Key:
    """Take a repository's key apart; raises ValueError for anything else."""
    found = _REPOSITORY_KEY.match(key)
    if found is None:
        raise ValueError(f"{key!r} is no key of a subject")
    return Key(int(found["repository"]), found["rest"])
