import re

import pytest

from app.core.compliance import content, protection, size
from app.core.compliance.architecture import decision_record, documents_needed
from app.core.compliance.builtin import BUILTIN, RuleId
from app.core.compliance.change import Change, RuleOutcome
from app.core.compliance.workflows import audited
from app.core.facts import (
    ChangeStatus,
    Document,
    FileKind,
    WorkflowAudit,
    WorkflowFinding,
)
from app.core.policy.model import WorkflowRules
from app.core.verdict import Tier
from tests.builders import BASE, HEAD, changed, facts, policy

ADDED, DELETED = ChangeStatus.ADDED, ChangeStatus.DELETED
BLOCK, WARN, INFO = Tier.BLOCK, Tier.WARN, Tier.INFO


def link(path, target, status=ADDED):
    return changed(path, status, kind=FileKind.SYMLINK, new_mode="120000", link_target=target)


def submodule(path, status=ChangeStatus.MODIFIED, **changes):
    modes = {"old_mode": "160000", "new_mode": "160000", "kind": FileKind.SUBMODULE}
    return changed(path, status, **(modes | changes))


def tiers(check, *files, protected=(), **compliance):
    """Return the weight of each finding, by path."""
    rules = policy(compliance=compliance, protected_paths=list(protected))
    found = check(Change(files=files), rules).findings
    return [(each.tier, each.path) for each in found]


def said(check, *files, **compliance):
    return check(Change(files=files), policy(compliance=compliance)).findings[0].message


@pytest.mark.parametrize(
    ("file", "found"),
    [
        pytest.param(changed("a.sh", ADDED, new_mode="100755"), [(WARN, "a.sh")], id="a script"),
        pytest.param(changed("a.sh", new_mode="100755"), [(WARN, "a.sh")], id="C14 a new mode"),
        pytest.param(
            changed("a", ADDED, new_mode="100755", kind=FileKind.BINARY),
            [(BLOCK, "a")],
            id="a binary",
        ),
        pytest.param(
            changed("a", ADDED, new_mode="100755", kind=FileKind.LFS_POINTER),
            [(BLOCK, "a")],
            id="C27 content that is not here",
        ),
        pytest.param(changed("bin/a", ADDED, new_mode="100755"), [], id="where it is normal"),
        pytest.param(changed("a", old_mode="100755", new_mode="100755"), [], id="as before"),
        pytest.param(changed("a", DELETED, new_mode="100755"), [], id="it goes"),
        pytest.param(changed("a"), [], id="an ordinary file"),
    ],
)
def test_executables(file, found):
    assert tiers(content.executables, file, allow_executables=["bin/**"]) == found


@pytest.mark.parametrize(
    ("check", "file", "words"),
    [
        pytest.param(
            content.executables,
            changed("a", new_mode="100755"),
            "`a` becomes executable. Build",
            id="a script",
        ),
        pytest.param(
            content.executables,
            changed("a", new_mode="100755", kind=FileKind.BINARY),
            "`a` becomes executable and nobody can review it. Build",
            id="a binary",
        ),
        pytest.param(
            content.submodules,
            submodule("lib"),
            "`lib` points to another commit of another repository. Review",
            id="a submodule",
        ),
        pytest.param(
            content.submodules,
            submodule("lib", DELETED, new_mode=None),
            "`lib` was a submodule and goes. Review",
            id="a submodule that goes",
        ),
        pytest.param(
            content.links_outside,
            link("l", "/etc"),
            "`l` leads to `/etc`, out of the repository. Point",
            id="a link",
        ),
    ],
)
def test_what_a_finding_says(check, file, words):
    assert said(check, file).startswith(words)


