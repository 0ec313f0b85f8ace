import json

import pytest

from app.core.compliance.change import Change, RuleOutcome, RuleResult
from app.core.compliance.examples import run_rule_tests
from app.core.compliance.rules import evaluate
from app.core.facts import ChangeStatus, FileKind
from app.core.policy.model import ComplianceRule
from app.core.verdict import Finding, Tier
from tests.builders import changed

ADDED, DELETED = ChangeStatus.ADDED, ChangeStatus.DELETED
RENAMED, COPIED = ChangeStatus.RENAMED, ChangeStatus.COPIED
NOT_APPLICABLE = RuleOutcome.NOT_APPLICABLE
PASS, FAIL, UNKNOWN = RuleOutcome.PASS, RuleOutcome.FAIL, RuleOutcome.UNKNOWN


def rule(**parts):
    plain = {"id": "r", "title": "The rule", "fix": "Mend it."}
    return ComplianceRule.model_validate_json(json.dumps(plain | parts))


def outcome(parts, *files, **change):
    return evaluate(rule(**parts), Change(files=files, **({"title": "fix: x"} | change))).outcome


def moved(old, new, status=RENAMED, **changes):
    return changed(new, status, old_path=old, **changes)


FORBID_X = {"forbid": {"paths": ["x/**"]}}


@pytest.mark.parametrize(
    ("when", "files", "expected"),
    [
        pytest.param({}, (), PASS, id="without a condition it always applies"),
        pytest.param({"changed": ["a/**"]}, (changed("b"),), NOT_APPLICABLE, id="another path"),
        pytest.param({"changed": ["a/**"]}, (changed("a/b"),), PASS, id="its path"),
        pytest.param({"changed": ["a/**"]}, (changed("a/b", DELETED),), PASS, id="C03 a deletion"),
        pytest.param({"changed": ["a/**"]}, (moved("a/b", "c"),), PASS, id="C01 moved out"),
        pytest.param({"changed": ["a/**"]}, (moved("c", "a/b"),), PASS, id="C01 moved in"),
        pytest.param(
            {"changed": ["a/**"], "unless_only": ["**/*.md"]},
            (changed("a/x.md"), changed("src/y.py")),
            NOT_APPLICABLE,
            id="only exempt paths among those that match",
        ),
        pytest.param(
            {"unless_only": ["**/*.md"]},
            (changed("x.md"), changed("y.py")),
            PASS,
            id="not only exempt paths",
        ),
        pytest.param(
            {"unless_only": ["**/*.md"]},
            (moved("y.py", "y.md"),),
            PASS,
            id="renamed into the exemption",
        ),
        pytest.param(
            {"statuses": ["added"]}, (changed("a"),), NOT_APPLICABLE, id="another kind of change"
        ),
        pytest.param(
            {"statuses": ["added"]}, (changed("a", ADDED),), PASS, id="its kind of change"
        ),
        pytest.param(
            {"min_added": 3},
            (changed("a"), changed("b")),
            NOT_APPLICABLE,
            id="too few added lines",
        ),
        pytest.param(
            {"min_added": 2}, (changed("a"), changed("b")), PASS, id="enough added lines together"
        ),
        pytest.param(
            {"min_added": 9},
            (changed("a", added_lines=None),),
            PASS,
            id="a file without lines may hold any number",
        ),
    ],
)
def test_when_a_rule_applies(when, files, expected):
    assert outcome(FORBID_X | {"when": when}, *files) is expected


