"""The published form: schemas are committed, documents and files follow them."""

import json
import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from app.core.canary.document import (
    canary_document,
    limits_schema,
    samples_schema,
    verdict_schema,
)
from app.core.canary.judge import judge
from app.core.canary.limits import Limits
from app.core.canary.reading import limits_from_bytes, samples_from_bytes
from app.core.canary.verdict import Decision
from app.core.canonical import to_plain
from app.core.schema import schema_text
from tests.core.canary.builders import canary, minutes, samples
from tests.core.canary.files import text_of

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("canary-verdict", verdict_schema()),
        ("canary-samples", samples_schema()),
        ("canary-limits", limits_schema()),
    ],
)
def test_the_published_schema_is_the_generated_one(name, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert (SCHEMAS / f"{name}.v1.json").read_text(encoding="utf-8") == schema_text(schema)


def test_samples_that_can_be_read_fit_the_schema_and_others_do_not():
    document = json.loads(text_of(samples()))
    validator = jsonschema.Draft202012Validator(samples_schema())
    assert list(validator.iter_errors(document)) == []
    for change in ({"sha": "abc"}, {"extra": 1}, {"schema": "x"}, {"canary": None}):
        assert list(validator.iter_errors({**document, **change}))


@pytest.mark.parametrize("own", [minutes(), minutes(errors=400), ()])
def test_a_verdict_fits_its_schema(own):
    seen = samples(canary=canary(minutes=own))
    document = canary_document(judge(seen, Limits(), seen.observed_at))
    jsonschema.validate(document, verdict_schema())
    assert document["decided_at"] == "2026-11-20T12:30:00.000Z"


def test_a_check_is_published_with_all_it_rests_on():
    own = minutes(30, lambda number: {"requests": 100, "errors": int(number < 2)})
    seen = samples(canary=canary(minutes=own))
    document = to_plain(canary_document(judge(seen, Limits(), seen.observed_at)))
    [found] = [each for each in document["checks"] if each["name"] == "error_rate"]
    assert found == {
        "name": "error_rate",
        "result": "INCONCLUSIVE",
        "code": "CANARY_UNDECIDED",
        "says": "2 of 3,000 requests, at most 0.210% (95%)",
        "value": 0.000666666667,
        "limit": "< 0.1%",
        "unit": "ratio",
        "n": 3000,
        "ci95": [0.000118466567, 0.00209709586],
        "age_seconds": 0,
        "source": "prometheus",
        "would_change": "11,800 more requests, about 118 min at current traffic,"
        " with at most 5 bad in all",
        "notes": [],
        "doc": "docs/canary.md#canary_undecided",
    }


def test_the_examples_of_the_page_are_read_and_judged_as_it_says():
    page = (SCHEMAS.parent / "canary.md").read_text(encoding="utf-8")
    samples_text, limits_text = re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    seen = samples_from_bytes(samples_text.encode())
    for limits in (Limits(), limits_from_bytes(limits_text.encode())):
        assert judge(seen, limits, seen.observed_at).decision is Decision.SHADOW_ONLY
    jsonschema.validate(json.loads(samples_text), samples_schema())
    jsonschema.validate(json.loads(limits_text), limits_schema())


def test_digits_that_machines_disagree_about_are_not_published():
    third = minutes(latency_ms=Decimal(200) / 3)
    seen = samples(canary=canary(minutes=third))
    document = canary_document(judge(seen, Limits(), seen.observed_at))
    numbers = [each["value"] for each in document["checks"] if each["value"] is not None]
    assert 66.6666667 in numbers