@pytest.mark.parametrize(
    ("path", "target", "leaves"),
    [
        pytest.param("a", "b", False, id="beside it"),
        pytest.param("a/b/c", "../../d", False, id="up to the root"),
        pytest.param("a/b/c", "../../../d", True, id="beyond the root"),
        pytest.param("a", "..", True, id="the directory above"),
        pytest.param("a", "/etc/passwd", True, id="an absolute path"),
        pytest.param("a", "\\\\host\\share", True, id="a share"),
        pytest.param("a", "C:\\x", True, id="a drive"),
        pytest.param("a", "..\\x", True, id="above, for Windows"),
        pytest.param("a/b", "up/../x", True, id="a way back that another link can bend"),
        pytest.param("a", ".git/config", True, id="git's directory"),
        pytest.param("a/b", "../.GIT./config", True, id="git's directory for Windows"),
        pytest.param("a", ".g\u200cit/config", True, id="git's directory for macOS"),
        pytest.param("a", "git~1/config", True, id="git's directory by its short name"),
        pytest.param("a/b", "././/c", False, id="dots and slashes that mean nothing"),
        pytest.param("a", "...", False, id="a name of dots"),
        pytest.param("a", "", False, id="no target"),
    ],
)
def test_C13_links_that_leave_the_repository(path, target, leaves):
    found = tiers(content.links_outside, link(path, target), allow_symlinks=["**"])

    assert found == ([(BLOCK, path)] if leaves else [])


@pytest.mark.parametrize(
    ("file", "found"),
    [
        pytest.param(link("a/l", "b"), [(WARN, "a/l")], id="a link"),
        pytest.param(link("a/l", "b", ChangeStatus.MODIFIED), [(WARN, "a/l")], id="a new target"),
        pytest.param(link("ok/l", "b"), [], id="where it is normal"),
        pytest.param(link("a/l", "b", DELETED), [], id="it goes"),
        pytest.param(changed("a/l"), [], id="a file"),
    ],
)
def test_C13_links_inside(file, found):
    assert tiers(content.links, file, allow_symlinks=["ok/**"]) == found


def test_C15_a_link_in_place_of_codeowners_is_stopped():
    file = link("docs/CODEOWNERS", "OWNERS")

    assert tiers(content.links_outside, file, allow_symlinks=["**"]) == [(BLOCK, file.path)]
    assert "GitHub ignores it" in said(content.links_outside, file)


@pytest.mark.parametrize(
    ("file", "found"),
    [
        pytest.param(submodule("lib"), [(BLOCK, "lib")], id="another commit"),
        pytest.param(submodule("lib", ADDED, old_mode=None), [(BLOCK, "lib")], id="a new one"),
        pytest.param(
            submodule("lib", ChangeStatus.TYPE_CHANGED, old_mode="100644", kind=FileKind.UNKNOWN),
            [(BLOCK, "lib")],
            id="in place of a file",
        ),
        pytest.param(submodule("lib", DELETED, new_mode=None), [(WARN, "lib")], id="it goes"),
        pytest.param(
            submodule("lib", ChangeStatus.TYPE_CHANGED, new_mode="100644", kind=FileKind.TEXT),
            [(WARN, "lib")],
            id="a file in its place",
        ),
        pytest.param(
            submodule("lib", old_mode=None, new_mode=None), [(BLOCK, "lib")], id="no modes known"
        ),
        pytest.param(submodule("ok/lib"), [], id="where it is normal"),
        pytest.param(changed("lib"), [], id="a file"),
    ],
)
def test_C12_submodules(file, found):
    assert tiers(content.submodules, file, allow_opaque=["ok/lib/"]) == found


@pytest.mark.parametrize(
    ("file", "found"),
    [
        pytest.param(changed("a", ADDED, kind=FileKind.BINARY), [(WARN, "a")], id="a binary"),
        pytest.param(changed("a", kind=FileKind.LFS_POINTER), [(WARN, "a")], id="C27 a pointer"),
        pytest.param(
            changed("a", kind=FileKind.BINARY, old_oid="1", new_oid="2"),
            [(WARN, "a")],
            id="other bytes",
        ),
        pytest.param(
            changed("a", kind=FileKind.BINARY, old_oid="1", new_oid="1"), [], id="only a mode"
        ),
        pytest.param(
            changed("a", ChangeStatus.COPIED, kind=FileKind.BINARY, old_oid="1", new_oid="1"),
            [(WARN, "a")],
            id="the same bytes in a new place",
        ),
        pytest.param(changed("a", DELETED, kind=FileKind.BINARY), [], id="it goes"),
        pytest.param(changed("img/a", ADDED, kind=FileKind.BINARY), [], id="where it is normal"),
        pytest.param(changed("a"), [], id="text"),
    ],
)
def test_content_nobody_can_review(file, found):
    assert tiers(content.opaque, file, allow_opaque=["img/**"]) == found


