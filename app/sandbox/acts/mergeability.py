"""Test merges: whether a pull request could be merged, and refs/pull/N/merge."""

from app.sandbox.acts import rules
from app.sandbox.git.merging import merged_tree
from app.sandbox.git.objects import Commit, Signature
from app.sandbox.world.checks import PASSING
from app.sandbox.world.pulls import MergeTest, Pull
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def look(world: World, repo: Repo, pull: Pull) -> str:
    """Bring the test merge up to date as a reader does; gives `mergeable_state`.

    With the option `lazy_mergeable` the first look after a change finds no answer yet.
    """
    if not refresh(world, repo, pull) and pull.merge_test is not None:
        pull.merge_test.announced = True
    return state(repo, pull)


def refresh(world: World, repo: Repo, pull: Pull) -> bool:
    """Merge again if base or head moved; says whether it did."""
    tip = repo.git.branch(pull.base_ref)
    if not pull.is_open or tip is None:
        return False
    known = pull.merge_test
    if known is not None and (known.base, known.head) == (tip, pull.head_sha):
        return False
    tree = merged_tree(repo.git, tip, pull.head_sha)
    commit = None if tree is None else _test_commit(world, repo, pull, tree, tip)
    announced = not world.options.lazy_mergeable
    pull.merge_test = MergeTest(tip, pull.head_sha, tree is not None, commit, announced)
    _point(repo, pull, commit)
    return True


def state(repo: Repo, pull: Pull) -> str:
    """GitHub's one word for what stands between the pull request and its merge."""
    test = pull.merge_test
    if not pull.is_open or test is None or not test.announced:
        return "unknown"
    if not test.clean:
        return "dirty"
    if pull.draft:
        return "draft"
    if rules.unmet(repo, pull):
        return "blocked"
    if rules.is_behind(repo, pull):
        return "behind"
    return "clean" if _all_green(repo, pull.head_sha) else "unstable"


def github(world: World) -> Signature:
    """Return the committer of everything that is made on the web site."""
    return Signature("GitHub", "noreply@github.com", world.now())


def _test_commit(world: World, repo: Repo, pull: Pull, tree: str, tip: str) -> str:
    author = pull.issue.user
    who = Signature(author.name or author.login, author.noreply, world.now())
    message = f"Merge {pull.head_sha} into {tip}"
    parents = (tip, pull.head_sha)
    return repo.git.write_commit(Commit("", tree, parents, who, github(world), message))


def _point(repo: Repo, pull: Pull, commit: str | None) -> None:
    name = f"refs/pull/{pull.number}/merge"
    if commit is None:
        repo.git.delete_ref(name)
    else:
        repo.git.set_ref(name, commit)


def _all_green(repo: Repo, sha: str) -> bool:
    runs = rules.latest_runs(repo, sha)
    good = all(run.status == "completed" and run.conclusion in PASSING for run in runs)
    return good and all(s.state == "success" for s in rules.latest_statuses(repo, sha).values())
