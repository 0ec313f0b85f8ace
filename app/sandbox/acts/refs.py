"""Everything that follows when a branch or tag moves."""

from dataclasses import dataclass

from app.sandbox.acts import reviews, suites
from app.sandbox.acts.history import note
from app.sandbox.acts.pulls import close, follow_head
from app.sandbox.git.repository import NO_SHA
from app.sandbox.payloads.commits import event_commit
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.repos import html_url, push_repository
from app.sandbox.problems import ProblemError, invalid
from app.sandbox.world.accounts import Account
from app.sandbox.world.events import Event
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

BRANCH = "refs/heads/"
_COMMITS_IN_EVENT = 20
# More branches or tags pushed at once make GitHub silent.
_SILENT_ABOVE_TAGS = 3
_SILENT_ABOVE_BRANCHES = 5000


@dataclass(frozen=True, slots=True)
class RefMove:
    """A reference before and after; None is absent."""

    name: str
    old: str | None
    new: str | None

    @property
    def branch(self) -> str | None:
        """The branch's name, if it is a branch."""
        return self.name.removeprefix(BRANCH) if self.name.startswith(BRANCH) else None


def move(world: World, repo: Repo, actor: Account, name: str, sha: str | None) -> RefMove:
    """Set or delete a reference and let everything follow."""
    made = RefMove(name, repo.git.ref(name), sha)
    if sha is None:
        repo.git.delete_ref(name)
    else:
        repo.git.set_ref(name, sha)
    after_push(world, repo, actor, [made])
    return made


def create_ref(world: World, repo: Repo, actor: Account, name: str, sha: str) -> RefMove:
    """Make a new reference under GitHub's conditions."""
    if not name.startswith("refs/") or name.count("/") < 2 or not repo.git.valid_ref(name):  # noqa: PLR2004
        raise ProblemError(422, "Reference name must start with 'refs/' and be valid")
    if repo.git.kind(sha) is None:
        raise ProblemError(422, "Object does not exist")
    if repo.git.ref(name) is not None:
        raise ProblemError(422, "Reference already exists")
    return move(world, repo, actor, name, sha)


def update_ref(world: World, repo: Repo, actor: Account, name: str, sha: str) -> RefMove:
    """Fast-forward an existing reference."""
    old = repo.git.ref(name)
    if old is None:
        raise ProblemError(422, "Reference does not exist")
    if not repo.git.has_commit(sha):
        raise ProblemError(422, "Object does not exist")
    if not repo.git.is_ancestor(old, sha):
        raise ProblemError(422, "Update is not a fast forward")
    return move(world, repo, actor, name, sha)


def delete_ref(world: World, repo: Repo, actor: Account, name: str) -> RefMove:
    """Remove a reference; the default branch stays."""
    if repo.git.ref(name) is None:
        raise ProblemError(422, "Reference does not exist")
    if name == BRANCH + repo.default_branch:
        raise invalid("Reference", "ref", "custom", "Cannot delete the default branch")
    return move(world, repo, actor, name, None)


def after_push(world: World, repo: Repo, actor: Account, moves: list[RefMove]) -> None:
    """Emit events and let pull requests and check suites follow references that moved."""
    moves = [each for each in moves if each.old != each.new]
    repo.pushed_at = repo.updated_at = world.now()
    branches = [each for each in moves if each.branch is not None]
    silent = len(moves) - len(branches) > _SILENT_ABOVE_TAGS
    for each in moves:
        if each.branch is not None or not silent:
            _tell(world, repo, actor, each)
    for each in branches[:_SILENT_ABOVE_BRANCHES]:
        _follow(world, repo, actor, each)


def _follow(world: World, repo: Repo, actor: Account, moved: RefMove) -> None:
    branch = moved.branch or ""
    if moved.new is None:
        _close_orphans(world, repo, actor, branch)
        return
    for base, pull in world.pulls_from(repo, branch):
        if pull.head_sha != moved.new:
            follow_head(world, base, pull, actor, moved.new)
            reviews.dismiss_stale(world, base, pull, actor)
    suites.request_all(world, repo, moved.new, (branch, moved.old))
    _close_landed(world, repo, actor, moved)


def _close_orphans(world: World, repo: Repo, actor: Account, branch: str) -> None:
    """Close pull requests that lost their head or base branch."""
    for base, pull in world.pulls_from(repo, branch):
        note(world, pull.issue, "head_ref_deleted", actor)
        close(world, base, pull, actor)
    for pull in repo.open_pulls():
        if pull.base_ref == branch:
            close(world, repo, pull, actor)


def _close_landed(world: World, repo: Repo, actor: Account, moved: RefMove) -> None:
    """Count pull requests as merged whose whole head was pushed to the base."""
    for pull in repo.open_pulls():
        if pull.base_ref == moved.branch and _landed(repo, pull, moved):
            pull.merged, pull.merged_at, pull.merged_by = True, world.now(), actor
            pull.merge_commit_sha = moved.new
            note(world, pull.issue, "merged", actor, commit_id=moved.new)
            close(world, repo, pull, actor)


def _landed(repo: Repo, pull: Pull, moved: RefMove) -> bool:
    if moved.old is None or moved.new is None or repo.git.is_ancestor(pull.head_sha, moved.old):
        return False
    return repo.git.is_ancestor(pull.head_sha, moved.new)


def _tell(world: World, repo: Repo, actor: Account, moved: RefMove) -> None:
    if moved.old is None or moved.new is None:
        _tell_birth_or_death(world, repo, actor, moved)
    world.emit(Event("push", None, actor, _push_body(world, repo, actor, moved), repo))


def _tell_birth_or_death(world: World, repo: Repo, actor: Account, moved: RefMove) -> None:
    kind = "branch" if moved.branch is not None else "tag"
    body: Json = {"ref": moved.name.split("/", 2)[2], "ref_type": kind, "pusher_type": "user"}
    if moved.old is None:
        body |= {"master_branch": repo.default_branch, "description": repo.description}
    world.emit(Event("create" if moved.old is None else "delete", None, actor, body, repo))


def _push_body(world: World, repo: Repo, actor: Account, moved: RefMove) -> Json:
    old, new = moved.old, moved.new
    page = html_url(world, repo)
    commits = [event_commit(world, repo, sha) for sha in _new_commits(repo, moved)]
    forced = bool(old and new) and not repo.git.is_ancestor(old or "", new or "")
    return {
        "ref": moved.name,
        "before": old or NO_SHA,
        "after": new or NO_SHA,
        "repository": push_repository(world, repo),
        "pusher": {"name": actor.login, "email": actor.email or actor.noreply},
        "created": old is None,
        "deleted": new is None,
        "forced": forced,
        "base_ref": None,
        "compare": f"{page}/compare/{(old or NO_SHA)[:12]}...{(new or NO_SHA)[:12]}",
        "commits": commits,
        "head_commit": event_commit(world, repo, new) if new and repo.git.has_commit(new) else None,
    }


def _new_commits(repo: Repo, moved: RefMove) -> list[str]:
    if moved.new is None or not repo.git.has_commit(moved.new):
        return []
    since = moved.old or repo.git.branch(repo.default_branch)
    if since is None or since == moved.new:
        return []
    return repo.git.between(since, moved.new)[-_COMMITS_IN_EVENT:]
