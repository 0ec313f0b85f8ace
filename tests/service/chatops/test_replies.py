"""What people read: said in their words, and with nothing alive of what strangers wrote."""

import re

import pytest

from tests.service.chatops.acting import answers, ask, push, ready, status_comments, to_dev
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.conftest import REPO

NASTY = "@acme/all `x` <!-- gatewright:reply:1 --> &#64;bob ![i](https://e.example) #1 | ~~~"
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def alive(text: str) -> str:
    """Return what of a comment is not code and not one of our own marks."""
    ours = re.sub(r"<!-- gatewright:(?:reply|environment):[0-9a-f]+e? -->\s*\Z", "", text)
    return _CODE.sub("", ours)


def shown(play, who: str, line: str) -> str:
    play.say(who, line)
    return answers(play)[-1]


@pytest.mark.parametrize(
    ("who", "line"),
    [
        pytest.param("carol", f"/lock dev --reason {NASTY}", id="a reason to lock"),
        pytest.param("bob", f"/reject --reason {NASTY}", id="a reason to reject"),
        pytest.param("bob", "/deploy @acme/all", id="an environment"),
        pytest.param("bob", f"/deploy dev {NASTY}", id="a word too many"),
        pytest.param("bob", '/deploy "@acme/all <b>x</b>"', id="a quoted environment"),
        pytest.param("bob", "/deploy dev --@acme/all x", id="a flag"),
        pytest.param("bob", "/help @acme/all", id="a topic"),
        pytest.param("bob", "/approve @acme/all", id="a request"),
    ],
)
def test_T74_nothing_that_somebody_wrote_is_alive_in_an_answer(play, who, line):
    ask(play)
    text = alive(shown(play, who, line))
    assert re.findall(r"@\w|<!--|<b|&#64;|!\[|#1\b", text) == []


def test_T74_nor_in_a_status_or_a_status_comment(play):
    play.say("carol", f"/lock dev --reason {NASTY}")
    play.say("bob", "/deploy dev")
    for text in (status_comments(play)[-1], shown(play, "bob", "/status")):
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", _CODE.sub("", row))) for row in rows} <= {4, 5}
        assert re.findall(r"@\w|<!-- |&#64;|!\[", alive(text)) == []


def test_T74_a_name_of_an_environment_is_shown_as_it_is(play):
    set_policy(
        play.box, POLICY.replace("name: dev,", "name: dev/eu@1,").replace("[dev]", "[dev/eu@1]")
    )
    play.box.add_environment(REPO, "dev/eu@1")
    play.say("bob", "/deploy dev/eu@1")
    assert play.states() == ["deploying"]
    assert "Deployment to `dev/eu@1`: deploying" in status_comments(play)[-1]
    assert re.findall(r"@\w", alive(status_comments(play)[-1])) == []


def test_T47_steps_on_github_are_short_however_long_the_reason(play):
    title = "x" * 300
    play.box.commit(REPO, "main", {".github/workflows/deploy.yml": f"# {title}\n"}, author="carol")
    play.say("bob", "/deploy dev")
    (found,) = play.box.find_repo(REPO).deployments.values()
    assert [len(each.description) <= 140 for each in found.statuses] == [True, True]
    assert found.statuses[-1].state == "error"


@pytest.mark.parametrize(
    ("who", "line", "says"),
    [
        pytest.param(
            "bob",
            "/deploy production",
            "The person's level is too low for the command. Your level is L3. See which level you "
            "have. (`permission_denied`) Try `/whoami`.",
            id="a level too low",
        ),
        pytest.param(
            "bob",
            "/deploy prodution",
            "`prodution` is no environment. There are `dev`, `production`. Did you mean "
            "`production`? (`unknown_environment`) Try `/deploy production`.",
            id="a name misspelt",
        ),
        pytest.param(
            "bob",
            "/depoy dev",
            "Line 1 is no command. Did you mean `/deploy dev`?",
            id="a verb misspelt",
        ),
        pytest.param(
            "bob",
            "/deploy",
            "`/deploy` needs an environment; none is taken by default. (`parse_error`) Try "
            "`/deploy dev`.",
            id="no environment",
        ),
        pytest.param(
            "bob",
            "/approve",
            "No request is in a state in which that could be done. No request waits for approval "
            "here. See what is under way. (`no_request`) Try `/status`.",
            id="nothing to approve",
        ),
        pytest.param(
            "bob",
            "/cancel",
            "No request is in a state in which that could be done. Nothing waits here; what runs "
            "is for `/abort`.",
            id="nothing to cancel",
        ),
        pytest.param(
            "dora",
            "/rollback production --reason x",
            "No earlier deployment is known to be good. See what is live.",
            id="nothing to go back to",
        ),
        pytest.param("bob", "/revoke apr-7", "for nothing that still waits", id="revoked"),
        pytest.param("bob", "/whoami", "`bob` has level L3: the role `write`", id="who I am"),
        pytest.param("bob", "/history", "Nothing was deployed yet.", id="no history"),
        pytest.param("bob", "/why self_approval", "cannot approve", id="what a code means"),
        pytest.param("bob", "/why watch_blind", "Nothing was measured", id="a deployment's code"),
        pytest.param("bob", "/why req-7", "No such request", id="a request that nobody made"),
        pytest.param("bob", "/why", "Name a request", id="nothing named"),
    ],
)
def test_an_answer_says_what_is_wrong_and_what_to_do_next(play, who, line, says):
    assert says in shown(play, who, line)


def test_why_tells_the_way_of_a_request(play):
    to_dev(play)
    text = shown(play, "bob", f"/why {play.past()[0].id}")

    assert "- requested\n- queued: `approved`\n- gating: `slot_free`" in text
    assert "- succeeded: `healthy`" in text


def test_each_refusal_suggests_a_line_that_is_answered(play):
    ready(play)
    push(play)
    play.say("dora", "/deploy production")
    lines = ("/deploy production", "/approve", "/cancel", "/rollback dev --reason x", "/unlock dev")
    for line in lines:
        suggested = re.findall(r"Try `(/[^`]+)`\.", shown(play, "bob", line))
        for each in suggested:
            assert "does not carry out" not in shown(play, "bob", each)
