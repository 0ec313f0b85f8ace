import hashlib
import json
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.policy.load import (
    PolicyFile,
    choose_policy_file,
    default_policy,
    load_policy,
    policy_digest,
)
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.policy.values import duration_text, parse_duration

PATH = ".github/gatewright.yml"


def problem(text):
    """Return place and message of what is wrong with a file that says its version in line 1."""
    said = load_policy(f"version: 1\n{textwrap.dedent(text)}".encode(), PATH)
    assert isinstance(said, PolicyProblem)
    return said.line, said.column, said.message


def test_a_file_with_a_version_only_is_the_default():
    assert load_policy(b"version: 1\n", PATH) == default_policy() == Policy()


def test_what_the_file_says_is_in_the_policy():
    text = b"\xef\xbb\xbfversion: 1\r\ngates:\r\n  ci: {all: true, settle: 90s}\r\n"
    policy = load_policy(text, PATH)

    assert isinstance(policy, Policy)
    assert (policy.gates.ci.all, duration_text(policy.gates.ci.settle)) == (True, "90s")


def test_a_problem_names_path_and_bytes():
    text = b"version: 1\nx: 1\n"

    assert load_policy(text, PATH) == PolicyProblem(
        path=PATH,
        line=2,
        column=1,
        message="`x` is not a known key; known here are "
        "`checks`, `deployments`, `gates`, `governs`, `identities`, `protected_paths`, `version`",
        digest=hashlib.sha256(text).hexdigest(),
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        pytest.param(
            """
            gates:
              ci:
                requierd: []
            """,
            5,
            5,
            "`gates.ci.requierd` is not a known key; did you mean `required`?",
            id="a misspelt key",
        ),
        pytest.param(
            "gates: {approval: {otherwise: pass, rules: [{id: a, by: {any_of: [{usres: [b]}]}}]}}",
            2,
            68,
            "`gates.approval.rules[0].by.any_of[0].usres` is not a known key; "
            "did you mean `users`?",
            id="a misspelt key deep inside",
        ),
        pytest.param(
            "gates: {approval: {rules: [{id: baseline, if: {path: [a]}}]}}",
            2,
            48,
            "`gates.approval.rules[0].if.path` is not a known key; did you mean `paths`?",
            id="a misspelt key under a key of another name in the code",
        ),
        pytest.param(
            "gates: {approval: {rules: [{id: baseline, when: {}}]}}",
            2,
            43,
            "`gates.approval.rules[0].when` is not a known key; "
            "known here are `by`, `count`, `id`, `if`",
            id="the name in the code is none in the file",
        ),
        pytest.param(
            "gates: {ci: {all: yes}}",
            2,
            14,
            "`gates.ci.all` must be true or false; found `yes`",
            id="F27 yes is no boolean",
        ),
        pytest.param(
            "gates: {ci: {all: 1}}",
            2,
            14,
            "`gates.ci.all` must be true or false; found `1`",
            id="F27 one is no boolean",
        ),
        pytest.param(
            "gates: {ci: {min_checks: true}}",
            2,
            14,
            "`gates.ci.min_checks` must be a whole number; found `true`",
            id="true is no number",
        ),
        pytest.param(
            "gates: {ci: {min_checks: 010}}",
            2,
            14,
            "`gates.ci.min_checks` must be a whole number; found `010`",
            id="F27 010 is eight or ten, so neither",
        ),
        pytest.param(
            "gates: {ci: {settle: 5}}",
            2,
            14,
            "`gates.ci.settle`: must be a duration: a whole number and a unit, "
            "for example 90s, 15m, 2h or 7d",
            id="a duration without unit",
        ),
        pytest.param(
            "gates: {ci: {required: [{name: 1}]}}",
            2,
            26,
            "`gates.ci.required[0].name` must be text; found `1` without quotes",
            id="a number where text belongs",
        ),
        pytest.param(
            "gates: {ci: {required: {name: unit}}}",
            2,
            14,
            "`gates.ci.required` must be a list",
            id="a mapping where a list belongs",
        ),
        pytest.param(
            "gates:\n",
            2,
            1,
            "`gates` must be a mapping of keys; it is empty",
            id="a section without content",
        ),
        pytest.param(
            "gates: {freshness: {mode: strickt}}",
            2,
            21,
            "`gates.freshness.mode` must be 'strict', 'disjoint', 'age' or 'none'; found `strickt`",
            id="a word that is not one of the choices",
        ),
        pytest.param(
            "gates: {approval: {rules: [{id: baseline, count: many}]}}",
            2,
            43,
            "`gates.approval.rules[0].count` must be a whole number or 'none'; found `many`",
            id="several forms are joined",
        ),
        pytest.param(
            "gates: {approval: {rules: [{id: baseline, count: 21}]}}",
            2,
            43,
            "`gates.approval.rules[0].count` must be at most 20 or 'none'; found `21`",
            id="a number too large",
        ),
        pytest.param(
            "gates: {approval: {rules: [{count: 1}]}}",
            2,
            28,
            "`gates.approval.rules[0]` lacks the key `id`",
            id="a missing key",
        ),
        pytest.param(
            "gates: {compliance: {rules: [{id: a b, title: t, fix: f}]}}",
            2,
            31,
            "`gates.compliance.rules[0].id` must be of the form "
            "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$; found `a b`",
            id="a name with a blank",
        ),
        pytest.param(
            "gates: {compliance: {rules: [{id: a, title: t, fix: f, controls: {SOC 2: [x]}}]}}",
            2,
            67,
            "the key `gates.compliance.rules[0].controls.SOC 2` must be of the form "
            "^[a-z][a-z0-9_-]{0,31}$",
            id="a key that is not of the form",
        ),
        pytest.param(
            "protected_paths: [a/**, 'b//c']",
            2,
            25,
            "`protected_paths[1]`: a pattern is a path from the root of the repository, "
            "without empty parts, `.` or `..`",
            id="an impossible pattern",
        ),
        pytest.param(
            "governs: {branches: []}",
            2,
            11,
            "`governs.branches` must be a list of at least 1",
            id="an empty list would switch everything off",
        ),
        pytest.param(
            "gates: {ci: {all: yes, min_checks: 0, settel: 1s}}",
            2,
            14,
            "`gates.ci.all` must be true or false; found `yes` (2 more after this)",
            id="the first in the file, with the number of others",
        ),
        pytest.param(
            "checks: &c {detail: all}\ngates: {ci: *c}",
            2,
            13,
            "`checks.detail` must be 'per_gate' or 'rollup_only'; found `all` (1 more after this)",
            id="an alias is read at its anchor",
        ),
        pytest.param(
            "'@ann `x` <b>': 1",
            2,
            1,
            "``@ann `x` <b>`` is not a known key; known here are "
            "`checks`, `deployments`, `gates`, `governs`, `identities`, `protected_paths`, "
            "`version`",
            id="text of the file is shown as code",
        ),
    ],
)
def test_F27_a_message_has_line_column_and_key(text, line, column, message):
    assert problem(text.strip("\n") if "\n " not in text else text) == (line, column, message)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        pytest.param(
            b"gates: {}\n",
            1,
            1,
            "the file lacks the key `version`; write `version: 1`",
            id="no version",
        ),
        pytest.param(
            b"x: 1\nversion: 2\n",
            2,
            1,
            "`version` must be the number 1, the only one that is read here",
            id="a newer version comes before everything else",
        ),
        pytest.param(
            b"version: true\n",
            1,
            1,
            "`version` must be the number 1, the only one that is read here",
            id="true is not one",
        ),
        pytest.param(
            b"- version: 1\n",
            1,
            1,
            "the file must be a mapping of keys such as `version: 1`",
            id="a list",
        ),
        pytest.param(b"", 1, 1, "the file is empty; write at least `version: 1`", id="no bytes"),
        pytest.param(
            b"# nothing\n", 1, 1, "the file is empty; write at least `version: 1`", id="a comment"
        ),
    ],
)
def test_the_version_is_looked_at_first(text, line, column, message):
    said = load_policy(text, PATH)

    assert isinstance(said, PolicyProblem)
    assert (said.line, said.column, said.message) == (line, column, message)


