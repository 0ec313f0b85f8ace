"""The catalogue's traps about diffs, paths and approvals that survive, on real repositories.

Numbers after `test_` are those of the catalogue of diff traps, letters those of merge gates.
"""

import unicodedata

import pytest

from app.changes.commits import MAX_COMMITS
from app.changes.reader import open_reader
from app.core.facts import Carry, ChangeStatus, Divergence, FileKind
from tests.changes.questions import carry_of, changes_of
from tests.changes.repo import Repo, executable, link, submodule

TEN = "".join(f"line {number}\n" for number in range(10))


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo.git")


# Approvals that survive: only a clean merge of the approved commit with a base that moved on.


@pytest.fixture
def story(repo):
    """A base, a branch that was approved, and a base tip that moved on."""
    old = repo.commit({"app.py": TEN, "lib.py": TEN})
    approved = repo.commit({"app.py": TEN + "feature\n"}, old)
    tip = repo.commit({"lib.py": "fix\n" + TEN}, old)
    return old, approved, tip


def kept(approved, **changes):
    whole = {
        "is_ancestor": True,
        "unique_merge_bases": True,
        "moved_forward": True,
        "same_tree": True,
    }
    return Carry(approved, **(whole | changes))


def test_B11_a_clean_update_of_the_branch_keeps_the_approval(repo, story):
    _, approved, tip = story
    head = repo.merge(approved, tip)
    assert carry_of(repo, approved, tip, head) == kept(approved)


def test_B11_two_updates_in_a_row_keep_the_approval(repo, story):
    _, approved, tip = story
    once = repo.merge(approved, tip)
    later = repo.commit({"new.py": "x\n"}, tip)
    head = repo.merge(once, later)
    assert carry_of(repo, approved, later, head) == kept(approved)


def test_B11_the_approved_head_itself_is_kept(repo, story):
    _, approved, tip = story
    assert carry_of(repo, approved, tip, approved) == kept(approved)


def test_B12_a_line_smuggled_into_the_merge_is_another_tree(repo, story):
    _, approved, tip = story
    clean = repo.merge(approved, tip)
    head = repo.commit_tree(repo.tree(repo.commit({"evil.py": "x\n"}, clean)), approved, tip)
    assert carry_of(repo, approved, tip, head) == kept(approved, same_tree=False)


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({}, id="by hand"),
        pytest.param({".gitattributes": "* merge=union\n"}, id="as a merge driver would"),
    ],
)
def test_B12_a_resolved_conflict_is_another_tree(repo, attributes):
    old = repo.commit({"a": "1\n", **attributes})
    approved, tip = repo.commit({"a": "ours\n"}, old), repo.commit({"a": "theirs\n"}, old)
    head = repo.commit({"a": "ours\ntheirs\n"}, approved, tip)
    repo.git("config", "merge.default", "union")
    assert carry_of(repo, approved, tip, head) == kept(approved, same_tree=False)


def test_B13_a_clean_rebase_has_the_same_tree_and_is_told_from_a_merge(repo, story):
    _, approved, tip = story
    head = repo.rebase(approved, tip)
    assert carry_of(repo, approved, tip, head) == kept(approved, is_ancestor=False)


def test_B13_a_rebase_with_a_new_line_is_another_tree(repo, story):
    _, approved, tip = story
    head = repo.commit({"app.py": TEN + "feature\nmore\n"}, tip)
    assert carry_of(repo, approved, tip, head) == kept(approved, is_ancestor=False, same_tree=False)


def test_B14_the_same_tree_on_an_older_base_did_not_move_forward(repo):
    old = repo.commit({"a": "bad\n", "b": "1\n"})
    reverted = repo.commit({"a": "good\n"}, old)
    approved = repo.commit({"b": "2\n"}, reverted)
    head = repo.commit_tree(repo.tree(approved), old)
    found = carry_of(repo, approved, reverted, head)
    assert (found.moved_forward, found.is_ancestor) == (False, False)


def test_B15_indentation_is_a_change_although_patch_ids_agree(repo, story):
    old, _, tip = story
    approved = repo.commit({"app.py": TEN + "if x:\n    go()\n    stop()\n"}, old)
    head = repo.commit({"app.py": TEN + "if x:\n    go()\nstop()\n"}, tip)
    ids = [
        repo.git("patch-id", stdin=repo.git("diff-tree", "-p", f"{commit}^", commit)).split()[0]
        for commit in (approved, head)
    ]
    assert ids[0] == ids[1]
    assert carry_of(repo, approved, tip, head).same_tree is False