@pytest.mark.parametrize(
    ("forbid", "file", "expected"),
    [
        pytest.param({"paths": ["x"]}, changed("x"), FAIL, id="a changed path"),
        pytest.param({"paths": ["x"]}, changed("x", DELETED), FAIL, id="C03 a deleted path"),
        pytest.param({"paths": ["x"]}, moved("x", "y"), FAIL, id="C01 an old name"),
        pytest.param({"paths": ["x", "!x/ok"]}, changed("x/ok"), PASS, id="an excluded path"),
        pytest.param(
            {"kinds": ["binary"]}, changed("b", ADDED, kind=FileKind.BINARY), FAIL, id="a binary"
        ),
        pytest.param({"kinds": ["binary"]}, changed("b"), PASS, id="text is no binary"),
        pytest.param(
            {"kinds": ["binary"]},
            changed("b", DELETED, kind=FileKind.BINARY),
            PASS,
            id="a binary that goes",
        ),
        pytest.param(
            {"kinds": ["binary"]},
            moved("a", "b", kind=FileKind.BINARY, old_oid="1", new_oid="1"),
            PASS,
            id="a binary under a new name only",
        ),
        pytest.param(
            {"kinds": ["binary"], "paths": ["x/**"]},
            changed("b", ADDED, kind=FileKind.BINARY),
            PASS,
            id="a binary elsewhere",
        ),
        pytest.param(
            {"kinds": ["binary"], "paths": ["x/**"]},
            changed("x/b", ADDED, kind=FileKind.BINARY),
            FAIL,
            id="a binary there",
        ),
        pytest.param(
            {"kinds": ["executable"]}, changed("b", new_mode="100755"), FAIL, id="C14 a mode"
        ),
        pytest.param(
            {"kinds": ["executable"]},
            changed("b", old_mode="100755", new_mode="100755"),
            PASS,
            id="a file that was executable before",
        ),
        pytest.param(
            {"kinds": ["executable"]},
            changed("b", COPIED, old_mode="100755", new_mode="100755"),
            FAIL,
            id="a copy of an executable",
        ),
        pytest.param(
            {"kinds": ["submodule"]},
            changed("b", DELETED, old_mode="160000", kind=FileKind.SUBMODULE),
            FAIL,
            id="C12 a submodule that goes",
        ),
        pytest.param(
            {"kinds": ["symlink", "submodule", "lfs_pointer"]},
            changed("b", ADDED, kind=FileKind.LFS_POINTER),
            FAIL,
            id="one of several kinds",
        ),
    ],
)
def test_what_a_rule_forbids(forbid, file, expected):
    assert outcome({"forbid": forbid}, file) is expected


@pytest.mark.parametrize(
    ("require", "files", "expected"),
    [
        pytest.param({"any_added": ["d/*"]}, (changed("d/n", ADDED),), PASS, id="added"),
        pytest.param({"any_added": ["d/*"]}, (changed("d/n"),), FAIL, id="modified is not added"),
        pytest.param({"any_added": ["d/*"]}, (changed("e/n", ADDED),), FAIL, id="added elsewhere"),
        pytest.param({"any_added": ["d/*"]}, (moved("x", "d/n"),), PASS, id="moved in"),
        pytest.param({"any_added": ["d/*"]}, (moved("d/n", "x"),), FAIL, id="moved away"),
        pytest.param(
            {"any_added": ["d/*"]}, (moved("d/m", "d/n", COPIED),), PASS, id="copied, bytes unknown"
        ),
        pytest.param({"any_added": ["d/*"]}, (moved("d/m", "d/n"),), FAIL, id="moved inside"),
        pytest.param(
            {"any_added": ["d/*"]},
            (moved("d/m", "d/n", COPIED, old_oid="1", new_oid="2"),),
            PASS,
            id="copied and written anew",
        ),
        pytest.param(
            {"any_added": ["d/*"]},
            (moved("d/m", "d/n", COPIED, old_oid="1", new_oid="1"),),
            FAIL,
            id="copied only",
        ),
        pytest.param({"any_changed": ["d/*"]}, (changed("d/n"),), PASS, id="changed"),
        pytest.param(
            {"any_changed": ["d/*"]}, (changed("d/n", DELETED),), FAIL, id="deleted is not changed"
        ),
        pytest.param({"any_changed": ["d/*"]}, (moved("d/n", "x"),), FAIL, id="moved out"),
        pytest.param({"only_paths": ["d/**"]}, (changed("d/n"),), PASS, id="only there"),
        pytest.param(
            {"only_paths": ["d/**"]}, (changed("d/n"), changed("e")), FAIL, id="also elsewhere"
        ),
        pytest.param({"only_paths": ["d/**"]}, (moved("e", "d/n"),), FAIL, id="C01 from elsewhere"),
        pytest.param({"only_paths": ["d/**"]}, (), FAIL, id="C19 an empty change"),
        pytest.param({"title": "^fix: "}, (), PASS, id="the title has the form"),
        pytest.param({"title": "^feat: "}, (), FAIL, id="the title has another form"),
        pytest.param(
            {"title": "^fix: ", "any_added": ["d/*"]}, (changed("a"),), FAIL, id="one of two"
        ),
    ],
)
def test_what_a_rule_requires(require, files, expected):
    assert outcome({"require": require}, *files) is expected


