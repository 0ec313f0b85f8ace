"""Mirrors: fetching from real repositories, concurrency, and where the token goes."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.changes.mirror import Mirror, Origin, Tips
from app.changes.reader import open_reader
from app.errors import GitError
from tests.changes.repo import Repo

REFS = ("refs/heads/main", "refs/pull/7/head")
TOKEN = "ghs" + "_" + "q8" * 18


@pytest.fixture
def served(repo):
    base = repo.commit({"a": "1\n"}, ref="refs/heads/main")
    repo.commit({"a": "2\n"}, base, ref="refs/pull/7/head")
    return repo


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path / "mirrors")


def origin(repo: Repo) -> Origin:
    return Origin(f"file://{repo.path}", protocols=("file",))


def tip(repo, ref):
    return repo.git("rev-parse", ref).decode().strip()


def test_base_and_head_are_read_fresh_each_time(served, mirror):
    first = mirror.fetch(1, origin(served), REFS)
    assert first == Tips(tip(served, REFS[0]), tip(served, REFS[1]))
    pushed = served.commit({"a": "3\n"}, first.base, ref="refs/heads/main")
    forced = served.commit({"b": "1\n"}, ref="refs/pull/7/head")
    assert mirror.fetch(1, origin(served), REFS) == Tips(pushed, forced)
    with open_reader(mirror.directory(1)) as reader:
        assert reader.merge_bases(pushed, forced) == ()
        assert reader.merge_bases(first.head, pushed) == (first.base,)


def test_one_more_commit_is_fetched_by_name_and_stays(served, mirror):
    mirror.fetch(1, origin(served), REFS)
    older = served.commit({"older": "1"})
    assert mirror.keep(1, origin(served), older)
    served.lose(older)
    assert mirror.keep(1, origin(served), older)
    assert not mirror.keep(1, origin(served), "0" * 40)
    with open_reader(mirror.directory(1)) as reader:
        assert reader.is_commit(older)


def test_old_commits_stay_readable_and_lost_ones_are_named(served, mirror):
    approved = served.commit({"old": "1"}, ref="refs/pull/7/head")
    mirror.fetch(1, origin(served), REFS, [approved])
    served.commit({"new": "1"}, ref="refs/pull/7/head")
    served.lose(approved)
    lost = served.commit({"never": "seen"})
    served.git("update-ref", "-d", f"refs/test/{served.clock}")
    served.lose(lost)
    tips = mirror.fetch(1, origin(served), REFS, [approved, lost, "not-a-sha"])
    assert tips.missing == {lost, "not-a-sha"}
    with open_reader(mirror.directory(1)) as reader:
        assert reader.commit(approved).parents == ()


def test_a_branch_can_take_the_place_of_a_directory_of_branches(served, mirror):
    served.commit({"x": "1"}, ref="refs/heads/release")
    mirror.fetch(1, origin(served), ("refs/heads/release", REFS[1]))
    served.git("update-ref", "-d", "refs/heads/release")
    moved = served.commit({"x": "2"}, ref="refs/heads/release/1")
    assert mirror.fetch(1, origin(served), ("refs/heads/release/1", REFS[1])).base == moved


@pytest.mark.parametrize(
    "name",
    ["refs/heads/none", "--upload-pack=/bin/sh", "refs/heads/a b", "refs/heads/*", "a:b", "main"],
)
def test_a_ref_that_is_not_there_or_no_name_is_an_error(served, mirror, name):
    with pytest.raises(GitError):
        mirror.fetch(1, origin(served), (name, REFS[1]))


@pytest.mark.parametrize(
    "address",
    ["ext::sh -c touch% /x", "http://example.org/x", "/etc", "git@host:x", "https://me@host/x", ""],
)
def test_an_address_of_another_kind_is_refused(mirror, address):
    with pytest.raises(GitError, match="not allowed"):
        mirror.fetch(1, Origin(address), REFS)


def test_threads_that_fetch_the_same_repository_wait_for_each_other(served, mirror):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(mirror.fetch(1, origin(served), REFS)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert len(results) == 4


def test_a_lock_that_a_killed_git_left_is_removed(served, mirror):
    mirror.fetch(1, origin(served), REFS)
    local = next((mirror.directory(1) / "refs" / "gatewright" / "tip").iterdir())
    Path(f"{local}.lock").touch()
    (mirror.directory(1) / "packed-refs.lock").touch()
    served.commit({"a": "9"}, ref="refs/heads/main")
    served.commit({"a": "9"}, ref="refs/pull/7/head")
    assert mirror.fetch(1, origin(served), REFS).base == tip(served, REFS[0])


def test_the_size_counts_what_is_on_disk(served, mirror):
    assert mirror.size() == 0
    mirror.fetch(1, origin(served), REFS)
    mirror.fetch(22, origin(served), REFS)
    assert 0 < mirror.size(1) < mirror.size()


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.headers.get("Authorization"))
        self.send_response(*self.server.answer)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), _Refusing) as running:
        running.seen, running.answer = [], (403,)
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_the_token_is_sent_as_a_header_and_stays_nowhere(mirror, tmp_path, server):
    address = f"http://127.0.0.1:{server.server_port}/acme/widgets.git"
    where = Origin(address, TOKEN, ("http",))
    with pytest.raises(GitError) as failure:
        mirror.fetch(1, where, REFS)
    login = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert server.seen[0] == f"Basic {login}"
    for text in (str(failure.value), repr(where), *map(_text, tmp_path.rglob("*"))):
        assert TOKEN not in text
        assert login not in text


def test_a_redirect_does_not_carry_the_token_away(mirror, server):
    server.answer = (302,)
    address = f"http://127.0.0.1:{server.server_port}/acme/widgets.git"
    with pytest.raises(GitError):
        mirror.fetch(1, Origin(address, TOKEN, ("http",)), REFS)
    assert len(server.seen) == 1


def _text(path):
    return path.read_bytes().decode("latin-1") if path.is_file() else path.name
