"""GitHub's list of files as changes: what it does not say is a gap."""

import pytest

from app.changes.api import TreeEntry, Trees, changes_from_listing
from app.core.facts import Changes, ChangeStatus, FileChange, FileKind, Part

PATCH = "@@ -1,2 +1,3 @@ def f():\n a\n-b\n+c\n+++ d\n\\ No newline at end of file"


def entry(filename="a.py", **changes):
    plain = {
        "filename": filename,
        "status": "modified",
        "additions": 2,
        "deletions": 1,
        "sha": "1" * 40,
        "patch": PATCH,
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


def codes(gaps):
    assert all(gap.part is Part.CHANGES for gap in gaps)
    return [gap.code for gap in gaps]


OLD, NEW, OTHER = "0" * 40, "1" * 40, "2" * 40


def plain_file(sha=NEW, mode="100644"):
    return TreeEntry(mode, sha)


def with_trees(*entries, base=None, head=None):
    trees = Trees(base or {}, head or {})
    return changes_from_listing(entries, len(entries), trees)


def test_an_entry_becomes_a_change():
    before, after = plain_file(OLD), plain_file(NEW, "100755")
    assert with_trees(entry(), base={"a.py": before}, head={"a.py": after}) == (
        Changes(
            "api",
            (
                FileChange(
                    "a.py",
                    ChangeStatus.MODIFIED,
                    old_mode="100644",
                    new_mode="100755",
                    new_oid="1" * 40,
                    added_lines=2,
                    removed_lines=1,
                    added=((2, 3),),
                ),
            ),
        ),
        (),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("added", ChangeStatus.ADDED),
        ("removed", ChangeStatus.DELETED),
        ("modified", ChangeStatus.MODIFIED),
        ("renamed", ChangeStatus.RENAMED),
        ("copied", ChangeStatus.COPIED),
        ("changed", ChangeStatus.TYPE_CHANGED),
        ("unchanged", ChangeStatus.MODIFIED),
    ],
)
def test_C02_every_status_is_known_by_its_own_word(word, status):
    assert with_trees(entry(status=word))[0].files[0].status is status


@pytest.mark.parametrize("word", ["deleted", "Modified", "", 7, None])
def test_C02_an_unknown_status_is_a_gap(word):
    changes, gaps = with_trees(entry(status=word), entry("b.py"))
    assert [file.path for file in changes.files] == ["b.py"]
    assert codes(gaps) == ["LISTING_UNREADABLE"]


def test_C01_both_names_of_a_rename_are_kept():
    moved = entry("docs/x.tf", status="renamed", previous_filename="infra/prod.tf")
    base, head = {"infra/prod.tf": plain_file(OLD)}, {"docs/x.tf": plain_file()}
    changes, _ = with_trees(moved, base=base, head=head)
    assert changes.files[0].paths == ("infra/prod.tf", "docs/x.tf")
    assert changes.files[0].old_mode == "100644"


@pytest.mark.parametrize(
    ("listed", "counted", "expected"),
    [
        pytest.param(3000, 3000, ["LISTING_TRUNCATED"], id="the list's end is the limit"),
        pytest.param(2, 3, ["LISTING_INCOMPLETE"], id="fewer than the pull request says"),
        pytest.param(3, 2, ["LISTING_INCOMPLETE"], id="more, so it moved while it was read"),
        pytest.param(1, None, ["LISTING_UNCOUNTED"], id="nothing to compare with"),
        pytest.param(0, 0, [], id="an empty pull request"),
        pytest.param(2, 2, [], id="all"),
    ],
)
def test_C04_the_number_of_files_must_be_the_whole_number(listed, counted, expected):
    entries = [entry(f"f{number}") for number in range(listed)]
    assert codes(changes_from_listing(entries, counted, Trees({}, {}))[1]) == expected


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param({"additions": 30_000, "deletions": 0}, id="large"),
        pytest.param({"additions": 0, "deletions": 0}, id="binary or moved"),
    ],
)
def test_C08_a_file_without_a_patch_cannot_be_inspected(lines):
    changes, gaps = with_trees(entry(patch=None, **lines))
    file = changes.files[0]
    assert (file.kind, file.added_lines, file.added) == (FileKind.UNKNOWN, None, ())
    assert gaps == ()


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(PATCH[:20], id="cut off"),
        pytest.param("@@ -0,0 +1 @@\n+c", id="lines that do not add up"),
        pytest.param("--- a/x\n+++ b/y\n" + PATCH, id="with headers"),
    ],
)
def test_C09_a_patch_that_is_not_whole_is_a_gap(patch):
    changes, gaps = with_trees(entry(patch=patch))
    assert (changes.files, codes(gaps)) == ((), ["LISTING_UNREADABLE"])


