"""GitHub's list of files as changes: what it does not say is a gap."""

import pytest

from app.changes.api import Trees, changes_from_listing
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


def with_trees(*entries, base=None, head=None):
    trees = Trees(base or {}, head or {})
    return changes_from_listing(entries, len(entries), trees)


def test_an_entry_becomes_a_change():
    modes = {"a.py": "100644"}
    assert with_trees(entry(), base=modes, head={"a.py": "100755"}) == (
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
    changes, _ = with_trees(moved, base={"infra/prod.tf": "100644"}, head={"docs/x.tf": "100644"})
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
    changes, _ = with_trees(entry(), head={"a.py": mode})
    assert (changes.files[0].kind, changes.files[0].added) == (kind, ())


def test_C14_without_modes_the_list_is_not_enough():
    assert codes(changes_from_listing([entry()], 1)[1]) == ["LISTING_WITHOUT_MODES"]


def test_a_removed_file_has_no_new_content():
    removed = entry(status="removed", additions=0, patch="@@ -1 +0,0 @@\n-b", deletions=1)
    file = with_trees(removed, base={"a.py": "100644"})[0].files[0]
    assert (file.new_oid, file.new_mode, file.removed_lines) == (None, None, 1)
