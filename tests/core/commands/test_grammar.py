"""Comments to commands: complete lines, hints, refusals with the line to post instead."""

from datetime import timedelta

import pytest

from app.core.commands.command import Command, Comment, Environment, Vocabulary
from app.core.commands.grammar import parse
from app.core.commands.sentence import example
from app.core.commands.verbs import VERBS
from tests.core.commands.cases import OTHER_SHA, SHA, VOCABULARY, codes, commands, read


@pytest.mark.parametrize(
    ("line", "command"),
    [
        pytest.param("/help", Command("help"), id="a verb alone"),
        pytest.param("/help /Deploy", Command("help", topic="deploy"), id="a verb about a verb"),
        pytest.param("/status", Command("status"), id="an environment that may be left out"),
        pytest.param("/status DEV", Command("status", environment="dev"), id="names in any case"),
        pytest.param("/deploy prod", Command("deploy", environment="production"), id="an alias"),
        pytest.param(
            f"/deploy prod --sha {SHA} --canary=5",
            Command("deploy", environment="production", sha=SHA, canary=5),
            id="flags with values",
        ),
        pytest.param(
            "/deploy --dry-run dev",
            Command("deploy", environment="dev", dry_run=True),
            id="a flag before the word",
        ),
        pytest.param(
            '/lock dev --until 30m --reason "load test"',
            Command("lock", environment="dev", until=timedelta(minutes=30), reason="load test"),
            id="minutes and a reason",
        ),
        pytest.param(
            "/freeze --global --until 2d --reason end of year",
            Command("freeze", everywhere=True, until=timedelta(days=2), reason="end of year"),
            id="every environment in the place of one",
        ),
        pytest.param(
            f"/rollback live --to {OTHER_SHA} --accept-data-risk --reason broken",
            Command(
                "rollback",
                environment="production",
                target=OTHER_SHA,
                accept_data_risk=True,
                reason="broken",
            ),
            id="back to a commit",
        ),
        pytest.param(
            "/override CVSS staging --ticket OPS-7 --reason false alarm",
            Command(
                "override",
                gate="cvss",
                environment="staging",
                ticket="OPS-7",
                reason="false alarm",
            ),
            id="a gate and an environment",
        ),
        pytest.param(
            "/approve REQ-12 4f0a785",
            Command("approve", request="req-12", seen="4f0a785"),
            id="both",
        ),
        pytest.param("/approve 4f0a785", Command("approve", seen="4f0a785"), id="only the commit"),
        pytest.param("/approve", Command("approve"), id="neither"),
        pytest.param("/cancel --request req-1", Command("cancel", request="req-1"), id="an id"),
        pytest.param("/revoke ovr-3", Command("revoke", loan="ovr-3"), id="an override's id"),
        pytest.param("/why CI_CHECK_FAILED", Command("why", topic="CI_CHECK_FAILED"), id="a code"),
        pytest.param("/why locked", Command("why", topic="locked"), id="a code of one word"),
        pytest.param("/why req-1", Command("why", topic="req-1"), id="a request to explain"),
        pytest.param(
            "/simulate /deploy dev",
            Command("simulate", inner=Command("deploy", environment="dev")),
            id="a simulated command",
        ),
        pytest.param(
            "/simulate Deploy dev --dry-run",
            Command("simulate", inner=Command("deploy", environment="dev", dry_run=True)),
            id="without its slash",
        ),
    ],
)
def test_complete_lines(line, command):
    assert read(line) == Comment((command,))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("/deploy", "parse_error", id="no environment is taken by default"),
        pytest.param("/deploy qa", "unknown_environment", id="an environment nobody configured"),
        pytest.param("/deploy dev staging", "parse_error", id="two environments"),
        pytest.param("/deploy dev --dry-run --dry-run", "parse_error", id="a repeated flag"),
        pytest.param("/deploy dev --fast", "parse_error", id="an unknown flag"),
        pytest.param("/status --sha x", "parse_error", id="another command's flag"),
        pytest.param("/deploy dev --dry-run=no", "parse_error", id="a switch with a value"),
        pytest.param("/deploy dev --dry-run no", "parse_error", id="a word behind a switch"),
        pytest.param("/deploy dev --sha", "parse_error", id="a flag without its value"),
        pytest.param("/deploy dev --sha --dry-run", "parse_error", id="a flag in a value's place"),
        pytest.param("/deploy dev --canary 5", "parse_error", id="a canary outside production"),
        pytest.param("/deploy prod --canary 0", "parse_error", id="a canary of nothing"),
        pytest.param("/deploy prod --canary 100", "parse_error", id="a canary of everything"),
        pytest.param("/deploy prod --canary 5.5", "parse_error", id="a broken percentage"),
        pytest.param("/lock dev", "parse_error", id="no reason"),
        pytest.param('/lock dev --reason ""', "parse_error", id="an empty reason"),
        pytest.param('/lock dev --reason "  "', "parse_error", id="a reason of spaces"),
        pytest.param("/lock dev --until 4 --reason x", "parse_error", id="a duration without unit"),
        pytest.param("/lock dev --until 0h --reason x", "parse_error", id="no time at all"),
        pytest.param("/lock dev --until 31d --reason x", "parse_error", id="more than 30 days"),
        pytest.param("/lock dev --until 90s --reason x", "parse_error", id="seconds"),
        pytest.param("/unlock dev --force", "parse_error", id="force without a reason"),
        pytest.param("/freeze --global --reason x", "parse_error", id="a freeze without an end"),
        pytest.param("/freeze --until 2h --reason x", "parse_error", id="a freeze of nothing"),
        pytest.param(
            "/freeze dev --global --until 2h --reason x", "parse_error", id="one and all at once"
        ),
        pytest.param("/ack req-7", "parse_error", id="a request where an incident belongs"),
        pytest.param("/ack inc-0", "parse_error", id="an incident numbered zero"),
        pytest.param("/ack inc-1234567890123", "parse_error", id="a number that is too long"),
        pytest.param("/revoke req-7", "parse_error", id="a request where a loan belongs"),
        pytest.param("/approve 4F0A785", "parse_error", id="a commit in capitals"),
        pytest.param("/approve 4f0a78", "parse_error", id="six characters of a commit"),
        pytest.param("/why please", "parse_error", id="a word that is no code"),
        pytest.param("/help me", "parse_error", id="a word that is no verb"),
        pytest.param("/override ci dev --reason x", "parse_error", id="no ticket"),
        pytest.param(
            '/override ci dev --ticket "a b" --reason x', "parse_error", id="a ticket of two words"
        ),
        pytest.param("/simulate", "parse_error", id="nothing to simulate"),
        pytest.param("/simulate simulate help", "parse_error", id="a simulated simulation"),
        pytest.param("/simulate dance", "parse_error", id="an unknown verb to simulate"),
        pytest.param("/simulate deploy qa", "unknown_environment", id="a simulated mistake"),
        pytest.param("/deploy dev; x", "parse_error", id="a character of a shell"),
        pytest.param("/status " + "x" * 500, "parse_error", id="a line that is too long"),
        pytest.param("/deploy dev <!-- x", "parse_error", id="a comment left open in the line"),
    ],
)
def test_incomplete_lines_are_refused(line, code):
    assert codes(line) == [code]
    assert commands(line) == []


