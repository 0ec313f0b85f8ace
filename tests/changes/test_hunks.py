"""The hunk parser against hand-made diffs, against git's own counts and against unidiff."""

import random
import subprocess

import pytest
import unidiff

from app.changes.hunks import PatchError, parse_hunks, parse_patch
from tests.changes.questions import changes_of

HEADER = b"diff --git a/f b/f\nindex %s..%s 100644\n--- a/f\n+++ b/f\n" % (b"1" * 40, b"2" * 40)


@pytest.mark.parametrize(
    ("hunks", "added", "counts"),
    [
        pytest.param(b"@@ -0,0 +1 @@\n+a\n", [(1, 1)], (1, 0), id="one line of a new file"),
        pytest.param(b"@@ -3,2 +2,0 @@\n-a\n-b\n", [], (0, 2), id="lines removed"),
        pytest.param(
            b"@@ -1 +1,2 @@\n-a\n+b\n+c\n@@ -9,0 +11 @@\n+d\n",
            [(1, 2), (11, 11)],
            (3, 1),
            id="two hunks",
        ),
        pytest.param(
            b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
            [(1, 1)],
            (1, 1),
            id="no newline at either end",
        ),
        pytest.param(
            b"@@ -1,3 +1,4 @@ def f():\n a\n+b\n c\n d\n", [(2, 2)], (1, 0), id="context lines"
        ),
        pytest.param(b"@@ -0,0 +1 @@\n+a\rb\n", [(1, 1)], (1, 0), id="CR inside a line"),
        pytest.param(
            b"@@ -0,0 +1,2 @@\n+\x0c\n+\xff\xfe\n", [(1, 2)], (2, 0), id="form feed, bytes"
        ),
    ],
)
def test_hunks_give_ranges_of_the_new_file(hunks, added, counts):
    (section,) = parse_patch(HEADER + hunks)
    assert (section.added, (section.added_lines, section.removed_lines)) == (added, counts)
    assert (section.old_oid, section.new_oid) == ("1" * 40, "2" * 40)
    assert parse_hunks(hunks).added == added


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(b"@@ -0,0 +1 @@\n+a\n", id="no file header"),
        pytest.param(HEADER + b"@@ -0,0 +1,2 @@\n+a\n", id="hunk cut off"),
        pytest.param(HEADER + b"@@ -0,0 +1 @@\n+a\n+b\n", id="more lines than counted"),
        pytest.param(HEADER + b"@@ nonsense @@\n+a\n", id="hunk without counts"),
        pytest.param(HEADER + b"@@ -1 +1,0 @@\n*a\n", id="line of no kind"),
        pytest.param(HEADER + b"@@ -1 +2,0 @@\n a\n", id="context where none is counted"),
    ],
)
def test_a_diff_that_breaks_its_own_counts_is_refused(patch):
    with pytest.raises(PatchError):
        parse_patch(patch)


def test_text_outside_hunks_of_the_api_is_refused():
    with pytest.raises(PatchError):
        parse_hunks(b"--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+a\n")


_NASTY = """
-
+
++ b/x
-- a/x
@@ -1,9 +1,9 @@
diff --git a/x b/x
\\ No newline
index 1..2
rename from x
Binary files a/x and b/x differ
ü\ttab\rreturn"""


def _nasty_line(dice):
    return dice.choice(_NASTY.split("\n"))


def _mutated(lines, dice):
    kept = [line for line in lines if dice.random() > 0.2]
    for _ in range(dice.randrange(6)):
        kept.insert(dice.randrange(len(kept) + 1), _nasty_line(dice))
    return kept


@pytest.mark.parametrize("seed", range(12))
def test_ranges_agree_with_unidiff_and_the_files_on_random_changes(repo, seed):
    dice = random.Random(seed)
    old = {f"d/f{i}.txt": [_nasty_line(dice) for _ in range(30)] for i in range(6)}
    new = {path: _mutated(lines, dice) for path, lines in old.items()}
    end = dice.choice(["", "\n"])
    base = repo.commit({path: "\n".join(lines) + "\n" for path, lines in old.items()})
    head = repo.commit({path: "\n".join(lines) + end for path, lines in new.items()}, base)

    ours = {
        path: [line for first, last in file.added for line in range(first, last + 1)]
        for path, file in changes_of(repo, base, head).items()
    }

    assert ours == _by_unidiff(repo, base, head)


def _by_unidiff(repo, base, head):
    command = ["git", "--git-dir", repo.path, "diff-tree", "-r", "-p", "-U0", base, head]
    patch = subprocess.run(command, check=True, capture_output=True).stdout
    parsed = unidiff.PatchSet.from_string(patch.decode("utf-8", "surrogateescape"))
    return {
        file.path: [line.target_line_no for hunk in file for line in hunk if line.is_added]
        for file in parsed
    }
