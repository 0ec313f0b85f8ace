"""The reader over real repositories: divergence, steps, gaps, and what it leaves untouched."""

import subprocess
from datetime import UTC, datetime

import pytest

from app.changes.borrow import borrowed
from app.changes.files import file_changes
from app.changes.hunks import PatchError
from app.changes.local import resolve
from app.changes.objects import reading
from app.changes.rawdiff import parse_diff
from app.changes.reader import open_reader
from app.core.facts import Changes, Divergence, FileKind, Part
from app.errors import GitError
from tests.changes.questions import changes_and_gaps, changes_of
from tests.changes.repo import executable, link


def minute(number):
    return datetime.fromtimestamp(1_700_000_000 + 60 * number, UTC)


def test_divergence_is_measured_on_the_commits(repo):
    base = repo.commit({"a": "1", "b": "1"})
    tip = repo.commit({"b": "2", "c": "1"}, base)
    head = repo.commit({"a": "2"}, repo.commit({"a": "3"}, base))
    with open_reader(repo.path) as reader:
        assert reader.divergence(tip, head) == Divergence(
            behind=1,
            ahead=2,
            base_paths=("b", "c"),
            merge_base_at=minute(1),
            base_tip_at=minute(2),
        )


def test_a_file_s_content_has_one_name_whatever_commit_holds_it(repo):
    one = repo.commit({"a/x.yml": "1", "x.yml": "1", "a*": "2"})
    two = repo.commit({"a/x.yml": "2"}, one)
    with open_reader(repo.path) as reader:
        same = reader.content_id(one, "x.yml")
        assert same == reader.content_id(two, "x.yml") == reader.content_id(one, "a/x.yml")
        assert reader.content_id(two, "a/x.yml") == reader.content_id(one, "a*") != same
        assert reader.content_id(one, "a") is None
        assert reader.content_id(one, "b") is None


def test_E12_unrelated_histories_have_no_merge_base(repo):
    tip, head = repo.commit({"a": "1"}), repo.commit({"b": "1"})
    with open_reader(repo.path) as reader:
        assert reader.merge_bases(tip, head) == ()
        assert reader.divergence(tip, head) == Divergence(
            behind=1, ahead=1, unrelated=True, base_tip_at=minute(1)
        )


def test_a_moved_file_on_the_base_counts_under_both_names(repo):
    base = repo.commit({"old.txt": "x\n" * 20})
    tip = repo.commit({"old.txt": None, "new.txt": "x\n" * 20}, base)
    with open_reader(repo.path) as reader:
        assert reader.base_paths(base, tip) == ("new.txt", "old.txt")


def test_two_commits_are_told_apart_by_what_only_one_of_them_holds(repo):
    base = repo.commit({"a": "1"})
    old = repo.commit({"b": "1"}, base)
    first = repo.commit({"c": "1"}, base, message="first\n\nbody")
    new = repo.commit({"d/e": "1"}, first, message="second")
    with open_reader(repo.path) as reader:
        assert reader.apart(old, new) == (1, 2)
        assert [each.sha for each in reader.newest(old, new, 1)] == [new]
        assert reader.paths(new) == ("a", "c", "d/e")
        seen = [reader.is_commit(each) for each in (new, reader.commit(new).tree, "0" * 40)]
    assert seen == [True, False, False]


def test_steps_come_oldest_first_with_one_comparison_for_each_parent(repo):
    root = repo.commit({"a": "1"})
    main = repo.commit({"m": "1"}, root)
    first = repo.commit({"a": "2"}, root, message="first")
    merge = repo.commit({"m": "1", "x": "evil"}, first, main, message="merge")
    with open_reader(repo.path) as reader:
        steps = reader.steps(main, merge)
        from_nothing = reader.steps(main, repo.commit({"z": "1"}))
    assert [(step.sha, step.message.strip()) for step in steps] == [
        (first, "first"),
        (merge, "merge"),
    ]
    assert [[blob.path for blob in one.new] for one in steps[1].comparisons] == [
        ["m", "x"],
        ["a", "x"],
    ]
    assert [[blob.path for blob in one.old] for one in steps[1].comparisons] == [[], ["a"]]
    assert [blob.path for blob in from_nothing[0].comparisons[0].new] == ["z"]


def test_a_commit_that_changes_nothing_is_still_a_step(repo):
    base = repo.commit({"a": "1"})
    head = repo.commit({}, base)
    with open_reader(repo.path) as reader:
        assert [step.comparisons[0].new for step in reader.steps(base, head)] == [()]


def test_too_large_a_diff_is_a_gap(repo):
    base = repo.commit({"a": ""})
    head = repo.commit({"a": "0123456789\n" * 100_000}, base)
    with open_reader(repo.path) as reader:
        reader._git.max_output = 1 << 20
        changes, (gap,) = reader.changes(base, head)
    assert changes == Changes("git")
    assert (gap.part, gap.code, gap.temporary) == (Part.CHANGES, "CHANGES_TOO_LARGE", False)


def test_a_missing_content_is_a_gap(repo):
    base = repo.commit({"a": "1\n"})
    head = repo.commit({"a": "2\n"}, base)
    repo.lose(repo.oid(base, "a"))
    files, (gap,) = changes_and_gaps(repo, base, head)
    assert files == {}
    assert (gap.part, gap.code) == (Part.CHANGES, "CHANGES_UNREADABLE")


