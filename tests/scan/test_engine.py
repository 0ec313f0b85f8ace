"""The engine on single contents: what blocks, what asks, what is only shown."""

import random

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.filters import heuristic

from app.errors import ScanError
from app.scan.detectors import PLUGIN_COUNT, load_detectors
from app.scan.engine import MAX_HITS, Engine, Findings, TooManyHitsError, read_line, self_test
from app.scan.gates import Folded, Gate, fold
from app.scan.rules import ENGINE_VERSION, RULES, Kind, Rule, Tier
from tests.scan.fakes import (
    aws_key,
    aws_secret,
    chars,
    github_token,
    hexadecimal,
    jwt,
    one_of_each,
)

DETECTORS = load_detectors()


@pytest.mark.parametrize(("rule", "line"), one_of_each().items())
def test_each_rule_blocks_its_own_credential(found, rule, line):
    assert (rule, "block", 2) in found(f"first line\n{line}\nlast line\n")


def test_every_blocking_rule_has_an_example():
    names = {rule.id for rule in RULES if rule.tier is Tier.BLOCK} - {"private-key"}
    assert names == set(one_of_each())


@pytest.mark.parametrize(
    "path",
    [
        "swagger.py",
        "docs/swagger.json",
        "a.css",
        "poetry.lock",
        "logo.svg",
        "node_modules/x.js",
        ".secrets.baseline",
        "x.png",
        "tests/test_x.py",
        "",
    ],
)
def test_9_D04_no_path_is_skipped(found, path):
    assert found(f'token = "{github_token()}"\n', path) == {("github-token", "block", 1)}


@pytest.mark.parametrize(
    "line",
    [
        'client = Github("{}")',
        "x = f({})",
        'headers["auth"] = get("{}")',
        "    - {}",
        "{}",
        "https://{}:x-oauth-basic@github.com/a/b",
        'TOKEN_ID="{}"',
        "# {} example placeholder changeme",
    ],
)
def test_8_44_a_token_is_found_in_every_surrounding(found, line):
    assert ("github-token", "block", 1) in found(line.format(github_token()))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(f"password = '{chars(1, 12)}7!'", {("assigned-secret", "confirm", 1)}, id="a"),
        pytest.param("password = 'password'", {("assigned-secret", "info", 1)}, id="its own name"),
        pytest.param("password = 'your-password'", {("assigned-secret", "info", 1)}, id="stand-in"),
        pytest.param("password = request.form['password']", set(), id="a form's field"),
        pytest.param("password = '<password>'", set(), id="a bracketed word"),
        pytest.param("password = '${DB_PASSWORD}'", set(), id="a variable"),
        pytest.param("password = '********'", set(), id="stars"),
        pytest.param(
            f"uses: actions/checkout@{hexadecimal(1, 40)}", set(), id="41 a pinned action"
        ),
        pytest.param(
            f'"sha": "{hexadecimal(2, 40)}"', {("random-hex", "info", 1)}, id="41 a commit"
        ),
        pytest.param(f"'sha256:{hexadecimal(3, 64)}'", set(), id="42 a digest of an image"),
        pytest.param(
            f'"integrity": "sha512-{chars(4, 86)}=="', {("random-base64", "info", 1)}, id="42 sri"
        ),
        pytest.param(
            f'"uid": "{hexadecimal(5, 24)}"', {("random-hex", "info", 1)}, id="42 a dashboard"
        ),
        pytest.param(
            f'vectors = ["{hexadecimal(6, 64)}"]', {("random-hex", "info", 1)}, id="a test vector"
        ),
        pytest.param(
            f'token = "{hexadecimal(7, 40)}"', {("random-hex", "confirm", 1)}, id="a hex token"
        ),
        pytest.param(f'x = "{chars(8, 60)}"', {("random-base64", "confirm", 1)}, id="random text"),
        pytest.param(
            '"crypto_secretstream_xchacha20poly1305_HEADERBYTES"',
            {("random-base64", "info", 1)},
            id="a long name",
        ),
        pytest.param("server = '8.8.8.8'", {("public-address", "info", 1)}, id="an address"),
        pytest.param("server = '192.168.1.1'", set(), id="a private address"),
        pytest.param(
            f"aws_secret_access_key = '{aws_secret()}'",
            {("aws-access-key", "block", 1)},
            id="the secret half",
        ),
        pytest.param(
            f"aws_key_sha = '{hexadecimal(9, 40)}'",
            {("aws-access-key", "confirm", 1)},
            id="a commit named like a key",
        ),
        pytest.param(
            "id = '" + "AK" + "IAIOSFODNN7EXAMPLE'",
            {("aws-access-key", "confirm", 1)},
            id="43 a documented key",
        ),
        pytest.param(
            "ASIA" + "PACIFICREGIONALOFFICE", {("aws-access-key", "info", 1)}, id="capital words"
        ),
        pytest.param(
            "x" + aws_key() + "x", {("aws-access-key", "confirm", 1)}, id="part of a longer word"
        ),
        pytest.param(
            chars(1, 60) + aws_key() + chars(2, 60),
            {("aws-access-key", "info", 1)},
            id="inside data",
        ),
        pytest.param(
            "postgres://postgres:postgres@localhost/db", {("url-password", "info", 1)}, id="default"
        ),
        pytest.param(
            "https://user:hunter9@example.org", {("url-password", "confirm", 1)}, id="weak"
        ),
        pytest.param("https://$USER:$PASS@example.org", set(), id="variables in a URL"),
        pytest.param("see https://example.org:8080/@scope", set(), id="a port"),
        pytest.param(jwt(name="John Doe"), {("json-web-token", "confirm", 1)}, id="sample token"),
    ],
)
def test_a_line_weighs_what_its_value_weighs(found, line, expected):
    assert found(line) == expected


