"""Documents and policy files at a commit."""

import pytest

from app.changes.reader import open_reader
from app.changes.tree import EntryKind, PolicyFile
from app.core.facts import Document
from tests.changes.repo import link, submodule


def documents(repo, commit, wanted, **options):
    with open_reader(repo.path) as reader:
        found, gaps = reader.documents(commit, wanted, **options)
    return [document.path for document in found], [gap.code for gap in gaps]


def test_documents_are_chosen_by_name_or_by_predicate(repo):
    commit = repo.commit({"docs/a.md": "# A\n", "docs/b.txt": "b", "docs/[x].md": "\ufeffx"})
    with open_reader(repo.path) as reader:
        named = reader.documents(commit, ["docs/a.md", "docs/none.md", "docs"])
    assert named == ((Document("docs/a.md", commit, "# A\n"),), ())
    assert documents(repo, commit, lambda path: path.endswith(".md"))[0] == [
        "docs/[x].md",
        "docs/a.md",
    ]
    assert documents(repo, commit, ["docs/[x].md"])[0] == ["docs/[x].md"]
    assert documents(repo, commit, []) == ([], [])


def test_a_link_or_submodule_is_no_document(repo):
    commit = repo.commit({"a.md": link("/etc/passwd"), "m.md": submodule("1" * 40), "c.md": "c"})
    assert documents(repo, commit, lambda path: path.endswith(".md")) == (["c.md"], [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"\xff\xfe", "DOCUMENT_NOT_TEXT", id="not UTF-8"),
        pytest.param("x" * 101, "DOCUMENT_TOO_LARGE", id="over the limit"),
    ],
)
def test_what_cannot_be_read_is_a_gap(repo, content, code):
    commit = repo.commit({"a.md": content, "b.md": "b"})
    assert documents(repo, commit, {"a.md", "b.md"}, limit=100) == (["b.md"], [code])


def test_too_many_documents_are_a_gap(repo, monkeypatch):
    monkeypatch.setattr("app.changes.tree.MAX_DOCUMENTS", 2)
    commit = repo.commit({"a": "", "b": "", "c": ""})
    assert documents(repo, commit, lambda _: True) == (["a", "b"], ["DOCUMENTS_TOO_MANY"])


def test_the_content_of_a_document_that_was_never_fetched_is_a_gap(repo):
    commit = repo.commit({"a": "gone", "b": "here"})
    repo.lose(repo.oid(commit, "a"))
    assert documents(repo, commit, ["a", "b"]) == (["b"], ["DOCUMENT_MISSING"])


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({}, (), id="none"),
        pytest.param({".github/x": "", ".github/CODEOWNERS": ""}, (), id="another file"),
        pytest.param({".github": "a file"}, (), id="a file in place of the directory"),
        pytest.param(
            {".github/gatewright.yml": "version: 1\n"},
            (PolicyFile(".github/gatewright.yml", EntryKind.FILE, b"version: 1\n"),),
            id="a policy",
        ),
        pytest.param(
            {".github/gatewright.yml": "", ".github/gatewright.yaml": "a"},
            (
                PolicyFile(".github/gatewright.yaml", EntryKind.FILE, b"a"),
                PolicyFile(".github/gatewright.yml", EntryKind.FILE, b""),
            ),
            id="two, one of them empty",
        ),
        pytest.param(
            {".github/gatewright.yml": link("x")},
            (PolicyFile(".github/gatewright.yml", EntryKind.SYMLINK),),
            id="a link",
        ),
        pytest.param(
            {".github": link("elsewhere")},
            (PolicyFile(".github", EntryKind.SYMLINK),),
            id="a link in place of the directory",
        ),
        pytest.param(
            {".github/gatewright.yml": submodule("1" * 40)},
            (PolicyFile(".github/gatewright.yml", EntryKind.SUBMODULE),),
            id="a submodule",
        ),
        pytest.param(
            {".github/gatewright.yml/x": "a"},
            (PolicyFile(".github/gatewright.yml", EntryKind.DIRECTORY),),
            id="a directory",
        ),
        pytest.param(
            {".github/gatewright.yml": "#" * (257 << 10)},
            (PolicyFile(".github/gatewright.yml", EntryKind.TOO_LARGE),),
            id="too large",
        ),
    ],
)
def test_F26_what_stands_at_the_policy_path_is_told_apart(repo, files, found):
    commit = repo.commit(files)
    with open_reader(repo.path) as reader:
        assert reader.policy_files(commit) == found