def test_B11_criss_cross_merges_prove_nothing(repo, story):
    _, approved, tip = story
    one = repo.merge(approved, tip)
    other = repo.merge(tip, approved)
    head = repo.commit({"x": "1\n"}, one)
    base = repo.commit({"y": "1\n"}, other)
    found = carry_of(repo, approved, base, head)
    assert (found.unique_merge_bases, found.moved_forward, found.same_tree) == (False,) * 3
    with open_reader(repo.path) as reader:
        assert len(reader.merge_bases(base, head)) == 2


def test_B10_a_commit_that_is_gone_or_no_commit_is_unknown(repo, story):
    _, approved, tip = story
    for strange in ("0" * 40, repo.tree(approved), repo.oid(approved, "app.py")):
        assert carry_of(repo, strange, tip, approved) == Carry(strange, known=False)


def test_E05_a_rewritten_base_proves_nothing(repo, story):
    _, approved, tip = story
    head = repo.merge(approved, tip)
    rewritten = repo.commit({"other": "1\n"})
    assert carry_of(repo, approved, rewritten, head) == kept(
        approved, unique_merge_bases=False, moved_forward=False, same_tree=False
    )


def test_B26_authors_behind_a_second_parent_are_seen(repo, story):
    old, approved, tip = story
    side = repo.commit({"side.py": "x\n"}, old, author="Mallory <mallory@example.org>")
    head = repo.merge(approved, side)
    with open_reader(repo.path) as reader:
        names = {commit.author_name for commit in reader.commits(tip, head)}
        shas = [commit.sha for commit in reader.commits(tip, head)]
    assert names == {"Ann", "Mallory"}
    assert (shas[0], set(shas)) == (head, {head, side, approved})


def test_D11_commits_of_the_base_are_not_commits_of_the_pull_request(repo, story):
    _, approved, tip = story
    head = repo.merge(approved, tip)
    with open_reader(repo.path) as reader:
        assert {commit.sha for commit in reader.commits(tip, head)} == {head, approved}
        assert [step.sha for step in reader.steps(tip, head)] == [approved, head]


# What changed.


def test_C01_a_rename_out_of_a_directory_shows_both_paths(repo):
    base = repo.commit({"infra/prod.tf": TEN})
    head = repo.commit({"infra/prod.tf": None, "docs/x.tf": TEN + "more\n"}, base)
    file = changes_of(repo, base, head)["docs/x.tf"]
    assert (file.status, file.paths) == (ChangeStatus.RENAMED, ("infra/prod.tf", "docs/x.tf"))
    assert (file.added_lines, file.added) == (1, ((11, 11),))


def test_C03_a_deleted_file_is_a_changed_file(repo):
    base = repo.commit({"keep": "", "secret/rule": "1\n"})
    file = changes_of(repo, base, repo.commit({"secret/rule": None}, base))["secret/rule"]
    assert (file.status, file.new_mode, file.new_oid) == (ChangeStatus.DELETED, None, None)


def test_C04_C05_C07_more_than_3000_files_and_20000_lines_are_whole(repo):
    base = repo.commit({"seed": ""})
    files = {f"d{number % 50}/f{number}": TEN for number in range(3100)}
    found = changes_of(repo, base, repo.commit(files, base))
    assert len(found) == 3100
    assert sum(file.added_lines for file in found.values()) == 31_000


def test_C06_more_than_250_commits_are_whole(repo):
    base = repo.commit({"seed": ""})
    stream = "".join(
        f"commit refs/heads/many\nmark :{number}\ncommitter A{number} <a@x> {number} +0000\n"
        f"data 1\nm\nfrom {base if number == 1 else f':{number - 1}'}\n"
        for number in range(1, 301)
    )
    repo.git("fast-import", "--quiet", stdin=stream.encode())
    head = repo.git("rev-parse", "refs/heads/many").decode().strip()
    with open_reader(repo.path) as reader:
        commits = reader.commits(base, head)
        assert len(reader.steps(base, head)) == 300
    assert len({commit.committer_name for commit in commits}) == 300 < MAX_COMMITS


@pytest.mark.parametrize(
    ("content", "kind", "lines"),
    [
        pytest.param("x\n" * 50_000, FileKind.TEXT, 50_000, id="large"),
        pytest.param(b"\0\1\2", FileKind.BINARY, None, id="binary"),
    ],
)
def test_C08_a_file_is_inspected_however_large_or_binary(repo, content, kind, lines):
    base = repo.commit({"seed": ""})
    file = changes_of(repo, base, repo.commit({"f": content}, base))["f"]
    assert (file.kind, file.added_lines) == (kind, lines)


