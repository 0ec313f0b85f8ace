"""The workflow audit with the real zizmor: only what the base had not, and never silence."""

import importlib.metadata
import subprocess

import pytest

from app.changes.reader import open_reader
from app.core.facts import Part, WorkflowAudit
from app.errors import GitError, ScanError
from app.scan.workflows import audit_workflows, is_workflow
from app.scan.zizmor import Zizmor, _installed
from tests.changes.repo import executable, link

PIN = "actions/checkout@" + "a" * 40
SAFE = f"""name: safe
on: push
permissions: {{}}
concurrency: {{group: x, cancel-in-progress: true}}
jobs:
  build:
    name: build
    runs-on: ubuntu-latest
    steps:
      - uses: {PIN} # v4
        with: {{persist-credentials: false}}
"""
UNPINNED = SAFE.replace(f"{PIN} # v4", "actions/checkout@v4")
INJECTION = SAFE + "      - run: echo ${{ github.event.pull_request.title }}\n"
ACTION = "name: a\ndescription: d\nruns:\n  using: composite\n  steps:\n    - uses: x/y@main\n"
WORKFLOW = ".github/workflows/ci.yml"


@pytest.fixture
def audited(repo):
    """Audit a change and return findings as (audit, path, line), and the gaps."""

    def run(before, after, auditor=None):
        base = repo.commit({"seed": "", **before})
        head = repo.commit(after, base)
        with open_reader(repo.path) as reader:
            changes, _ = reader.changes(base, head)
            return audit_workflows(changes.files, reader.blob, auditor or Zizmor())

    return run


def findings(result):
    audit, gaps = result
    assert gaps == ()
    return [(one.audit, one.path, one.line) for one in audit.findings]


def test_a_new_finding_is_reported_in_full(audited):
    audit, gaps = audited({WORKFLOW: SAFE}, {WORKFLOW: UNPINNED})
    assert (audit.engine, audit.files, gaps) == (f"zizmor {_version()}", 1, ())
    (finding,) = audit.findings
    assert (finding.audit, finding.severity, finding.path, finding.line) == (
        "unpinned-uses",
        "high",
        WORKFLOW,
        10,
    )
    assert finding.message.startswith("unpinned action reference: ")


def _version():
    program = Zizmor().engine.split()[1]
    assert program[0].isdigit()
    return program


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("# a comment\n" * 5 + UNPINNED, id="lines above"),
        pytest.param(
            UNPINNED.replace(
                "    steps:\n",
                f"    steps:\n      - uses: {PIN} # v4\n"
                "        with: {persist-credentials: false}\n",
            ),
            id="a step above",
        ),
        pytest.param(UNPINNED.replace("name: safe", "name: other"), id="another name"),
    ],
)
def test_78_an_old_finding_does_not_become_new_when_it_moves(audited, after):
    assert findings(audited({WORKFLOW: UNPINNED}, {WORKFLOW: after})) == []


def test_a_second_finding_of_the_same_kind_is_new(audited):
    twice = (
        UNPINNED + "      - uses: actions/checkout@v4\n        with: {persist-credentials: false}\n"
    )
    assert [one[0] for one in findings(audited({WORKFLOW: UNPINNED}, {WORKFLOW: twice}))] == [
        "unpinned-uses"
    ]


def test_another_unsafe_expression_in_an_old_script_is_new(audited):
    other = INJECTION.replace("pull_request.title", "pull_request.body")
    audits = {one[0] for one in findings(audited({WORKFLOW: INJECTION}, {WORKFLOW: other}))}
    assert audits == {"template-injection"}


def test_a_renamed_workflow_keeps_its_old_findings(audited):
    moved = ".github/workflows/build.yml"
    assert findings(audited({WORKFLOW: UNPINNED}, {WORKFLOW: None, moved: UNPINNED})) == []


def test_a_file_moved_into_the_workflows_is_new_as_a_whole(audited):
    result = audited({"drafts/ci.yml": UNPINNED}, {"drafts/ci.yml": None, WORKFLOW: UNPINNED})
    assert ("unpinned-uses", WORKFLOW, 10) in findings(result)


@pytest.mark.parametrize("path", ["action.yml", "tools/deploy/action.yaml"])
def test_actions_are_audited(audited, path):
    assert findings(audited({}, {path: ACTION})) == [("unpinned-uses", path, 6)]


def test_75_an_ignore_comment_or_configuration_of_the_head_is_not_honoured(audited):
    ignored = UNPINNED.replace("@v4", "@v4 # zizmor: ignore[unpinned-uses]")
    config = "rules:\n  unpinned-uses:\n    disable: true\n"
    after = {WORKFLOW: ignored, ".github/zizmor.yml": config, "zizmor.yml": config}
    assert ("unpinned-uses", WORKFLOW, 10) in findings(audited({}, after))


def test_76_wide_permissions_are_reported(audited):
    wide = SAFE.replace("permissions: {}", "permissions: write-all")
    audits = [one[0] for one in findings(audited({WORKFLOW: SAFE}, {WORKFLOW: wide}))]
    assert audits == ["excessive-permissions"]


