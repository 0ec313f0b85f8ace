"""From the bytes of a policy file to a policy, or to the first thing wrong with it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from app.core.policy.explain import Complaint, explain
from app.core.policy.lint import lint
from app.core.policy.location import POLICY_PATHS
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.policy.tree import Node, TreeError, read_tree

_VERSION = 1
_DEFAULT = b"gatewright/policy/default/1"


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The one policy file that was found, unread."""

    path: str
    text: bytes


def default_policy() -> Policy:
    """Return the policy of a repository without a policy file: safe, never off."""
    return Policy()


def policy_digest(text: bytes | None) -> str:
    """Return the SHA-256 of a file's bytes; None stands for the default policy."""
    return hashlib.sha256(_DEFAULT if text is None else text).hexdigest()


def choose_policy_file(found: Mapping[str, bytes]) -> PolicyFile | PolicyProblem | None:
    """Pick the policy file among those found, by path; two of them are a problem, not a choice."""
    present = [path for path in POLICY_PATHS if path in found]
    if not present:
        return None
    first, *others = present
    if others:
        both = b"\0".join(found[path] for path in present)
        message = f"`{first}` and `{others[0]}` both exist; keep one of them"
        return PolicyProblem(others[0], None, None, message, policy_digest(both))
    return PolicyFile(first, found[first])


def load_policy(text: bytes, path: str) -> Policy | PolicyProblem:
    """Read a policy file strictly; whatever the bytes are, the answer is a value."""
    try:
        tree = read_tree(text)
    except TreeError as error:
        return _problem([Complaint(error.place, error.message)], text, path)
    early = list(_version(tree))
    if early:
        return _problem(early, text, path)
    try:
        policy = Policy.model_validate_json(json.dumps(tree.plain()))
    except ValidationError as error:
        return _problem(list(explain(error, tree)), text, path)
    remarks = [Complaint(tree.trace(steps)[0], message) for steps, message in lint(policy)]
    return _problem(remarks, text, path) if remarks else policy


def _version(tree: Node) -> Iterator[Complaint]:
    """Look at the version first: under another one all the rest means something else."""
    if not isinstance(tree.value, dict):
        yield Complaint(tree.place, "the file must be a mapping of keys such as `version: 1`")
    elif "version" not in tree.value:
        yield Complaint(tree.place, "the file lacks the key `version`; write `version: 1`")
    else:
        stated = tree.value["version"].value
        # `true` equals 1 in Python, also for pydantic.
        if type(stated) is not int or stated != _VERSION:
            message = f"`version` must be the number {_VERSION}, the only one that is read here"
            yield Complaint(tree.keys["version"], message)


def _problem(complaints: list[Complaint], text: bytes, path: str) -> PolicyProblem:
    first, *others = sorted(complaints)
    more = f" ({len(others)} more after this)" if others else ""
    place = first.place
    return PolicyProblem(
        path, place.line, place.column, f"{first.message}{more}", policy_digest(text)
    )
