"""Traps of reading a policy file and of judging a change that changes it."""

import time

import pytest

from app.core.facts import ChangeStatus, Part
from app.core.gates import approval, ci, compliance, freshness, secrets
from app.core.policy.load import choose_policy_file, default_policy, load_policy
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.verdict import Outcome
from tests.builders import NOW, changed, facts

PATH = ".github/gatewright.yml"


def refused(text):
    said = load_policy(text, PATH)
    assert isinstance(said, PolicyProblem)
    return said


def test_C29_a_pattern_with_many_stars_and_a_long_path_do_not_stall():
    text = b"version: 1\nprotected_paths: ['**/a/**/a/**/a/**/*a*a*a*a*c']\n"
    hostile = changed("a/" * 2000 + "b")
    started = time.process_time()

    compliance.judge(facts(files=(hostile,)), load_policy(text, PATH), NOW)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# soon\n", b"---\n", b"{}\n"])
def test_F26_an_empty_file_is_not_an_empty_policy(text):
    assert (refused(text).line or 0) >= 1


def test_F26_a_file_beyond_the_limit_is_refused_unread():
    assert "262145 bytes" in refused(b"#" * (256 * 1024 + 1)).message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"version: 1\nversion: 1\n", id="duplicate keys"),
        pytest.param(b"version: 1\ngates: {ci: {all: on}}\n", id="a boolean of YAML 1.1"),
        pytest.param(b"version: 1\ngates: {ci: {min_checks: 0o10}}\n", id="an octal number"),
        pytest.param(b"version: 1\ngates: {ci: {settle: 1:30}}\n", id="a number to base sixty"),
        pytest.param(b"version: 1\n---\nversion: 1\n", id="two documents"),
        pytest.param(b"version: 1\x00\n", id="NUL"),
        pytest.param("version: 1\n".encode("utf-16"), id="UTF-16"),
        pytest.param(b"version: 1 # \xff\n", id="a byte that is no UTF-8"),
        pytest.param(b"!!python/object/apply:os.system [id]\n", id="a tag that runs code"),
        pytest.param(b"a: &a [*a]\nversion: 1\n", id="an alias of itself"),
        pytest.param(b"version: 1\n<<: {gates: {}}\n", id="a merge key"),
        pytest.param(b"%YAML 1.1\n---\nversion: 1\n", id="another version of YAML"),
    ],
)
def test_F27_yaml_that_means_different_things_to_different_readers_is_refused(text):
    said = refused(text)

    assert (said.line or 0) >= 1
    assert (said.column or 0) >= 1
    assert said.message


def test_F27_a_byte_order_mark_of_utf_8_is_tolerated():
    assert load_policy(b"\xef\xbb\xbfversion: 1\n", PATH) == default_policy()


@pytest.mark.parametrize(
    "text",
    [
        b"version: 1\ngates: " + b"[" * 10_000,
        b"version: 1\n"
        + b"\n".join(b"k%d: &k%d [*k%d, *k%d]" % (n, n, n - 1, n - 1) for n in range(60)),
        b"version: 1\ngates: {" + b"a: {" * 20_000,
        b"version: 1\nprotected_paths: [" + b"a," * 100_000,
    ],
    ids=["brackets", "aliases", "braces", "values"],
)
def test_F27_a_hostile_file_is_refused_quickly(text):
    started = time.process_time()

    assert refused(text).path == PATH
    assert time.process_time() - started < 4


def test_F28_a_broken_policy_is_a_value_with_line_and_digest():
    said = refused(b"version: 1\ngates:\n  approval:\n    rulez: []\n")

    assert (said.line, said.column) == (4, 5)
    assert "did you mean `rules`" in said.message
    assert len(said.digest) == 64


def test_F29_F31_without_a_file_the_defaults_hold_and_they_are_not_off():
    assert choose_policy_file({}) is None
    gates = default_policy().gates
    assert gates.approval.rules[0].count == 1
    assert gates.freshness.mode == "strict"
    assert (gates.secrets.intermediate, gates.secrets.confirm) == ("block", "block")


def test_F32_the_gates_read_no_document_of_the_policy_file():
    assert compliance.documents_needed(default_policy()) == ()
    assert Part.DOCUMENTS not in compliance.needs(default_policy())


def test_F32_a_change_of_the_policy_is_judged_by_the_given_one():
    loosened = changed(PATH, ChangeStatus.MODIFIED)
    strict = load_policy(
        b"version: 1\ngates: {compliance: {rules: [{id: p, title: t, fix: f, "
        b"forbid: {paths: [.github/gatewright.yml]}}]}}\n",
        PATH,
    )
    verdict = compliance.judge(facts(files=(loosened,)), strict, NOW)

    assert verdict.outcome is Outcome.FAIL
    assert "base branch's policy" in verdict.findings[1].message


@pytest.mark.parametrize("gate", [approval, ci, compliance, freshness, secrets])
def test_no_gate_needs_a_policy_document_by_default(gate):
    assert Part.DOCUMENTS not in gate.needs(Policy())
