"""GitHub's records of deployments and the workflows that carry them out.

https://docs.github.com/en/rest/deployments
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from app.core.facts import Sha
from app.errors import ForbiddenError, GitHubError, GitHubUnavailableError, NotFoundError
from app.github.client import Client
from app.ports import RepositoryRef
from app.ports.deployments import DeploymentMade, DeploymentOrder, RunSearch, RunSeen, StatusOrder

Json = Any
MAX_DESCRIPTION = 140
TASK = "gatewright"


@dataclass(frozen=True, slots=True)
class Deployments:
    """The deployments of one repository."""

    client: Client
    repository: RepositoryRef
    app_id: int

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository.full_name}"

    def create(self, order: DeploymentOrder) -> DeploymentMade:
        """Record a deployment; after an unclear answer look for it before trying once more (T42).

        Raises GitHubError when GitHub merged or recorded something else (T39, T45).
        """
        found = self.find(order)
        if found is not None:
            return found
        try:
            return self._post(order)
        except GitHubUnavailableError:
            return self.find(order) or self._post(order)

    def find(self, order: DeploymentOrder) -> DeploymentMade | None:
        """Return the record of an order that we made before; others can write the same payload."""
        named = {"sha": order.sha, "environment": order.environment, "task": TASK}
        for found in self.client.pages(f"{self._root}/deployments", **named):
            app = found.get("performed_via_github_app") or {}
            is_ours = app.get("id") == self.app_id
            if is_ours and request_id(found.get("payload")) == order.request_id:
                return DeploymentMade(found["id"], Sha(found["sha"]))
        return None

    def _post(self, order: DeploymentOrder) -> DeploymentMade:
        body = {
            "ref": order.sha,
            "task": TASK,
            "auto_merge": False,
            "required_contexts": [],
            "environment": order.environment,
            "production_environment": order.production,
            "transient_environment": False,
            "description": _short(order.description),
            "payload": {**order.payload, "request_id": order.request_id},
        }
        made = self.client.post(f"{self._root}/deployments", body)
        if not isinstance(made.get("id"), int) or not made.get("sha"):
            raise GitHubError("GitHub made no deployment of what it was asked for")
        return DeploymentMade(made["id"], Sha(made["sha"]))

    def show(self, deployment_id: int, status: StatusOrder) -> None:
        """Add a step; the environment is never sent, since that would rename it (T46)."""
        body: dict[str, Any] = {
            "state": status.state,
            "description": _short(status.description),
            "auto_inactive": False,
        }
        body |= {"log_url": status.log_url} if status.log_url else {}
        body |= {"environment_url": status.environment_url} if status.environment_url else {}
        self.client.post(f"{self._root}/deployments/{deployment_id}/statuses", body)

    def states(self, deployment_id: int, besides: int) -> tuple[str, ...]:
        """Return the states that anybody but our own app gave the deployment, newest first."""
        return tuple(
            str(found["state"])
            for found in self._statuses(deployment_id)
            if (found.get("performed_via_github_app") or {}).get("id") != besides
        )

    def _statuses(self, deployment_id: int) -> Iterator[Json]:
        """Yield the steps, newest first, whatever order GitHub lists them in."""
        path = f"{self._root}/deployments/{deployment_id}/statuses"
        yield from sorted(self.client.pages(path), key=lambda each: -int(each["id"]))

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> int | None:
        """Start a workflow of a branch and return its run (T36)."""
        path = f"{self._root}/actions/workflows/{quote(workflow, safe='')}/dispatches"
        made = self.client.post(
            path, {"ref": ref, "inputs": dict(inputs), "return_run_details": True}
        )
        return int(made["workflow_run_id"]) if made else None

    def find_run(self, search: RunSearch) -> int | None:
        """Return the run that an app started; a title with the request's id tells several apart.

        What a person starts by hand is never taken for ours. The newest runs are enough.
        """
        path = f"{self._root}/actions/runs"
        newest = self.client.get(path, event="workflow_dispatch", per_page=100)["workflow_runs"]
        runs = [each for each in newest if _fits(each, search)]
        named = [each for each in runs if search.request_id in (each.get("display_title") or "")]
        found = named or runs
        return int(found[0]["id"]) if len(found) == 1 else None

    def answer(self, run_id: int, environment: str, comment: str, *, approves: bool) -> bool:
        """Answer at our own address, not at the one that came with the question (T56)."""
        body = {
            "environment_name": environment,
            "state": "approved" if approves else "rejected",
            "comment": comment,
        }
        path = f"{self._root}/actions/runs/{run_id}/deployment_protection_rule"
        try:
            self.client.post(path, body)
        except GitHubError as error:
            if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
                raise
            return False
        return True

    def stop(self, run_id: int) -> None:
        """Let a run end; GitHub refuses that for one that has ended or is gone."""
        try:
            self.client.post(f"{self._root}/actions/runs/{run_id}/cancel", {})
        except NotFoundError:
            return
        except GitHubError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise

    def run(self, run_id: int) -> RunSeen | None:
        """Return a workflow run as it stands now; None when it is gone."""
        try:
            found = self.client.get(f"{self._root}/actions/runs/{run_id}")
        except NotFoundError:
            return None
        return RunSeen(
            found["id"], found["status"] or "", found["conclusion"], Sha(found["head_sha"])
        )

    def is_guarded(self, name: str, app_id: int) -> bool | None:
        """Tell whether an app's protection rule is enabled; not every plan has any (T65)."""
        path = f"{self._root}/environments/{quote(name, safe='')}/deployment_protection_rules"
        try:
            found = self.client.get(path)["custom_deployment_protection_rules"]
        except (NotFoundError, ForbiddenError):
            return None
        return any(each["enabled"] and each["app"]["id"] == app_id for each in found)

    def has_environment(self, name: str) -> bool:
        """Tell whether the environment exists (T64); its name is escaped once (T53)."""
        try:
            self.client.get(f"{self._root}/environments/{quote(name, safe='')}")
        except NotFoundError:
            return False
        return True


def _fits(run: Json, search: RunSearch) -> bool:
    """Tell whether a run could be the one; its path may have the ref behind it."""
    file = run["path"].partition("@")[0].rpartition("/")[2]
    by_app = (run.get("actor") or {}).get("type") == "Bot"
    is_new = datetime.fromisoformat(run["created_at"]) >= search.since.replace(microsecond=0)
    return by_app and is_new and file == search.workflow and run["id"] not in search.besides


def request_id(payload: object) -> str | None:
    """Return our mark in a deployment's payload, which may be JSON in JSON (T52)."""
    for _ in range(3):
        if isinstance(payload, dict):
            found = payload.get("request_id")
            return found if isinstance(found, str) else None
        if not isinstance(payload, str):
            return None
        try:
            payload = json.loads(payload)
        except ValueError:
            return None
    return None


def _short(text: str) -> str:
    """Cut between characters; GitHub refuses a step whose description is longer (T47)."""
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1]}…"
