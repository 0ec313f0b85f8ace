"""Whether an approval of an older commit still speaks about the present head: a proof on trees.

Comparing times, messages or patch ids is no proof: a patch id ignores whitespace.
"""

from app.changes.commits import read_commit
from app.changes.git import Git
from app.changes.objects import Objects
from app.core.facts import Carry, Sha
from app.errors import GitError

_NO = 1


def merge_bases(git: Git, one: Sha, other: Sha) -> tuple[Sha, ...]:
    """Return the best common ancestors, several after criss-cross merges, none if unrelated."""
    answer = git.run("merge-base", "--all", one, other, accept=(0, _NO))
    return tuple(sorted(Sha(line.decode()) for line in answer.out.split()))


def is_ancestor(git: Git, older: Sha, newer: Sha) -> bool:
    """Tell whether a commit is part of another's history; a commit is part of its own."""
    return git.run("merge-base", "--is-ancestor", older, newer, accept=(0, _NO)).code == 0


def prove_carry(git: Git, objects: Objects, approved: Sha, base_tip: Sha, head: Sha) -> Carry:
    """Find out whether the head is `approved` and nothing but a clean merge with the base."""
    if not _is_commit(objects, approved):
        return Carry(approved, known=False)
    old_bases = merge_bases(git, approved, base_tip)
    new_bases = merge_bases(git, head, base_tip)
    is_unique = len(old_bases) == len(new_bases) == 1
    return Carry(
        approved,
        is_ancestor=is_ancestor(git, approved, head),
        unique_merge_bases=is_unique,
        moved_forward=is_unique and is_ancestor(git, old_bases[0], new_bases[0]),
        same_tree=is_unique and _merges_to_head(git, objects, (approved, new_bases[0]), head),
    )


def _merges_to_head(git: Git, objects: Objects, sides: tuple[Sha, Sha], head: Sha) -> bool:
    # NOTE: git runs here without attributes, so no merge driver of a pull request can help.
    answer = git.run("merge-tree", "--write-tree", "--no-messages", *sides, accept=(0, _NO))
    if answer.code == _NO:
        return False
    return answer.out.decode().strip() == read_commit(objects, head).tree


def _is_commit(objects: Objects, sha: Sha) -> bool:
    try:
        info = objects.info(sha)
    except GitError:
        return False
    return info is not None and info.kind == "commit"