RULE = "{id: r, title: t, fix: f, forbid: {paths: [x]}%s}"


@pytest.mark.parametrize(
    ("gates", "column", "message"),
    [
        pytest.param(
            "{approval: {otherwise: pass, rules: [{id: a}, {id: b}, {id: a}]}}",
            64,
            "the rule `a` stands twice",
            id="an approval rule twice",
        ),
        pytest.param(
            "{approval: {rules: [{id: a, if: {paths: [x]}}, {id: b, if: {base: [y]}}]}}",
            9,
            "`otherwise` names the approval rule `baseline`, which does not exist; "
            "set it to one of: `a`, `b`",
            id="the fall-back that is not written has no rule",
        ),
        pytest.param(
            "{approval: {otherwise: c, rules: []}}",
            20,
            "`otherwise` names the approval rule `c`, which does not exist; set it to one of: none",
            id="the fall-back has no rule",
        ),
        pytest.param(
            "{ci: {modified_workflow: platform}}",
            14,
            "`modified_workflow` names the approval rule `platform`, which does not exist; "
            "set it to one of: `baseline`",
            id="the rule for changed workflows does not exist",
        ),
        pytest.param(
            "{approval: {rules: [{id: baseline, count: 3, by: {users: [ann, Bob, bob]}}]}}",
            43,
            "3 approvals are asked for, but only 2 can approve",
            id="more approvals than people",
        ),
        pytest.param(
            "{approval: {rules: [{id: baseline, count: 3, "
            "by: {any_of: [{users: [ann]}, {users: [bob]}]}}]}}",
            43,
            "3 approvals are asked for, but only 2 can approve",
            id="more approvals than people of all alternatives",
        ),
        pytest.param(
            "{compliance: {rules: [" + RULE % "" + ", " + RULE % "" + "]}}",
            80,
            "the rule `r` stands twice",
            id="a compliance rule twice",
        ),
        pytest.param(
            "{compliance: {rules: [{id: gw-chg-1, title: t, fix: f, forbid: {paths: [x]}}]}}",
            31,
            "names that begin with `GW-` belong to the built-in rules",
            id="the name of a built-in rule",
        ),
        pytest.param(
            "{compliance: {rules: [{id: r, title: t, fix: f}]}}",
            30,
            "the rule `r` needs exactly one of `require` and `forbid`",
            id="neither a demand nor a prohibition",
        ),
        pytest.param(
            "{compliance: {rules: [%s]}}" % (RULE % ", require: {title: x}"),
            30,
            "the rule `r` needs exactly one of `require` and `forbid`",
            id="both a demand and a prohibition",
        ),
        pytest.param(
            "{compliance: {rules: [{id: r, title: t, fix: f, forbid: {}}]}}",
            56,
            "`forbid` needs `paths` or `kinds`",
            id="nothing is forbidden",
        ),
        pytest.param(
            "{compliance: {rules: [{id: r, title: t, fix: f, require: {}}]}}",
            56,
            "`require` is empty; say what the change must have",
            id="nothing is demanded",
        ),
        pytest.param(
            "{compliance: {rules: [{id: r, title: t, fix: f, require: {checker: adr_valid}}]}}",
            66,
            "`checker` needs files: `any_added` or `any_changed`",
            id="a checker without files",
        ),
        pytest.param(
            "{compliance: {rules: [{id: r, title: t, fix: f, require: {title: '(?=x)'}}]}}",
            66,
            "not an RE2 expression: invalid perl operator: (?=",
            id="C29 an expression with look-around",
        ),
        pytest.param(
            "{compliance: {rules: [%s]}}" % (RULE % ", tests: [{files: {A: [y]}, expect: fail}]"),
            30,
            "the rule `r` fails its own tests: test 1 expects fail, the rule says pass",
            id="a rule that fails its own test",
        ),
    ],
)
def test_a_policy_that_cannot_work_is_a_problem(gates, column, message):
    assert problem(f"gates: {gates}") == (2, column, message)