@pytest.mark.parametrize(
    ("require", "change", "expected"),
    [
        pytest.param({"title": "x"}, {"title": None}, UNKNOWN, id="the title is not known"),
        pytest.param(
            {"title": "x"}, {"title": None, "is_group": True}, NOT_APPLICABLE, id="a merge group"
        ),
        pytest.param(
            {"title": "x", "only_paths": ["a"]},
            {"title": None, "is_group": True},
            PASS,
            id="the rest holds for a merge group",
        ),
        pytest.param(
            {"any_changed": ["a"], "checker": "adr_valid"}, {}, UNKNOWN, id="a text is not known"
        ),
    ],
)
def test_what_cannot_be_told_is_no_yes(require, change, expected):
    assert outcome({"require": require}, changed("a"), **change) is expected


def test_a_broken_rule_says_what_where_and_the_next_step():
    broken = rule(
        severity="warn",
        controls={"soc2": ["CC8.1"], "ssdf": ["PW.1.2"]},
        when={"changed": ["src/**"]},
        require={"any_added": ["changelog.d/*", "NEWS"]},
    )

    assert evaluate(broken, Change(files=(changed("src/b"), changed("src/c")))) == RuleResult(
        rule="r",
        outcome=FAIL,
        examined=2,
        findings=(
            Finding(
                rule="r",
                tier=Tier.WARN,
                message="The rule: no file was added at `changelog.d/*` or `NEWS`. Mend it.",
                path="src/b",
                controls=("soc2:CC8.1", "ssdf:PW.1.2"),
            ),
        ),
    )


def test_findings_and_doubt_together_stay_undecided():
    both = rule(require={"any_changed": ["a"], "checker": "adr_valid", "only_paths": ["b"]})
    said = evaluate(both, Change(files=(changed("a"),)))

    assert (said.outcome, said.reason) == (UNKNOWN, "the text of `a` is not known")
    assert [finding.path for finding in said.findings] == ["a"]


@pytest.mark.parametrize(
    ("parts", "tests", "failures"),
    [
        pytest.param(FORBID_X, [], (), id="no tests"),
        pytest.param(
            FORBID_X,
            [
                {"files": {"A": ["x/a"], "M": ["b"]}, "expect": "fail"},
                {"files": {"D": ["x/a"]}, "expect": "fail"},
                {"files": {"R": ["x/a -> b"]}, "expect": "fail"},
                {"files": {"M": ["b"]}, "expect": "pass"},
            ],
            (),
            id="right expectations",
        ),
        pytest.param(
            FORBID_X,
            [{"files": {"A": ["b"]}, "expect": "pass"}, {"files": {"A": ["b"]}, "expect": "fail"}],
            ("test 2 expects fail, the rule says pass",),
            id="a wrong expectation",
        ),
        pytest.param(
            FORBID_X,
            [{"files": {"R": ["x/a"]}, "expect": "fail"}],
            ("test 1 must write a rename as `old -> new`",),
            id="half a rename",
        ),
        pytest.param(
            {"forbid": {"kinds": ["executable"]}},
            [
                {"files": {"M": ["a"]}, "kind": "executable", "expect": "fail"},
                {"files": {"D": ["a"]}, "kind": "executable", "expect": "pass"},
                {"files": {"M": ["a"]}, "expect": "pass"},
            ],
            (),
            id="executables",
        ),
        pytest.param(
            {"forbid": {"kinds": ["submodule", "symlink", "binary"]}},
            [
                {"files": {"A": ["a"]}, "kind": kind, "expect": "fail"}
                for kind in ("submodule", "symlink", "binary")
            ],
            (),
            id="other kinds",
        ),
        pytest.param(
            {"require": {"any_added": ["docs/adr/*"], "checker": "adr_valid"}},
            [
                {"files": {"A": ["docs/adr/1.md"]}, "expect": "pass"},
                {"files": {"M": ["docs/adr/1.md"]}, "expect": "fail"},
            ],
            (),
            id="content counts as valid",
        ),
        pytest.param(
            {"require": {"title": "^fix"}, "when": {"min_added": 1}},
            [
                {"files": {"A": ["a"]}, "title": "fix", "expect": "pass"},
                {"files": {"D": ["a"]}, "title": "x", "expect": "not_applicable"},
            ],
            (),
            id="titles and lines",
        ),
    ],
)
def test_a_rules_own_tests(parts, tests, failures):
    assert run_rule_tests(rule(**parts, tests=tests)) == failures
