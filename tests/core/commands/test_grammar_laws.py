"""Laws of reading: nothing raises, what is written reads back, one word more refuses."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.commands.command import Command, Comment
from app.core.commands.verbs import SIMULATE, VERBS
from tests.core.commands.cases import OTHER_SHA, SHA, commands, read


def complete_lines():
    """Make lines of every verb with any of its flags."""
    values = {
        "sha": st.just(SHA),
        "to": st.just(OTHER_SHA),
        "reason": st.text(
            st.characters(exclude_characters="\r\n\t\0\u00a0\ue000\ue001<"), max_size=60
        )
        .map(str.strip)
        .filter(bool),
        "until": st.integers(1, 30).map(lambda days: timedelta(days=days)),
        "ticket": st.from_regex(r"[A-Z]{1,5}-[0-9]{1,5}", fullmatch=True),
        "dry-run": st.just(value=True),
        "force": st.just(value=True),
        "canary": st.integers(1, 99),
        "accept-data-risk": st.just(value=True),
        "request": st.integers(1, 999).map("req-{}".format),
    }
    fields = {
        "to": "target",
        "dry-run": "dry_run",
        "accept-data-risk": "accept_data_risk",
    }
    samples = {
        "environment": "production",
        "gate": "ci",
        "incident": "inc-1",
        "loan": "apr-1",
    }

    @st.composite
    def line(draw, verb):
        chosen = {
            fields.get(name, name): draw(values[name])
            for name in verb.flags
            if name in values and (name in verb.required or draw(st.booleans()))
        }
        if chosen.get("force"):
            chosen["reason"] = draw(values["reason"])
        words = {each.field: samples[each.field] for each in verb.arguments if each.required}
        return Command(verb.name, **words, **chosen)

    return st.sampled_from([verb for verb in VERBS.values() if verb.name != SIMULATE]).flatmap(line)


@given(complete_lines())
def test_what_a_command_writes_parses_to_the_same_command(command):
    assert read(command.written()) == Comment((command,))


@given(complete_lines())
def test_an_extra_word_refuses_whatever_the_flags(command):
    assert commands(f"{command.written()} please-not-yet") == []


@given(complete_lines())
def test_any_command_can_be_simulated(command):
    [simulated] = read(f"/simulate {command.written()}").commands
    assert simulated.inner == command
    assert commands(simulated.written()) == [simulated.written()]


PARTS = f"/deploy /lock /status /simulate dev prod --reason --sha {SHA} --global \u2014until 4h = x"
WORDS = st.sampled_from(
    [*PARTS.split(), '"a b"', "\n", "\r\n", "> ", "```", "<!--", "-->", "\u200b"]
)


@given(st.text() | st.lists(WORDS).map(" ".join) | st.lists(WORDS).map("".join))
def test_every_text_is_read_and_every_refusal_has_a_next_step_that_is_complete(body):
    comment = read(body)
    assert not (comment.commands and comment.refusals)
    assert all(commands(each.try_next) for each in comment.refusals)
    assert all("\n" not in each.message for each in comment.refusals)


@given(st.lists(WORDS).map(" ".join))
def test_the_kind_of_newline_changes_no_command(body):
    text = body.replace("\r", "")
    assert read(text) == read(text.replace("\n", "\r\n"))
