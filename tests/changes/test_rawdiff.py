"""Git's own output, tampered with: parts that contradict each other are refused."""

import pytest

from app.changes.borrow import borrowed
from app.changes.files import file_changes
from app.changes.hunks import PatchError
from app.changes.objects import reading
from app.changes.rawdiff import parse_comparisons, parse_diff
from app.changes.reader import _DIFF

SECTION = b"diff --git a/z b/z\nold mode 100644\nnew mode 100755\n"


@pytest.fixture
def read(repo):
    """Read the changes out of a real diff after something was done to its bytes."""
    base = repo.commit({"a": "1\n2\n", "b": "x\n"})
    head = repo.commit({"a": "1\n3\n4\n", "b": "y\n"}, base)

    def run(tamper):
        with borrowed(repo.path) as git, reading(git) as objects:
            output = tamper(git.output(*_DIFF.split(), base, head))
            return [file.added for file in file_changes(objects, parse_diff(output))]

    return run


def test_the_untouched_output_is_read(read):
    assert read(lambda output: output) == [((2, 3),), ((1, 1),)]


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda out: out[: out.rindex(b"diff --git")], id="a section is missing"),
        pytest.param(lambda out: out + SECTION, id="a section too many"),
        pytest.param(lambda out: out.replace(b"2\t1\ta", b"3\t1\ta"), id="another added count"),
        pytest.param(lambda out: out.replace(b"2\t1\ta", b"2\t0\ta"), id="another removed count"),
        pytest.param(lambda out: out.replace(b"2\t1\ta", b"2\t?\ta"), id="a count that is none"),
        pytest.param(lambda out: out.replace(b"2\t1\ta", b"2 1 a"), id="no tabs"),
        pytest.param(lambda out: out.replace(b"2\t1\ta", b"-\t-\ta"), id="no counts for a text"),
        pytest.param(lambda out: out.replace(b"2\t1\ta", b"2\t1\tc"), id="another path"),
        pytest.param(lambda out: out.replace(b"index ", b"index 0", 1), id="a broken index line"),
        pytest.param(lambda out: out.replace(b" M\0a", b" X\0a"), id="an unknown status"),
        pytest.param(lambda out: out.replace(b":100644 100644", b":100644", 1), id="a mode less"),
        pytest.param(lambda out: out[: out.index(b"\0") + 2], id="cut off in the list"),
        pytest.param(
            lambda out: out[: out.index(b"index ") + 6] + b"1" * 40 + out[out.index(b"..") :],
            id="another content",
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused(read, tamper):
    with pytest.raises(PatchError):
        read(tamper)


def test_an_empty_diff_has_no_changes():
    assert parse_diff(b"").changes == ()


def test_something_that_is_no_pair_of_trees_is_refused():
    with pytest.raises(PatchError):
        list(parse_comparisons(b"1111\n"))
