import subprocess

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.policy.paths import GlobError, PathSet, check_glob, fold

CONFORMANCE = [
    # pattern, path, matches
    ("docs/*", "docs/a.md", True),
    ("docs/*", "docs/sub/a.md", False),
    ("docs/*", "docs", False),
    ("docs/**", "docs/sub/a.md", True),
    ("docs/**", "docs", False),
    ("**", "a/b/c", True),
    ("**/*.py", "a.py", True),
    ("**/*.py", "src/.hidden.py", True),
    ("**/*.py", "a.py/evil.txt", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "a/xb", False),
    ("a**b", "a/b", False),
    ("a**b", "axb", True),
    ("**/x/**", "deep\ner/x/y", True),
    ("infra", "infra", True),
    ("infra", "infra/net/main.tf", True),
    ("infra/", "infra", True),
    ("infra", "infrared", False),
    ("infra", "src/infra", False),
    ("/infra", "infra/x", True),
    ("*.md", "docs/a.md", False),
    ("*", ".env", True),
    ("file?", "file1", True),
    ("file?", "file/", False),
    ("file?", "file1/x", False),
    ("[ab]", "a/x", False),
    ("file?", "filé", False),
    ("fil?", "filé", True),
    ("[0-9]*.md", "0001-x.md", True),
    ("[!0-9]*", "0001", False),
    ("[!0-9]*", "x", True),
    ("a[+-9]b", "a/b", False),
    ("a[+-9]b", "a.b", True),
    ("a[+-9]b", "a5b", True),
    ("[]x]", "]", True),
    (r"[\]]", "]", True),
    ("[a-]", "-", True),
    (r"\*", "*", True),
    (r"\*", "x", False),
    (r"\{x\}", "{x}", True),
    (r"\!x", "!x", True),
    ("Makefile", "makefile", False),
    ("caf\u00e9", "cafe\u0301", True),
    ("cafe\u0301/**", "caf\u00e9/x", True),
    ("a.c", "abc", False),
    ("*\udcff", "x", False),
]


@pytest.mark.parametrize(("pattern", "path", "matches"), CONFORMANCE)
def test_C20_one_documented_matcher(pattern, path, matches):
    assert PathSet.of([pattern]).matches(path) is matches


@pytest.mark.parametrize(
    ("patterns", "matching", "others"),
    [
        pytest.param([], set(), {"a"}, id="no pattern matches nothing"),
        pytest.param(["a/**", "!a/b"], {"a/c"}, {"a/b", "b"}, id="an exclusion takes away"),
        pytest.param(["!a/b", "a/**"], {"a/c"}, {"a/b"}, id="whatever the order"),
        pytest.param(["!a"], {"b"}, {"a", "a/x"}, id="only exclusions include the rest"),
        pytest.param(["a", "b"], {"a", "b"}, {"c"}, id="one of them is enough"),
    ],
)
def test_a_set_of_patterns(patterns, matching, others):
    paths = PathSet.of(patterns)

    assert {path for path in matching | others if paths.matches(path)} == matching
    assert paths.any(others) is False
    assert paths.any(matching) is bool(matching)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty parts"),
        ("/", "empty parts"),
        ("a//b", "empty parts"),
        ("./a", "empty parts"),
        ("a/../b", "empty parts"),
        ("!!a", "one `!`"),
        (" a", "blanks"),
        ("a ", "blanks"),
        ("{a,b}", "braces"),
        ("a}", "braces"),
        ("[a", "bracket is not closed"),
        ("[]", "bracket is not closed"),
        ("a]", "bracket is not closed"),
        ("[[:alpha:]]", "not supported"),
        ("[z-a]", "empty"),
        ("[Z-a]", "empty"),
        (r"docs\adr", "backslash"),
        ("a\\", "backslash"),
        ("a\u200bb", "nobody sees"),
    ],
)
def test_a_pattern_that_cannot_mean_what_it_says_is_refused(pattern, reason):
    with pytest.raises(GlobError, match=reason):
        check_glob(pattern)