def test_C09_a_long_line_with_wide_characters_is_one_line(repo):
    base = repo.commit({"f": "x\n"})
    head = repo.commit({"f": "x\n" + "ü" * 2_000_000 + "\n"}, base)
    assert changes_of(repo, base, head)["f"].added == ((2, 2),)


HOSTILE = (
    "++ b/vendor/ok.txt\n-- a/x\n@@ -1 +1 @@\ndiff --git a/x b/x\nindex 1..2\n"
    "rename to /etc/passwd\n\\ No newline at end of file\nBinary files a and b differ\n"
)


def test_C10_test_17_added_line_that_looks_like_a_header(repo):
    base = repo.commit({"infra/prod.tf": TEN, "z": "1\n"})
    head = repo.commit({"infra/prod.tf": TEN + HOSTILE, "z": "2\n"}, base)
    files = changes_of(repo, base, head)
    assert sorted(files) == ["infra/prod.tf", "z"]
    assert files["infra/prod.tf"].added == ((11, 18),)


def test_18_removed_line_that_looks_like_a_header(repo):
    base = repo.commit({"a": TEN + HOSTILE, "z": "1\n"})
    files = changes_of(repo, base, repo.commit({"a": TEN, "z": "2\n"}, base))
    assert (files["a"].added, files["a"].removed_lines) == ((), 8)
    assert sorted(files) == ["a", "z"]


def test_19_a_carriage_return_does_not_end_a_line(repo):
    base = repo.commit({"a": "1\n2\n"})
    head = repo.commit({"a": "1\rx\r\n2\n3\n"}, base)
    assert changes_of(repo, base, head)["a"].added == ((1, 1), (3, 3))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("docs/café.txt", "docs/café.txt", id="not ASCII"),
        pytest.param('a "quoted" b', 'a "quoted" b', id="quotes and spaces"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and line break"),
        pytest.param("a => b", "a => b", id="an arrow"),
        pytest.param(" lead", " lead", id="a leading space"),
        pytest.param("-rf", "-rf", id="a leading dash"),
        pytest.param(":(glob)*", ":(glob)*", id="pathspec magic"),
        pytest.param(b"l\xe4tin", "l\\xe4tin", id="bytes that are not UTF-8"),
        pytest.param(unicodedata.normalize("NFD", "é"), "e\u0301", id="decomposed"),
    ],
)
def test_C11_test_20_paths_come_unquoted(repo, raw, shown):
    base = repo.commit({"seed": "", raw: "1\n"})
    changed = changes_of(repo, base, repo.commit({raw: "2\n"}, base))
    assert list(changed) == [shown]
    changed[shown].path.encode()
    moved = changes_of(repo, base, repo.commit({raw: None, b"new/" + _raw(raw): "1\n"}, base))
    assert [file.old_path for file in moved.values()] == [shown]


def _raw(path):
    return path.encode() if isinstance(path, str) else path


def test_21_paths_that_differ_only_in_case_are_two_paths(repo):
    base = repo.commit({"seed": ""})
    head = repo.commit({".github/Workflows/a.yml": "x", ".github/workflows/a.yml": "y"}, base)
    assert len(changes_of(repo, base, head)) == 2


def test_C12_a_moved_submodule_pointer_is_a_change_of_its_own_kind(repo):
    base = repo.commit({"lib": submodule("1" * 40)})
    head = repo.commit({"lib": submodule("2" * 40)}, base)
    file = changes_of(repo, base, head)["lib"]
    assert (file.kind, file.old_oid, file.new_oid) == (FileKind.SUBMODULE, "1" * 40, "2" * 40)


def test_C12_a_file_that_becomes_a_submodule_changes_its_type(repo):
    base = repo.commit({"lib": "text\n"})
    file = changes_of(repo, base, repo.commit({"lib": submodule("2" * 40)}, base))["lib"]
    assert (file.status, file.kind) == (ChangeStatus.TYPE_CHANGED, FileKind.SUBMODULE)


def test_C13_a_link_is_not_followed_and_shows_its_target(repo):
    base = repo.commit({"changed.txt": "a\n"})
    file = changes_of(repo, base, repo.commit({"changed.txt": link("/etc/passwd")}, base))
    shown = file["changed.txt"]
    assert (shown.kind, shown.link_target, shown.added) == (FileKind.SYMLINK, "/etc/passwd", ())
    assert (shown.old_mode, shown.new_mode) == ("100644", "120000")


