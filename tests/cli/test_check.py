"""`gatewright check` on real repositories: what it decides, and how it says so."""

import json
import os
import time
from pathlib import Path

import jsonschema
import pytest

from tests.changes.repo import Repo
from tests.cli.conftest import ROOT, gatewright, git
from tests.scan.fakes import github_token

SCHEMA = ROOT / "docs/schema/judgement.v1.json"
POLICY = ".github/gatewright.yml"
OFF = "version: 1\ngates:\n  freshness: {mode: none}\n"
TOKEN = github_token("in the change")


def commits(repo: Repo, files, *, base=None, message="change"):
    """Return base and head of a change."""
    start = repo.commit({"README.md": "# Widgets\n", **(base or {})})
    return start, repo.commit(files, start, message=message)


def check(repo: Repo, base, head, *more):
    return gatewright("check", "--repo", repo.path, "--base", base, "--head", head, *more)


def judged(repo: Repo, base, head, *more) -> dict:
    """Return the judgement that is printed for programs, which fits its schema."""
    document = json.loads(check(repo, base, head, "--json", *more).out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return document


def outcomes(document) -> dict[str, str]:
    gates = {name: gate["verdict"] for name, gate in document["gates"].items()}
    return {"merge": document["verdict"], **gates}


def test_a_harmless_change_passes(repo):
    done = check(repo, *commits(repo, {"a.py": "a = 1\n"}))
    assert (done.status, done.err) == (0, "")
    assert [line.split()[:2] for line in done.out.splitlines()[:3]] == [
        ["secrets", "pass"],
        ["compliance", "pass"],
        ["freshness", "pass"],
    ]
    assert "pass All 3 gates pass" in done.out


@pytest.mark.parametrize(
    ("files", "message", "place"),
    [
        pytest.param({"src/a.py": f'T = "{TOKEN}"\n'}, "Add", "src/a.py:1", id="in a file"),
        pytest.param({"a.py": "a = 1\n"}, f"Add {TOKEN}", "(commit message)", id="in a message"),
    ],
)
def test_a_credential_fails_and_is_never_shown(repo, files, message, place):
    base, head = commits(repo, files, message=message)
    plain, for_programs = check(repo, base, head), check(repo, base, head, "--json")
    assert (plain.status, for_programs.status) == (1, 1)
    assert f"{place} in {head[:12]}: github-token (block)" in plain.out
    assert TOKEN not in plain.out + plain.err + for_programs.out + for_programs.err


def test_the_json_has_the_documented_keys(repo):
    base, head = commits(repo, {"src/settings.py": f'TOKEN = "{TOKEN}"\n'})
    document = judged(repo, base, head)
    gate = document["gates"]["secrets"]
    assert (document["verdict"], set(document["gates"])) == (
        "fail",
        {"secrets", "compliance", "freshness"},
    )
    assert document["subject"] == {
        "base_ref": base,
        "base_sha": base,
        "head_sha": head,
        "merge_base": base,
        "pull_request": None,
        "repository": "widgets",
        "repository_id": 0,
    }
    assert (gate["verdict"], gate["code"], gate["title"]) == (
        "fail",
        "SECRETS_FOUND",
        "1 secret found",
    )
    [finding] = gate["findings"]
    message = finding.pop("message")
    assert "Rotate it first" in message
    assert finding == {
        "rule": "github-token",
        "tier": "block",
        "path": "src/settings.py",
        "line": 1,
        "commit": head,
        "controls": finding["controls"],
    }
    assert "soc2:CC6.1" in finding["controls"]


def test_a_credential_that_a_later_commit_removed_is_found_where_it_came_in(repo):
    base, leaked = commits(repo, {"a.py": f'TOKEN = "{TOKEN}"\n'})
    head = repo.commit({"a.py": "TOKEN = ''\n"}, leaked)
    gate = judged(repo, base, head)["gates"]["secrets"]
    assert (gate["code"], gate["findings"][0]["commit"]) == ("SECRETS_LEAKED", leaked)


def test_a_merge_brings_only_what_the_base_does_not_have(repo):
    old = {"old.py": f'TOKEN = "{TOKEN}"\n'}
    start = repo.commit({"README.md": "# Widgets\n"})
    base = repo.commit(old, start)
    side = repo.commit({"b.py": "b = 1\n"}, start)
    clean = repo.merge(side, base)
    evil = repo.commit({**old, "evil.py": f'T = "{github_token(2)}"\n'}, side, base)
    assert outcomes(judged(repo, base, clean))["secrets"] == "pass"
    [finding] = judged(repo, base, evil)["gates"]["secrets"]["findings"]
    assert (finding["path"], finding["commit"]) == ("evil.py", evil)


def test_an_empty_range_passes_and_says_that_nothing_was_required(repo):
    base, _ = commits(repo, {"a.py": "a = 1\n"})
    document = judged(repo, base, base)
    gate = document["gates"]["secrets"]
    assert (document["verdict"], gate["code"], gate["required"]) == (
        "pass",
        "SECRETS_NOTHING_NEW",
        False,
    )


def test_a_branch_behind_its_base_is_not_fresh(repo):
    start, head = commits(repo, {"a.py": "a = 1\n"})
    base = repo.commit({"b.py": "b = 1\n"}, start)
    done = check(repo, base, head)
    assert done.status == 1
    assert outcomes(judged(repo, base, head))["freshness"] == "fail"


def test_a_gate_that_cannot_tell_is_neither_a_yes_nor_a_no(repo):
    base, head = commits(repo, {"a.py": "a = 1\n"})
    repo.lose(repo.oid(head, "a.py"))
    done = check(repo, base, head)
    assert (done.status, done.err) == (2, "")
    assert outcomes(judged(repo, base, head)) == {
        "merge": "error",
        "secrets": "error",
        "compliance": "error",
        "freshness": "pass",
    }


def test_a_gate_that_fails_outweighs_one_that_cannot_tell(repo):
    base = repo.commit({"a.py": "a = 1\n"})
    head = repo.commit({"b.py": "b = 1\n"})
    assert outcomes(judged(repo, base, head)) == {
        "merge": "fail",
        "secrets": "error",
        "compliance": "error",
        "freshness": "fail",
    }
    assert check(repo, base, head).status == 1


# Which policy counts


def test_the_policy_is_that_of_the_base_and_never_that_of_the_head(repo):
    strict = "version: 1\ngates:\n  compliance: {limits: {files: 1}}\n"
    files = {POLICY: "version: 1\n", "a.py": "a = 1\n", "b.py": "b = 1\n"}
    base, head = commits(repo, files, base={POLICY: strict})
    document = judged(repo, base, head)
    assert (document["policy"]["source"], outcomes(document)["compliance"]) == (POLICY, "fail")


def test_without_a_policy_the_defaults_count_even_if_the_head_brings_one(repo):
    base, head = commits(repo, {POLICY: OFF, "a.py": "a = 1\n"})
    newer = repo.commit({"c.py": "c = 1\n"}, base)
    document = judged(repo, newer, head)
    assert (document["policy"]["source"], outcomes(document)["freshness"]) == (
        "built-in defaults",
        "fail",
    )


def test_a_given_policy_replaces_that_of_the_base(repo, tmp_path):
    start, head = commits(repo, {"a.py": "a = 1\n"})
    base = repo.commit({"c.py": "c = 1\n"}, start)
    given = tmp_path / "mine.yml"
    given.write_text(OFF, encoding="utf-8")
    document = judged(repo, base, head, "--policy", given)
    assert (document["policy"]["source"], outcomes(document)["freshness"]) == (str(given), "pass")


def test_an_invalid_policy_on_the_base_is_a_verdict_with_its_place(repo):
    wrong = "version: 1\ngates:\n  freshnes: {}\n"
    done = check(repo, *commits(repo, {"a.py": "a = 1\n"}, base={POLICY: wrong}))
    assert (done.status, done.err) == (2, "")
    assert f"`{POLICY}`, line 3, column 3" in done.out
    assert "did you mean `freshness`?" in done.out


# Where the repository is


@pytest.mark.parametrize(
    ("where", "given"),
    [
        pytest.param("widgets", ".", id="the present folder"),
        pytest.param("", "widgets", id="a relative path"),
        pytest.param("widgets/src", "..", id="a relative path upwards"),
        pytest.param("", "widgets/src", id="a folder inside"),
        pytest.param("", "widgets/.git", id="the folder of git itself"),
    ],
)
def test_a_repository_is_found_wherever_one_stands_in_it(
    work_tree, tmp_path, monkeypatch, where, given
):
    monkeypatch.chdir(tmp_path / where)
    done = gatewright("check", "--repo", given, "--json")
    assert done.status == 0
    assert json.loads(done.out)["subject"]["repository"] == "widgets"


def test_a_second_work_tree_is_judged_by_its_own_head(work_tree, tmp_path):
    other = tmp_path / "elsewhere"
    git(work_tree, "worktree", "add", "-q", str(other))
    (other / "b.py").write_text("b = 1\n", encoding="utf-8")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "There")
    subject = json.loads(gatewright("check", "--repo", other, "--json").out)["subject"]
    assert (subject["repository"], subject["head_sha"]) == (
        "widgets",
        git(other, "rev-parse", "HEAD").strip(),
    )


