from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import (
    Changes,
    ChangeStatus,
    FileKind,
    MergeGroup,
    Part,
    WorkflowAudit,
    WorkflowFinding,
)
from app.core.gates.compliance import MEANING, Code, judge, needs
from app.core.verdict import Blocker, Finding, GateName, Outcome, Seen, Tier, Verdict
from tests.builders import NOW, changed, facts, policy, pull_request

ADDED = ChangeStatus.ADDED
BINARY = {"status": ADDED, "kind": FileKind.BINARY}
RULE = {"id": "no-x", "title": "No x", "fix": "Take it out.", "forbid": {"paths": ["x/**"]}}


def said(*files, compliance=None, **changes):
    return judge(facts(files=files, **changes), policy(compliance=compliance or {}), NOW)


@pytest.mark.parametrize(
    ("verdict", "outcome", "code", "title"),
    [
        pytest.param(
            said(changed("a"), changed("b")),
            Outcome.PASS,
            Code.PASSED,
            "9 rules kept by 2 files",
            id="nothing to complain about",
        ),
        pytest.param(
            said(changed("a", **BINARY)),
            Outcome.PASS,
            Code.WARNED,
            "No blocking rule broken; 1 finding to look at",
            id="a warning does not stop",
        ),
        pytest.param(
            said(changed("x/a"), compliance={"rules": [RULE]}),
            Outcome.FAIL,
            Code.BROKEN,
            "1 rule broken: no-x",
            id="one broken rule stops",
        ),
        pytest.param(
            said(changed("x/a"), compliance={"rules": [RULE | {"severity": "warn"}]}),
            Outcome.PASS,
            Code.WARNED,
            "No blocking rule broken; 1 finding to look at",
            id="a broken rule that only warns",
        ),
        pytest.param(
            said(changed("a", kind=FileKind.UNKNOWN)),
            Outcome.ERROR,
            Code.RULE_UNDECIDED,
            "Cannot tell: 1 rule could not be decided",
            id="a file that could not be read",
        ),
        pytest.param(
            said(changed("a", kind=FileKind.UNKNOWN), changed("x/a"), compliance={"rules": [RULE]}),
            Outcome.FAIL,
            Code.BROKEN,
            "1 rule broken: no-x",
            id="a broken rule decides over an unread file",
        ),
        pytest.param(
            said(changed(".github/workflows/a.yml")),
            Outcome.ERROR,
            Code.RULE_UNDECIDED,
            "Cannot tell: 1 rule could not be decided",
            id="a workflow that nobody audited",
        ),
        pytest.param(
            said(pull_request=pull_request(changed_files=0)),
            Outcome.PASS,
            Code.EMPTY,
            "Not required: the change has no files",
            id="a change without files",
        ),
        pytest.param(
            said(changed("a"), pull_request=pull_request(changed_files=2)),
            Outcome.ERROR,
            Code.CHANGES_INCOMPLETE,
            "Cannot tell: the list of changed files is incomplete",
            id="C04 fewer files than GitHub counts",
        ),
        pytest.param(
            said(
                changed("b", ChangeStatus.RENAMED, old_path="a"),
                pull_request=pull_request(changed_files=2),
            ),
            Outcome.PASS,
            Code.PASSED,
            "9 rules kept by 1 file",
            id="C04 GitHub counts a rename as two files",
        ),
        pytest.param(
            said(changed("a"), pull_request=pull_request(changed_files=None)),
            Outcome.PASS,
            Code.PASSED,
            "9 rules kept by 1 file",
            id="GitHub has not counted yet",
        ),
        pytest.param(
            said(pull_request=None, group=MergeGroup("r", "main")),
            Outcome.PASS,
            Code.EMPTY,
            "Not required: the change has no files",
            id="a merge group without files",
        ),
        pytest.param(
            said(changed("a"), pull_request=None, group=MergeGroup("r", "main")),
            Outcome.PASS,
            Code.PASSED,
            "9 rules kept by 1 file",
            id="a merge group",
        ),
    ],
)
def test_outcomes(verdict, outcome, code, title):
    assert (verdict.outcome, verdict.code, verdict.title) == (outcome, code, title)
    assert verdict.is_required is (code is not Code.EMPTY)
    assert bool(verdict.blockers) is (outcome is not Outcome.PASS)