@pytest.mark.parametrize(
    ("line", "try_next"),
    [
        pytest.param("/deploy", "/deploy dev", id="the least risky environment is the example"),
        pytest.param("/deploy prod please", "/deploy production", id="what was named is kept"),
        pytest.param(
            f"/deploy prodution --sha {SHA}", f"/deploy production --sha {SHA}", id="a typing error"
        ),
        pytest.param("/override cvs dev --reason x", None, id="mended, but still not complete"),
        pytest.param(
            "/lock staging", '/lock staging --reason "why"', id="what is missing is added"
        ),
        pytest.param("/simulate lock dev", '/simulate lock dev --reason "why"', id="simulated"),
        pytest.param("/dep\u043boy dev", "/help deploy", id="a verb in disguise"),
    ],
)
def test_a_refusal_names_the_line_to_post_instead(line, try_next):
    [refusal] = read(line).refusals
    if try_next is not None:
        assert refusal.try_next == try_next
    assert commands(refusal.try_next) == [refusal.try_next]


@pytest.mark.parametrize("line", ["/deploy dev", "/simulate deploy dev"])
def test_without_environments_the_help_is_the_next_step(line):
    [refusal] = parse(line, Vocabulary()).refusals
    assert refusal.try_next == "/help deploy"
    assert "names no environment" in refusal.message