@pytest.mark.parametrize(
    ("file", "found"),
    [
        pytest.param(changed("a b/é.md"), [], id="what people can see"),
        pytest.param(changed("a\u202ec"), [(BLOCK, "a\u202ec")], id="text turned around"),
        pytest.param(changed("a\nb"), [(BLOCK, "a\nb")], id="C11 a line break"),
        pytest.param(changed("a\udcff"), [(BLOCK, "a\udcff")], id="bytes that are no UTF-8"),
        pytest.param(changed("a\u200b", DELETED), [], id="it goes"),
    ],
)
def test_names_with_hidden_characters(file, found):
    assert tiers(content.hidden_names, file) == found


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        pytest.param([changed("a")], "", id="all could be read"),
        pytest.param([changed("a", kind=FileKind.UNKNOWN)], "`a` could not be read", id="one not"),
        pytest.param(
            [changed(name, kind=FileKind.UNKNOWN) for name in "ab"],
            "`a` and 1 more could not be read",
            id="several not",
        ),
        pytest.param([link("l", None)], "`l` could not be read", id="a link without target"),
        pytest.param([link("l", "x")], "", id="a link with its target"),
        pytest.param([link("l", None, DELETED)], "", id="the target of a link that goes"),
    ],
)
def test_C08_what_could_not_be_read_is_never_a_pass(files, reason):
    result = content.readable(Change(files=tuple(files)), policy())

    assert (result.outcome is RuleOutcome.UNKNOWN, result.reason) == (bool(reason), reason)


@pytest.mark.parametrize(
    "path",
    [
        ".github/gatewright.yml",
        ".github/gatewright.yaml",
        ".github/workflows/ci.yml",
        ".github/actions/build/action.yml",
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".gitmodules",
        ".gitattributes",
        "src/deep/.gitattributes",
        ".secrets.baseline",
        ".gatewright/secrets-allow.yml",
        "policies/x",
    ],
)
@pytest.mark.parametrize("status", [ADDED, ChangeStatus.MODIFIED, DELETED])
def test_C25_policy_files_are_always_protected(path, status):
    protected = ["policies/**", "!.github/**"]

    found = tiers(protection.protected, changed(path, status), protected=protected)
    assert found == [(WARN, path)]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        pytest.param(
            changed(".github/gatewright.yml"),
            "`.github/gatewright.yml`: the policy itself changes; this verdict is by the base "
            "branch's policy. ",
            id="the policy",
        ),
        pytest.param(
            changed("x", ChangeStatus.RENAMED, old_path=".github/workflows/a.yml"),
            "`.github/workflows/a.yml` and `x`: policy files change; they are judged by the base "
            "branch's policy. ",
            id="C01 a workflow that moves away",
        ),
    ],
)
def test_C25_the_finding_says_whose_policy_judged(file, words):
    assert said(protection.protected, file).startswith(words)


def test_ordinary_files_are_not_protected():
    assert tiers(protection.protected, changed("src/a.py"), changed(".github/FUNDING.yml")) == []


@pytest.mark.parametrize(
    ("file", "found"),
    [
        pytest.param(
            changed(".github/Workflows/a.yml"), [(BLOCK, ".github/Workflows/a.yml")], id="case"
        ),
        pytest.param(
            changed("poli\u0301cies/a"), [], id="composition is no difference, so no twin"
        ),
        pytest.param(changed("POLÍCIES/a", ADDED), [(BLOCK, "POLÍCIES/a")], id="of an own path"),
        pytest.param(
            changed("docs/codeowners", DELETED), [(WARN, "docs/codeowners")], id="it goes"
        ),
        pytest.param(
            changed("x", ChangeStatus.RENAMED, old_path="docs/codeowners"),
            [(WARN, "docs/codeowners")],
            id="it is renamed",
        ),
        pytest.param(changed("docs/CODEOWNERS"), [], id="the protected path itself"),
        pytest.param(changed("src/workflows/a.yml"), [], id="another path"),
    ],
)
def test_C21_twins_of_protected_paths(file, found):
    assert tiers(protection.twins, file, protected=["pol\u00edcies/**"]) == found


