"""The review of an incident: complete, in any order and dress, or named as incomplete."""

import pytest

from app.core.commands.review import FIELDS, Review, read_review, template
from app.core.facts import Sha

FIX = Sha("a1" * 20)
TEXTS = {
    "cause": "a limit was a limit too far",
    "impact": "ten minutes of errors",
    "fix": FIX,
    "tests": "test_limit",
    "follow-ups": "none",
}
WHOLE = Review(FIX, tuple(TEXTS.items()))


def comment(form: str = "{}: {}", end: str = "\n", **changes: str) -> str:
    lines = (form.format(name, text) for name, text in (TEXTS | changes).items() if text)
    return end.join(("/review inc-7", "", *lines))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(comment(), id="plain lines"),
        pytest.param(comment(end="\r\n"), id="lines as GitHub sends them"),
        pytest.param(comment("- **{}**: {}"), id="a list with bold names"),
        pytest.param(comment("  {}:  {}  "), id="with spaces around"),
        pytest.param(comment().replace("cause:", "Cause:"), id="with a capital letter"),
        pytest.param(comment(fix=f"`{FIX}`"), id="the commit as code"),
        pytest.param(comment() + "\ncause: another one", id="the first of two counts"),
        pytest.param(comment() + "\nsomething: else", id="other lines are passed over"),
    ],
)
def test_a_complete_review_is_read(body):
    assert read_review(body) == WHOLE


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_missing_is_named(name):
    assert read_review(comment(**{name: ""})) == (name,)


@pytest.mark.parametrize("fix", ["main", "a1" * 6, "A1" * 20, f"{FIX} or so"])
def test_a_fix_is_a_whole_commit(fix):
    assert read_review(comment(fix=fix)) == ("fix",)


def test_the_template_holds_every_field():
    assert read_review(template("inc-7")) == ("fix",)
