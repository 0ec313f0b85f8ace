"""The freshness gate: what each mode allows, and what a verdict says."""

from typing import Any

import pytest

from app.core.facts import ChangeStatus, Divergence, MergeGroup, Part
from app.core.gates.freshness import MEANING, Code, judge, needs
from app.core.verdict import Blocker, GateName, Outcome, Verdict
from tests.builders import BASE, NOW, at, changed, facts, policy, pull_request, subject


def behind(commits: int = 3, **changes: Any) -> Divergence:
    """Return a head that lacks commits which changed a file nobody minds."""
    return Divergence(behind=commits, ahead=1, **({"base_paths": ("other.py",)} | changes))


def judged(divergence: Divergence | None, *, seen: dict[str, Any] | None = None, **mode: Any):
    rules = policy(freshness=mode)
    return judge(facts(divergence=divergence, **(seen or {})), rules, NOW)


def ending(divergence: Divergence | None, **mode: Any) -> tuple[Outcome, str]:
    verdict = judged(divergence, **mode)
    return verdict.outcome, verdict.code


@pytest.mark.parametrize("mode", ["strict", "disjoint", "age"])
def test_a_head_that_holds_the_base_is_fresh_in_every_mode(mode):
    assert judged(behind(0, base_paths=()), mode=mode) == Verdict(
        gate=GateName.FRESHNESS,
        outcome=Outcome.PASS,
        code=Code.UP_TO_DATE,
        title="Up to date with `main`",
        counted=(f"the head contains {BASE[:7]}, the tip of `main`",),
        examined=1,
    )


def test_strict_allows_no_commit_behind():
    verdict = judged(behind(1))
    assert (verdict.outcome, verdict.code) == (Outcome.FAIL, Code.BEHIND)
    assert verdict.title == "1 commit behind `main`"
    assert verdict.blockers == (
        Blocker(
            code=Code.BEHIND,
            subject="the pull request's branch",
            who_can_unblock="anybody who can push to the branch",
            next_action="Update the branch: merge the base branch into it, or rebase it.",
        ),
    )


@pytest.mark.parametrize(
    ("divergence", "expected"),
    [
        pytest.param(behind(50), (Outcome.PASS, Code.DISJOINT), id="other files, at the limit"),
        pytest.param(behind(51), (Outcome.FAIL, Code.TOO_FAR_BEHIND), id="beyond the limit"),
        pytest.param(
            behind(base_paths=("other.py", "src/app.py")),
            (Outcome.FAIL, Code.OVERLAP),
            id="a file of the pull request",
        ),
        pytest.param(
            behind(base_paths=("db/migrations/2.sql",)),
            (Outcome.FAIL, Code.SENSITIVE),
            id="a sensitive path",
        ),
        pytest.param(
            behind(base_paths=()), (Outcome.ERROR, Code.PATHS_UNKNOWN), id="paths not known"
        ),
    ],
)
def test_disjoint_allows_what_does_not_meet(divergence, expected):
    assert ending(divergence, mode="disjoint") == expected


def test_disjoint_says_how_far_and_what_it_compared():
    verdict = judged(behind(2, base_paths=("a", "b", "c")), mode="disjoint")
    assert verdict.title == "2 commits behind `main`, in other files"
    assert verdict.counted == ("0 of 3 paths changed on the base matter here",)
    assert verdict.examined == 3


def test_disjoint_names_the_paths_that_meet():
    verdict = judged(behind(base_paths=("src/app.py",)), mode="disjoint")
    assert verdict.title == "3 commits behind `main`, same files changed"
    assert verdict.blockers[0].next_action.startswith("The base branch changed `src/app.py`.")


def test_disjoint_knows_both_names_of_a_rename():
    renamed = changed("new.py", ChangeStatus.RENAMED, old_path="other.py")
    verdict = judged(behind(), seen={"files": (renamed,)}, mode="disjoint")
    assert verdict.code == Code.OVERLAP


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({"files": ()}, id="no file is known"),
        pytest.param({"pull_request": pull_request(changed_files=3)}, id="the list is cut short"),
    ],
)
def test_disjoint_cannot_tell_without_the_changes(seen):
    verdict = judged(behind(), seen=seen, mode="disjoint")
    assert (verdict.outcome, verdict.code) == (Outcome.ERROR, Code.PATHS_UNKNOWN)
    assert verdict.title == "Could not evaluate: 3 commits behind `main`"


WEEK = 7 * 24 * 60


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param(at(1 - WEEK), (Outcome.PASS, Code.YOUNG), id="younger"),
        pytest.param(at(-WEEK), (Outcome.FAIL, Code.TOO_OLD), id="at the limit"),
        pytest.param(None, (Outcome.ERROR, Code.AGE_UNKNOWN), id="unknown"),
        pytest.param(at(0), (Outcome.PASS, Code.YOUNG), id="this very moment"),
        pytest.param(at(1), (Outcome.ERROR, Code.AGE_UNKNOWN), id="in the future"),
    ],
)
def test_age_looks_at_the_merge_base(since, expected):
    assert ending(behind(merge_base_at=since), mode="age") == expected


def test_age_tells_when_to_look_again():
    verdict = judged(behind(merge_base_at=at(1 - WEEK)), mode="age")
    assert verdict.recheck_at == at(1)
    assert verdict.title == "3 commits behind `main`, merge base from 2026-11-13 12:01 UTC"
    late = judged(behind(merge_base_at=at(-WEEK - 1)), mode="age")
    assert late.title == "3 commits behind `main`, too old since 2026-11-20 11:59 UTC"


@pytest.mark.parametrize(
    ("divergence", "title"),
    [
        (behind(2), "Not required: the policy's mode is none (2 commits behind)"),
        (None, "Not required: the policy's mode is none"),
    ],
)
def test_none_asks_for_nothing_and_says_so(divergence, title):
    verdict = judged(divergence, mode="none")
    assert (verdict.outcome, verdict.is_required, verdict.title) == (Outcome.PASS, False, title)
    assert verdict.code == Code.NOT_REQUIRED


@pytest.mark.parametrize("mode", ["strict", "disjoint", "age"])
def test_a_conflict_fails(mode):
    conflicting = {"pull_request": pull_request(mergeable=False)}
    verdict = judged(behind(0), seen=conflicting, mode=mode)
    assert (verdict.outcome, verdict.code) == (Outcome.FAIL, Code.CONFLICT)
    assert verdict.title == "Conflicts with `main`"


def test_a_pull_request_that_was_not_read_has_no_conflict():
    assert judged(behind(0), seen={"pull_request": None}).outcome is Outcome.PASS


def test_a_long_branch_name_fits_into_the_title():
    seen = {"subject": subject(base_ref="release/" + "x" * 200)}
    assert len(judged(behind(60), seen=seen, mode="disjoint").title) <= 100


def test_a_group_is_not_asked_whatever_the_mode():
    group = MergeGroup(ref="queue", base_ref="main")
    verdict = judged(None, seen={"group": group, "pull_request": None})
    assert (verdict.outcome, verdict.code) == (Outcome.PASS, Code.IN_QUEUE)
    assert (verdict.is_required, verdict.examined) == (False, 0)


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        ("none", set()),
        ("strict", {Part.PULL_REQUEST}),
        ("age", {Part.PULL_REQUEST}),
        ("disjoint", {Part.PULL_REQUEST, Part.CHANGES}),
    ],
)
def test_the_gate_needs_only_what_its_mode_looks_at(mode, parts):
    assert needs(policy(freshness={"mode": mode})) == parts


def test_every_code_has_a_meaning():
    assert set(MEANING) == set(Code)
