"""Questions to a fresh reader, for tests that ask one thing of one repository."""

from collections.abc import Mapping

from app.changes.reader import open_reader
from app.core.facts import Carry, FileChange, Gap, Sha
from tests.changes.repo import Repo


def changes_of(repo: Repo, base: Sha, head: Sha) -> Mapping[str, FileChange]:
    """Return the changed files by path; a gap fails the test."""
    files, gaps = changes_and_gaps(repo, base, head)
    assert gaps == ()
    return files


def changes_and_gaps(
    repo: Repo, base: Sha, head: Sha
) -> tuple[Mapping[str, FileChange], tuple[Gap, ...]]:
    with open_reader(repo.path) as reader:
        changes, gaps = reader.changes(base, head)
    assert changes.source == "git"
    return {file.path: file for file in changes.files}, gaps


def carry_of(repo: Repo, approved: Sha, base_tip: Sha, head: Sha) -> Carry:
    with open_reader(repo.path) as reader:
        return reader.carry(approved, base_tip, head)
