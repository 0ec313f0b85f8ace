"""When the list of changed paths is whole enough to prove something by it."""

import pytest

from app.core.facts import Changes, ChangeStatus
from app.core.gates.changed import changed_paths
from tests.builders import changed, facts, pull_request

RENAMED = changed("b", ChangeStatus.RENAMED, old_path="a")


@pytest.mark.parametrize(
    ("files", "counted", "paths"),
    [
        pytest.param((changed("a"),), 1, {"a"}, id="as many as GitHub counts"),
        pytest.param((RENAMED,), 2, {"a", "b"}, id="GitHub sees a rename as two files"),
        pytest.param((changed("a"), changed("b")), 1, {"a", "b"}, id="and we do"),
        pytest.param((changed("a"),), None, {"a"}, id="GitHub does not count"),
        pytest.param((changed("a"),), 2, None, id="one is missing"),
        pytest.param((), 0, None, id="nothing changed"),
        pytest.param((), None, None, id="nothing known"),
    ],
)
def test_paths_are_known_when_none_is_missing(files, counted, paths):
    seen = facts(files=files, pull_request=pull_request(changed_files=counted))
    assert changed_paths(seen) == paths


def test_a_group_has_paths_without_a_pull_request():
    assert changed_paths(facts(files=(changed("a"),), pull_request=None)) == {"a"}
    assert changed_paths(facts(files=(), pull_request=None)) is None


def test_changes_that_were_not_read_are_not_known():
    unread = Changes(source="none", files=(changed("a"),))
    assert changed_paths(facts(changes=unread)) is None
