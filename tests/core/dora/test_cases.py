"""Every published case: as given, in any order, in two batches, and through other time zones."""

from fractions import Fraction
from random import Random

import jsonschema
import pytest

from app.core.canonical import to_plain
from app.core.dora.bands import (
    Measured,
    fail_rate_level,
    frequency_level,
    lead_time_level,
    quick_check,
    recovery_level,
)
from app.core.dora.document import metrics_schema
from app.core.dora.frequency import Frequency, frequency
from app.core.dora.log import Log
from app.core.dora.reading import events_from, rules_from_bytes
from app.core.dora.statistics import median_ranks95, poisson95, wilson95
from tests.core.dora.builders import numbers
from tests.core.dora.cases import BOOK, CASES

EACH = [pytest.param(case, id=f"{name} {case['title']}") for name, case in CASES.items()]


def answer(case, *batches):
    log = Log()
    for batch in batches:
        read = events_from(batch)
        assert read.set_aside == ()
        log = log.taking(read.events)
    found = numbers(log, case["query"], case["config"])
    return {key: found[key] for key in case["expected"]}, found


@pytest.mark.parametrize("case", EACH)
def test_a_case_as_given(case):
    shown, _ = answer(case, case["events"])
    assert shown == case["expected"]


@pytest.mark.parametrize("case", EACH)
def test_a_case_in_any_order(case):
    _, as_given = answer(case, case["events"])
    for seed in range(5):
        events = list(case["events"])
        Random(seed).shuffle(events)
        shown, found = answer(case, events)
        assert shown == case["expected"]
        assert found == as_given


@pytest.mark.parametrize("case", EACH)
def test_a_case_in_two_batches(case):
    _, as_given = answer(case, case["events"])
    for seed in range(3):
        events = list(case["events"])
        Random(seed).shuffle(events)
        middle = Random(seed).randint(0, len(events))
        shown, found = answer(case, events[:middle], events[middle:])
        assert shown == case["expected"]
        assert found == as_given


def test_the_answer_to_every_case_fits_the_published_schema():
    validator = jsonschema.Draft202012Validator(metrics_schema())
    for case in CASES.values():
        validator.validate(answer(case, case["events"])[1])


def test_an_answer_changes_no_log():
    case = CASES["G12"]
    log = Log().taking(events_from(case["events"]).events)
    before = dict(log.told)
    assert numbers(log, case["query"]) == numbers(log, case["query"])
    assert log.told == before


LEVELS = {
    "lead_time_s": lead_time_level,
    "frequency_category": lambda year, value: frequency_level(year, Frequency(value)),
    "change_fail_rate": lambda year, value: fail_rate_level(year, Fraction(str(value))),
    "recovery_s": recovery_level,
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(each, id=f"{each['year']} {each['metric']}") for each in BOOK["band_cases"]],
)
def test_a_level_of_a_report(case):
    assert LEVELS[case["metric"]](case["year"], case["value"]) == case["expected"]


@pytest.mark.parametrize("case", BOOK["quick_check_cases"], ids=lambda each: each["reasoning"][:30])
def test_a_quick_check(case):
    category = frequency(
        Fraction(case["weekly_median"]),
        case.get("deployments", 0),
        case.get("window_days", 0) * 86_400,
    )
    found = quick_check(
        Measured(
            case["lead_time_s"],
            category,
            case["recovery_s"],
            Fraction(str(case["change_fail_rate"])),
            Fraction(str(case["rework_rate"])),
        )
    )
    assert to_plain(found) == case["expected"]


STATISTICS = {
    "wilson95": lambda case: wilson95(case["k"], case["n"]),
    "median_rank_ci95": lambda case: median_ranks95(case["n"]),
    "poisson95": lambda case: poisson95(case["k"]),
}


@pytest.mark.parametrize(
    "case", BOOK["statistics_cases"], ids=lambda each: f"{each['what']} {each.get('k', '')}"
)
def test_an_interval(case):
    assert to_plain(STATISTICS[case["what"]](case)) == case["expected"]


def test_the_constants_are_those_of_the_cases():
    told = {
        key: value for key, value in BOOK["defaults"].items() if key not in ("percentile", "rates")
    }
    rules = rules_from_bytes(b"{}")
    assert {key: to_plain(getattr(rules, key)) for key in told} == told
