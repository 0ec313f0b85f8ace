"""What we remember of GitHub's world, on both databases."""

import pytest

from app.changes.commits import MAX_COMMITS
from app.core.facts import Sha
from app.ports import RepositoryRef
from app.store import registry
from app.store.registry import KnownInstallation, KnownPullRequest
from tests.builders import ANN, BOB, NOW, ROBOT, at

HUGE = 2**53 - 1


def pull(number: int = 7, head: str = "abc", base: str = "main", *, is_open: bool = True, seen=NOW):
    return KnownPullRequest(number, head, base, is_open, head_seen_at=seen, verdict_id=None)


def remember(connection, *pulls: KnownPullRequest, repository_id: int = 1) -> None:
    for each in pulls:
        registry.remember_pull_request(connection, repository_id, each)


def repository(connection, number: int = 1, **more) -> None:
    values = {"installation_id": 5, "account_id": 9, "full_name": f"acme/{number}"}
    registry.remember_repository(connection, NOW, id=number, **values | more)


def installation(connection, number: int = 5, **more) -> None:
    values = {"account_id": 9, "account_login": "acme"}
    registry.remember_installation(connection, NOW, id=number, **values | more)


# Pull requests


@pytest.mark.parametrize(
    ("again", "known"),
    [
        pytest.param(pull(seen=at(5)), pull(), id="the same head keeps its first moment"),
        pytest.param(
            pull(head="def", seen=at(5)), pull(head="def", seen=at(5)), id="a new head has its own"
        ),
        pytest.param(pull(base="release", seen=at(5)), pull(base="release"), id="another base"),
        pytest.param(pull(is_open=False, seen=at(5)), pull(is_open=False), id="closed"),
    ],
)
def test_a_pull_request_is_known_as_it_was_seen_last(database, again, known):
    with database.write() as connection:
        remember(connection, pull(), again)
        assert registry.known_pull_request(connection, 1, 7) == known


def test_a_head_that_comes_back_was_seen_anew(database):
    with database.write() as connection:
        remember(connection, pull(), pull(head="def", seen=at(5)), pull(seen=at(9)))
        assert registry.known_pull_request(connection, 1, 7) == pull(seen=at(9))


def test_seeing_a_pull_request_again_keeps_its_verdict(database):
    with database.write() as connection:
        remember(connection, pull())
        registry.set_verdict(connection, 1, 7, "v-1")
        remember(connection, pull(head="def"))
        assert registry.known_pull_request(connection, 1, 7).verdict_id == "v-1"


def test_pull_requests_are_found_by_head_and_by_base_in_their_repository_alone(database):
    with database.write() as connection:
        remember(connection, pull(9), pull(7), pull(8, "def"), pull(3, base="release"))
        remember(connection, pull(1, is_open=False))
        remember(connection, pull(7), repository_id=2)
        by_head = registry.open_with_head(connection, 1, "abc")
        by_base = registry.open_into_base(connection, 1, "main")
    assert [each.number for each in by_head] == [3, 7, 9]
    assert [each.number for each in by_base] == [7, 8, 9]


def test_names_of_branches_are_compared_to_the_letter(database):
    with database.write() as connection:
        remember(connection, pull(base="Main"), pull(8, base="main%"), pull(9, base="ma_n"))
        assert registry.open_into_base(connection, 1, "main") == ()


def test_a_pull_request_that_github_does_not_show_counts_as_closed(database):
    with database.write() as connection:
        remember(connection, pull(), pull(8))
        registry.forget_pull_request(connection, 1, 7)
        assert [each.number for each in registry.open_with_head(connection, 1, "abc")] == [8]
        assert registry.known_pull_request(connection, 1, 7) == pull(is_open=False)


def test_what_was_never_seen_is_not_known(database):
    with database.read() as connection:
        assert registry.known_pull_request(connection, 1, 7) is None
        assert registry.known_installation(connection, 5) is None
        assert registry.repository_ref(connection, 1) is None
        assert registry.is_archived(connection, 1) is False


# Pushers


def test_everybody_who_pushed_one_of_the_commits_is_returned_once(database):
    with database.write() as connection:
        for person, sha in ((ROBOT, "a"), (BOB, "b"), (ANN, "a"), (ANN, "a"), (ANN, "b")):
            registry.remember_pusher(connection, 1, sha, person)
        registry.remember_pusher(connection, 2, "a", BOB)
        assert registry.pushers_of(connection, 1, map(Sha, "ab")) == (ANN, BOB, ROBOT)
        assert registry.pushers_of(connection, 1, [Sha("a")]) == (ANN, ROBOT)
        assert registry.pushers_of(connection, 1, []) == ()