def test_one_value_is_reported_once_by_its_surest_rule(found):
    line = f'api_key = "{github_token()}"'
    assert found(line) == {("github-token", "block", 1)}


def test_6_two_tokens_in_one_file_are_two_findings(found):
    text = f"{github_token(1)}\n{github_token(2)}\n{github_token(1)}\n"
    assert found(text) == {("github-token", "block", 1), ("github-token", "block", 2)}


def test_D3_a_token_without_its_optional_part_is_found(found):
    assert found("gl" + "cbt-" + chars(1, 20)) == {("gitlab-token", "block", 1)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_D02_test_27_every_encoding_is_read(found, encoding):
    content = f"# é\ntoken = '{github_token()}'\n".encode(encoding)
    assert ("github-token", "block", 2) in found(content)


def test_D02_test_28_one_bad_byte_hides_nothing(found):
    content = f"token = '{github_token()}'\n".encode() + b"\xff"
    assert found(content) == {("github-token", "block", 1)}


def test_29_a_zero_byte_hides_nothing(found):
    content = b"\0" + f"token = '{github_token()}'\npassword = '{chars(1, 14)}'\n".encode()
    assert found(content) == {("github-token", "block", 1), ("assigned-secret", "confirm", 2)}


def test_29_a_binary_is_searched_for_credentials_only(found):
    content = bytes(range(256)) * 8 + f"\0{github_token()}\0pwd='{chars(1, 14)}'\0".encode()
    assert found(content, "x.png") == {("github-token", "block", None)}


def test_36_a_zero_width_space_hides_nothing(found):
    token = github_token()
    assert ("github-token", "block", 1) in found(f"{token[:9]}\u200b{token[9:]}")


@pytest.mark.parametrize("size", [5_000, 100_000, 1_000_000])
def test_C09_a_long_line_is_read_to_its_end(found, size):
    line = ("a=1;" * size)[:size] + f'"{github_token()}"'
    assert found(line, "min.js") == {("github-token", "block", 1)}


@pytest.mark.parametrize(
    ("text", "pragma"),
    [
        pytest.param("{} # pragma: allowlist secret", "pragma: allowlist secret", id="D05"),
        pytest.param("{} // gitleaks:allow", "gitleaks:allow", id="of another tool"),
        pytest.param(
            "# pragma: allowlist nextline secret\n{}",
            "pragma: allowlist nextline secret",
            id="4 on the line above",
        ),
        pytest.param("{}\n# pragma: allowlist secret", None, id="4 on the line below"),
        pytest.param("# pragma: allowlist secret\n{}", None, id="4 of the line above"),
        pytest.param("# pragma: allowlist nextline secret\n\n{}", None, id="4 two lines above"),
    ],
)
def test_3_D05_a_pragma_is_noted_and_changes_nothing(engine, text, pragma):
    findings = Findings()
    before = "x = 1\n" * 99
    engine.scan((before + text.format(github_token())).encode(), "a.py", findings)
    assert [(hit.tier, hit.pragma) for hit in findings.hits()] == [("block", pragma)]


def test_too_many_findings_end_the_scan_unless_they_are_only_shown(engine):
    findings = Findings()
    tokens = "\n".join(github_token(seed) for seed in range(MAX_HITS + 1))
    with pytest.raises(TooManyHitsError):
        engine.scan(tokens.encode(), "a", findings)
    assert len(findings.hits()) == MAX_HITS
    shown = Findings()
    addresses = "\n".join(f"8.8.{number // 250}.{number % 250}" for number in range(MAX_HITS + 9))
    engine.scan(addresses.encode(), "a", shown)
    assert len(shown.hits()) == MAX_HITS


def test_a_commit_message_is_searched_for_credentials_only(engine):
    findings = Findings()
    engine.scan_prose(f"fix\n\npassword: 'Tr0ub4dor&3'\nused {github_token()}", findings)
    assert [(hit.rule, hit.line) for hit in findings.hits()] == [("github-token", None)]


def test_D17_the_fingerprint_is_keyed_and_does_not_depend_on_place():
    def fingerprints(key, text):
        findings = Findings()
        Engine(key, DETECTORS).scan(text.encode(), "a.py", findings)
        return {hit.fingerprint for hit in findings.hits()}

    token = github_token()
    here, there = fingerprints(b"k", token), fingerprints(b"k", f"\n\nx = call('{token}')")
    assert here == there
    assert fingerprints(b"other", token).isdisjoint(here)
    assert {len(one) for one in here} == {64}


def test_the_installed_plugins_are_the_ones_the_gates_were_made_for(monkeypatch):
    assert {detector.rule.id for detector in DETECTORS} == {
        rule.id for rule in RULES if rule.kind is not Kind.PRIVATE_KEY
    }
    assert len(get_mapping_from_secret_type_to_class()) == PLUGIN_COUNT
    monkeypatch.setattr("app.scan.detectors._installed_version", lambda: "9.9")
    assert all(not detector.rule.needles for detector in load_detectors() if detector.rule.plugin)
    assert ENGINE_VERSION == "1.5.0"


def test_D03_too_few_plugins_are_an_error(monkeypatch):
    some = dict(list(_upstream().items())[:20])
    monkeypatch.setattr("app.scan.detectors._plugins", lambda: some)
    with pytest.raises(ScanError):
        load_detectors()


def test_71_an_unknown_plugin_reads_every_line(monkeypatch):
    class NewTokenDetector(_upstream()["GitHubTokenDetector"]):
        pass

    plugins = {**_upstream(), "NewTokenDetector": NewTokenDetector}
    monkeypatch.setattr("app.scan.detectors._plugins", lambda: plugins)
    engine = Engine(b"k", load_detectors())
    findings = Findings()
    engine.scan(github_token().encode(), "a", findings)
    assert {hit.rule for hit in findings.hits()} == {"github-token", "new-token"}


def test_the_self_test_fails_for_a_scanner_that_finds_nothing():
    self_test(Engine(b"k", DETECTORS))
    with pytest.raises(ScanError):
        self_test(Engine(b"k", ()))


# Nothing that detect-secrets finds is lost: neither by gates and windows, nor by weighing.


def _upstream():
    return {one.__name__: one for one in get_mapping_from_secret_type_to_class().values()}


_PLUGINS = [plugin() for plugin in _upstream().values()]


def _reported_upstream(line, path):
    """Say whether detect-secrets, without its filters for files and whole lines, reports a line."""
    for plugin in _PLUGINS:
        for secret in plugin.analyze_line(filename=path, line=line):
            value = secret.secret_value
            if plugin.secret_type != "Private Key" and not _dropped_upstream(value):
                return True
    return False


def _dropped_upstream(value):
    filters = (
        heuristic.is_sequential_string,
        heuristic.is_templated_secret,
        heuristic.is_prefixed_with_dollar_sign,
        heuristic.is_not_alphanumeric_string,
    )
    return any(judge(value) for judge in filters)


_ATOMS = ["password", "secret", "api_key", "aws", "token", "cloudant", "ibm", "sl", "key", "id"]
_ATOMS += ["=", ":", ":=", "==", "=>", " ", '"', "'", "`", "(", ")", "[", ";", "@", "://", "\t"]
_ATOMS += [
    "\u017fecret",
    "\u212aey",
    "\uff10",
    "é",
    "\u0130bm",
    "\u200b",
    "contraseña",
    "AP",
    "-us1",
]
_PATHS = ["a.py", "a.yml", "a.go", "a.c", "a.cpp", "a.cs", "a.toml", "a.js", "a.tf", "none"]


def _mutated_line(dice):
    examples = list(one_of_each().values())
    parts = [
        dice.choice(examples) if dice.random() < 0.4 else dice.choice(_ATOMS) for _ in range(6)
    ]
    line = "".join(parts)
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(line) + 1)
        line = line[:at] + dice.choice(_ATOMS) + line[at + dice.randrange(3) :]
    return line.replace("\n", " ")