def test_a_change_that_was_not_read_is_an_error():
    unread = replace(facts(pull_request=None), changes=Changes(source="none"))

    assert judge(unread, policy(), NOW) == Verdict(
        gate=GateName.COMPLIANCE,
        outcome=Outcome.ERROR,
        code=Code.CHANGES_INCOMPLETE,
        title="Cannot tell: the list of changed files is incomplete",
        blockers=(
            Blocker(
                code=Code.CHANGES_INCOMPLETE,
                subject="0 changed files read; GitHub's count is not known",
                who_can_unblock="nobody needs to act at first; Gatewright reads again",
                next_action="If this stays, look whether the App may read the repository's "
                "contents.",
            ),
        ),
    )


def test_a_verdict_in_full():
    files = (changed("x/b"), changed("x/a"), changed("pic.png", **BINARY))
    verdict = said(*files, compliance={"rules": [RULE], "limits": {"files": 9}})

    assert verdict.findings == (
        Finding("no-x", Tier.BLOCK, "No x: `x/a` must not change. Take it out.", "x/a"),
        Finding("no-x", Tier.BLOCK, "No x: `x/b` must not change. Take it out.", "x/b"),
        Finding(
            "GW-CHG-009",
            Tier.WARN,
            "`pic.png` is binary. Build the file in CI, or add the path to `allow_opaque`.",
            "pic.png",
            controls=("nist80053:SI-3", "osps:OSPS-QA-05.02", "ssdf:PW.7.2"),
        ),
    )
    assert verdict.blockers == (
        Blocker(
            code=Code.BROKEN,
            subject="no-x at `x/a` and 1 other place",
            who_can_unblock="the author",
            next_action="No x: `x/a` must not change. Take it out.",
        ),
    )
    assert verdict.counted == (
        "rule GW-CHG-001: pass, 3 examined",
        "rule GW-CHG-003: pass, 3 examined",
        "rule GW-CHG-004: pass, 3 examined",
        "rule GW-CHG-005: pass, 0 examined",
        "rule GW-CHG-006: pass, 0 examined",
        "rule GW-CHG-007: pass, 0 examined",
        "rule GW-CHG-008: pass, 0 examined",
        "rule GW-CHG-009: fail, 1 examined",
        "rule GW-CHG-010: pass, 3 examined",
        "rule GW-CHG-011: pass, 3 examined",
        "rule no-x: fail, 3 examined",
    )
    assert verdict.seen == (
        Seen("rule GW-CHG-002", "not applicable: the policy sets no limit"),
        Seen("rule GW-ARC-001", "not applicable: the policy names no architecture paths"),
        Seen("rule GW-WFL-001", "not applicable: no workflow changed"),
    )
    assert verdict.examined == 3


def test_findings_are_in_the_order_of_weight_rule_place_and_line():
    def audit(line, name="unpinned-uses"):
        return WorkflowFinding(name, "high", ".github/workflows/a.yml", line, "m")

    both = {
        "id": "t",
        "title": "t",
        "fix": "f",
        "require": {"title": "^feat", "only_paths": ["x"]},
    }
    verdict = said(
        changed(".github/workflows/a.yml"),
        workflow_audit=WorkflowAudit("z", 1, (audit(10), audit(9), audit(None), audit(1, "other"))),
        compliance={"rules": [both]},
    )

    assert [(each.rule, each.path is None, each.line) for each in verdict.findings] == [
        ("GW-WFL-001", False, None),
        ("GW-WFL-001", False, 9),
        ("GW-WFL-001", False, 10),
        ("t", True, None),
        ("t", False, None),
        ("GW-CHG-003", False, None),
        ("GW-WFL-001", False, 1),
    ]