@pytest.mark.parametrize(
    ("mode", "kind"), [("120000", FileKind.SYMLINK), ("160000", FileKind.SUBMODULE)]
)
def test_C12_C13_links_and_submodules_are_known_by_their_mode(mode, kind):
    changes, _ = with_trees(entry(), head={"a.py": plain_file(mode=mode)})
    assert (changes.files[0].kind, changes.files[0].added) == (kind, ())


def test_C14_without_modes_the_list_is_not_enough():
    assert codes(changes_from_listing([entry()], 1)[1]) == ["LISTING_WITHOUT_MODES"]


def test_without_trees_an_empty_list_proves_nothing():
    assert codes(changes_from_listing([], 0)[1]) == ["LISTING_WITHOUT_MODES"]


MOVED = entry("b.py", status="renamed", previous_filename="a.py")
REMOVED = entry(status="removed", additions=0, deletions=1, patch="@@ -1 +0,0 @@\n-b")
TAKEN_OVER = entry(status="added")


@pytest.mark.parametrize(
    ("entries", "base", "head"),
    [
        pytest.param([], {"a.py": OLD}, {"a.py": OLD}, id="nothing differs"),
        pytest.param([entry()], {"a.py": OLD}, {"a.py": NEW}, id="a file was changed"),
        pytest.param([REMOVED], {"a.py": OLD}, {}, id="a file was removed"),
        pytest.param([MOVED], {"a.py": NEW}, {"b.py": NEW}, id="a file was moved"),
        pytest.param(
            [MOVED, TAKEN_OVER],
            {"a.py": OLD},
            {"a.py": NEW, "b.py": NEW},
            id="a file was moved and another took its place",
        ),
    ],
)
def test_a_list_that_names_whatever_differs_is_complete(entries, base, head):
    base, head = ({path: plain_file(sha) for path, sha in tree.items()} for tree in (base, head))
    assert with_trees(*entries, base=base, head=head)[1] == ()


@pytest.mark.parametrize(
    ("entries", "base", "head"),
    [
        pytest.param([], {}, {"a.py": plain_file()}, id="a new file is left out"),
        pytest.param([], {"a.py": plain_file()}, {}, id="a removed file is left out"),
        pytest.param(
            [], {"a.py": plain_file()}, {"a.py": plain_file(mode="100755")}, id="a mode is left out"
        ),
        pytest.param(
            [entry()],
            {"a.py": plain_file(OLD)},
            {"a.py": plain_file(OTHER)},
            id="an older content is listed",
        ),
        pytest.param(
            [entry(sha=None)],
            {"a.py": plain_file(OLD)},
            {"a.py": plain_file()},
            id="the content is not named",
        ),
        pytest.param(
            [entry()], {"a.py": plain_file(OLD)}, {}, id="a removed file is listed as changed"
        ),
        pytest.param(
            [REMOVED],
            {"a.py": plain_file(OLD)},
            {"a.py": plain_file()},
            id="a changed file is listed as removed",
        ),
        pytest.param(
            [MOVED],
            {"a.py": plain_file()},
            {"a.py": plain_file(OTHER), "b.py": plain_file()},
            id="what took the place of a moved file is left out",
        ),
        pytest.param(
            [entry("b.py", status="copied", previous_filename="a.py")],
            {"a.py": plain_file()},
            {"b.py": plain_file()},
            id="a copied file went away",
        ),
    ],
)
def test_a_list_that_tells_less_than_the_trees_is_incomplete(entries, base, head):
    """GitHub counts and lists the same too little: only the trees show it."""
    assert codes(with_trees(*entries, base=base, head=head)[1]) == ["LISTING_INCOMPLETE"]


def test_the_gap_names_one_path_and_counts_the_others():
    _, (gap,) = with_trees(head={f"{name}.py": plain_file() for name in "cab"})
    assert gap.detail == ("a.py differs between the commits and is not listed so, and 2 more paths")


def test_a_removed_file_has_no_new_content():
    removed = entry(status="removed", additions=0, patch="@@ -1 +0,0 @@\n-b", deletions=1)
    file = with_trees(removed, base={"a.py": plain_file()})[0].files[0]
    assert (file.new_oid, file.new_mode, file.removed_lines) == (None, None, 1)
