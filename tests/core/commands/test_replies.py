"""Answers: what is wrong, the code, the line to post; and nothing of the user's comes alive."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.commands.codes import MEANING, Code
from app.core.commands.command import Command, Environment, Vocabulary
from app.core.commands.grammar import parse
from app.core.commands.levels import Standing
from app.core.commands.lines import live_lines
from app.core.commands.replies import (
    Reaction,
    Reply,
    acknowledged,
    help_of,
    help_page,
    hinted,
    refusal,
    refused,
    whoami,
)
from app.core.commands.scales import Level
from app.core.commands.verbs import VERBS
from tests.builders import HEAD
from tests.core.commands.cases import VOCABULARY, commands, read

DEPLOY = Command("deploy", environment="staging")


def test_a_refusal_says_what_is_wrong_its_code_and_the_line_to_post():
    assert refused(read("/deploy stagng").refusals) == Reply(
        Reaction.UNREADABLE,
        "Line 1: `stagng` is no environment. There are `dev`, `production`, `staging`. Did you "
        "mean `staging`? (`unknown_environment`) Try `/deploy staging`.",
    )


def test_a_refused_command_is_explained_with_the_command_that_helps_on():
    assert refused([refusal(Code.LOCKED, DEPLOY)]) == Reply(
        Reaction.REFUSED,
        "Line 1: Somebody else has locked the environment. See who has locked it. (`locked`) Try "
        "`/status staging`.",
    )


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize(
    "command", [DEPLOY, Command("recheck"), Command("freeze", everywhere=True, reason="a")]
)
def test_every_refusal_leads_on(code, command):
    found = refusal(code, command)
    assert found.message.startswith(MEANING[code])
    assert found.try_next is not None
    if found.try_next != command.written():
        assert commands(found.try_next) == [found.try_next]


@pytest.mark.parametrize("code", [Code.COMMENT_EDITED, Code.COMMAND_EXPIRED])
def test_T03_T72_what_came_in_wrongly_is_to_be_posted_again(code):
    assert refusal(code, DEPLOY).try_next == "/deploy staging"


def test_one_refusal_that_is_no_typing_error_decides_the_reaction():
    both = [*read("/deploy").refusals, refusal(Code.FROZEN, DEPLOY)]
    assert refused(both).reaction is Reaction.REFUSED


def test_a_hint_asks_what_was_meant():
    assert (
        hinted(read("/ock").hints).text == "Line 1 is no command. Did you mean `/ack` or `/lock`?"
    )


def test_an_acknowledgement_repeats_the_whole_command_and_its_commit():
    [command] = read("/LOCK stage --reason load test").commands
    assert acknowledged(command, HEAD) == Reply(
        Reaction.RECEIVED,
        f'Received `/lock staging --reason "load test"` for commit `{HEAD}`.',
    )
    assert acknowledged(DEPLOY).text == "Received `/deploy staging`."


@pytest.mark.parametrize(
    ("level", "shown", "hidden"),
    [
        pytest.param(Level.NONE, "/help", "/cancel", id="whoever may nothing still reads"),
        pytest.param(Level.READ, "/simulate", "/cancel", id="L1"),
        pytest.param(Level.CONTRIBUTE, "/deploy", "/lock", id="L2, deploying to development"),
        pytest.param(Level.OPERATE, "/lock", "/override", id="L3"),
    ],
)
def test_help_lists_what_the_caller_may(level, shown, hidden):
    text = help_page(Standing(level, "so it is")).text
    assert f"`{shown}" in text
    assert f"`{hidden}" not in text
    assert text.startswith(f"Your level is {level.label}: so it is.\n\n| command |")


def test_whoever_operates_production_is_shown_everything():
    text = help_page(Standing(Level.OPERATE_PRODUCTION, "so it is")).text
    assert {verb for verb in VERBS if f"`/{verb}" not in text} == set()


@pytest.mark.parametrize("verb", VERBS)
def test_help_explains_every_command_by_example(verb):
    text = help_of(VERBS[verb], VOCABULARY).text
    example = re.search("for example `(?P<line>[^`]+)`", text)["line"]
    assert commands(example) == [example]
    assert text.count(f"| `/{verb}` |") == len(VERBS[verb].forms)


def test_whoami_shows_level_and_reason():
    unknown = Standing(Level.NONE, "nothing could be read", Code.PERMISSION_UNKNOWN)
    assert whoami("ann", unknown).text == (
        "`ann` has level L0 (`permission_unknown`): nothing could be read."
    )


def every_answer():
    standing = Standing(Level.INFRASTRUCTURE, "so it is")
    yield help_page(standing)
    yield whoami("ann", standing)
    yield acknowledged(DEPLOY)
    yield hinted(read("/ock").hints)
    yield from (help_of(verb, VOCABULARY) for verb in VERBS.values())
    yield from (refused([refusal(code, DEPLOY)]) for code in Code)


def test_T13_no_answer_holds_a_living_command():
    assert [each.text for each in every_answer() if live_lines(each.text)] == []


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
STRANGE = st.text(
    st.sampled_from("`*_@#|<>&[](){}!\\/:.-;$\"' \t1aé\u202e\u200b")
) | st.sampled_from(
    ["@ann", "&#64;team", "&commat;x", "``` @ann", "<!-- gw:1:2 -->", "[x](https://evil.example)"]
)


def assert_harmless(text):
    """Nothing but paragraphs, code, tables and plain words; no mention outside code."""
    for block in MARKDOWN.parse(text):
        assert block.type not in {"fence", "html_block", "code_block", "heading_open", "hr"}
        for token in block.children or ():
            assert token.type in {"text", "code_inline", "softbreak"}
            assert token.type == "code_inline" or not re.search(r"@|#\d|://", token.content)
    assert live_lines(text) == ()
    assert not re.search("[\u202e\u200b\t]", text)


@pytest.mark.parametrize(
    "line",
    [
        "/deploy {}",
        '/deploy "{}"',
        "/deploy dev {}",
        "/deploy dev --{}",
        "/deploy dev --sha {}",
        "/override {} dev",
        "/help {}",
        "/simulate {}",
        "/lock dev --reason {}",
        '/lock dev --reason "{}"',
        "/hold{}",
    ],
)
@given(STRANGE)
def test_T74_what_the_user_wrote_is_shown_and_does_nothing(line, strange):
    comment = read(line.replace("{}", strange))
    assert_harmless(refused(comment.refusals).text)
    assert_harmless(hinted(comment.hints).text)
    for command in comment.commands:
        assert_harmless(acknowledged(command).text)


@given(STRANGE)
def test_T74_names_of_the_policy_and_logins_are_shown_and_do_nothing(strange):
    vocabulary = Vocabulary((Environment(strange, aliases=("a",)),), (strange,))
    for body in ("/deploy b", "/deploy", "/deploy a", "/override b a", "/override"):
        comment = parse(body, vocabulary)
        assert_harmless(refused(comment.refusals).text)
        for command in comment.commands:
            assert_harmless(acknowledged(command).text)
            assert_harmless(refused([refusal(Code.HELD, command)]).text)
    assert_harmless(whoami(strange, Standing(Level.READ, "so it is")).text)


def test_T74_an_entity_cannot_become_a_mention():
    [refusal_] = read('/deploy "&#64;team"').refusals
    assert "`&#64;team`" in refused([refusal_]).text


def test_a_comment_full_of_errors_gets_a_short_answer():
    text = refused(read("/deploy\n" * 5000).refusals).text
    assert text.endswith("\n\nAnd 4995 more lines.")
    assert len(text) < 1000
    assert "more" not in refused(read("/deploy\n" * 5).refusals).text


def test_every_code_has_one_sentence():
    assert list(MEANING) == list(Code)
    assert all(re.fullmatch(r"[A-Z][^.]*\.", meaning) for meaning in MEANING.values())
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", code) for code in Code)
