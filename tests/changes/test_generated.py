"""Generated files: by well-known names and by the attributes of the base alone."""

import pytest

from tests.changes.questions import changes_of


def generated(repo, attributes, changed, head_attributes=None):
    base = repo.commit({"seed": "", **attributes})
    head = repo.commit(dict.fromkeys(changed, "x\n") | (head_attributes or {}), base)
    files = changes_of(repo, base, head)
    return {path for path in changed if files[path].generated}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({}, {"a/uv.lock"}, id="lock files by name"),
        pytest.param(
            {".gitattributes": "*.ts linguist-generated\n"},
            {"a/uv.lock", "a/b.ts"},
            id="an attribute",
        ),
        pytest.param(
            {".gitattributes": "a/** linguist-generated=true\n"},
            {"a/uv.lock", "a/b.ts", "a/c.py"},
            id="a directory",
        ),
        pytest.param(
            {".gitattributes": "*.lock -linguist-generated\n"}, set(), id="a lock file that is not"
        ),
        pytest.param(
            {".gitattributes": "*.lock linguist-generated=false\n"}, set(), id="set to false"
        ),
        pytest.param(
            {
                ".gitattributes": "*.py linguist-generated\n",
                "a/.gitattributes": "c.py -linguist-generated\nb.ts linguist-generated\n",
            },
            {"a/uv.lock", "a/b.ts"},
            id="the nearest file of attributes wins",
        ),
        pytest.param(
            {".gitattributes": "[attr]made linguist-generated\n*.py made\n"},
            {"a/uv.lock", "a/c.py"},
            id="a macro",
        ),
    ],
)
def test_generated_files(repo, attributes, expected):
    assert generated(repo, attributes, ["a/uv.lock", "a/b.ts", "a/c.py"]) == expected


def test_C26_attributes_that_the_pull_request_sets_do_not_count(repo):
    head_attributes = {".gitattributes": "* linguist-generated\n"}
    assert generated(repo, {}, ["a.py"], head_attributes) == set()


def test_a_path_with_a_line_break_is_asked_about_as_well(repo):
    attributes = {".gitattributes": "*.py linguist-generated\n"}
    assert generated(repo, attributes, ["a\nb.py"]) == {"a\nb.py"}
