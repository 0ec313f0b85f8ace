"""Evidence: whoever has the folder computes the verdict again, and sees every change in it."""

import hashlib
import json
from pathlib import Path

import pytest

from app.errors import ReplayError
from app.service import bundle
from tests.action.jobs import REPO, pull_event
from tests.cli.conftest import gatewright
from tests.scan.fakes import github_token


@pytest.fixture
def kept(jobs, box, pull, tmp_path):
    box.commit(REPO, "main", {".github/gatewright.yml": "version: 1\n"}, author="carol")
    folder = tmp_path / "evidence"
    done = jobs.run("evidence", pull_event(box, pull), folder=str(folder))
    return done, folder


def test_the_folder_holds_what_the_verdict_was_computed_from(kept):
    done, folder = kept
    names = ["SHA256SUMS", "evidence.json", "facts.json", "judgement.json", "policy.yml"]
    assert sorted(path.name for path in folder.iterdir()) == names
    sums = (folder / "SHA256SUMS").read_bytes()
    manifest = json.loads((folder / "evidence.json").read_bytes())
    assert done.outputs["digest"] == hashlib.sha256(sums).hexdigest()
    assert done.outputs["verdict-id"] == manifest["verdict_id"]
    assert manifest["policy"]["source"] == ".github/gatewright.yml"


def test_the_command_line_recomputes_it(kept):
    done, folder = kept
    ended = gatewright("replay", folder)
    assert (ended.status, ended.err) == (0, "")
    assert f"{done.outputs['verdict-id']} is recomputed byte for byte" in ended.out


def test_every_gate_is_judged_so_that_the_id_is_the_records_own(kept):
    _, folder = kept
    manifest = json.loads((folder / "evidence.json").read_bytes())
    assert manifest["gates"] == ["ci", "compliance", "secrets", "approval", "freshness"]
    stored = (folder / "judgement.json").read_bytes()
    assert manifest["verdict_id"] == f"v-{hashlib.sha256(stored).hexdigest()[:24]}"


@pytest.mark.parametrize("name", ["facts.json", "judgement.json", "policy.yml", "evidence.json"])
def test_a_changed_file_is_named(kept, name):
    _, folder = kept
    file = folder / name
    file.write_bytes(file.read_bytes().replace(b"pass", b"PASS", 1) + b"\n")
    assert f"{name!r} is not the file that was summed" in gatewright("replay", folder).complaint


def summed_anew(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.name != "SHA256SUMS")
    lines = (f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    (folder / "SHA256SUMS").write_text("".join(lines))


def test_a_verdict_that_was_rewritten_with_its_sums_is_not_what_the_facts_give(kept):
    _, folder = kept
    file = folder / "facts.json"
    file.write_bytes(file.read_bytes().replace(b'"APPROVED"', b'"DISMISSED"'))
    summed_anew(folder)
    ended = gatewright("replay", folder)
    assert (ended.status, "is NOT what is recorded" in ended.out) == (1, True)


@pytest.mark.parametrize("line", ["0" * 64 + "  ../facts.json", "0" * 64 + "  /etc/hostname", "x"])
def test_sums_that_lead_out_of_the_folder_are_refused(kept, line):
    _, folder = kept
    (folder / "SHA256SUMS").write_text(f"{line}\n")
    with pytest.raises(ReplayError):
        bundle.check(folder)


def test_a_folder_that_holds_evidence_is_not_written_over(jobs, box, pull, kept):
    _, folder = kept
    again = jobs.run("evidence", pull_event(box, pull), folder=str(folder))
    assert (again.verdict, "holds evidence already" in again.said) == ("error", True)


def test_no_credential_is_in_it(jobs, box, tmp_path):
    token = github_token("in evidence")
    box.commit(REPO, "leak", {"a.py": f'T = "{token}"\n'}, author="ann")
    pull = box.open_pull_request(REPO, "leak", author="ann", title="fix")
    folder = tmp_path / "evidence"
    done = jobs.run("evidence", pull_event(box, pull), folder=str(folder))
    assert done.verdict == "fail"
    assert all(token.encode() not in path.read_bytes() for path in folder.iterdir())
