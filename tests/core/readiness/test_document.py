"""Facts that are read back to equal values, and reports that fit their schema."""

import json
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from app.core.commands.scales import Tier
from app.core.readiness.document import facts_schema, report_document, report_schema
from app.core.readiness.evidence import Baseline, Unit
from app.core.readiness.judge import judge
from app.core.readiness.reading import facts_from_bytes, facts_to_bytes
from app.core.readiness.report import Lent
from app.core.readiness.rules import OBJECTIVES, STANDARD
from app.core.strict import UnreadableError
from tests.core.readiness.builders import LIVE, NOW, ago, evidence, facts

WHOLE = facts(
    evidence("cvss", "4.0", Unit.SCORE, n=3, source="trivy", expires_at=ago(hours=-1)),
    evidence("performance", "110", baseline=Baseline(Decimal(100), LIVE, ago(hours=1))),
    evidence("quality", "1E+2", Unit.SCORE),
    rules=(*STANDARD[Tier.STAGING], *OBJECTIVES),
    lent=(Lent("smoke", "carol", ago(hours=-2)),),
)


def test_facts_are_read_back_to_equal_values():
    content = facts_to_bytes(WHOLE)
    assert facts_from_bytes(content) == WHOLE
    Draft202012Validator(facts_schema()).validate(json.loads(content))


def test_facts_with_nan_are_read_back_and_give_the_same_report():
    made = facts(evidence("quality", "NaN", Unit.SCORE), rules=STANDARD[Tier.STAGING])
    again = facts_from_bytes(facts_to_bytes(made))
    assert report_document(judge(again, NOW)) == report_document(judge(made, NOW))


def test_a_report_fits_its_published_schema():
    document = json.loads(json.dumps(report_document(judge(WHOLE, NOW))))
    Draft202012Validator(report_schema()).validate(document)
    assert document["decision"] == "PAUSE & FIX"
    assert [each["stage"] for each in document["stages"]] == [
        "baseline verification",
        "integration assessment",
        "optimisation",
    ]


def changed(**more) -> bytes:
    return json.dumps(json.loads(facts_to_bytes(WHOLE)) | more).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"{", "not JSON", id="no JSON"),
        pytest.param(changed(schema="gatewright/readiness-facts/2"), "version", id="other version"),
        pytest.param(changed(colour="red"), "colour: ", id="an unknown key"),
        pytest.param(changed(evidence=[{}]), "evidence.0.kind: ", id="evidence without anything"),
        pytest.param(b'{"schema": 1, "schema": 2}', "repeated", id="a key twice"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(content, message):
    with pytest.raises(UnreadableError, match=message):
        facts_from_bytes(content)