@pytest.mark.parametrize(
    "gates",
    [
        "{approval: {otherwise: pass, rules: []}}",
        "{approval: {rules: [{id: a, if: {paths: [x]}}, {id: b, count: 2}]}}",
        "{approval: {rules: [{id: baseline, count: none, by: {users: []}}]}}",
        "{approval: {rules: [{id: baseline, count: 9, by: {teams: [core]}}]}}",
        "{approval: {rules: [{id: baseline, count: 9, by: {any_of: [{users: [a]}, {}]}}]}}",
        "{approval: {rules: [{id: baseline, count: 2, by: {users: [ann, bob]}}]}}",
        "{ci: {modified_workflow: baseline}}",
        "{compliance: {rules: [{id: r, title: t, fix: f, forbid: {kinds: [binary]}}]}}",
        "{compliance: {rules: [{id: r, title: t, fix: f, require: {only_paths: [x]}}]}}",
        "{compliance: {rules: [{id: r, title: t, fix: f, require: *c}]}}",
        "{compliance: {rules: [{id: r, title: t, fix: f, require: {any_changed: [x]}}]}}",
        "{compliance: {rules: [%s]}}" % (RULE % ", tests: [{files: {A: [x]}, expect: fail}]"),
    ],
)
def test_a_policy_that_can_work_is_none(gates):
    text = f"version: 1\ngates: {gates}\n".replace("*c", "{any_added: [x], checker: adr_valid}")

    assert isinstance(load_policy(text.encode(), PATH), Policy)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        pytest.param({}, None, id="no file"),
        pytest.param({"README.md": b""}, None, id="other files"),
        pytest.param({PATH: b"x"}, PolicyFile(PATH, b"x"), id="one file"),
        pytest.param(
            {".github/gatewright.yaml": b"y"},
            PolicyFile(".github/gatewright.yaml", b"y"),
            id="the longer ending",
        ),
        pytest.param(
            {".github/gatewright.yaml": b"y", PATH: b"x"},
            PolicyProblem(
                ".github/gatewright.yaml",
                None,
                None,
                f"`{PATH}` and `.github/gatewright.yaml` both exist; keep one of them",
                hashlib.sha256(b"x\0y").hexdigest(),
            ),
            id="two files",
        ),
    ],
)
def test_choosing_the_file(found, chosen):
    assert choose_policy_file(found) == chosen