def test_as_many_commits_as_are_ever_read_can_be_looked_up(database):
    with database.write() as connection:
        registry.remember_pusher(connection, 1, "last", ANN)
        commits = [Sha(str(number)) for number in range(MAX_COMMITS)]
        assert registry.pushers_of(connection, 1, [*commits, Sha("last")]) == (ANN,)


# Repositories and installations


@pytest.mark.parametrize(
    ("changes", "ref"),
    [
        pytest.param({}, RepositoryRef(1, "acme/1", 5, 9), id="as it was remembered"),
        pytest.param(
            {"full_name": "new/name", "archived": True},
            RepositoryRef(1, "new/name", 5, 9),
            id="renamed",
        ),
        pytest.param({"installation_id": None}, None, id="without an installation"),
        pytest.param({"removed": True}, None, id="removed"),
    ],
)
def test_a_repository_is_known_by_its_id(database, changes, ref):
    with database.write() as connection:
        repository(connection)
        repository(connection, **changes)
        assert registry.repository_ref(connection, 1) == ref
        assert registry.is_archived(connection, 1) is bool(changes.get("archived"))


@pytest.mark.parametrize(
    ("state", "is_reached"),
    [
        pytest.param({}, True, id="an installation in use"),
        pytest.param({"suspended": True}, False, id="suspended"),
        pytest.param({"removed": True}, False, id="removed"),
    ],
)
def test_a_repository_is_reached_through_its_installation(database, state, is_reached):
    with database.write() as connection:
        installation(connection, **state)
        repository(connection)
        assert (registry.repository_ref(connection, 1) is not None) is is_reached


@pytest.mark.parametrize(
    ("through", "is_known"),
    [
        pytest.param(5, False, id="the installation that lost it"),
        pytest.param(6, True, id="another one, which has it by now"),
    ],
)
def test_a_repository_is_lost_to_the_installation_it_was_known_through(database, through, is_known):
    lost = RepositoryRef(1, "acme/1", 5, 9)
    with database.write() as connection:
        repository(connection, installation_id=through)
        registry.lose_repository(connection, lost)
        assert (registry.repository_ref(connection, 1) is not None) is is_known
        assert len(registry.repositories_through(connection, through)) == int(is_known)


@pytest.mark.parametrize("loss", ["suspended", "removed"])
def test_a_lost_installation_is_not_used_until_it_is_seen_again(database, loss):
    states = {"suspended": False, "removed": False}
    with database.write() as connection:
        installation(connection)
        registry.lose_installation(connection, 5, **{**states, loss: True})
        lost = registry.known_installation(connection, 5)
        listed = registry.installations(connection)
        installation(connection, **states)
        back = registry.known_installation(connection, 5)
    assert (lost.usable, back.usable) == (False, True)
    assert listed == (() if loss == "removed" else (5,))


def test_only_repositories_that_can_be_judged_are_swept(database):
    with database.write() as connection:
        installation(connection)
        installation(connection, 6, suspended=True)
        installation(connection, 7, removed=True)
        repository(connection, 2)
        repository(connection, 1)
        repository(connection, 3, archived=True)
        repository(connection, 4, removed=True)
        for number in (6, 7, 8):
            repository(connection, number, installation_id=number)
        found = registry.repositories(connection)
    assert [each.id for each in found] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "usable"), [({}, True), ({"suspended": True}, False), ({"removed": True}, False)]
)
def test_an_installation_is_usable_unless_it_was_suspended_or_removed(database, changes, usable):
    with database.write() as connection:
        installation(connection, HUGE, **changes)
        found = registry.known_installation(connection, HUGE)
    assert found == KnownInstallation(HUGE, 9, "acme", usable)


def test_what_is_remembered_later_does_not_forget_the_rest(database):
    with database.write() as connection:
        installation(connection, permissions='{"checks":"write"}')
        installation(connection, account_login="renamed")
        kept = connection.exec_driver_sql("SELECT account_login, permissions FROM installation")
        assert tuple(kept.one()) == ("renamed", '{"checks":"write"}')
        registry.set_permissions(connection, 5, "{}")
        kept = connection.exec_driver_sql("SELECT permissions FROM installation")
        assert kept.scalar_one() == "{}"
