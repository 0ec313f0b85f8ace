"""Merges, squashes and rebases made by git itself."""

from dataclasses import replace

from app.errors import GitError
from app.sandbox.git.objects import Commit, Signature
from app.sandbox.git.process import run_git
from app.sandbox.git.repository import GitRepo


def merged_tree(git: GitRepo, ours: str, theirs: str) -> str | None:
    """Return the tree of a clean three-way merge, or None when there is a conflict."""
    done = run_git(git.directory, ["merge-tree", "--write-tree", ours, theirs])
    if done.returncode == 0:
        return done.stdout.decode().split("\n")[0]
    if done.returncode == 1:
        return None
    raise GitError(done.stderr.decode(errors="replace").strip())


def rebased(git: GitRepo, base: str, head: str, committer: Signature) -> str | None:
    """Return the tip after each commit of head was picked onto base, or None on a conflict."""
    tip = base
    for sha in git.between(base, head):
        commit = git.commit(sha)
        if len(commit.parents) > 1:
            continue
        tree = _picked(git, commit, tip)
        if tree is None:
            return None
        tip = git.write_commit(replace(commit, tree=tree, parents=(tip,), committer=committer))
    return tip


def _picked(git: GitRepo, commit: Commit, onto: str) -> str | None:
    """Three-way merge with the commit's parent as base.

    git 2.39 takes no `--merge-base`: a throw-away commit with onto's tree on that parent does it.
    """
    graft = git.write_commit(replace(git.commit(onto), parents=commit.parents))
    return merged_tree(git, graft, commit.sha)