@pytest.mark.parametrize("content", ["#!/bin/sh\n", "x" * 5000, "\0binary"])
def test_C14_a_change_of_mode_alone_is_seen(repo, content):
    base = repo.commit({"run": content})
    file = changes_of(repo, base, repo.commit({"run": executable(content)}, base))["run"]
    assert (file.old_mode, file.new_mode, file.added) == ("100644", "100755", ())
    is_binary = content.startswith("\0")
    assert file.kind is (FileKind.BINARY if is_binary else FileKind.TEXT)


def test_C16_the_base_branch_moving_on_is_not_a_change_of_the_pull_request(repo):
    old = repo.commit({"a": "1\n", "b": "1\n"})
    tip = repo.commit({"b": "2\n"}, old)
    head = repo.commit({"a": "2\n"}, old)
    with open_reader(repo.path) as reader:
        (merge_base,) = reader.merge_bases(tip, head)
        changes, _ = reader.changes(merge_base, head, attributes_at=tip)
        assert reader.divergence(tip, head).base_paths == ("b",)
    assert (merge_base, [file.path for file in changes.files]) == (old, ["a"])


def test_E03_a_merge_commit_of_the_host_is_not_what_divergence_measures(repo):
    old = repo.commit({"a": "1\n"})
    tip, head = repo.commit({"b": "1\n"}, old), repo.commit({"c": "1\n"}, old)
    with open_reader(repo.path) as reader:
        assert reader.divergence(tip, repo.merge(head, tip)).behind == 0
        assert reader.divergence(tip, head).behind == 1


def test_C19_an_empty_pull_request_changes_nothing_and_has_no_gap(repo):
    base = repo.commit({"a": "1\n"})
    head = repo.commit({}, base)
    assert changes_of(repo, base, head) == {}
    with open_reader(repo.path) as reader:
        assert reader.commits(base, base) == ()
        assert isinstance(reader.divergence(base, base), Divergence)


@pytest.mark.parametrize("where", ["base", "head"])
def test_12_an_attribute_of_the_pull_request_hides_nothing(repo, where):
    attributes = {".gitattributes": "*.env -diff\n*.env binary\n"}
    base = repo.commit({"a.env": "1\n", **(attributes if where == "base" else {})})
    head = repo.commit({"a.env": "1\nX=2\n", **(attributes if where == "head" else {})}, base)
    assert changes_of(repo, base, head)["a.env"].added == ((2, 2),)


def test_13_no_external_program_of_a_repository_runs(repo, tmp_path):
    marker = tmp_path / "ran"
    base = repo.commit({"a.txt": "1\n", ".gitattributes": "* diff=evil merge=evil filter=evil\n"})
    head = repo.commit({"a.txt": "2\n"}, base)
    tip = repo.commit({"a.txt": "0\n1\n"}, base)
    for name in ("diff.external", "diff.evil.command", "diff.evil.textconv", "core.fsmonitor"):
        repo.git("config", name, f"touch {marker};")
    repo.git("config", "merge.evil.driver", f"touch {marker}")
    repo.git("config", "alias.diff-tree", f"!touch {marker}")
    assert changes_of(repo, base, head)["a.txt"].added == ((1, 1),)
    assert carry_of(repo, head, tip, repo.commit({"a.txt": "3\n"}, head, tip)).same_tree is False
    assert not marker.exists()


def test_22_23_a_rename_without_changes_has_no_lines_and_both_paths(repo):
    base = repo.commit({"a/x": TEN, "b": "1\n"})
    file = changes_of(repo, base, repo.commit({"a/x": None, "c/x": TEN}, base))["c/x"]
    assert (file.paths, file.added, file.added_lines) == (("a/x", "c/x"), (), 0)
    assert file.old_oid == file.new_oid


def test_replaced_objects_and_grafts_are_not_believed(repo, story):
    old, approved, tip = story
    harmless = repo.commit({}, old)
    repo.git("replace", approved, harmless)
    (repo.path / "info").mkdir(exist_ok=True)
    (repo.path / "info" / "grafts").write_text(f"{approved}\n")
    assert sorted(changes_of(repo, old, approved)) == ["app.py"]
    with open_reader(repo.path) as reader:
        assert reader.merge_bases(tip, approved) == (old,)
