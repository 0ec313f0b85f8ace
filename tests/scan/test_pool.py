"""Scanning processes: limits, crashes, silence, and that no value ever comes back."""

import json
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import ScanError
from app.scan.engine import ENGINE
from app.scan.hits import ContentScan
from app.scan.pool import Limits, ScannerPool
from tests.scan.fakes import chars, github_token, one_of_each

KEY = b"another key"


@pytest.fixture
def own_pool():
    with ScannerPool(KEY, limits=Limits(processor_seconds=0.5, wall_seconds=20)) as running:
        yield running


def process_of(pool):
    """Look at the idle worker's process without taking the worker away."""
    worker = pool._idle.get()
    pool._idle.put(worker)
    return worker._process


def test_the_self_test_names_the_engine(pool):
    assert pool.self_test() == ENGINE == "detect-secrets 1.5.0, rules 1"


def test_D01_a_scan_needs_no_checkout(pool):
    result = pool.scan(f"x = '{github_token()}'".encode(), "no/such/file.py")
    assert [(hit.rule, hit.tier, hit.line) for hit in result.hits] == [("github-token", "block", 1)]
    assert result.unread is None


def test_findings_are_the_same_each_time_and_survive_json(pool):
    content = "\n".join(one_of_each().values()).encode()
    first, second = (pool.scan(content, "a.py") for _ in range(2))
    assert first == second
    assert ContentScan.from_dict(json.loads(json.dumps(first.as_dict()))) == first
    assert len(first.hits) >= len(one_of_each())


def test_46_D09_no_value_leaves_the_process(pool):
    token, password = github_token("leak"), chars("leak", 14) + "9!"
    content = f"t = '{token}'\npassword = '{password}'\n# {token[4:]}".encode()
    shown = repr(pool.scan(content, "a.py")) + repr(pool.scan_prose(token))
    for value in (token, password, token[4:], token[10:20]):
        assert value not in shown
    assert "github-token" in shown


def test_D03_D08_the_process_has_no_environment_and_no_network_library(own_pool, monkeypatch):
    monkeypatch.setenv("GATEWRIGHT_TOKEN", "in the environment")
    own_pool.self_test()
    place = Path(f"/proc/{process_of(own_pool).pid}")
    assert b"GATEWRIGHT" not in (place / "environ").read_bytes()
    assert KEY not in (place / "cmdline").read_bytes()
    assert b"_ssl" not in (place / "maps").read_bytes()


HOSTILE = {
    "31 lines of blanks": (" " * 999 + "\n") * 100,
    "31 an assignment of blanks": ("x" + " " * 998 + "=\n") * 100,
    "32 registry paths": "//a/" * 25_000 + ":_authToken=",
    "32 many registry lines": ("//a/:_authToken=" * 500 + "\n") * 20,
    "32 prefixes of keys": "sk-" * 20_000 + "T3BlbkFJ",
    "names in a row": "secret" * 10_000 + "\n" + "password_" * 10_000,
    "names and quotes": "secret='" * 10_000,
    "quotes in a row": "'" * 100_000,
    "headers of keys": ("-----BEGIN RSA PRIVATE" + " KEY-----\n") * 5_000,
    "colons": "https://" + "a:" * 50_000,
    "web tokens": "eyJ" * 30_000,
    "a minified program": 'function a(b,c){return b.password||"x"+c.key}var d=[1,2,3];' * 16_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.timeout(60)
def test_31_32_hostile_content_ends_in_time_and_the_next_is_scanned(own_pool, content):
    result = own_pool.scan(content.encode(), "a.js")
    assert result.seconds < 2
    after = own_pool.scan(github_token().encode(), "a")
    assert [hit.tier for hit in after.hits] == ["block"]


def test_D16_content_that_takes_too_long_is_unread_with_what_was_found(own_pool):
    content = github_token() + "\n" + HOSTILE["names in a row"]
    result = own_pool.scan(content.encode(), "a.py")
    assert result.unread == "budget"
    assert {hit.rule for hit in result.hits} >= {"github-token"}


def test_D16_a_process_that_hangs_is_killed_and_replaced(own_pool):
    own_pool._limits = Limits(processor_seconds=60, wall_seconds=0.3)
    own_pool.self_test()
    process = process_of(own_pool)
    process.send_signal(signal.SIGSTOP)
    assert own_pool.scan(b"x", "a").unread == "budget"
    assert process.returncode == -signal.SIGKILL
    own_pool._limits = replace(own_pool._limits, wall_seconds=30)
    assert own_pool.scan(github_token().encode(), "a").hits != ()


def test_D16_a_process_that_dies_at_work_is_an_error_and_replaced(own_pool):
    own_pool.self_test()
    process = process_of(own_pool)
    process.send_signal(signal.SIGSTOP)
    threading.Timer(0.2, process.kill).start()
    with pytest.raises(ScanError) as failure:
        own_pool.scan(github_token().encode(), "a")
    assert github_token() not in repr(failure.value)
    assert own_pool.scan(github_token().encode(), "a").hits != ()


def test_D16_a_process_that_died_while_idle_is_replaced(own_pool):
    own_pool.self_test()
    process_of(own_pool).kill()
    process_of(own_pool).wait()
    assert own_pool.scan(github_token().encode(), "a").hits != ()


def test_too_many_findings_are_said(own_pool):
    content = "\n".join(github_token(seed) for seed in range(300)).encode()
    result = own_pool.scan(content, "a")
    assert (result.unread, len(result.hits)) == ("too_many_findings", 200)


def test_a_scanner_that_cannot_start_is_an_error(monkeypatch):
    monkeypatch.setattr("app.scan.pool._START", "import sys; sys.exit(1)")
    with ScannerPool(KEY) as broken, pytest.raises(ScanError):
        broken.self_test()


def test_fingerprints_need_a_key():
    with pytest.raises(ScanError):
        ScannerPool(b"")


def test_72_threads_share_the_processes_and_get_their_own_answers():
    results = {}
    with ScannerPool(KEY, workers=2) as shared:

        def work(number):
            text = f"{github_token(number)}\n" * (number + 1)
            results[number] = shared.scan(text.encode(), "a").hits

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    fingerprints = {hits[0].fingerprint for hits in results.values()}
    assert [len(hits) for hits in results.values()] == [1] * 12
    assert len(fingerprints) == 12


def test_a_closed_pool_leaves_no_process():
    with ScannerPool(KEY) as running:
        running.self_test()
        process = process_of(running)
        assert process.poll() is None
    assert process.returncode == -signal.SIGKILL