def test_the_blocker_of_one_place_names_it():
    verdict = said(changed("x/a"), compliance={"rules": [RULE]})

    assert verdict.blockers[0].subject == "no-x at `x/a`"


def test_a_broken_rule_without_a_place_has_a_blocker_too():
    title = {"id": "t", "title": "Titles", "fix": "Mend.", "require": {"title": "^feat"}}

    assert said(changed("a"), compliance={"rules": [title]}).blockers[0].subject == "t"


@pytest.mark.parametrize(
    ("verdict", "subject", "action"),
    [
        pytest.param(
            said(changed("a", kind=FileKind.UNKNOWN)),
            "GW-CHG-011: `a` could not be read",
            "Gatewright reads again by itself; if this stays, look at the file with git.",
            id="of a built-in rule",
        ),
        pytest.param(
            said(
                changed("a"),
                pull_request=None,
                compliance={
                    "rules": [{"id": "t", "title": "t", "fix": "f", "require": {"title": "x"}}]
                },
            ),
            "t: the pull request's title is not known",
            "If this stays, look whether the App may read the repository's contents.",
            id="of the policy's rule",
        ),
    ],
)
def test_what_an_undecided_rule_needs(verdict, subject, action):
    assert (verdict.blockers[0].subject, verdict.blockers[0].next_action) == (subject, action)


def test_a_blocking_audit_stops_the_merge():
    found = WorkflowFinding("unpinned-uses", "high", ".github/workflows/a.yml", 2, "m")
    verdict = said(
        changed(".github/workflows/a.yml"), workflow_audit=WorkflowAudit("zizmor", 1, (found,))
    )

    assert verdict.title == "1 rule broken: GW-WFL-001"
    assert [finding.tier for finding in verdict.findings] == [Tier.BLOCK, Tier.WARN]


def test_needs():
    records = {"architecture": {"paths": ["a"]}}

    assert needs(policy()) == {Part.PULL_REQUEST, Part.CHANGES, Part.WORKFLOW_AUDIT}
    assert needs(policy(compliance=records)) - needs(policy()) == {Part.DOCUMENTS}


def test_every_code_has_a_meaning():
    assert set(MEANING) == set(Code)


STRICT = policy(
    compliance={
        "limits": {"files": 3, "changed_lines": 9},
        "rules": [RULE, RULE | {"id": "k", "forbid": {"kinds": ["executable"]}}],
    },
    protected_paths=["legal/**"],
)
FILES = st.builds(
    changed,
    st.sampled_from(["a", "x/a", "b.sh", "docs/codeowners", "legal/x", "LEGAL/y", "\u202e"]),
    st.sampled_from(list(ChangeStatus)),
    kind=st.sampled_from(list(FileKind)),
    new_mode=st.sampled_from(["100644", "100755", "120000", "160000"]),
    link_target=st.sampled_from([None, "b", "../.."]),
    added_lines=st.integers(0, 6),
)


def strict(files):
    return judge(facts(files=tuple(files)), STRICT, NOW)


@given(st.lists(FILES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_files_never_matters(files, random):
    assert strict(files) == strict(random.sample(files, len(files)))


@given(st.lists(FILES, min_size=1, max_size=4), FILES)
def test_one_more_file_never_helps(files, another):
    passed_before = strict(files).outcome is Outcome.PASS

    assert passed_before or strict([*files, another]).outcome is not Outcome.PASS


@given(st.lists(FILES, min_size=1, max_size=4))
def test_no_title_is_too_long_and_no_hidden_character_gets_out(files):
    verdict = strict(files)

    assert len(verdict.title) <= 100
    assert "\u202e" not in f"{[finding.message for finding in verdict.findings]}{verdict.blockers}"
