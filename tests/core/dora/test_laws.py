"""Laws of the numbers: order and batches say nothing, and no number says more than its events."""

from random import Random

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.dora.document import metrics_schema
from app.core.dora.log import Log
from app.core.dora.reading import events_from
from tests.core.dora.builders import at, numbers
from tests.core.dora.histories import rich

REGIONS = {"production_environments": ["production", "eu"]}
SEEDS = st.integers(min_value=0, max_value=2**32)
VALIDATOR = jsonschema.Draft202012Validator(metrics_schema())


def answer(*batches, **asked_for):
    log = Log()
    for batch in batches:
        read = events_from(batch)
        assert read.set_aside == ()
        log = log.taking(read.events)
        found = numbers(log, asked_for, REGIONS)
    return found


@given(SEEDS)
@settings(max_examples=20)
def test_neither_order_nor_batches_change_anything(seed):
    random = Random(seed)
    events = rich(random)
    expected = answer(events)
    shuffled = random.sample(events, len(events))
    middle = random.randint(0, len(events))
    assert answer(shuffled) == expected
    assert answer(shuffled[:middle], shuffled[middle:]) == expected


@given(SEEDS)
@settings(max_examples=20)
def test_what_had_not_arrived_is_as_if_it_never_were(seed):
    random = Random(seed)
    events = rich(random)
    as_of = f"2026-01-{random.randint(1, 20):02}T12:00:00Z"
    arrived = [each for each in events if each.get("received", each["time"]) <= as_of]
    then, only = answer(events, as_of=as_of), answer(arrived, as_of=as_of)
    assert {**then, "quality": None} == {**only, "quality": None}


@given(SEEDS)
@settings(max_examples=20)
def test_two_weeks_are_the_sum_of_each(seed):
    events = rich(Random(seed))
    first = answer(events)
    second = answer(events, **{"from": at("12"), "to": at("19")})
    both = answer(events, to=at("19"))
    for path in ("deployments", "deployments_all", "lead_time_all", "rework.rework", "recovery"):
        parts = [*first["members"][path], *second["members"][path]]
        assert sorted(parts) == sorted(both["members"][path])
    assert both["change_fail"]["total"] == sum(
        each["change_fail"]["total"] for each in (first, second)
    )


@given(SEEDS)
@settings(max_examples=20)
def test_an_answer_keeps_its_promises(seed):
    found = answer(rich(Random(seed)), **{"from": at("1"), "to": at("21")})
    VALIDATOR.validate(found)
    assert found["change_fail"]["failed"] <= found["change_fail"]["total"]
    assert found["rework"]["rework"] <= found["rework"]["total"]
    for name in ("lead_time", "pr_lead_time", "recovery"):
        assert (found[name]["median_s"] is None) == (found[name]["n"] == 0)
    once = found["members"]["lead_time_all"]
    assert len(once) == len(set(once))
    known = {each["id"] for each in found["evidence"]["rollouts"]}
    tried = {each["id"] for each in found["evidence"]["failed_attempts"]}
    assert set(found["failed_deployment_ids"]) <= known | tried
