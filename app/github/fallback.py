"""What the REST API can tell about a change when git cannot reach the repository.

It has limits that git has not: each shows as a gap, so that a gate which needs more cannot pass.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from app.changes.api import TreeEntry, Trees, changes_from_listing
from app.changes.commits import co_authors, skips_ci
from app.core.facts import (
    Carry,
    Changes,
    Divergence,
    Document,
    Gap,
    Part,
    SecretScan,
    Sha,
    WorkflowAudit,
)
from app.core.policy.location import POLICY_LIMIT, POLICY_PATHS
from app.errors import GitError, GitHubError, NotFoundError
from app.github.client import Client
from app.github.reader import Reader
from app.ports import Claim, CommitText, PolicyFileSeen, PullRequestReading, Tips
from app.ports.deployments import Between

Json = Mapping[str, Any]
_REMEDY = "Let Gatewright reach the repository over HTTPS with the permission Contents: read."


@dataclass(frozen=True)
class ApiReading:
    """One pull request read through the API alone; `why` says what git answered."""

    reader: Reader
    pull: PullRequestReading
    why: str

    @property
    def _client(self) -> Client:
        return self.reader.client

    @property
    def _root(self) -> str:
        return f"/repos/{self.pull.full_name}"

    @cached_property
    def _base(self) -> Sha:
        branch = self._client.get(f"{self._root}/branches/{quote(self.pull.base_ref, safe='')}")
        return Sha(branch["commit"]["sha"])

    @cached_property
    def _comparison(self) -> Json | None:
        """Return the comparison of base tip and head; None for unrelated histories."""
        try:
            found: Json = self._client.get(f"{self._root}/compare/{self._range}", per_page=1)
        except NotFoundError:
            return None
        return found

    @property
    def _range(self) -> str:
        return f"{self._base}...{self.pull.head_sha}"

    @property
    def tips(self) -> Tips:
        """What the API says that base and head point at."""
        return Tips(self._base, self.pull.head_sha)

    @property
    def merge_base(self) -> Sha | None:
        """The commit where head and base parted; None for unrelated histories."""
        found = self._comparison
        return None if found is None else Sha(found["merge_base_commit"]["sha"])

    def policy_files(self, paths: Sequence[str] = POLICY_PATHS) -> tuple[PolicyFileSeen, ...]:
        """Return what stands at the paths of the policy at the base tip, readable or not."""
        seen = (self._policy_file(path) for path in paths)
        return tuple(each for each in seen if each is not None)

    def _policy_file(self, path: str) -> PolicyFileSeen | None:
        try:
            found = self._client.get(f"{self._root}/contents/{path}", ref=self._base)
        except NotFoundError:
            return None
        kind = found["type"] if isinstance(found, dict) else "directory"
        content = _decoded(found) if kind == "file" else None
        return PolicyFileSeen(path, kind, content)

    def is_on_base(self, sha: Sha) -> bool:
        """Tell whether the base branch contains a commit."""
        found = self._client.get(f"{self._root}/compare/{self._base}...{sha}", per_page=1)
        return bool(found["ahead_by"] == 0)

    def holds(self, sha: Sha, other: Sha) -> bool:
        """Tell whether a commit has another one among its ancestors, or is it itself."""
        found = self._client.get(f"{self._root}/compare/{sha}...{other}", per_page=1)
        return bool(found["ahead_by"] == 0)

    def tree(self, sha: Sha) -> Sha:
        """Return the tree of a commit; raises NotFoundError when it is not there."""
        return Sha(self._client.get(f"{self._root}/git/commits/{sha}")["tree"]["sha"])

    def has(self, sha: Sha) -> bool:
        """Tell whether the repository has a commit."""
        try:
            return self.tree(sha) != ""
        except NotFoundError:
            return False

    def between(self, old: Sha, new: Sha, most: int) -> Between:
        """Compare nothing but pull requests."""
        raise GitError(f"git cannot compare {old[:12]} and {new[:12]} ({most} titles): {self.why}")

    def paths(self, sha: Sha) -> tuple[str, ...]:
        """Return every path of a commit; raises GitError where GitHub leaves some out."""
        found = self._tree(sha)
        if found is None:
            raise GitError(f"GitHub does not list all of {sha[:12]}, and git cannot: {self.why}")
        return tuple(found)

    def content_id(self, sha: Sha, path: str) -> str | None:
        """Return the name of a file's content in a commit; None where either is missing."""
        try:
            found = self._client.get(f"{self._root}/contents/{quote(path)}", ref=sha)
        except NotFoundError:
            return None
        return str(found["sha"]) if isinstance(found, dict) and found["type"] == "file" else None

    def divergence(self) -> Divergence:
        """Return how head and base tip stand to each other."""
        found = self._comparison
        if found is None:
            return Divergence(0, 0, unrelated=True)
        return Divergence(
            behind=found["behind_by"],
            ahead=found["ahead_by"],
            merge_base_at=_committed_at(found["merge_base_commit"]),
            base_tip_at=_committed_at(found["base_commit"]),
        )

    def commits(self) -> tuple[CommitText, ...]:
        """Return every commit reachable from the head and not from the base."""
        if self._comparison is None:
            return ()
        found = self._client.pages(f"{self._root}/compare/{self._range}", "commits")
        return tuple(_commit_text(item) for item in found)

    def changes(self) -> tuple[Changes, tuple[Gap, ...]]:
        """Return the listed files, held against the trees of merge base and head."""
        pull = self.pull.pull_request
        listed = (asdict(each) for each in self.reader.files(pull.number))
        changes, gaps = changes_from_listing(listed, pull.changed_files, self._trees())
        base_paths = self._base_paths_gap()
        return changes, (*gaps, *base_paths)

    def _base_paths_gap(self) -> Iterator[Gap]:
        """Say that nobody knows what changed on the base, where that could matter."""
        found = self._comparison
        if found is not None and found["behind_by"]:
            detail = f"what changed on the base since cannot be listed without git ({self.why})"
            yield Gap(Part.CHANGES, "BASE_PATHS_UNKNOWN", detail, _REMEDY)

    def _trees(self) -> Trees | None:
        if self.merge_base is None:
            return None
        base, head = self._tree(self.merge_base), self._tree(self.pull.head_sha)
        return None if base is None or head is None else Trees(base, head)

    def _tree(self, sha: Sha) -> dict[str, TreeEntry] | None:
        """Return what stands at each path of a commit; None when GitHub left something out."""
        found = self._client.get(f"{self._root}/git/trees/{sha}", recursive=1)
        if found["truncated"]:
            return None
        return {
            item["path"]: TreeEntry(item["mode"], item["sha"])
            for item in found["tree"]
            if item["type"] != "tree"
        }

    def documents(self, patterns: Sequence[str]) -> tuple[tuple[Document, ...], tuple[Gap, ...]]:
        """Return no text: a rule that asks for some cannot be judged without git."""
        return (), self._without_git(Part.DOCUMENTS) if patterns else ()

    def carries(self, approved: Sequence[Sha]) -> tuple[Carry, ...]:
        """Prove nothing: an approval of another commit counts as stale."""
        return tuple(Carry(sha, known=False) for sha in approved)

    def secrets(self) -> tuple[SecretScan | None, tuple[Gap, ...]]:
        """Scan nothing: the contents of every commit are needed."""
        return None, self._without_git(Part.SECRETS)

    def workflow_audit(self) -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
        """Audit nothing; only a change without any workflow needs no audit."""
        names = (name for each in self._listed_names() for name in each)
        if any(_may_be_workflow(name) for name in names):
            return None, self._without_git(Part.WORKFLOW_AUDIT)
        return WorkflowAudit("none", 0), ()

    def _listed_names(self) -> Iterator[tuple[str, ...]]:
        for each in self.reader.files(self.pull.pull_request.number):
            yield (each.filename, each.previous_filename or each.filename)

    def _without_git(self, part: Part) -> tuple[Gap, ...]:
        return (
            Gap(part, "GIT_UNREACHABLE", f"git cannot read the repository: {self.why}", _REMEDY),
        )


def _decoded(found: Json) -> bytes | None:
    """Return a file's bytes; None where the API left them out or they are not all there."""
    if found["size"] > POLICY_LIMIT or found.get("encoding") != "base64":
        return None
    try:
        content = base64.b64decode(found["content"])
    except binascii.Error as error:
        raise GitHubError("GitHub's answer holds a file that is not base64") from error
    return content if len(content) == found["size"] else None


def _committed_at(commit: Json) -> datetime | None:
    date = (commit["commit"].get("committer") or {}).get("date")
    return datetime.fromisoformat(date) if date else None


def _commit_text(item: Json) -> CommitText:
    commit = item["commit"]
    message = commit["message"]
    claims = (
        Claim("author", (commit.get("author") or {}).get("email") or ""),
        Claim("committer", (commit.get("committer") or {}).get("email") or ""),
        *(Claim("co_author", email) for _, email in co_authors(message)),
    )
    parents = tuple(Sha(parent["sha"]) for parent in item["parents"])
    return CommitText(Sha(item["sha"]), parents, claims, skips_ci(message))


def _may_be_workflow(path: str) -> bool:
    return path.startswith(".github/") or path.endswith(("action.yml", "action.yaml"))
