"""Commits and the people they name, by git's objects."""

from datetime import UTC, datetime

import pytest

from app.changes.commits import RawCommit, parse_commit
from app.changes.git import OversizeError
from app.changes.reader import open_reader
from app.core.facts import Sha
from app.errors import GitError

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PARENT = "1" * 40


def commit_text(author="Ann <ann@example.org> 1700000000 +0100", message="fix: x\n", headers=""):
    head = f"tree {TREE}\nparent {PARENT}\nauthor {author}\n"
    head += f"committer Web <web@example.org> 1700000060 +0000\n{headers}"
    return f"{head}\n{message}".encode()


def parsed(**changes) -> RawCommit:
    return parse_commit(Sha("2" * 40), commit_text(**changes))


def test_a_commit_is_read_whole():
    message = "fix: x\n\nCo-authored-by: Bob B <bob@example.org>\nco-authored-by:Carol<c@x.org>\n"
    assert parsed(message=message) == RawCommit(
        sha="2" * 40,
        parents=(PARENT,),
        author_name="Ann",
        author_email="ann@example.org",
        committer_name="Web",
        committer_email="web@example.org",
        co_authors=(("Bob B", "bob@example.org"), ("Carol", "c@x.org")),
        message=message,
        committed_at=datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC),
        tree=TREE,
    )


@pytest.mark.parametrize(
    ("author", "name", "email"),
    [
        pytest.param(" <> 0 +0000", "", "", id="nobody"),
        pytest.param("A. U. Thor (x) <a@b> 1 -0000", "A. U. Thor (x)", "a@b", id="punctuation"),
        pytest.param("Ann <ann@x> nonsense", "Ann", "ann@x", id="no date"),
        pytest.param("no address at all", "", "", id="no address"),
        pytest.param("Ann <a@x> 99999999999999 +0000", "Ann", "a@x", id="a date past all years"),
    ],
)
def test_unusual_people_are_kept_as_far_as_they_can_be_told(author, name, email):
    commit = parsed(author=author)
    assert (commit.author_name, commit.author_email) == (name, email)


def test_a_signature_cannot_pretend_to_be_a_field():
    signature = "gpgsig -----BEGIN\n author Mallory <m@x> 1 +0000\n parent 333\n -----END\n"
    commit = parsed(headers=signature)
    assert (commit.author_name, commit.parents) == ("Ann", (PARENT,))


def test_an_old_encoding_is_honoured_and_a_strange_one_is_not():
    latin = commit_text(headers="encoding ISO-8859-1\n").replace(b"Ann", b"J\xf6rg")
    strange = commit_text(headers="encoding zlib\n").replace(b"Ann", b"J\xf6rg")
    assert parse_commit(Sha("2"), latin).author_name == "Jörg"
    assert parse_commit(Sha("2"), strange).author_name == "J\\xf6rg"


@pytest.mark.parametrize(
    ("message", "skips"),
    [
        ("docs [skip ci]", True),
        ("docs\n\n[CI SKIP]", True),
        ("docs\n\n\nskip-checks: true\n", True),
        ("docs [skip it]", False),
        ("docs\n\nnot skip-checks: true\n", False),
    ],
)
def test_a_message_can_ask_actions_not_to_run(message, skips):
    assert parsed(message=message).skips_ci is skips


def test_a_long_line_of_blanks_costs_no_time():
    assert parsed(message="co-authored-by:" + " " * 500_000 + "\n").co_authors == ()


def test_an_object_that_is_no_commit_is_refused():
    with pytest.raises(GitError):
        parse_commit(Sha("2" * 40), b"hello")


def test_a_range_that_is_too_long_is_refused_whole(repo, monkeypatch):
    monkeypatch.setattr("app.changes.commits.MAX_COMMITS", 2)
    base = repo.commit({"a": "0"})
    head = base
    for number in range(3):
        head = repo.commit({"a": f"{number}x"}, head)
    with open_reader(repo.path) as reader, pytest.raises(OversizeError):
        reader.commits(base, head)
