"""The check-up: what is wrong, what to do, where to click."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.installing import checkup
from app.core.installing.checkup import AccountSeen, AppSeen, BranchSeen, Finding, HookSeen, State
from app.core.installing.manifest import manifest
from app.core.installing.rights import EVENTS, lacking, permissions
from tests.builders import NOW

GITHUB = "https://github.com"
APP = AppSeen("gate", "acme", True, permissions(), EVENTS)  # noqa: FBT003 - of an organisation
HOOK = HookSeen("https://gate.example/webhook", "json", True, True, (202, 202))  # noqa: FBT003
PAGE = f"{GITHUB}/organizations/acme/settings/apps/gate"


@pytest.mark.parametrize(
    ("apart", "state"),
    [(30, State.GOOD), (-30, State.GOOD), (31, State.BAD), (-31, State.BAD)],
)
def test_the_clock_may_be_half_a_minute_off(apart, state):
    theirs = NOW + timedelta(seconds=apart)
    assert checkup.clock(NOW, theirs).state is state


def test_a_github_that_says_no_time_is_worth_a_look():
    assert checkup.clock(NOW, None).state is State.LOOK


def test_a_whole_registration_has_all_rights():
    assert [each.state for each in checkup.rights(APP, GITHUB)] == [State.GOOD, State.GOOD]


def test_each_missing_right_says_what_it_is_for_and_where_to_give_it():
    app = replace(
        APP, permissions={**permissions(), "checks": "read", "issues": "read"}, events=("push",)
    )
    found = list(checkup.rights(app, GITHUB))
    page = f"{PAGE}/permissions"
    assert found[:2] == [
        Finding(
            "permissions",
            State.BAD,
            "checks is read; every gate needs write",
            "Set checks to write.",
            page,
        ),
        Finding(
            "permissions",
            State.LOOK,
            "issues is read; incidents needs write",
            "Set issues to write.",
            page,
        ),
    ]
    assert (found[2].area, found[2].state, found[2].page) == ("events", State.BAD, page)


HOOKS = {
    "all is well": ({}, [("webhook", State.GOOD)]),
    "no address": ({"url": ""}, [("webhook", State.BAD)]),
    "another address": ({"url": "https://other/webhook"}, [("webhook", State.BAD)]),
    "forms": ({"content_type": "form"}, [("webhook", State.BAD)]),
    "unsigned": ({"has_secret": False}, [("webhook", State.BAD)]),
    "unchecked": ({"is_checked": False}, [("webhook", State.LOOK)]),
    "nothing delivered": ({"answers": ()}, [("deliveries", State.LOOK)]),
    "the newest failed": ({"answers": (502, 202)}, [("deliveries", State.BAD)]),
    "an older one failed": ({"answers": (202, 502)}, [("deliveries", State.GOOD)]),
}


@pytest.mark.parametrize(("given", "expected"), HOOKS.values(), ids=HOOKS)
def test_the_webhook_is_looked_at(given, expected):
    seen = replace(HOOK, **given)
    found = checkup.hook(seen, APP, "https://gate.example", GITHUB)
    states = [(each.area, each.state) for each in found]
    assert [each for each in states if each in expected] == expected
    assert [each for each in states if each[1] is not State.GOOD] == [
        each for each in expected if each[1] is not State.GOOD
    ]


def test_without_a_public_address_any_webhook_may_be_ours():
    found = [each.state for each in checkup.hook(HOOK, APP, "", GITHUB)]
    assert found == [State.GOOD, State.GOOD]


def test_an_app_that_nobody_installed_names_the_page():
    (found,) = checkup.accounts((), APP, GITHUB)
    assert (found.state, found.page) == (State.BAD, f"{GITHUB}/apps/gate/installations/new")


@pytest.mark.parametrize(
    ("account", "state", "says"),
    [
        (
            AccountSeen(1, "a", is_suspended=False, permissions=permissions()),
            State.GOOD,
            "`a` is served",
        ),
        (
            AccountSeen(1, "a", is_suspended=True, permissions=permissions()),
            State.BAD,
            "`a` suspended the App",
        ),
        (
            AccountSeen(
                1, "a", is_suspended=False, permissions={**permissions(), "checks": "read"}
            ),
            State.LOOK,
            "`a` has not accepted `checks`",
        ),
    ],
    ids=["served", "suspended", "not accepted"],
)
def test_an_installation_is_looked_at(account, state, says):
    (found,) = checkup.accounts((account,), APP, GITHUB)
    assert (found.state, found.says) == (state, says)


@pytest.mark.parametrize(
    ("required", "state"),
    [
        ((("gatewright/merge", 7),), State.GOOD),
        ((("gatewright/merge", None),), State.BAD),
        ((("gatewright/merge", 8),), State.BAD),
        ((("gatewright/merge", None), ("gatewright/merge", 7)), State.GOOD),
        ((("ci", 7),), State.BAD),
        ((), State.BAD),
    ],
    ids=["ours", "anybody's", "another app's", "both", "another check", "nothing"],
)
def test_a_default_branch_must_ask_for_our_own_check(required, state):
    found = checkup.branch(BranchSeen("acme/widgets", "main", required), 7, GITHUB)
    assert found.state is state
    assert (found.page == "") is (state is State.GOOD)


def test_the_worst_finding_decides_and_nothing_seen_is_no_health():
    good, look = Finding("a", State.GOOD, ""), Finding("b", State.LOOK, "")
    assert checkup.worst((good, look)) is State.LOOK
    assert checkup.worst(()) is State.LOOK


def test_the_manifest_asks_for_what_is_needed_and_for_no_more():
    made = manifest("https://gate.example", "http://127.0.0.1:8080")
    assert list(lacking(made["default_permissions"])) == []
    assert made["public"] is False
    assert made["hook_attributes"]["url"] == "https://gate.example/webhook"
    assert made["redirect_url"] == "http://127.0.0.1:8080/setup/callback"
    assert "administration" not in made["default_permissions"]