@pytest.mark.parametrize("seed", range(10))
def test_no_line_that_detect_secrets_reports_is_lost(seed):
    dice = random.Random(seed)
    lines = [(_mutated_line(dice), dice.choice(_PATHS)) for _ in range(150)]
    reported = [pair for pair in lines if _reported_upstream(*pair)]
    lost = [pair for pair in reported if not read_line(*pair, DETECTORS)]
    assert lost == []
    assert len(reported) > 50


@pytest.mark.parametrize("seed", range(10))
def test_a_gate_opens_for_every_line_that_its_rule_matches(seed):
    dice = random.Random(1000 + seed)
    lines = [_mutated_line(dice) for _ in range(150)]
    folded = Folded("\n".join(lines))
    for detector in DETECTORS:
        matched = {n for n, line in enumerate(lines) if any(detector.find(line, "a.yml"))}
        assert matched <= set(detector.gate.lines(folded)), detector.rule.id
        assert all(detector.gate.opens(fold(lines[number])) for number in matched)


def test_a_rule_without_needles_reads_every_line():
    every = Rule("x", "X")
    assert list(Gate(every).lines(Folded("a\nb\n"))) == [0, 1, 2]


def test_a_private_key_is_found_at_its_line(found):
    header, footer = ("-----" + word + " EC PRIVATE" + " KEY-----" for word in ("BEGIN", "END"))
    text = f"# a key\n\n{header}\n{chars(1, 64)}\n{chars(2, 64)}\n{footer}\n"
    assert ("private-key", "confirm", 3) in found(text)


def test_an_assignment_in_a_long_line_is_found(found):
    line = "var a=1;" * 2000 + f"var password='{chars(1, 15)}7!';" + "b(c);" * 2000
    assert found(line, "min.js") == {("assigned-secret", "confirm", 1)}


def test_the_repr_of_a_candidate_does_not_show_its_value():
    found = read_line(f"x = '{github_token()}'", "a.py", DETECTORS)
    assert found
    assert github_token() not in repr(found)
