"""What GitHub's own records say was deployed, whoever wrote them; read only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.core.facts import Sha
from app.errors import NotFoundError
from app.github.client import Client
from app.ports import RepositoryRef


@dataclass(frozen=True, slots=True)
class DeployedSeen:
    """A record of a deployment with its newest state; without one GitHub calls it pending."""

    id: int
    environment: str
    sha: Sha
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one repository."""

    client: Client
    repository: RepositoryRef

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository.full_name}"

    def newest(self, environment: str) -> DeployedSeen | None:
        """Return the newest attempt on an environment; None when there was none."""
        found = self.client.get(f"{self._root}/deployments", environment=environment, per_page=1)
        if not found:
            return None
        record: dict[str, Any] = found[0]
        steps = self.client.get(f"{self._root}/deployments/{record['id']}/statuses", per_page=1)
        return DeployedSeen(
            id=record["id"],
            environment=record["environment"],
            sha=Sha(record["sha"]),
            state=steps[0]["state"] if steps else "pending",
            at=datetime.fromisoformat(record["created_at"]),
        )

    def tree(self, sha: Sha) -> str:
        """Return the tree of a commit; empty when GitHub has no such commit."""
        try:
            return str(self.client.get(f"{self._root}/git/commits/{sha}")["tree"]["sha"])
        except NotFoundError:
            return ""

    def has_environment(self, name: str) -> bool:
        """Tell whether the environment exists; its name is escaped once."""
        try:
            self.client.get(f"{self._root}/environments/{quote(name, safe='')}")
        except NotFoundError:
            return False
        return True
