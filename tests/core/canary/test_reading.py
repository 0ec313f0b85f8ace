"""Samples and limits from JSON: exact, strict, and one sentence that names the place."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.canary.judge import judge
from app.core.canary.limits import CheckName, Limits, Statistics, Triggers
from app.core.canary.reading import CanaryUnreadableError, limits_from_bytes, samples_from_bytes
from app.core.canary.samples import Share, Unit
from app.core.canary.verdict import Code, Decision
from tests.core.canary.builders import NEW, samples
from tests.core.canary.files import text_of

DOCUMENT = json.loads(text_of(samples()))


def read(**changes):
    """Read a healthy document with other keys at its root; a dot leads further down."""
    document = json.loads(json.dumps(DOCUMENT))
    for place, value in changes.items():
        *path, last = place.split("__")
        inside = document
        for step in path:
            inside = inside[int(step) if step.isdecimal() else step]
        inside[last] = value
    return samples_from_bytes(json.dumps(document).encode())


def test_what_was_written_is_read_again():
    assert samples_from_bytes(text_of(samples()).encode()) == samples()


def test_a_fraction_is_read_as_it_is_written():
    text = text_of(samples()).replace('"92.5"', "92.4999999999999999999", 1)
    seen = samples_from_bytes(text.encode())
    assert str(seen.compliance.now) == "92.4999999999999999999"
    verdict = judge(seen, Limits(), seen.observed_at)
    assert verdict.decision is Decision.PAUSE_AND_FIX


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", '"NaN"', '"sNaN"', "1e999"])
def test_a_number_that_is_none_is_read_and_decides_nothing(number):
    text = text_of(samples()).replace('"latency_ms": "200"', f'"latency_ms": {number}', 1)
    seen = samples_from_bytes(text.encode())
    verdict = judge(seen, Limits(), seen.observed_at)
    assert (verdict.decision, verdict.code) == (Decision.SHADOW_ONLY, Code.NOT_FINITE)


def test_a_count_that_is_none_is_read_and_decides_nothing():
    text = text_of(samples()).replace('"errors": 0', '"errors": NaN', 1)
    seen = samples_from_bytes(text.encode())
    assert judge(seen, Limits(), seen.observed_at).code is Code.NOT_FINITE


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param({"extra": 1}, "extra: ", id="a key nobody knows"),
        pytest.param({"canary__minutes__3__extra": 1}, "canary.minutes.3.extra: ", id="deeper"),
        pytest.param({"schema": "gatewright/canary-samples/2"}, "not of the version", id="version"),
        pytest.param({"sha": "abc"}, "sha: ", id="a short sha"),
        pytest.param({"canary__sha": NEW.upper()}, "canary.sha: ", id="an upper-case sha"),
        pytest.param({"source": ""}, "source: ", id="no source"),
        pytest.param({"traffic_start": "2026-11-20T12:00:00"}, "traffic_start: ", id="no zone"),
        pytest.param({"traffic_start": 1763640000}, "traffic_start: ", id="a number as moment"),
        pytest.param({"observed_at": "0001-01-01T00:00:00Z"}, "observed_at: ", id="before time"),
        pytest.param({"observed_at": "9999-12-31T23:59:59Z"}, "observed_at: ", id="after time"),
        pytest.param({"canary__minutes__3__at": None}, "canary.minutes.3.at: ", id="no moment"),
        pytest.param(
            {"canary__minutes__3__requests": True}, "canary.minutes.3.requests", id="a truth value"
        ),
        pytest.param(
            {"canary__minutes__3__errors": "many"}, "canary.minutes.3.errors", id="a word"
        ),
        pytest.param({"canary__instances": 0}, "canary.instances: ", id="no instance"),
        pytest.param({"baseline__kind": "old"}, "baseline.kind: ", id="a kind nobody knows"),
        pytest.param({"canary": None}, "canary: ", id="no canary"),
        pytest.param(
            {"canary__readings": {"error_rate": {"value": 0.1}}},
            "canary.readings.error_rate.unit: ",
            id="a rate without a unit",
        ),
        pytest.param(
            {"canary__readings": {"error_rate": {"value": 0.1, "unit": "per mille"}}},
            "canary.readings.error_rate.unit: ",
            id="a unit nobody knows",
        ),
        pytest.param(
            {"canary__readings": {"error_rate": {"value": 1.5, "unit": "ratio"}}},
            "canary.readings.error_rate: above 100%: is ratio its unit?",
            id="a ratio above one",
        ),
        pytest.param(
            {"baseline__readings": {"error_rate": {"value": 101, "unit": "percent"}}},
            "baseline.readings.error_rate: above 100%: is percent its unit?",
            id="more than all",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(changes, complaint):
    with pytest.raises(CanaryUnreadableError) as refused:
        read(**changes)
    assert str(refused.value).startswith(complaint)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "not JSON: ", id="nothing"),
        pytest.param(b"\xff", "not JSON: ", id="no text"),
        pytest.param(b"[" * 100_000, "not JSON: ", id="deep nesting"),
        pytest.param(b"[]", "not of the version gatewright/canary-samples/1", id="a list"),
        pytest.param(b'{"a":1,"a":2}', "a key is repeated", id="a key twice"),
        pytest.param(b"9" * 5000, "not JSON: ", id="an endless number"),
    ],
)
def test_what_is_no_document_is_refused(content, complaint):
    with pytest.raises(CanaryUnreadableError) as refused:
        samples_from_bytes(content)
    assert str(refused.value).startswith(complaint)


def test_the_complaint_never_quotes_the_value():
    with pytest.raises(CanaryUnreadableError) as refused:
        read(sha="hunter2")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("share", "whole"),
    [
        pytest.param(Share(Decimal("0.1"), Unit.PERCENT), Decimal("0.001"), id="percent"),
        pytest.param(Share(Decimal("0.1"), Unit.RATIO), Decimal("0.1"), id="ratio"),
    ],
)
def test_the_unit_decides_what_a_number_means(share, whole):
    assert share.ratio == whole


def limits(**changes):
    return limits_from_bytes(
        json.dumps({"schema": "gatewright/canary-limits/1", **changes}).encode()
    )


def test_limits_left_out_keep_their_defaults():
    assert limits() == Limits()
    read_back = limits(
        expected=["duration"],
        shortest="PT45M",
        error_rate="0.002",
        statistics="required",
        triggers={"evidence": 80},
    )
    assert read_back == Limits(
        expected=(CheckName.DURATION,),
        shortest=timedelta(minutes=45),
        error_rate=Decimal("0.002"),
        statistics=Statistics.REQUIRED,
        triggers=Triggers(evidence=Decimal(80)),
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param({"expected": []}, "expected: name at least one", id="nothing expected"),
        pytest.param({"expected": ["speed"]}, "expected.0: ", id="a check nobody knows"),
        pytest.param({"error_rate": 0}, "error_rate: ", id="no error at all"),
        pytest.param({"error_rate": "1e-7"}, "error_rate: ", id="less than can be counted"),
        pytest.param({"error_rate": 1}, "error_rate: ", id="every error"),
        pytest.param({"error_rate": "NaN"}, "error_rate: ", id="no number"),
        pytest.param({"shortest": "PT0S"}, "shortest: ", id="no time"),
        pytest.param({"longest": "PT1M"}, "longest: must not be shorter", id="no time between"),
        pytest.param({"triggers": {"evidence": "Infinity"}}, "triggers.evidence: ", id="never"),
    ],
)
def test_limits_that_limit_nothing_are_refused(changes, complaint):
    with pytest.raises(CanaryUnreadableError) as refused:
        limits(**changes)
    assert str(refused.value).startswith(complaint)
