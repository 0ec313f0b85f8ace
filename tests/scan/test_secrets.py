"""The scan of whole pull requests on real repositories: what is new, where, and what is not."""

from dataclasses import replace

import pytest

from app.changes.reader import open_reader
from app.core.facts import Part, SecretFinding, Unread
from app.errors import GitError, ScanError
from app.scan import secrets
from app.scan.hits import ContentScan
from app.scan.secrets import MESSAGE_PATH, scan
from tests.changes.repo import link, submodule
from tests.scan.fakes import aws_key, chars, github_token

TOKEN, OTHER = github_token("a token"), github_token("another")
PASSWORD = chars("password", 14) + "7!"
LINE = f"client = Github('{TOKEN}')\n"
TEN = "".join(f"line {number}\n" for number in range(10))


@pytest.fixture
def scanned(repo, pool):
    """Scan a range; no value may be anywhere in the result."""

    def run(base, head, cache=None):
        with open_reader(repo.path) as reader:
            result, gaps = scan(reader, base, head, pool, cache)
        assert gaps == ()
        for value in (TOKEN, OTHER, PASSWORD, TOKEN[4:], PASSWORD[:8]):
            assert value not in repr(result)
        return result

    return run


def places(result):
    return [(one.path, one.line, one.commit, one.in_head) for one in result.findings]


def test_a_secret_is_reported_with_its_commit_and_counts(repo, scanned):
    base = repo.commit({"a.py": TEN})
    head = repo.commit({"a.py": TEN + LINE, "b.py": "x\n"}, base)
    result = scanned(base, head)
    assert result == replace(
        result,
        engine="detect-secrets 1.5.0, rules 1",
        commits=1,
        blobs=2,
        findings=(
            SecretFinding(
                rule="github-token",
                tier="block",
                path="a.py",
                line=11,
                commit=head,
                fingerprint=result.findings[0].fingerprint,
                message="GitHub token, 40 characters",
                controls=secrets.CONTROLS,
            ),
        ),
        unread=(),
    )


def test_10_D10_a_secret_that_a_later_commit_removes_is_reported(repo, scanned):
    base = repo.commit({"a.py": TEN})
    leak = repo.commit({"a.py": TEN + LINE}, base)
    head = repo.commit({"a.py": TEN}, leak)
    assert places(scanned(base, head)) == [("a.py", 11, leak, False)]


def test_D10_a_secret_that_a_later_commit_moves_is_still_in_the_head(repo, scanned):
    base = repo.commit({"a.py": TEN})
    leak = repo.commit({"a.py": TEN + LINE}, base)
    head = repo.commit({"a.py": TEN, "b.py": LINE}, leak)
    assert places(scanned(base, head)) == [("a.py", 11, leak, True)]


def test_D11_a_secret_is_reported_once_however_often_its_file_is_edited(repo, scanned):
    base = repo.commit({"a.py": TEN})
    leak = repo.commit({"a.py": TEN + LINE}, base)
    head = repo.commit({"a.py": "new first line\n" + TEN + LINE}, leak)
    assert places(scanned(base, head)) == [("a.py", 11, leak, True)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"a.py": "first\n" + TEN + LINE}, id="another line of the file is edited"),
        pytest.param({"a.py": TEN + LINE.replace("client", "c")}, id="the line around it"),
        pytest.param({"a.py": None, "b.py": TEN + LINE}, id="a rename"),
        pytest.param({"a.py": None, "b.py": TEN + "more\n" + LINE}, id="a rename with an edit"),
        pytest.param({"c.py": TEN + LINE}, id="23 a copy"),
        pytest.param({"a.py": TEN}, id="its removal"),
        pytest.param({"a.py": TEN, "d.py": LINE}, id="a move into another file"),
    ],
)
def test_D12_an_old_secret_is_not_a_new_leak(repo, scanned, change):
    base = repo.commit({"a.py": TEN + LINE})
    result = scanned(base, repo.commit(change, base))
    assert result.findings == ()
    assert result.commits == 1


def test_7_a_replaced_secret_is_a_new_leak(repo, scanned):
    base = repo.commit({"a.py": TEN + LINE})
    head = repo.commit({"a.py": TEN + LINE.replace(TOKEN, OTHER)}, base)
    assert places(scanned(base, head)) == [("a.py", 11, head, True)]


def test_14_D11_a_secret_only_in_a_merge_commit_is_reported(repo, scanned):
    base = repo.commit({"a.py": TEN, "b.py": TEN})
    ours = repo.commit({"a.py": "ours\n" + TEN}, base)
    tip = repo.commit({"b.py": "theirs\n" + TEN}, base)
    evil = repo.commit({"b.py": "theirs\n" + TEN + LINE}, ours, tip)
    assert places(scanned(tip, evil)) == [("b.py", 12, evil, True)]