def everything_in(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_nothing_in_the_repository_is_touched(work_tree):
    (work_tree / "src/a.py").write_text("a = 'unsaved'\n", encoding="utf-8")
    (work_tree / "new.py").write_text("new = 1\n", encoding="utf-8")
    status, before = git(work_tree, "status", "--porcelain"), everything_in(work_tree)
    assert gatewright("check", "--repo", work_tree).status == 0
    assert everything_in(work_tree) == before
    assert git(work_tree, "status", "--porcelain") == status


def test_the_environment_of_a_hook_does_not_lead_elsewhere(work_tree, repo, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(repo.path))
    monkeypatch.setenv("GIT_INDEX_FILE", os.devnull)
    assert gatewright("check", "--repo", work_tree).status == 0


def test_many_files_and_commits_are_judged_in_reasonable_time(repo):
    base = head = repo.commit({f"src/{number}.py": "x = 0\n" for number in range(300)})
    for step in range(50):
        changed = {f"src/{number}.py": f"x = {step}\n" for number in range(step * 6, step * 6 + 6)}
        head = repo.commit(changed, head, ref="refs/heads/work")
    start = time.monotonic()
    gate = judged(repo, base, head)["gates"]["secrets"]
    assert (gate["verdict"], gate["counted"][0]) == ("pass", "50 commits")
    assert time.monotonic() - start < 15