@pytest.mark.parametrize("name", ["a", "x"])
def test_a_name_of_two_environments_is_none(name):
    twice = Vocabulary((Environment(name, aliases=("x",)), Environment("b", aliases=("X",))))
    assert [each.code for each in parse("/status x", twice).refusals] == ["unknown_environment"]


@pytest.mark.parametrize(
    ("line", "suggestions"),
    [
        pytest.param("/hlep", ("/help",), id="two letters swapped"),
        pytest.param("/deplo", ("/deploy",), id="a letter missing, alone on its line"),
        pytest.param("/deployy staging", ("/deploy staging",), id="a complete line but for it"),
        pytest.param("/lack dev", (), id="a line that would not be complete"),
        pytest.param("/statsu", ("/status",), id="at the end"),
        pytest.param("/ock", ("/ack", "/lock"), id="two are as near"),
        pytest.param("/halp me please", (), id="a sentence"),
        pytest.param("/dpoly", (), id="two errors"),
        pytest.param("/shrug", (), id="somebody else's command"),
        pytest.param("/usr/bin/deploy", (), id="a path"),
        pytest.param("/deploy: staging", (), id="a verb with something attached"),
        pytest.param("/\u00fcber", (), id="another language"),
    ],
)
def test_typing_errors_are_hinted_at_and_other_words_pass(line, suggestions):
    comment = read(line)
    assert [each.suggestions for each in comment.hints] == ([suggestions] if suggestions else [])
    assert (comment.commands, comment.refusals) == ((), ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            "/unlock dev --forse",
            "`/unlock` has no flag `--forse`. It has `--force`, `--reason`. "
            "Did you mean `--force`?",
            id="near",
        ),
        pytest.param(
            "/unlock dev --global",
            "`/unlock` has no flag `--global`. It has `--force`, `--reason`.",
            id="far",
        ),
        pytest.param("/pause dev --x", "`/pause` has no flag `--x`. It has none.", id="none"),
    ],
)
def test_an_unknown_flag_is_answered_with_the_known_ones(line, message):
    assert [each.message for each in read(line).refusals] == [message]


def test_hints_stop_no_command():
    assert commands("/hlep\n/status") == ["/status"]


def test_lines_are_counted_from_one():
    comment = read("text\n/status\n\n/hlep\n")
    assert (comment.commands[0].line, comment.hints[0].line) == (2, 4)
    assert read("\n\n/deploy").refusals[0].line == 3


@pytest.mark.parametrize("verb", VERBS)
def test_every_commands_example_is_a_complete_line_of_it(verb):
    line = example(VERBS[verb], VOCABULARY)
    assert commands(line) == [line]
    assert read(line).commands[0].verb == verb


@pytest.mark.parametrize("verb", VERBS)
def test_an_extra_word_always_refuses(verb):
    line = example(VERBS[verb], VOCABULARY)
    assert commands(f"{line} please-not-yet") == []
    assert len(codes(f"{line} please-not-yet")) == 1
