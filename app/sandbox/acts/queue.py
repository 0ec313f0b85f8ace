"""The merge queue: groups on their own branches, merged when the required checks are green."""

from app.sandbox.acts import mergeability, merging, refs, rules
from app.sandbox.acts.pulls import close, tell
from app.sandbox.git.merging import merged_tree
from app.sandbox.git.objects import Commit
from app.sandbox.payloads.commits import simple_commit
from app.sandbox.payloads.common import Json
from app.sandbox.problems import ProblemError
from app.sandbox.world.accounts import Account
from app.sandbox.world.events import Event
from app.sandbox.world.pulls import Pull
from app.sandbox.world.queues import MergeGroup
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

PREFIX = "refs/heads/gh-readonly-queue/"


def enqueue(world: World, repo: Repo, pulls: list[Pull], actor: Account) -> MergeGroup:
    """Put pull requests of one base into a group and ask for its checks."""
    base = pulls[0].base_ref
    tip = next((g.head_sha for g in reversed(repo.queue) if g.base_ref == base), None)
    base_sha = tip or repo.git.branch(base) or ""
    head = base_sha
    for pull in pulls:
        head = _stack(world, repo, pull, head)
        tell(world, repo, pull, "enqueued", actor)
    name = f"{PREFIX}{base}/pr-{pulls[-1].number}-{base_sha}"
    group = MergeGroup(name, base, base_sha, head, tuple(pull.number for pull in pulls), actor)
    repo.queue.append(group)
    refs.move(world, repo, actor, name, head)
    _tell(world, repo, group, "checks_requested")
    return group


def settle(world: World, repo: Repo, sha: str) -> None:
    """Merge groups from the first on, if a result made their required checks green."""
    if sha not in {group.head_sha for group in repo.queue}:
        return
    while repo.queue and _is_ready(repo, repo.queue[0]):
        merge_group(world, repo, repo.queue[0])


def merge_group(world: World, repo: Repo, group: MergeGroup) -> None:
    """Let the base be the group's head; its pull requests are merged."""
    repo.queue.remove(group)
    members = [repo.pulls[number] for number in group.numbers]
    for pull in members:
        merging.finish(world, repo, pull, group.actor, group.head_sha)
    refs.move(world, repo, group.actor, f"refs/heads/{group.base_ref}", group.head_sha)
    for pull in members:
        close(world, repo, pull, group.actor)
    _end(world, repo, group, "merged")


def destroy(world: World, repo: Repo, group: MergeGroup, reason: str) -> None:
    """Give a group up: `invalidated` when it must be built anew, `dequeued` when taken out."""
    repo.queue.remove(group)
    for number in group.numbers:
        why = "CI_FAILURE" if reason == "invalidated" else "MANUAL"
        tell(world, repo, repo.pulls[number], "dequeued", group.actor, reason=why)
    _end(world, repo, group, reason)


def _is_ready(repo: Repo, group: MergeGroup) -> bool:
    wanted = rules.required_checks(repo, group.base_ref)
    return bool(wanted) and not rules.missing_checks(repo, group.base_ref, group.head_sha)


def _stack(world: World, repo: Repo, pull: Pull, onto: str) -> str:
    tree = merged_tree(repo.git, onto, pull.head_sha)
    if tree is None or not pull.is_open:
        raise ProblemError(405, f"Pull Request {pull.number} is not mergeable")
    source = f"{pull.head_owner.login}/{pull.head_ref}"
    message = f"Merge pull request #{pull.number} from {source}\n\n{pull.issue.title}"
    who, committer = merging.person(world, pull.issue.user), mergeability.github(world)
    return repo.git.write_commit(Commit("", tree, (onto, pull.head_sha), who, committer, message))


def _end(world: World, repo: Repo, group: MergeGroup, reason: str) -> None:
    refs.move(world, repo, group.actor, group.ref, None)
    _tell(world, repo, group, "destroyed", {"reason": reason})


def _tell(
    world: World, repo: Repo, group: MergeGroup, action: str, extra: Json | None = None
) -> None:
    body: Json = {
        "merge_group": {
            "head_sha": group.head_sha,
            "head_ref": group.ref,
            "base_sha": group.base_sha,
            "base_ref": f"refs/heads/{group.base_ref}",
            "head_commit": simple_commit(repo, group.head_sha),
        }
    }
    world.emit(Event("merge_group", action, group.actor, body | (extra or {}), repo))