def test_C21_a_built_in_path_is_no_twin_of_an_own_one():
    assert tiers(protection.twins, changed("docs/CODEOWNERS"), protected=["DOCS/**"]) == []


def test_C21_composed_and_decomposed_names_are_both_protected():
    files = changed("poli\u0301cies/a"), changed("pol\u00edcies/b")

    assert len(tiers(protection.protected, *files, protected=["pol\u00edcies/**"])) == 2


@pytest.mark.parametrize(
    ("files", "limit", "found"),
    [
        pytest.param(3, None, 0, id="no limit"),
        pytest.param(3, 3, 0, id="as many as allowed"),
        pytest.param(4, 3, 1, id="one too many"),
    ],
)
def test_number_of_files(files, limit, found):
    every = [changed(f"f{number}") for number in range(files)]

    assert len(tiers(size.number_of_files, *every, limits={"files": limit})) == found


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        pytest.param(changed("a", added_lines=3, removed_lines=4), 7, id="added and removed"),
        pytest.param(changed("a", added_lines=9, generated=True), 0, id="C26 a generated file"),
        pytest.param(changed("web/package-lock.json", added_lines=9), 0, id="a lock file"),
        pytest.param(changed("uv.lock.py", added_lines=9, removed_lines=0), 9, id="a name like it"),
        pytest.param(changed("a", added_lines=None, removed_lines=None), 0, id="no lines"),
    ],
)
def test_number_of_lines(file, lines):
    result = size.number_of_lines(
        Change(files=(file, changed("b"))), policy(compliance={"limits": {"changed_lines": 1}})
    )

    assert result.examined == lines + 2
    assert result.findings[0].message.startswith(f"{lines + 2} lines changed; 1 are allowed. Split")


ARCHITECTURE = {"paths": ["src/*/ports/**"], "records": ["docs/adr/[0-9]*.md"]}
RECORD = "# 7. T\n## Status\nAccepted\n## Context\na\n## Decision\na\n## Consequences\na\n"


def decided(*files, documents=(), architecture=None):
    rules = policy(compliance={"architecture": architecture or ARCHITECTURE})
    change = Change.of(facts(files=files, documents=documents))
    return decision_record(change, rules)


@pytest.mark.parametrize(
    ("files", "documents", "outcome"),
    [
        pytest.param(
            [changed("src/a.py")], (), RuleOutcome.NOT_APPLICABLE, id="not the architecture"
        ),
        pytest.param([changed("src/a/ports/p.py")], (), RuleOutcome.FAIL, id="no record"),
        pytest.param(
            [changed("src/a/ports/README.md")],
            (),
            RuleOutcome.NOT_APPLICABLE,
            id="only a text beside it",
        ),
        pytest.param(
            [changed("src/a/ports/p.py"), changed("docs/adr/7.md", ADDED)],
            [Document("docs/adr/7.md", HEAD, RECORD)],
            RuleOutcome.PASS,
            id="a complete record",
        ),
        pytest.param(
            [changed("src/a/ports/p.py"), changed("docs/adr/7.md")],
            [Document("docs/adr/7.md", HEAD, RECORD)],
            RuleOutcome.FAIL,
            id="an old record",
        ),
        pytest.param(
            [changed("src/a/ports/p.py"), changed("docs/adr/7.md", ADDED)],
            [Document("docs/adr/7.md", HEAD, "# T\n")],
            RuleOutcome.FAIL,
            id="an empty record",
        ),
        pytest.param(
            [changed("src/a/ports/p.py"), changed("docs/adr/7.md", ADDED)],
            [Document("docs/adr/7.md", HEAD, RECORD), Document("docs/adr/07-x.md", BASE, RECORD)],
            RuleOutcome.FAIL,
            id="a number that is taken",
        ),
        pytest.param(
            [changed("src/a/ports/p.py"), changed("docs/adr/7.md", ADDED)],
            [],
            RuleOutcome.UNKNOWN,
            id="a record whose text is not known",
        ),
    ],
)
def test_decision_records(files, documents, outcome):
    assert decided(*files, documents=tuple(documents)).outcome is outcome