def test_digests_tell_files_apart_and_the_default_from_all_of_them():
    digests = [policy_digest(None), policy_digest(b""), policy_digest(b"version: 1\n")]

    assert len(set(digests)) == 3
    assert digests[1] == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    ("text", "again"),
    [("90s", "90s"), ("120s", "2m"), ("60m", "1h"), ("48h", "2d"), ("7d", "7d")],
)
def test_durations_are_written_in_the_largest_unit(text, again):
    assert duration_text(parse_duration(text)) == again


def test_a_duration_that_was_read_stays_as_it_is():
    assert parse_duration(parse_duration("1h")) == parse_duration("60m")


SNIPPETS = st.sampled_from(
    (
        *("[", "]", "{", "}", ":", ",", "&", "*", "!", "|", ">", "'", '"', "#", "%", "@", "`", "-"),
        *("?", "\n", "\t", " ", "~", "version: 1\n", "gates:\n", "  ci:\n", "    all: ", "&a "),
        *("*a", "<<: ", "--- ", "...\n", "- ", "\\U110000", "\\x", "!!set", "rules: [", "\ufeff"),
    )
)


@settings(max_examples=300, deadline=None)
@given(
    st.binary() | st.text().map(str.encode) | st.lists(SNIPPETS).map(lambda x: "".join(x).encode())
)
def test_F27_any_bytes_give_a_policy_or_a_problem(text):
    assert isinstance(load_policy(text, PATH), Policy | PolicyProblem)


MODEL_KEYS = st.sampled_from(
    ["gates", "ci", "approval", "rules", "id", "by", "any_of", "count", "if"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MODEL_KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from(["gates", "governs", "protected_paths"]))
def test_F27_any_values_give_a_policy_or_a_problem_with_a_place(value, key):
    said = load_policy(f"version: 1\n{key}: {json.dumps(value)}\n".encode(), PATH)

    assert isinstance(said, Policy) or (said.line or 0) >= 1
