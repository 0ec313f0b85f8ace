"""Merging pull requests and updating their branches."""

from dataclasses import dataclass, replace

from app.sandbox.acts import mergeability, refs, rules
from app.sandbox.acts.history import note
from app.sandbox.acts.pulls import close
from app.sandbox.git.merging import merged_tree, rebased
from app.sandbox.git.objects import Commit, Signature
from app.sandbox.problems import ProblemError, refused
from app.sandbox.world.accounts import Account
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

_SWITCHES = {
    "merge": "allow_merge_commit",
    "squash": "allow_squash_merge",
    "rebase": "allow_rebase_merge",
}


@dataclass(frozen=True, slots=True)
class MergeOrder:
    """How to merge; `sha` is the head that the caller believes to merge."""

    method: str = "merge"
    title: str | None = None
    message: str | None = None
    sha: str | None = None


def merge(world: World, repo: Repo, pull: Pull, actor: Account, order: MergeOrder) -> str:
    """Merge under GitHub's guards and give the SHA that landed on the base."""
    _check(world, repo, pull, order)
    tip = repo.git.branch(pull.base_ref)
    if tip is None:
        raise ProblemError(405, "Pull Request is not mergeable")
    landed = _land(world, repo, pull, (actor, tip), order)
    if landed is None:
        raise ProblemError(405, "Pull Request is not mergeable")
    finish(world, repo, pull, actor, landed)
    refs.move(world, repo, actor, f"refs/heads/{pull.base_ref}", landed)
    close(world, repo, pull, actor)
    _delete_head(world, repo, pull, actor)
    return landed


def finish(world: World, repo: Repo, pull: Pull, actor: Account, landed: str) -> None:
    """Mark it as merged, before the base moves so that the move does not close it again."""
    pull.merged, pull.merged_at, pull.merged_by = True, world.now(), actor
    pull.merge_commit_sha = landed
    pull.base_sha = repo.git.branch(pull.base_ref) or pull.base_sha
    pull.issue.state = "closed"
    note(world, pull.issue, "merged", actor, commit_id=landed)


def update_branch(world: World, repo: Repo, pull: Pull, actor: Account, head: str | None) -> None:
    """Merge the base into the head branch."""
    if head is not None and head != pull.head_sha:
        raise refused(f"expected head sha didn't match current head ref {pull.head_sha}")
    source = world.repos.get(pull.head_repo_id or 0)
    if source is None or not world.can(source, actor, "write"):
        raise ProblemError(403, "Resource not accessible by integration")
    tip = repo.git.branch(pull.base_ref)
    if tip is None or repo.git.is_ancestor(tip, pull.head_sha):
        raise refused("There are no new commits on the base branch.")
    tree = merged_tree(repo.git, pull.head_sha, tip)
    if tree is None:
        raise refused("merge conflict between base and head")
    message = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
    who = person(world, actor)
    parents = (pull.head_sha, tip)
    sha = repo.git.write_commit(Commit("", tree, parents, who, mergeability.github(world), message))
    refs.move(world, source, actor, f"refs/heads/{pull.head_ref}", sha)


def merge_refs(
    world: World, repo: Repo, actor: Account, ends: tuple[str, str], message: str
) -> str | None:
    """Merge a head into a base branch; None when the base holds it already."""
    base, head = ends
    tip, sha = repo.git.branch(base), repo.git.resolve(head)
    if tip is None or sha is None:
        raise ProblemError(404, "Base does not exist" if tip is None else "Head does not exist")
    if repo.git.is_ancestor(sha, tip):
        return None
    tree = merged_tree(repo.git, tip, sha)
    if tree is None:
        raise ProblemError(409, "Merge conflict")
    who, committer = person(world, actor), mergeability.github(world)
    merged = repo.git.write_commit(Commit("", tree, (tip, sha), who, committer, message))
    refs.move(world, repo, actor, f"refs/heads/{base}", merged)
    return merged


def person(world: World, account: Account) -> Signature:
    """Return an account as the author of a commit made on the web site."""
    return Signature(account.name or account.login, account.noreply, world.now())


def _check(world: World, repo: Repo, pull: Pull, order: MergeOrder) -> None:
    mergeability.refresh(world, repo, pull)
    if not pull.is_open:
        raise ProblemError(405, "Pull Request is not mergeable")
    if order.sha is not None and order.sha != pull.head_sha:
        raise ProblemError(409, "Head branch was modified. Review and try the merge again.")
    if pull.draft:
        raise ProblemError(405, "Pull Request is still a draft")
    if not getattr(repo.settings, _SWITCHES[order.method]):
        raise ProblemError(405, f"{order.method} merges are not allowed on this repository.")
    reasons = rules.unmet(repo, pull)
    if reasons:
        raise ProblemError(405, reasons[0])
    if rules.is_behind(repo, pull):
        raise ProblemError(405, "Head branch is out of date. Review and try the merge again.")


def _land(
    world: World, repo: Repo, pull: Pull, place: tuple[Account, str], order: MergeOrder
) -> str | None:
    """Write the commits of the chosen method; None is a conflict."""
    actor, tip = place
    committer = mergeability.github(world)
    if order.method == "rebase":
        return rebased(repo.git, tip, pull.head_sha, committer)
    tree = merged_tree(repo.git, tip, pull.head_sha)
    if tree is None:
        return None
    made = Commit("", tree, (tip, pull.head_sha), person(world, actor), committer, "")
    if order.method == "squash":
        author = person(world, pull.issue.user)
        made = replace(made, parents=(tip,), author=author)
    return repo.git.write_commit(replace(made, message=_message(pull, order)))


def _message(pull: Pull, order: MergeOrder) -> str:
    issue = pull.issue
    if order.method == "squash":
        title = order.title or f"{issue.title} (#{issue.number})"
        text = order.message if order.message is not None else (issue.body or "")
    else:
        source = f"{pull.head_owner.login}/{pull.head_ref}"
        title = order.title or f"Merge pull request #{issue.number} from {source}"
        text = order.message if order.message is not None else issue.title
    return f"{title}\n\n{text}".strip()


def _delete_head(world: World, repo: Repo, pull: Pull, actor: Account) -> None:
    if repo.settings.delete_branch_on_merge and pull.head_repo_id == repo.id:
        refs.move(world, repo, actor, f"refs/heads/{pull.head_ref}", None)
