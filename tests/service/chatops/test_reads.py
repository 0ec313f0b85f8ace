"""`/queue` and `/diff`: who waits for what, and what would be new in an environment."""

import pytest

from tests.service.chatops.acting import answers, ask, to_dev
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_locks import FROZEN, other_pull
from tests.service.conftest import REPO

MIGRATIONS = '  migrations: {paths: ["db/*.sql"], compatible: ["db/*_add.sql"]}\n'


def rows(play) -> list[str]:
    """Return the newest answer's rows without the moments in them."""
    lines = [each for each in answers(play)[-1].splitlines() if each.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [" | ".join((*each[:4], *each[5:])) for each in cells]


def test_F56_the_queue_tells_place_pull_request_and_reason(play):
    others = [other_pull(play, "one"), other_pull(play, "two")]
    for each in (play, *others):
        each.say("bob", "/deploy dev")
    play.say("bob", "/queue dev")
    _, second, third = sorted(play.past(), key=lambda each: each.requested_at)
    first = next(each for each in play.past() if each.state.value == "deploying")
    under_way = f"`queued` {first.id.replace('-', chr(92) + '-')} is under way there"
    waiting = [
        f"`{each.id}` (`{each.sha[:12]}`) by `bob` | `#{each.number}`" for each in (second, third)
    ]
    assert rows(play) == [
        f"`dev` | 1 | {waiting[0]} | {under_way}",
        f"`dev` | 2 | {waiting[1]} | {under_way}, 1 more before it",
    ]


def test_the_queue_tells_locks_freezes_and_approvals_apart(play):
    ask(play)
    play.say("bob", '/lock dev --reason "see @acme/all"')
    play.say("carol", "/deploy dev")
    play.say("bob", "/queue")
    assert [each.rpartition(" | ")[2] for each in rows(play)] == [
        "`locked` held by bob \\(see @&#8203;acme/all\\)",
        "`approval_needed` people have to agree",
    ]
    set_policy(play.box, f"{POLICY}{FROZEN}")
    play.say("bob", "/queue dev")
    assert "`frozen` year" in rows(play)[0]


def test_where_nothing_waits_that_is_said(play):
    to_dev(play)
    play.say("bob", "/queue")
    assert answers(play)[-1].startswith("Nothing waits.")


def test_the_difference_is_counted_and_its_lists_are_bounded_and_quoted(play):
    set_policy(play.box, f"{POLICY}{MIGRATIONS}")
    to_dev(play)
    first = play.head
    for number in range(11):
        files = {f"db/{number}_@acme`x`.sql": "--\n"}
        title = f"fix {number} <img src=x> @acme/all closes #1"
        play.box.commit(REPO, "fix", files, author="ann", message=title)
    play.bot.settle()
    play.say("bob", "/diff dev")
    text = answers(play)[-1]
    assert (
        f"`{first[:12]}` … `{play.head[:12]}`: 11 new commits, "
        "11 changed files, 11 migrations." in text
    )
    assert text.count("- and 1 more") == 3
    assert "fix 10 &lt;img src\\=x&gt; @&#8203;acme/all closes #&#8203;1" in text
    assert "``db/0_@acme`x`.sql``" in text
    assert "<img" not in text


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        pytest.param(lambda play: None, "Nothing is live in `dev`", id="nothing is live"),
        pytest.param(to_dev, "`dev` has exactly the head", id="the head is live"),
    ],
)
def test_where_there_is_no_difference_that_is_said(play, prepare, says):
    prepare(play)
    play.say("bob", "/diff dev")
    assert says in answers(play)[-1]


def test_what_is_live_and_not_in_the_head_is_counted_as_well(play):
    other = other_pull(play, "one")
    to_dev(other)
    play.say("bob", "/diff dev")
    assert "1 new commit, 1 commit only live, " in answers(play)[-1]


def test_reading_needs_no_right_to_deploy(play):
    play.box.add_user("mallory")
    play.say("mallory", "/queue\n/diff dev")
    assert "Nothing waits." in answers(play)[-1]
