"""Writes check runs within GitHub's limits; repeating a call never makes a second run.

https://docs.github.com/en/rest/checks/runs
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.text import shorten
from app.errors import GitHubUnavailableError
from app.github.client import Client
from app.ports import Annotation, CheckOutput, RepositoryRef

MAX_TEXT = 65_535
MAX_ANNOTATIONS = 50


@dataclass(frozen=True, slots=True)
class Checks:
    """The check runs of one repository."""

    client: Client
    repository: RepositoryRef
    app_id: int

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository.full_name}"

    def create(self, output: CheckOutput) -> int:
        """Create the run; after an unclear answer look for it before trying once more."""
        body = {"name": output.name, "head_sha": output.head_sha, **_body(output)}
        try:
            run_id = self._post(body)
        except GitHubUnavailableError:
            run_id = self.find(output) or self._post(body)
        self._annotate(run_id, output)
        return run_id

    def update(self, run_id: int, output: CheckOutput) -> None:
        """Bring an existing run to this state; annotations append, so a run gets them once."""
        change = self.client.append if output.annotations else self.client.patch
        change(f"{self._root}/check-runs/{run_id}", _body(output))
        self._annotate(run_id, output)

    def find(self, output: CheckOutput) -> int | None:
        """Return the id of our run with this external id."""
        found = self.client.pages(
            f"{self._root}/commits/{output.head_sha}/check-runs",
            "check_runs",
            check_name=output.name,
            app_id=self.app_id,
            filter="all",
        )
        ours = (run["id"] for run in found if run["external_id"] == output.external_id)
        return next(ours, None)

    def _post(self, body: Mapping[str, Any]) -> int:
        return int(self.client.post(f"{self._root}/check-runs", body)["id"])

    def _annotate(self, run_id: int, output: CheckOutput) -> None:
        """Add what did not fit into the first request, fifty at a time."""
        for start in range(MAX_ANNOTATIONS, len(output.annotations), MAX_ANNOTATIONS):
            batch = output.annotations[start : start + MAX_ANNOTATIONS]
            self._append(run_id, start, {"output": _output(output, batch)})

    def _append(self, run_id: int, before: int, body: Mapping[str, Any]) -> None:
        """Add a batch once; after an unclear answer count what stands there before repeating."""
        path = f"{self._root}/check-runs/{run_id}"
        try:
            self.client.append(path, body)
        except GitHubUnavailableError:
            if self.client.get(path)["output"]["annotations_count"] > before:
                return
            self.client.append(path, body)


def _body(output: CheckOutput) -> dict[str, Any]:
    state: dict[str, Any] = (
        {"status": "completed", "conclusion": output.conclusion}
        if output.conclusion
        else {"status": "in_progress"}
    )
    details = {"details_url": output.details_url} if output.details_url else {}
    first = output.annotations[:MAX_ANNOTATIONS]
    return {
        "external_id": output.external_id,
        **details,
        **state,
        "output": _output(output, first),
    }


def _output(output: CheckOutput, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    return {
        "title": output.title,
        "summary": shorten(output.summary, MAX_TEXT),
        "text": shorten(output.text, MAX_TEXT),
        "annotations": [_annotation(remark) for remark in annotations],
    }


def _annotation(remark: Annotation) -> dict[str, Any]:
    return {
        "path": remark.path,
        "start_line": remark.line,
        "end_line": remark.line,
        "annotation_level": remark.level,
        "title": shorten(remark.title, 255),
        "message": shorten(remark.message, 60_000),
    }
