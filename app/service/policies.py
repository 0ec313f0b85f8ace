"""The policy that judges a change: the file of the base commit, or the safe defaults."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.core.canonical import canonical
from app.core.policy.load import (
    PolicyFile,
    choose_policy_file,
    default_policy,
    load_policy,
    policy_digest,
)
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.ports import PolicyFileSeen

POLICY_TYPE = "application/yaml"
PROBLEM_TYPE = "application/vnd.gatewright.policy-problem+json"
BUILT_IN = "built-in defaults"
_KNOWN_AT_MOST = 32


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy, or why it cannot be used, with the bytes it was read from and their type.

    Where no single file could be read the bytes are those of the problem itself.
    """

    value: Policy | PolicyProblem
    source: str
    text: bytes | None
    media_type: str = POLICY_TYPE

    @property
    def digest(self) -> str:
        """Return the digest of the bytes; None stands for the built-in defaults."""
        return policy_digest(self.text)


def read_policy(seen: Sequence[PolicyFileSeen]) -> LoadedPolicy:
    """Load the policy that stands at the base; something unreadable there is never "no policy"."""
    unreadable = next((each for each in seen if each.content is None), None)
    if unreadable is not None:
        return _problem(unreadable)
    found = {each.path: each.content for each in seen if each.content is not None}
    chosen = choose_policy_file(found)
    if chosen is None:
        return LoadedPolicy(default_policy(), BUILT_IN, None)
    if isinstance(chosen, PolicyFile):
        return load_text(chosen.text, chosen.path)
    return _unusable(chosen.path, chosen.message)


def read_policy_at(path: str, seen: Sequence[PolicyFileSeen]) -> LoadedPolicy:
    """Load the policy that stands at a path of somebody's choice; without it there is none."""
    if not seen:
        return _unusable(path, "the base branch has no such policy file")
    return read_policy(seen) if seen[0].content is None else load_text(seen[0].content, path)


@lru_cache(maxsize=_KNOWN_AT_MOST)
def load_text(text: bytes, source: str) -> LoadedPolicy:
    """Load a policy from its bytes; the same bytes are read once, since they mean the same."""
    return LoadedPolicy(load_policy(text, source), source, text)


def _problem(seen: PolicyFileSeen) -> LoadedPolicy:
    message = f"the policy must be an ordinary file of at most 256 KiB; this is {seen.kind}"
    return _unusable(seen.path, message)


def _unusable(path: str, message: str) -> LoadedPolicy:
    return load_problem(canonical({"message": message, "path": path}))


def load_problem(text: bytes) -> LoadedPolicy:
    """Return the problem that these bytes describe; they are recorded in place of a policy."""
    told = json.loads(text)
    problem = PolicyProblem(told["path"], None, None, told["message"], policy_digest(text))
    return LoadedPolicy(problem, problem.path, text, PROBLEM_TYPE)
