"""Traps of command lines: disguises, half-read lines, too many commands, unknown gates."""

import pytest

from tests.core.commands.cases import SHA, VOCABULARY, codes, commands, read


@pytest.mark.parametrize("line", ["/Deploy dev", "/DEPLOY dev", "   /dEploy dev"])
def test_T10_verbs_are_read_in_any_case(line):
    assert commands(line) == ["/deploy dev"]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        pytest.param("/deploy\u200b dev", "ZERO WIDTH SPACE", id="an invisible character"),
        pytest.param("\u200b/deploy dev", "ZERO WIDTH SPACE", id="one before the slash"),
        pytest.param("/deploy\u3000dev", "IDEOGRAPHIC SPACE", id="a space of another script"),
        pytest.param("/d\u0435ploy dev", "CYRILLIC SMALL LETTER IE", id="a look-alike"),
        pytest.param("/loc\u212a dev --reason x", "KELVIN SIGN", id="one that lower-cases to k"),
        pytest.param("/deploy pr\u043ed", "CYRILLIC SMALL LETTER O", id="in an environment"),
    ],
)
def test_T10_verbs_and_environments_in_disguise_are_refused_aloud(line, named):
    [refusal] = read(line).refusals
    assert named in refusal.message


def test_T10_a_disguised_verb_is_not_simulated():
    assert codes("/simulate loc\u212a dev --reason x") == ["parse_error"]


def test_T10_a_look_alike_in_quotation_marks_is_no_environment():
    assert codes('/deploy "pr\u043eduction"') == ["unknown_environment"]


@pytest.mark.parametrize(
    "line",
    [
        "/deploy production please not yet",
        "/deploy production.",
        "/deploy production, thanks",
        "/deploy productionx",
        "/whoami please",
        "/approve req-1 4f0a785 now",
    ],
)
def test_T11_the_entire_line_must_parse(line):
    assert commands(line) == []
    assert len(codes(line)) == 1


def test_T12_flags_inside_a_reason_are_text():
    [command] = read("/lock staging --reason never use --global").commands
    assert (command.reason, command.everywhere) == ("never use --global", False)


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        pytest.param("/lock dev --reason load test --until 4h", "until", id="an end"),
        pytest.param("/lock dev --reason load test \u2014UNTIL=4h", "until", id="as phones write"),
        pytest.param("/rollback prod --reason slow --to abc", "to", id="a target"),
        pytest.param("/unlock dev --reason never use --force", "force", id="one that is meant"),
        pytest.param("/lock dev --until 1h --reason x --until 4h", "until", id="given before"),
    ],
)
def test_T12_a_flag_that_a_reason_would_swallow_refuses_the_line(line, lost):
    [refusal] = read(line).refusals
    assert (refusal.code.value, f"`--{lost}` stands in a reason" in refusal.message) == (
        "parse_error",
        True,
    )


@pytest.mark.parametrize(
    "reason",
    [
        '"no --until here"',
        "no -until here",
        "no--until here",
        "no --untilnow here",
        "no --until? no",
    ],
)
def test_T12_only_a_flag_that_could_have_been_meant_does(reason):
    [command] = read(f"/lock dev --reason {reason}").commands
    assert (command.reason, command.until) == (reason.strip('"'), None)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param("/deploy staging\n\n/deploy production", [], id="two changes"),
        pytest.param("/deploy dev\n/lock dev --reason x", [], id="two changes of other kinds"),
        pytest.param("/status\n" * 6, [], id="six questions"),
        pytest.param("/status\n" * 5, ["/status"] * 5, id="five questions"),
        pytest.param(
            "/status\n/deploy dev\n/whoami",
            ["/status", "/deploy dev", "/whoami"],
            id="one change among questions",
        ),
        pytest.param(
            "/simulate deploy dev\n/deploy dev",
            ["/simulate deploy dev", "/deploy dev"],
            id="a simulated change is a question",
        ),
    ],
)
def test_T17_a_comment_changes_one_thing_or_nothing_runs(body, found):
    assert commands(body) == found
    assert codes(body) == ([] if found else ["too_many_commands"])


def test_T17_one_refused_line_stops_the_others():
    assert commands("/deploy dev\n/status nowhere") == []
    assert codes("/deploy dev\n/status nowhere") == ["unknown_environment"]


@pytest.mark.parametrize(
    "sha",
    [
        pytest.param(SHA[:39], id="39 characters"),
        pytest.param(f"{SHA}0", id="41 characters"),
        pytest.param(SHA.upper(), id="capitals"),
        pytest.param("main", id="a branch"),
        pytest.param("g" * 40, id="other letters"),
        pytest.param("v1.0", id="a tag"),
    ],
)
@pytest.mark.parametrize("line", ["/deploy dev --sha", '/rollback dev --reason "x" --to'])
def test_T37_a_commit_is_named_by_all_its_characters(line, sha):
    assert codes(line.format(sha).replace("--reason x --to", '--reason "x" --to')) == [
        "parse_error"
    ]


def test_T100_an_unknown_gate_is_refused_with_the_list():
    [refusal] = read("/override cvs dev --reason x").refusals
    assert refusal.code == "unknown_gate"
    assert all(f"`{gate}`" in refusal.message for gate in VOCABULARY.gates)


def test_T100_an_override_names_gate_and_environment():
    assert codes("/override ci --ticket OPS-7 --reason x") == ["parse_error"]
    assert codes("/override dev --ticket OPS-7 --reason x") == ["unknown_gate"]