def test_without_architecture_paths_there_is_no_rule():
    assert decided(changed("src/a/ports/p.py"), architecture={"paths": []}).reason == (
        "the policy names no architecture paths"
    )


RULE = {"id": "r", "title": "t", "fix": "f"}


@pytest.mark.parametrize(
    ("compliance", "needed"),
    [
        pytest.param({}, (), id="nothing by default"),
        pytest.param({"architecture": ARCHITECTURE}, ("docs/adr/[0-9]*.md",), id="the records"),
        pytest.param(
            {
                "rules": [
                    RULE | {"require": {"any_added": ["b", "!c"], "checker": "adr_valid"}},
                    RULE | {"require": {"any_changed": ["a"], "checker": "adr_valid"}},
                    RULE | {"require": {"any_changed": ["x"]}},
                    RULE | {"forbid": {"paths": ["y"]}},
                ]
            },
            ("a", "b"),
            id="what checkers read",
        ),
    ],
)
def test_documents_needed(compliance, needed):
    assert documents_needed(policy(compliance=compliance)) == needed


def audit(*findings, files=1):
    return WorkflowAudit(engine="zizmor", files=files, findings=findings)


WORKFLOW = changed(".github/workflows/ci.yml")


@pytest.mark.parametrize(
    ("files", "result", "outcome"),
    [
        pytest.param([WORKFLOW], audit(), RuleOutcome.PASS, id="clean"),
        pytest.param([WORKFLOW], audit(files=0), RuleOutcome.UNKNOWN, id="G18 none audited"),
        pytest.param([WORKFLOW], None, RuleOutcome.UNKNOWN, id="no audit"),
        pytest.param(
            [WORKFLOW, changed("tools/build/action.yaml")],
            audit(),
            RuleOutcome.UNKNOWN,
            id="one of two audited",
        ),
        pytest.param(
            [changed(".github/workflows/ci.yml", DELETED)],
            audit(files=0),
            RuleOutcome.NOT_APPLICABLE,
            id="it goes",
        ),
        pytest.param([changed("a")], None, RuleOutcome.NOT_APPLICABLE, id="no workflow"),
        pytest.param(
            [link(".github/workflows/ci.yml", "x")],
            None,
            RuleOutcome.NOT_APPLICABLE,
            id="a link, which GitHub does not run",
        ),
        pytest.param(
            [changed("a")],
            audit(WorkflowFinding("x", "high", "p", 1, "m"), files=0),
            RuleOutcome.FAIL,
            id="a finding all the same",
        ),
    ],
)
def test_workflow_audit(files, result, outcome):
    assert audited(Change(files=tuple(files)), result, WorkflowRules()).outcome is outcome


@pytest.mark.parametrize(
    ("name", "tier"),
    [
        pytest.param("unpinned-uses", BLOCK, id="blocks, although it is in both lists"),
        pytest.param("artipacked", WARN, id="warns"),
        pytest.param("anonymous-definition", INFO, id="is shown"),
    ],
)
def test_the_policy_weighs_the_audits(name, tier):
    rules = WorkflowRules(warn=("artipacked", "unpinned-uses"))
    found = WorkflowFinding(name, "High", ".github/workflows/ci.yml", 3, "pin it\u202e")
    result = audited(Change(files=(WORKFLOW,)), audit(found), rules).findings[0]

    assert (result.tier, result.path, result.line) == (tier, found.path, 3)
    assert result.message.startswith(f"`{name}` (High): pin it<U+202E>. Mend the workflow")


def test_every_rule_has_a_stable_id_a_title_a_next_step_and_controls():
    assert set(BUILTIN) == set(RuleId)
    assert all(re.fullmatch(r"GW-[A-Z]{3}-\d{3}", rule) for rule in RuleId)
    assert all(about.title and about.fix.endswith(".") for about in BUILTIN.values())
    assert all(about.controls for about in BUILTIN.values())