def test_15_D11_a_merge_of_the_base_does_not_report_what_the_base_holds(repo, scanned):
    base = repo.commit({"a.py": TEN, "c.py": TEN})
    ours = repo.commit({"a.py": "ours\n" + TEN, "c.py": "ours\n" + TEN}, base)
    tip = repo.commit({"b.py": LINE, "c.py": TEN + LINE}, base)
    head = repo.merge(ours, tip)
    result = scanned(tip, head)
    assert (result.findings, result.commits) == ((), 2)


def test_15_what_the_base_held_when_it_was_merged_is_not_reported(repo, scanned):
    base = repo.commit({"a.py": TEN})
    leaked = repo.commit({"b.py": LINE}, base)
    removed = repo.commit({"b.py": None, "c.py": "x\n"}, leaked)
    once = repo.merge(repo.commit({"a.py": "ours\n" + TEN}, base), leaked)
    head = repo.merge(once, removed)
    result = scanned(removed, head)
    assert (result.findings, result.blobs) == ((), 1)


def test_15_a_squashed_merge_of_the_base_reports_nothing(repo, scanned):
    base = repo.commit({"a.py": TEN})
    tip = repo.commit({"b.py": LINE}, base)
    head = repo.commit({"b.py": LINE}, base)
    assert scanned(tip, head).findings == ()


def test_16_after_a_rebase_the_same_secret_has_the_same_fingerprint(repo, scanned):
    old = repo.commit({"a.py": TEN})
    leak = repo.commit({"a.py": TEN + LINE}, old)
    tip = repo.commit({"b.py": "x\n"}, old)
    before = scanned(old, leak).findings[0]
    moved = repo.rebase(leak, tip)
    assert scanned(tip, moved).findings[0] == replace(before, commit=moved)


def test_D11_a_side_branch_behind_a_second_parent_is_scanned(repo, scanned):
    base = repo.commit({"a.py": TEN})
    side = repo.commit({"s.py": LINE}, base)
    hidden = repo.commit({"s.py": None}, side)
    head = repo.commit({"a.py": "x\n"}, base, hidden)
    assert places(scanned(base, head)) == [("s.py", 1, side, False)]


def test_a_pull_request_without_common_history_is_scanned_from_its_root(repo, scanned):
    base = repo.commit({"a.py": TEN})
    head = repo.commit({"x.py": LINE})
    assert places(scanned(base, head)) == [("x.py", 1, head, True)]


@pytest.mark.parametrize(
    "path",
    ["poetry.lock", "docs/swagger.json", ".secrets.baseline", "logo.png", "a b\tc.py", b"\xff.py"],
)
def test_9_D04_every_path_is_scanned(repo, scanned, path):
    base = repo.commit({"seed": ""})
    result = scanned(base, repo.commit({path: LINE}, base))
    assert [one.tier for one in result.findings] == ["block"]


def test_2_D06_nothing_in_the_repository_configures_the_scan(repo, scanned, tmp_path):
    marker = tmp_path / "ran"
    plugin = f"import pathlib\npathlib.Path({str(marker)!r}).touch()\ndef f(**_): return True\n"
    baseline = (
        '{"version": "1.5.0", "plugins_used": [], "filters_used": [{"path": "file://x.py::f"}]}'
    )
    files = {".secrets.baseline": baseline, "x.py": plugin, ".gitattributes": "* -diff binary\n"}
    base = repo.commit(files)
    head = repo.commit({"a.py": LINE, ".gitattributes": "*.py -diff -text\n"}, base)
    assert places(scanned(base, head)) == [("a.py", 1, head, True)]
    assert not marker.exists()


def test_5_D06_a_baseline_in_the_same_pull_request_hides_nothing(repo, scanned):
    base = repo.commit({"seed": ""})
    known = '{"results": {"a.py": [{"type": "GitHub Token", "line_number": 1}]}}'
    head = repo.commit({"a.py": LINE, ".secrets.baseline": known}, base)
    assert places(scanned(base, head)) == [("a.py", 1, head, True)]


def test_3_D05_a_pragma_of_the_author_is_only_noted(repo, scanned):
    base = repo.commit({"seed": ""})
    line = f"password = '{PASSWORD}'  # pragma: allowlist secret\n"
    result = scanned(base, repo.commit({"a.py": line}, base))
    (finding,) = result.findings
    assert (finding.tier, finding.pragma) == ("confirm", "pragma: allowlist secret")


def test_D13_a_commit_message_is_scanned(repo, scanned):
    base = repo.commit({"seed": ""})
    told = repo.commit({"a": "1"}, base, message=f"log in with {TOKEN}")
    head = repo.commit({"a": "2"}, told, message=f"again {TOKEN}\n\nkey {aws_key()}")
    assert [(one.rule, *place) for one, place in zip(*_both(scanned(base, head)), strict=True)] == [
        ("aws-access-key", MESSAGE_PATH, None, head, True),
        ("github-token", MESSAGE_PATH, None, told, True),
    ]


def _both(result):
    return result.findings, places(result)


