"""Traps of diffs, paths and secrets, each through the gate that has to withstand it."""

import json
import time

import pytest

from app.core.facts import (
    Changes,
    ChangeStatus,
    FileKind,
    SecretFinding,
    SecretScan,
    Unread,
    WorkflowAudit,
    WorkflowFinding,
)
from app.core.gates import compliance, secrets
from app.core.text import markdown, quoted, shorten
from app.core.verdict import Outcome, Tier
from tests.builders import HEAD, NOW, changed, commit, facts, policy, pull_request

ADDED, DELETED, RENAMED = ChangeStatus.ADDED, ChangeStatus.DELETED, ChangeStatus.RENAMED
INFRA = {"id": "infra", "title": "Infra", "fix": "Ask.", "forbid": {"paths": ["infra/**"]}}
ONLY_DOCS = {"id": "docs", "title": "D", "fix": "F.", "require": {"only_paths": ["docs/**"]}}


def complied(*files, rules=(), protected=(), **changes):
    compliance_section = {"rules": list(rules)} | changes.pop("compliance", {})
    strict = policy(compliance=compliance_section, protected_paths=list(protected))
    return compliance.judge(facts(files=files, **changes), strict, NOW)


def scanned(*findings, section=None, **changes):
    plain = {"engine": "test", "commits": 1, "blobs": 1, "findings": findings}
    result = SecretScan(**plain | changes)
    return secrets.judge(facts(secrets=result), policy(secrets=section or {}), NOW)


def leak(tier="block", **changes):
    plain = {"rule": "gw.x", "tier": tier, "path": "a.py", "line": 1, "commit": HEAD}
    return SecretFinding(**plain | {"fingerprint": "f" * 64} | changes)


def test_C01_renaming_out_of_a_protected_directory_is_a_change_of_it():
    move = changed("docs/x.tf", RENAMED, old_path="infra/prod.tf")

    assert complied(move, rules=[INFRA]).outcome is Outcome.FAIL
    assert complied(move, protected=["infra/**"]).findings[0].rule == "GW-CHG-003"


def test_C01_renaming_into_the_allowed_paths_is_no_way_around():
    move = changed("docs/x.py", RENAMED, old_path="src/x.py")

    assert complied(move, rules=[ONLY_DOCS]).outcome is Outcome.FAIL


def test_C03_deleting_a_protected_file_counts_as_touching_it():
    gone = changed("infra/prod.tf", DELETED)

    assert complied(gone, rules=[INFRA]).outcome is Outcome.FAIL
    assert complied(changed("CODEOWNERS", DELETED)).findings[0].rule == "GW-CHG-003"


def test_C04_a_list_of_files_that_just_ends_is_never_a_pass():
    verdict = complied(changed("a"), pull_request=pull_request(changed_files=3001))

    assert (verdict.outcome, verdict.code) == (Outcome.ERROR, "COMPLIANCE_CHANGES_INCOMPLETE")


def test_C07_a_change_that_could_not_be_fetched_is_not_an_empty_one():
    unread = facts(changes=Changes(source="none"), pull_request=None)

    assert compliance.judge(unread, policy(), NOW).outcome is Outcome.ERROR


def test_C08_a_file_without_readable_content_is_never_a_pass():
    assert complied(changed("a", kind=FileKind.UNKNOWN)).outcome is Outcome.ERROR
    assert scanned(unread=(Unread("a", HEAD, "too large"),)).outcome is Outcome.FAIL


def test_C11_a_line_break_in_a_directory_hides_no_path():
    deep = changed("x\ny/infra/prod.tf")
    rule = INFRA | {"forbid": {"paths": ["**/infra/**"]}}

    assert {each.rule for each in complied(deep, rules=[rule]).findings} == {"infra", "GW-CHG-010"}


def test_C12_a_submodule_pointer_is_visible_to_rules_for_directories():
    pointer = changed("vendor/lib", kind=FileKind.SUBMODULE, new_mode="160000")
    vendor = INFRA | {"forbid": {"paths": ["vendor/lib/"]}}

    assert complied(pointer).outcome is Outcome.FAIL
    assert (
        complied(pointer, rules=[vendor], compliance={"allow_opaque": ["**"]}).outcome
        is Outcome.FAIL
    )


@pytest.mark.parametrize("target", ["../../etc/passwd", "/etc/passwd", "x/../../y", ".git/hooks"])
def test_C13_a_link_out_of_the_repository_is_stopped_wherever_links_are_normal(target):
    link = changed("docs/l", ADDED, kind=FileKind.SYMLINK, link_target=target)

    assert complied(link, compliance={"allow_symlinks": ["**"]}).outcome is Outcome.FAIL


def test_C14_a_change_of_mode_without_a_patch_is_seen():
    mode_only = changed("run", old_oid="1", new_oid="1", new_mode="100755", added_lines=0)

    assert complied(mode_only).findings[0].rule == "GW-CHG-005"


def test_C15_codeowners_as_a_link_is_stopped():
    link = changed(".github/CODEOWNERS", kind=FileKind.SYMLINK, link_target="../OWNERS")

    assert complied(link).outcome is Outcome.FAIL


