"""Canonical bytes, facts read back, and the published form of a judgement.

A changed schema is written by `schema_text(...)` of `app.core.schema` into `docs/schema/`.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType

import jsonschema
import pytest

from app.core.canonical import (
    CanonicalError,
    FactsUnreadableError,
    canonical,
    digest,
    documentation_of,
    facts_from_bytes,
    facts_to_bytes,
    judgement_document,
)
from app.core.decide import decide, rollup
from app.core.facts import Facts
from app.core.schema import facts_schema, judgement_schema, schema_text
from app.core.verdict import (
    JUDGEMENT_SCHEMA,
    Blocker,
    Finding,
    GateName,
    Judgement,
    Outcome,
    Seen,
    Tier,
    Verdict,
)
from app.errors import GatewrightError
from tests.builders import (
    BASE,
    BOB,
    HEAD,
    NOW,
    at,
    changed,
    check,
    facts,
    policy,
    review,
    status,
    subject,
)

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@dataclass(frozen=True)
class Point:
    x: int
    y: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.0, "1"),
        (1e21, "1e+21"),
        ("\u20ac\n", '"\u20ac\\n"'),
        (Colour.RED, '"red"'),
        (Level.HIGH, "3"),
        (Point(1, (2,)), '{"x":1,"y":[2]}'),
        ([Point(1)], '[{"x":1,"y":[]}]'),
        (MappingProxyType({"b": 1, "a": 2}), '{"a":2,"b":1}'),
        ({Colour.RED: 1}, '{"red":1}'),
        ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'),
        (datetime(2026, 1, 2, tzinfo=UTC), '"2026-01-02T00:00:00.000Z"'),
        (datetime(2026, 1, 2, 3, 4, 5, 120000, UTC), '"2026-01-02T03:04:05.120Z"'),
        (datetime(2026, 1, 2, 3, 4, 5, 123456, UTC), '"2026-01-02T03:04:05.123456Z"'),
        (
            datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
            '"2026-01-02T01:00:00.000Z"',
        ),
    ],
)
def test_a_value_has_one_canonical_text(value, text):
    assert canonical(value) == text.encode()


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(datetime(2026, 1, 2), id="a time without a zone"),  # noqa: DTZ001 - the case
        pytest.param(
            datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), id="before the calendar"
        ),
        pytest.param(float("nan"), id="not a number"),
        pytest.param(2**53, id="an integer that JSON readers round"),
        pytest.param("\ud800", id="half a character"),
        pytest.param({"\ud800": 1}, id="half a character as a key"),
        pytest.param({1: 2}, id="a key that is no text"),
        pytest.param({1}, id="a set, which has no order"),
        pytest.param(Point, id="a class"),
        pytest.param(b"x", id="bytes"),
        pytest.param(nested(5000), id="too deep"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_our_own_error(value):
    with pytest.raises(CanonicalError) as caught:
        canonical(value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, GatewrightError)


def test_a_digest_is_the_hex_sha_256():
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def full_facts() -> Facts:
    return facts(
        runs=(check(started_at=at(-1) + timedelta(microseconds=1)),),
        statuses=(status(),),
        reviews=(review(BOB),),
        files=(changed("a"), changed("b", added_lines=None)),
    )


def test_facts_come_back_as_they_were():
    seen = full_facts()
    assert facts_from_bytes(facts_to_bytes(seen)) == seen


def test_facts_may_be_written_by_hand_and_leave_parts_out():
    plain = {"schema": "gatewright/facts/1", "subject": json.loads(canonical(subject()))}
    assert facts_from_bytes(json.dumps(plain, indent=2).encode()) == Facts(subject())


GOOD = facts_to_bytes(full_facts())


def altered(old: str, new: str) -> bytes:
    assert old.encode() in GOOD
    return GOOD.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize(
    ("content", "because"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"\xff", "not JSON", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "not JSON", id="too deep"),
        pytest.param(b"[]", "the only one known", id="no object"),
        pytest.param(b"{}", "the only one known", id="no version"),
        pytest.param(altered("facts/1", "facts/2"), "the only one known", id="another version"),
        pytest.param(altered('"gaps":[]', '"gapz":[]'), "gapz: ", id="an unknown key"),
        pytest.param(altered('"behind":0', '"behind":0,"behind":1'), "repeated", id="repeated"),
        pytest.param(altered('"behind":0', '"behind":"0"'), "divergence.behind: ", id="a text"),
        pytest.param(altered('"behind":0', '"behind":0.0'), "divergence.behind: ", id="a fraction"),
        pytest.param(altered('"behind":0', f'"behind":{2**60}'), "canonical", id="a huge number"),
        pytest.param(altered('1:55:00.000Z"', '1:55:00.000"'), "zone", id="a time without a zone"),
        pytest.param(altered('"kind":"text"', '"kind":"x"'), "files.0.kind: ", id="no such kind"),
        pytest.param(altered("acme", "\\ud800"), "the whole: ", id="half a character"),
        pytest.param(GOOD.decode().encode("utf-16"), "the whole: ", id="UTF-16"),
    ],
)
def test_bytes_that_are_not_our_facts_are_refused_with_the_place(content, because):
    with pytest.raises(FactsUnreadableError, match=because):
        facts_from_bytes(content)


def test_a_refusal_does_not_repeat_the_value():
    with pytest.raises(FactsUnreadableError) as caught:
        facts_from_bytes(altered('"behind":0', '"behind":"hunter2"'))
    assert "hunter2" not in str(caught.value)


MISSING = Verdict(
    gate=GateName.SECRETS,
    outcome=Outcome.FAIL,
    code="SECRETS_FOUND",
    title="1 secret",
    findings=(Finding("aws", Tier.BLOCK, "an access key", "a.py", 3, HEAD, ("soc2:cc6.1",)),),
    blockers=(Blocker("SECRETS_FOUND", "a.py:3", "the author", "Rotate it."),),
    seen=(Seen("b.py", "binary"),),
    counted=("2 commits",),
    examined=2,
    is_required=False,
    recheck_at=at(5),
)


def judgement(**changes) -> Judgement:
    plain = Judgement(
        subject=subject(),
        policy_digest="p" * 64,
        policy_source="acme/widgets@base:.github/gatewright.yml",
        facts_digest="f" * 64,
        engine="gatewright/0.1.0",
        decided_at=NOW,
        verdicts=(MISSING,),
        rollup=Verdict(GateName.MERGE, Outcome.FAIL, "MERGE_BLOCKED", "Blocked"),
    )
    return replace(plain, **changes)


EMPTY = {"findings": [], "blockers": [], "counted": [], "seen": [], "recheck_at": None}


def test_a_judgement_is_published_in_this_form():
    assert judgement_document(judgement()) == {
        "schema": "gatewright/judgement/1",
        "verdict": "fail",
        "subject": {
            "repository_id": 1001,
            "repository": "acme/widgets",
            "pull_request": 7,
            "base_ref": "main",
            "base_sha": BASE,
            "merge_base": BASE,
            "head_sha": HEAD,
        },
        "policy": {"digest": "p" * 64, "source": "acme/widgets@base:.github/gatewright.yml"},
        "facts": {"digest": "f" * 64},
        "engine": "gatewright/0.1.0",
        "decided_at": "2026-11-20T12:00:00.000Z",
        "gates": {
            "secrets": {
                "verdict": "fail",
                "code": "SECRETS_FOUND",
                "title": "1 secret",
                "required": False,
                "examined": 2,
                "findings": [
                    {
                        "rule": "aws",
                        "tier": "block",
                        "path": "a.py",
                        "line": 3,
                        "commit": HEAD,
                        "message": "an access key",
                        "controls": ["soc2:cc6.1"],
                    }
                ],
                "blockers": [
                    {
                        "code": "SECRETS_FOUND",
                        "subject": "a.py:3",
                        "who_can_unblock": "the author",
                        "next_action": "Rotate it.",
                        "doc": "docs/gates.md#secrets_found",
                    }
                ],
                "counted": ["2 commits"],
                "seen": [{"what": "b.py", "because": "binary"}],
                "recheck_at": "2026-11-20T12:05:00.000Z",
            }
        },
        "merge": {
            "verdict": "fail",
            "code": "MERGE_BLOCKED",
            "title": "Blocked",
            "required": True,
            "examined": 0,
        }
        | EMPTY,
    }


def test_a_code_leads_to_its_explanation():
    assert documentation_of("CI_CHECK_FAILED") == "docs/gates.md#ci_check_failed"


@pytest.mark.parametrize(
    ("name", "generated"),
    [("judgement.v1.json", judgement_schema()), ("facts.v1.json", facts_schema())],
)
def test_the_committed_schema_is_the_generated_one(name, generated):
    assert (SCHEMAS / name).read_text() == schema_text(generated)
    jsonschema.Draft202012Validator.check_schema(generated)


def validate(document: object, schema: dict[str, object]) -> None:
    jsonschema.Draft202012Validator(schema).validate(document)


def test_real_documents_fit_their_schemas():
    seen = full_facts()
    verdicts = decide(seen, policy(ci={"required": [{"name": "unit"}, {"name": "x"}]}), NOW)
    joined = rollup(verdicts, seen, policy())
    for made in (judgement(), judgement(verdicts=verdicts, rollup=joined)):
        validate(json.loads(canonical(judgement_document(made))), judgement_schema())
    validate(json.loads(facts_to_bytes(seen)), facts_schema())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"extra": 1}, id="an unknown key"),
        pytest.param({"verdict": "maybe"}, id="an unknown verdict"),
        pytest.param({"schema": "gatewright/judgement/2"}, id="another version"),
        pytest.param({"gates": {"coffee": {}}}, id="an unknown gate"),
    ],
)
def test_other_documents_do_not_fit_the_schema_of_judgements(change):
    with pytest.raises(jsonschema.ValidationError):
        validate(judgement_document(judgement()) | change, judgement_schema())


@pytest.mark.parametrize("change", [{"extra": 1}, {"schema": "gatewright/facts/2"}, {"gaps": {}}])
def test_other_documents_do_not_fit_the_schema_of_facts(change):
    with pytest.raises(jsonschema.ValidationError):
        validate(json.loads(GOOD) | change, facts_schema())


def test_the_schema_of_facts_wants_the_version():
    plain = json.loads(GOOD)
    del plain["schema"]
    with pytest.raises(jsonschema.ValidationError):
        validate(plain, facts_schema())


def test_the_version_of_a_judgement_is_the_core_s():
    assert judgement_document(judgement())["schema"] == JUDGEMENT_SCHEMA