def test_C13_the_target_of_a_link_is_scanned_and_not_followed(repo, scanned):
    base = repo.commit({"seed": ""})
    head = repo.commit({"l": link(f"/{TOKEN}"), "m": submodule("1" * 40)}, base)
    result = scanned(base, head)
    assert (places(result), result.blobs) == ([("l", 1, head, True)], 1)


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"


def test_C27_what_cannot_be_read_is_listed(repo, scanned, monkeypatch):
    monkeypatch.setattr(secrets, "CONTENT_LIMIT", 1000)
    base = repo.commit({"old.bin": "x" * 2000})
    files = {"big": "y" * 2000, "lfs.bin": POINTER, "old.bin": None, "moved.bin": "x" * 2000}
    head = repo.commit(files, base)
    assert scanned(base, head).unread == (
        Unread("big", head, "too_large"),
        Unread("lfs.bin", head, "lfs_pointer"),
    )


def test_a_content_that_was_not_fetched_is_listed(repo, scanned):
    base = repo.commit({"seed": ""})
    head = repo.commit({"a": "1"}, base)
    repo.lose(repo.oid(head, "a"))
    assert scanned(base, head).unread == (Unread("a", head, "missing"),)


def test_D16_when_the_time_is_spent_the_rest_is_listed(repo, scanned, monkeypatch):
    monkeypatch.setattr(secrets, "BUDGET_SECONDS", -1.0)
    base = repo.commit({"seed": ""})
    head = repo.commit({"a": "1", "b": "2"}, base)
    cache = {}
    result = scanned(base, head, cache)
    places = (secrets.MESSAGE_PATH, "a", "b")
    assert result.unread == tuple(Unread(place, head, "budget") for place in places)
    assert cache == {}


def test_a_content_is_scanned_once_and_kept_for_the_next_evaluation(repo, scanned):
    base = repo.commit({"seed": ""})
    first = repo.commit({"a.py": LINE}, base)
    cache = {}
    result = scanned(base, first, cache)
    assert set(cache) == {(repo.oid(first, "a.py"), "a.py")}
    cache[repo.oid(first, "a.py"), "a.py"] = ContentScan()
    assert scanned(base, first, cache).findings == ()
    assert result.findings != ()


class _Broken:
    """A scanner that fails at one of its tasks."""

    def __init__(self, task):
        self.task = task

    def self_test(self):
        return self._do("self_test", "engine")

    def scan(self, content, path):
        return self._do("scan", ContentScan())

    def scan_prose(self, text):
        return self._do("scan_prose", ContentScan())

    def _do(self, task, result):
        if task == self.task:
            raise ScanError("the scanner ended")
        return result


@pytest.mark.parametrize("task", ["self_test", "scan", "scan_prose"])
def test_D16_a_scanner_that_fails_is_a_gap_not_a_clean_result(repo, task):
    base = repo.commit({"seed": ""})
    head = repo.commit({"a": "1"}, base)
    with open_reader(repo.path) as reader:
        result, (gap,) = scan(reader, base, head, _Broken(task))
    assert result is None
    assert (gap.part, gap.code) == (Part.SECRETS, "SECRETS_NOT_SCANNED")


def test_D16_a_repository_that_fails_is_a_gap(repo, pool, monkeypatch):
    def fail(*_):
        raise GitError("git failed")

    base = repo.commit({"seed": ""})
    with open_reader(repo.path) as reader:
        monkeypatch.setattr(type(reader), "steps", fail)
        assert scan(reader, base, base, pool)[0] is None


def test_C19_an_empty_pull_request_has_an_empty_scan(repo, scanned):
    base = repo.commit({"a.py": LINE})
    result = scanned(base, base)
    assert (result.commits, result.blobs, result.findings, result.unread) == (0, 0, (), ())


def test_a_secret_at_two_places_is_two_findings_with_one_fingerprint(repo, scanned):
    base = repo.commit({"seed": ""})
    result = scanned(base, repo.commit({"a.py": LINE, "b.py": LINE}, base))
    assert [one.path for one in result.findings] == ["a.py", "b.py"]
    assert len({one.fingerprint for one in result.findings}) == 1


def test_many_commits_and_files_are_all_scanned(repo, scanned):
    base = repo.commit({"seed": ""})
    head = base
    for number in range(20):
        files = {f"f{number}-{part}.py": f"x = {number}{part}\n" for part in range(10)}
        head = repo.commit(files, head)
    result = scanned(base, head)
    assert (result.commits, result.blobs) == (20, 200)


def test_what_is_only_shown_is_cut_and_what_stops_is_not(repo, scanned):
    base = repo.commit({"seed": ""})
    addresses = {f"{n}.txt": "\n".join(f"8.{n}.8.{i}" for i in range(150)) for n in range(3)}
    tokens = {f"{n}.py": "\n".join(github_token(f"{n}{i}") for i in range(150)) for n in range(3)}
    result = scanned(base, repo.commit(addresses | tokens, base))
    tiers = [one.tier for one in result.findings]
    assert (tiers.count("info"), tiers.count("block")) == (200, 450)