def test_C19_an_empty_change_is_not_only_in_the_docs():
    empty = pull_request(changed_files=0)

    assert complied(rules=[ONLY_DOCS], pull_request=empty).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "path",
    [".github/Workflows/ci.yml", "docs/codeowners", ".GitModules", "le\u0301gal/x", "L\u00c9GAL/x"],
)
def test_C21_a_twin_of_a_protected_path_is_stopped_or_protected(path):
    verdict = complied(changed(path, ADDED), protected=["l\u00e9gal/**"])

    assert {each.rule for each in verdict.findings} <= {"GW-CHG-003", "GW-CHG-004"}
    assert verdict.findings


@pytest.mark.parametrize(
    "path",
    [".github/gatewright.yml", ".secrets.baseline", ".github/workflows/ci.yml", ".gitattributes"],
)
def test_C25_a_policy_cannot_unprotect_what_is_built_in(path):
    verdict = complied(
        changed(path), protected=["!**"], workflow_audit=WorkflowAudit("test", files=1)
    )

    assert [each.rule for each in verdict.findings] == ["GW-CHG-003"]


def test_C26_generated_lowers_the_size_only():
    huge = changed("gen.py", added_lines=9999, generated=True, new_mode="100755")
    verdict = complied(huge, compliance={"limits": {"changed_lines": 10}}, rules=[])

    assert [each.rule for each in verdict.findings] == ["GW-CHG-005"]


def test_C27_an_lfs_pointer_is_content_nobody_saw():
    pointer = changed("model.bin", ADDED, kind=FileKind.LFS_POINTER)

    assert complied(pointer).findings[0].rule == "GW-CHG-009"
    assert complied(pointer, compliance={"allow_opaque": ["*.bin"]}).findings == ()


def test_C29_a_hostile_title_cannot_stall_the_gate():
    rule = INFRA | {"forbid": None, "require": {"title": "^(a+)+$"}}
    started = time.process_time()
    verdict = complied(
        changed("a"), rules=[rule], pull_request=pull_request(title="a" * 60_000 + "!")
    )

    assert verdict.outcome is Outcome.FAIL
    assert time.process_time() - started < 2


def test_C30_a_file_name_cannot_speak_in_our_name():
    name = "x`\n\n# Passed\n@acme/security <img src=x> [ok](https://evil.example)"
    told = complied(changed(f"infra/{name}"), rules=[INFRA]).findings

    for finding in told:
        assert "\n" not in finding.message
        # The whole name stands in one code span whose fence is longer than its backticks.
        assert quoted(f"infra/{name}") in finding.message
    assert "@acme" not in markdown(name)


def test_C31_a_cut_text_says_how_much_is_left_out_and_keeps_whole_characters():
    cut = shorten("é" * 70_000, 65_535)

    assert len(cut.encode()) <= 65_535
    assert cut.endswith(f"({70_000 - cut.count('é')} more characters)")


@pytest.mark.parametrize(
    ("tier", "code"), [("block", "SECRETS_FOUND"), ("confirm", "SECRETS_TO_CONFIRM")]
)
def test_D05_an_inline_comment_does_not_allow_a_finding(tier, code):
    verdict = scanned(leak(tier, pragma="pragma: allowlist secret"))

    assert (verdict.outcome, verdict.code) == (Outcome.FAIL, code)
    assert "request" in verdict.seen[0].because


def test_D06_a_change_of_the_baseline_is_shown():
    assert complied(changed(".secrets.baseline")).findings[0].rule == "GW-CHG-003"


def test_D09_D07_no_full_fingerprint_gets_out():
    said = json.dumps([str(part) for part in (scanned(leak()).findings, scanned(leak()).blockers)])

    assert "f" * 8 in said
    assert "f" * 9 not in said


def test_D10_a_secret_removed_by_a_later_commit_is_leaked():
    verdict = scanned(leak(in_head=False))

    assert (verdict.outcome, verdict.code) == (Outcome.FAIL, "SECRETS_LEAKED")
    assert "rotate" in verdict.blockers[0].next_action
    assert scanned(leak(in_head=False), section={"intermediate": "warn"}).outcome is Outcome.PASS


def test_D11_a_scan_of_some_of_the_commits_is_not_a_scan():
    some = facts(commits=tuple(commit(name) for name in "abc"))

    assert secrets.judge(some, policy(), NOW).outcome is Outcome.ERROR


def test_D16_a_scanner_that_fell_over_is_neither_clean_nor_a_finding():
    assert secrets.judge(facts(secrets=None), policy(), NOW).outcome is Outcome.ERROR


def test_D17_one_value_in_two_places_is_one_finding():
    assert len(scanned(leak(), leak(path="b.py", line=9)).findings) == 1


def test_G18_a_scan_of_nothing_is_not_a_pass():
    assert scanned(blobs=0).outcome is Outcome.ERROR
    assert scanned(commits=0).outcome is Outcome.ERROR


def test_G18_workflows_that_nobody_audited_are_not_clean():
    workflow = changed(".github/workflows/ci.yml")

    assert complied(workflow).outcome is Outcome.ERROR


def test_a_workflow_finding_blocks_by_the_policys_list_only():
    found = WorkflowFinding("template-injection", "low", ".github/workflows/ci.yml", 4, "m")
    audit = WorkflowAudit("zizmor", 1, (found,))
    verdict = complied(changed(found.path), workflow_audit=audit)

    assert verdict.findings[0].tier is Tier.BLOCK
    assert (
        complied(
            changed(found.path),
            workflow_audit=audit,
            compliance={"workflows": {"block": [], "warn": []}},
        ).outcome
        is Outcome.PASS
    )
