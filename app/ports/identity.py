"""Who a workflow run is, as its own short-lived token proves it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What GitHub says of the run behind an OIDC token; refs of workflows name file and ref.

    `sha` is the commit the run is about: of a pull request that of the trial merge. `called_ref`
    is empty where the job's steps stand in the workflow itself. `base_ref` is the branch into which
    a pull request goes, empty for all other events.
    """

    repository_id: int
    repository: str
    run_id: int
    run_attempt: int
    event: str
    ref: str
    sha: str
    workflow_ref: str
    called_ref: str = ""
    actor_id: int = 0
    actor: str = ""
    base_ref: str = ""


class RunTokens(Protocol):
    """Proves OIDC tokens of workflow runs."""

    def identity(self, token: str) -> RunIdentity:
        """Return who a token speaks for.

        Raises TokenRefusedError for one that proves nothing, KeysUnavailableError when the
        issuer's keys cannot be read.
        """