@pytest.mark.parametrize(("pattern"), [pattern for pattern, *_ in CONFORMANCE[:-1]])
def test_every_pattern_of_the_table_is_accepted(pattern):
    assert check_glob(pattern) == pattern


PROTECTED = PathSet.of([".github/workflows/**", "docs/CODEOWNERS", "stra\u00dfe", "!docs/x"])


@pytest.mark.parametrize(
    ("path", "is_twin"),
    [
        pytest.param(".github/Workflows/ci.yml", True, id="another case"),
        pytest.param(".GITHUB/workflows/ci.yml", True, id="of a directory"),
        pytest.param("docs/codeowners", True, id="of a file"),
        pytest.param("docs./CODEOWNERS", True, id="a dot that Windows drops"),
        pytest.param("docs/CODEOWNERS ", True, id="a space that Windows drops"),
        pytest.param("docs/CODE\u200cOWNERS", True, id="a character that macOS ignores"),
        pytest.param("STRASSE", True, id="a letter that folds to two"),
        pytest.param("docs/CODEOWNERS", False, id="the exact name is no twin"),
        pytest.param("docs/X", False, id="the twin of an exclusion"),
        pytest.param("docs/OWNERS", False, id="another name"),
        pytest.param("...", False, id="a name of dots stays one"),
    ],
)
def test_C21_twins_by_case_and_composition(path, is_twin):
    assert PROTECTED.has_twin(path) is is_twin


def test_a_name_of_dots_and_spaces_only_keeps_them():
    assert fold("A./ ../...") == "a/ ../..."


@given(st.text())
def test_folding_a_folded_name_changes_nothing(name):
    assert fold(fold(name)) == fold(name)


NAMES = ("a", "b", "ab", ".a", "A", "a.md", "a-b", "a b", "[x]", "{a}", "0", "a0")
PIECES = ("a", "b", "*", "?", "[ab]", "[!a]", "[a-z]", "[^b]", "[.-9]", ".", "0", r"\*", "-")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Return every path of the index of a repository, and a function that asks git for some."""
    directory = tmp_path_factory.mktemp("repository")
    paths = sorted(
        {f"{a}x/{b}/{c}" for a in NAMES for b in NAMES for c in NAMES[::3]}
        | {f"{a}y/{b}" for a in NAMES for b in NAMES}
        | {f"{a}z" for a in NAMES}
    )

    def git(*arguments, stdin=b""):
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=directory, input=stdin, capture_output=True, check=True)
        return done.stdout.decode()

    git("init", "--quiet")
    blob = git("hash-object", "-w", "--stdin").strip()
    rows = "".join(f"100644 {blob}\t{path}\0" for path in paths)
    git("update-index", "-z", "--index-info", stdin=rows.encode())
    return paths, lambda *globs: set(git("ls-files", "-z", *globs).split("\0")) - {""}


@settings(max_examples=150, deadline=None)
@given(
    segments=st.lists(
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=2).map("".join)
        | st.sampled_from(("**", "*x", "?z", "ay", "*")),
        min_size=1,
        max_size=3,
    )
)
def test_C20_git_itself_matches_the_same_paths(index, segments):
    paths, ask = index
    pattern = "/".join(segments)
    assume(not {".", ".."} & set(segments))
    # NOTE: `a**` is left out: git takes it for `a/**` or `a*`, depending on what stands before.
    # A last part without wildcard also names a directory, as in .gitignore and CODEOWNERS.
    below = [] if any(sign in segments[-1].replace(r"\*", "") for sign in "*?[") else ["/**"]
    ours = PathSet.of([pattern])

    assert {path for path in paths if ours.matches(path)} == ask(
        f":(glob){pattern}", *(f":(glob){pattern}{tail}" for tail in below)
    )


def test_C29_many_stars_and_a_long_path_take_linear_time():
    hostile = "a/" * 2000 + "b"

    assert not PathSet.of(["**/a/**/a/**/a/**/*a*a*a*c"]).matches(hostile)
