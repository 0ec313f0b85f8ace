"""The policy that judges a change: the file of the base commit, or the safe defaults."""

from collections.abc import Sequence
from dataclasses import dataclass

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

BUILT_IN = "built-in defaults"


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy, or why it cannot be used, with the bytes it was read from and their digest."""

    value: Policy | PolicyProblem
    source: str
    text: bytes | None

    @property
    def digest(self) -> str:
        """Return the digest of the bytes; that of a problem where no single file was read."""
        if self.text is None and isinstance(self.value, PolicyProblem):
            return self.value.digest
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
    return LoadedPolicy(chosen, chosen.path, None)


def load_text(text: bytes, source: str) -> LoadedPolicy:
    """Load a policy from its bytes."""
    return LoadedPolicy(load_policy(text, source), source, text)


def _problem(seen: PolicyFileSeen) -> LoadedPolicy:
    message = f"the policy must be an ordinary file of at most 256 KiB; this is {seen.kind}"
    digest = policy_digest(seen.kind.encode())
    return LoadedPolicy(PolicyProblem(seen.path, None, None, message, digest), seen.path, None)