BROKEN = {
    "not YAML": "on: [\n",
    "not a workflow": "name: x\nfoo: 1\n",
    "empty": "",
    "text": "hello\n",
    "binary": b"\0\xff",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_98_a_workflow_that_cannot_be_parsed_is_a_gap_beside_the_findings(audited, content):
    other = ".github/workflows/other.yml"
    audit, (gap,) = audited({}, {WORKFLOW: content, other: UNPINNED})
    assert (gap.part, gap.code, gap.temporary) == (
        Part.WORKFLOW_AUDIT,
        "WORKFLOW_UNREADABLE",
        False,
    )
    assert WORKFLOW in gap.detail
    assert [one.path for one in audit.findings] == [other]


def test_a_workflow_that_was_broken_before_is_judged_as_new(audited):
    result = audited({WORKFLOW: "on: [\n"}, {WORKFLOW: UNPINNED})
    assert ("unpinned-uses", WORKFLOW, 10) in findings(result)


def test_a_deleted_workflow_needs_no_audit(audited):
    audit, gaps = audited({WORKFLOW: "on: [\n"}, {WORKFLOW: None})
    assert (audit.files, audit.findings, gaps) == (0, (), ())


def test_C13_a_link_in_place_of_a_workflow_is_a_gap(audited):
    audit, (gap,) = audited({}, {WORKFLOW: link("../../elsewhere.yml")})
    assert (gap.code, audit.files) == ("WORKFLOW_UNREADABLE", 0)


def test_an_executable_workflow_is_audited(audited):
    assert ("unpinned-uses", WORKFLOW, 10) in findings(
        audited({}, {WORKFLOW: executable(UNPINNED)})
    )


@pytest.mark.parametrize("path", ["../../../x/action.yml", "a\nb/action.yml", "-o/action.yml"])
def test_no_path_of_a_pull_request_is_used_on_disk(path):
    found = Zizmor().audit({path: ACTION.encode()})
    assert [name for name, _ in found.findings] == [path]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".github/workflows/a.yml", True),
        (".github/workflows/a.yaml", True),
        (".github/workflows/sub/a.yml", False),
        (".github/workflows/a.txt", False),
        ("x/.github/workflows/a.yml", False),
        ("action.yml", True),
        ("a/b/action.yaml", True),
        ("a/reaction.yml", False),
        ("a\nb/action.yml", True),
    ],
)
def test_what_github_reads_as_a_workflow_or_action(path, expected):
    assert is_workflow(path) is expected


def _program(tmp_path, script):
    program = tmp_path / "zizmor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param("exec sleep 30", "WORKFLOW_AUDIT_TIMEOUT", id="101 hangs"),
        pytest.param("exit 2", "WORKFLOW_AUDIT_FAILED", id="99 an unknown exit code"),
        pytest.param("kill -9 $$", "WORKFLOW_AUDIT_FAILED", id="99 killed"),
        pytest.param("echo '[{'; exit 14", "WORKFLOW_AUDIT_FAILED", id="100 a document cut off"),
        pytest.param("echo '{}'", "WORKFLOW_AUDIT_FAILED", id="an unknown document"),
        pytest.param('echo \'[{"ident": "x"}]\'', "WORKFLOW_AUDIT_FAILED", id="no place"),
        pytest.param(":", "WORKFLOW_AUDIT_FAILED", id="no document"),
    ],
)
def test_99_an_auditor_that_fails_is_a_gap(audited, tmp_path, script, code):
    auditor = Zizmor(_program(tmp_path, script), seconds=0.5)
    audit, gaps = audited({}, {WORKFLOW: SAFE}, auditor)
    assert (audit, [gap.code for gap in gaps]) == (None, [code])


def test_an_auditor_that_is_not_there_is_a_gap(audited, tmp_path):
    audit, gaps = audited({}, {WORKFLOW: SAFE}, Zizmor(tmp_path / "none"))
    assert (audit, [gap.code for gap in gaps]) == (None, ["WORKFLOW_AUDIT_FAILED"])


def test_a_content_that_cannot_be_read_is_a_gap(repo):
    def fail(_):
        raise GitError("git failed")

    base = repo.commit({"seed": ""})
    head = repo.commit({WORKFLOW: SAFE}, base)
    with open_reader(repo.path) as reader:
        changes, _ = reader.changes(base, head)
    audit, gaps = audit_workflows(changes.files, fail, Zizmor())
    assert (audit, [gap.code for gap in gaps]) == (None, ["WORKFLOW_AUDIT_FAILED"])


def test_without_workflows_nothing_runs(audited, tmp_path):
    result = audited({}, {"a.py": "x\n"}, Zizmor(_program(tmp_path, "exit 99")))
    assert result == (WorkflowAudit(Zizmor().engine, 0), ())


def test_the_auditor_gets_no_token_and_no_network_options(audited, tmp_path, monkeypatch):
    monkeypatch.setenv("GH_TOKEN", "in the environment")
    script = f"env > {tmp_path}/env; echo \"$@\" > {tmp_path}/args; echo '[]'"
    audited({}, {WORKFLOW: SAFE}, Zizmor(_program(tmp_path, script)))
    assert "TOKEN" not in (tmp_path / "env").read_text()
    words = (tmp_path / "args").read_text().split()
    assert {"--offline", "--no-config", "--no-ignores", "--persona=auditor"} <= set(words)


def test_without_the_package_there_is_an_error(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    with pytest.raises(ScanError):
        _ = Zizmor().engine


def test_the_program_is_the_one_of_the_wheel():
    shown = subprocess.run([_installed(), "--version"], check=True, capture_output=True)
    assert shown.stdout.decode().strip() == Zizmor().engine
