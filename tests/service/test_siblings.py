"""Pull requests with one head: what counts of each, who writes the page, who has to be judged."""

import pytest

from app.core.decide import Code
from app.core.facts import Sibling
from app.service import siblings
from app.store import registry, verdicts
from app.store.registry import KnownPullRequest
from app.store.verdicts import Recorded
from tests.builders import HEAD, NOW, OLD, facts, subject
from tests.store.rows import publication, recorded

HERE = {"head_sha": HEAD, "base_ref": "main"}


def verdict(number: int, outcome: str = "pass", **changes: object) -> Recorded:
    """Return what is recorded of a pull request with the head."""
    plain = {"pull_request": number, "gates": (("merge", outcome),), **HERE}
    return recorded(f"v-{number}", **plain | changes)


OWN = verdict(7)
OUTSIDE = {"code": Code.NOT_GOVERNED.value}


@pytest.mark.parametrize(
    ("known", "counted"),
    [
        pytest.param(verdict(8), {8: verdict(8)}, id="a verdict on this head and its own base"),
        pytest.param(verdict(8, head_sha=OLD), {8: None}, id="a verdict on another head"),
        pytest.param(verdict(8, base_ref="dev"), {8: None}, id="a verdict from before a retarget"),
        pytest.param(None, {8: None}, id="no verdict"),
        pytest.param(verdict(8, **OUTSIDE), {}, id="a base that is not governed"),
    ],
)
def test_a_sibling_counts_by_its_verdict_on_this_very_head_and_base(database, known, counted):
    with database.write() as connection:
        seen = KnownPullRequest(8, HEAD, "main", is_open=True, head_seen_at=NOW, verdict_id=None)
        registry.remember_pull_request(connection, 1, seen)
        if known is not None:
            verdicts.keep(connection, known)
            registry.set_verdict(connection, 1, 8, known.id)
        here = facts(subject=subject(repository_id=1), siblings=(Sibling(8, "main"),))
        assert siblings.judged(connection, here) == counted


@pytest.mark.parametrize(
    ("own", "others", "speaker", "speaks"),
    [
        pytest.param(OWN, {}, "v-7", True, id="alone"),
        pytest.param(OWN, {8: verdict(8)}, "v-7", True, id="among equals the lowest"),
        pytest.param(OWN, {6: verdict(6)}, "v-6", False, id="among equals not the highest"),
        pytest.param(OWN, {8: verdict(8, "fail")}, "v-8", False, id="the other is worse"),
        pytest.param(verdict(7, "fail"), {6: verdict(6)}, "v-7", True, id="this one is worse"),
        pytest.param(
            OWN,
            {6: verdict(6, "fail"), 8: None},
            "v-7",
            True,
            id="as long as one is not judged whoever is judged says so",
        ),
        pytest.param(verdict(7, **OUTSIDE), {}, "v-7", True, id="alone and not governed"),
        pytest.param(
            verdict(7, "pending", **OUTSIDE),
            {8: verdict(8)},
            "v-8",
            False,
            id="not governed beside one that is",
        ),
        pytest.param(
            verdict(7, "pending", **OUTSIDE),
            {8: None},
            "v-7",
            False,
            id="not governed beside one that is not judged",
        ),
    ],
)
def test_the_worst_writes_the_page(own, others, speaker, speaks):
    assert (siblings.speaker(own, others).id, siblings.speaks(own, others)) == (speaker, speaks)


STANDS = {"head_sha": HEAD, "verdict_id": "v-8", "outcome": "fail"}


@pytest.mark.parametrize(
    ("others", "page", "numbers"),
    [
        pytest.param({8: verdict(8)}, {}, [], id="nobody, when it speaks itself"),
        pytest.param({8: verdict(8), 9: None}, {}, [9], id="one that was never judged"),
        pytest.param({8: verdict(8, "fail")}, None, [8], id="the worst, when there is no page"),
        pytest.param({8: verdict(8, "fail")}, {}, [], id="nobody, when the worst has its page"),
        pytest.param(
            {8: verdict(8, "fail")},
            {"outcome": "pending"},
            [8],
            id="the worst, when its page was taken back",
        ),
        pytest.param(
            {8: verdict(8, "fail")},
            {"verdict_id": "v-6"},
            [8],
            id="the worst, when the page is somebody else's",
        ),
    ],
)
def test_who_has_to_be_judged_so_that_the_page_is_right(database, others, page, numbers):
    with database.write() as connection:
        if page is not None:
            shown = publication("gatewright/merge", **STANDS | page)
            verdicts.intend(connection, shown, NOW)
        assert siblings.to_judge(connection, OWN, others) == numbers