def test_git_that_contradicts_itself_is_a_gap(repo, monkeypatch):
    base = repo.commit({"a": "1\n"})
    head = repo.commit({"a": "2\n"}, base)
    monkeypatch.setattr("app.changes.files.parse_patch", lambda _: ())
    assert [gap.code for gap in changes_and_gaps(repo, base, head)[1]] == ["CHANGES_UNREADABLE"]


def test_a_large_file_has_no_lines_and_is_not_inspected(repo, monkeypatch):
    monkeypatch.setattr("app.changes.files._TEXT_LIMIT", 1000)
    base = repo.commit({"seed": ""})
    head = repo.commit({"data.bin": b"\0" * 2000, "small": "x\n"}, base)
    files = changes_of(repo, base, head)
    large = files["data.bin"]
    assert (large.kind, large.size, large.added_lines) == (FileKind.UNKNOWN, 2000, None)
    assert files["small"].added == ((1, 1),)


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        pytest.param(b"a/../b", ["CHANGES_UNSAFE_PATH"], id="a step out"),
        pytest.param(b".GIT/x", ["CHANGES_UNSAFE_PATH"], id="git's own directory in capitals"),
        pytest.param(b"a//b", ["CHANGES_UNREADABLE"], id="an empty name"),
        pytest.param(b"a/.github/x", [], id="a dot file"),
    ],
)
def test_a_path_that_no_host_accepts_is_a_gap(repo, path, codes):
    blob = repo.store("blob", b"x")
    tree = blob
    names = path.split(b"/")
    for name in reversed(names):
        mode = b"100644" if tree is blob else b"40000"
        tree = repo.store("tree", mode + b" " + name + b"\0" + bytes.fromhex(tree))
    base = repo.commit({})
    gaps = changes_and_gaps(repo, base, repo.commit_tree(tree, base))[1]
    assert [gap.code for gap in gaps] == codes


def test_a_binary_file_that_becomes_text_is_new_from_end_to_end(repo):
    base = repo.commit({"a": b"\0\1", "b": b"\0\1", "c": "text\n", "d": b"\0"})
    head = repo.commit({"a": "1\n2\n3", "b": "", "c": b"\0", "d": executable("\0")}, base)
    files = changes_of(repo, base, head)
    assert [(files[p].kind, files[p].added_lines, files[p].added) for p in "abc"] == [
        (FileKind.TEXT, 3, ((1, 3),)),
        (FileKind.TEXT, 0, ()),
        (FileKind.BINARY, None, ()),
    ]
    assert files["d"].kind is FileKind.BINARY


def test_lines_hidden_by_attributes_are_noticed(repo, monkeypatch):
    base = repo.commit({"a": "1\n"})
    head = repo.commit({"a": "2\n"}, base)
    with borrowed(repo.path) as git, pytest.raises(PatchError):
        _changes_with_hidden_lines(git, base, head)


def _changes_with_hidden_lines(git, base, head):
    (git.directory / "info").mkdir()
    (git.directory / "info" / "attributes").write_text("* -diff\n")
    options = "diff-tree -r -z --raw --numstat -p --full-index -U0"
    diff = parse_diff(git.output(*options.split(), base, head))
    with reading(git) as objects:
        list(file_changes(objects, diff))


def test_a_work_tree_can_be_read_and_is_not_written_to(repo, tmp_path):
    base = repo.commit({"a": "1\n2\n3\n", "b": "1"})
    head = repo.commit({"a": "0\n1\n2\n3\n"}, base, ref="refs/heads/topic")
    tip = repo.commit({"a": "1\n2\n3\n4\n"}, base, ref="refs/heads/main")
    merged = repo.merge(head, tip)
    repo.point("refs/heads/merged", merged)
    work = tmp_path / "work"
    subprocess.run(["git", "clone", "-q", repo.path, work], check=True)
    (work / ".git" / "info" / "attributes").write_text("* -diff merge=union\n")
    before = _snapshot(work)
    with open_reader(work / ".git" / "..") as reader:
        assert reader.changes(base, head)[0].files[0].added == ((1, 1),)
        assert reader.carry(head, tip, merged).same_tree
    assert resolve(work, "origin/topic") == head
    assert _snapshot(work) == before


def _snapshot(directory):
    return {path: path.read_bytes() if path.is_file() else None for path in directory.rglob("*")}


def test_D11_a_shallow_clone_is_refused(repo, tmp_path):
    base = repo.commit({"a": "1"})
    repo.commit({"a": "2"}, base, ref="refs/heads/main")
    work = tmp_path / "work"
    command = ["git", "clone", "-q", "--depth=1", f"file://{repo.path}", work]
    subprocess.run(command, check=True)
    with pytest.raises(GitError, match="shallow"), open_reader(work):
        pass


@pytest.mark.parametrize("name", ["nothing", "--version", "-x", "main:a", "a..b", ""])
def test_a_name_that_is_no_commit_is_an_error(repo, name):
    repo.commit({"a": "1"}, ref="refs/heads/main")
    with pytest.raises(GitError):
        resolve(repo.path, name)


def test_a_place_without_a_repository_is_an_error(tmp_path):
    with pytest.raises(GitError), open_reader(tmp_path):
        pass


def test_links_out_of_the_tree_keep_their_target(repo):
    base = repo.commit({"a": "1"})
    long = "x" * 5000
    head = repo.commit({"l": link("../../etc/passwd"), "long": link(long)}, base)
    files = changes_of(repo, base, head)
    assert (files["l"].link_target, files["long"].link_target) == ("../../etc/passwd", None)
