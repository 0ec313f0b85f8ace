"""Verdicts as people read them: whole texts, and what strangers cannot do to them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.render import Remark, check_name, conclusion, gate_page, prose, rollup_page
from app.core.verdict import Blocker, Finding, GateName, Judgement, Outcome, Seen, Tier, Verdict
from tests.builders import NOW, subject

PASSED = Verdict(
    GateName.SECRETS,
    Outcome.PASS,
    "SECRETS_NONE_FOUND",
    "No secrets in 2 commits and 3 file versions",
    counted=("2 commits", "3 file versions"),
    seen=(Seen("`a.py` line 3", "a pragma stands beside it"),),
    examined=3,
)
IDLE = Verdict(
    GateName.CI,
    Outcome.PASS,
    "CI_NOT_REQUIRED",
    "Not required: the policy names no check",
    is_required=False,
)
WAITING = Verdict(
    GateName.APPROVAL,
    Outcome.PENDING,
    "APPROVAL_COUNT",
    "0 of 1 approvals (rule baseline)",
    blockers=(
        Blocker(
            "APPROVAL_COUNT",
            "rule baseline: 0 of 1 approvals",
            "somebody with write access; ann (the author) cannot",
            "1 more approval of commit `1b092b5` needed.",
        ),
    ),
)
BLOCKED = Verdict(
    GateName.SECRETS,
    Outcome.FAIL,
    "SECRETS_FOUND",
    "1 secret found",
    findings=(
        Finding("entropy", Tier.INFO, "Looks random.", "b.py", 2),
        Finding("pinning", Tier.WARN, "Not pinned in `ci.yml`.", "ci.yml", 4),
        Finding(
            "github-token",
            Tier.BLOCK,
            "A token, 40 characters.",
            "src/a.py",
            1,
            "ab12ab12ab12ab12",
            ("soc2:CC6.1", "osps:BR-07.01"),
        ),
        Finding("note", Tier.CONFIRM, "Is it one?"),
    ),
    blockers=(
        Blocker("SECRETS_FOUND", "`github-token` at `src/a.py` line 1", "the author", "Rotate it."),
    ),
    examined=2,
)
UNKNOWN = Verdict(
    GateName.FRESHNESS,
    Outcome.ERROR,
    "FRESHNESS_FACTS_MISSING",
    "Commits could not be read",
    blockers=(Blocker("FRESHNESS_FACTS_MISSING", "commits", "", "It is retried."),),
)

PASSED_TEXT = """\
**Passed.** No secrets in 2 commits and 3 file versions.

<details><summary>Grounds (3 examined)</summary>

- counted: 2 commits
- counted: 3 file versions
- seen, not counted: `a.py` line 3, because a pragma stands beside it

</details>"""
WAITING_TEXT = """\
**Waiting.** 0 of 1 approvals \\(rule baseline\\).

### What is missing

- **rule baseline: 0 of 1 approvals** (`APPROVAL_COUNT`). \
Who: somebody with write access; ann \\(the author\\) cannot. \
Next: 1 more approval of commit `1b092b5` needed\\."""
BLOCKED_TEXT = """\
**Blocked.** 1 secret found.

### What is missing

- **`github-token` at `src/a.py` line 1** (`SECRETS_FOUND`). Who: the author. Next: Rotate it\\.

### Findings

- **blocks**, `github-token` `src/a.py` line 1 in `ab12ab12ab12`: A token, 40 characters\\. \
(soc2:CC6.1, osps:BR-07.01)
- **needs an answer**, `note` Is it one?
- **warning**, `pinning` Not pinned in `ci.yml`\\.
- **note**, `entropy` `b.py` line 2: Looks random\\."""
UNKNOWN_TEXT = """\
**Could not evaluate.** Commits could not be read.

### What is missing

- **commits** (`FRESHNESS_FACTS_MISSING`). Next: It is retried\\."""


@pytest.mark.parametrize(
    ("verdict", "summary"),
    [
        pytest.param(PASSED, PASSED_TEXT, id="pass"),
        pytest.param(IDLE, "Not required: the policy names no check.", id="not required"),
        pytest.param(WAITING, WAITING_TEXT, id="pending"),
        pytest.param(BLOCKED, BLOCKED_TEXT, id="fail"),
        pytest.param(UNKNOWN, UNKNOWN_TEXT, id="error"),
    ],
)
def test_a_gate_reads_like_this(verdict, summary):
    page = gate_page(verdict, {"code": verdict.code})
    assert page.summary == summary
    assert page.title == verdict.title
    assert page.text == (
        f'For programs, the same verdict:\n\n```json\n{{\n "code": "{verdict.code}"\n}}\n```'
    )


def test_the_rollup_has_a_line_for_each_gate_and_all_that_is_missing():
    rollup = Verdict(
        GateName.MERGE,
        Outcome.FAIL,
        "MERGE_BLOCKED",
        "1 gate fails",
        blockers=WAITING.blockers,
        counted=("ci: 1 check",),
        examined=4,
    )
    piped = replace(UNKNOWN, title="`a|b` and c|d")
    judgement = Judgement(
        subject(), "p", "defaults", "f", "e", NOW, (BLOCKED, WAITING, IDLE, piped), rollup
    )
    page = rollup_page(judgement, rollup, {})
    assert page.remarks == ()
    assert page.summary == (
        "**Blocked.** 1 gate fails.\n\n"
        "| gate | state | |\n"
        "|---|---|---|\n"
        "| `gatewright/secrets` | Blocked | 1 secret found |\n"
        "| `gatewright/approval` | Waiting | 0 of 1 approvals \\(rule baseline\\) |\n"
        "| `gatewright/ci` | Not required | the policy names no check |\n"
        "| `gatewright/freshness` | Could not evaluate | `a\\|b` and c\\\\|d |\n\n"
        + WAITING_TEXT.partition("\n\n")[2]
        + "\n\n<details><summary>Grounds (4 examined)</summary>\n\n- counted: ci: 1 check\n\n"
        "</details>"
    )
    assert _Page.of(page.summary).cells[-1] == "a|b and c|d"


def test_findings_at_a_line_stand_beside_the_diff_the_worst_first():
    assert gate_page(BLOCKED, {}).remarks == (
        Remark("src/a.py", 1, "failure", "github-token", "A token, 40 characters."),
        Remark("ci.yml", 4, "warning", "pinning", "Not pinned in `ci.yml`."),
    )


@pytest.mark.parametrize(
    ("tier", "level"),
    [(Tier.BLOCK, "failure"), (Tier.CONFIRM, "failure"), (Tier.WARN, "warning"), (Tier.INFO, None)],
)
def test_a_remark_is_as_loud_as_its_finding(tier, level):
    finding = Finding("rule", tier, "Message.", "a.py", 7)
    remarks = gate_page(replace(BLOCKED, findings=(finding,)), {}).remarks
    assert [each.level for each in remarks] == ([level] if level else [])


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [("pass", "success"), ("pending", None), ("fail", "failure"), ("error", "failure")],
)
@pytest.mark.parametrize("is_required", [True, False])
def test_no_outcome_is_neutral_or_skipped_which_would_satisfy(outcome, shown, is_required):
    verdict = replace(PASSED, outcome=Outcome(outcome), is_required=is_required)
    assert conclusion(verdict) == shown


def test_every_outcome_has_a_conclusion_and_every_gate_a_name():
    found = {conclusion(replace(PASSED, outcome=outcome)) for outcome in Outcome}
    assert found == {"success", None, "failure"}
    assert [check_name(gate) for gate in GateName] == [
        f"gatewright/{name}"
        for name in ("ci", "compliance", "secrets", "approval", "freshness", "merge")
    ]


# What is too much is counted


@pytest.mark.parametrize(
    ("number", "shown", "rest"),
    [(100, 100, ""), (101, 100, "- and 1 more"), (250, 100, "- and 150 more")],
)
@pytest.mark.parametrize("part", ["findings", "blockers", "counted", "seen"])
def test_a_long_list_is_cut_and_the_rest_counted(part, number, shown, rest):
    many = {
        "findings": tuple(Finding("r", Tier.WARN, f"Item {n}") for n in range(number)),
        "blockers": tuple(Blocker("C", f"Item {n}", "", "") for n in range(number)),
        "counted": tuple(f"Item {n}" for n in range(number)),
        "seen": tuple(Seen(f"Item {n}", "so") for n in range(number)),
    }
    empty = Verdict(GateName.CI, Outcome.FAIL, "C", "t")
    lines = gate_page(replace(empty, **{part: many[part]}), {}).summary.splitlines()
    items = [line for line in lines if "Item " in line]
    more = [line for line in lines if line.startswith("- and ")]
    assert (len(items), more) == (shown, [rest] if rest else [])


def test_what_is_cut_of_both_grounds_is_counted_together():
    both = replace(
        PASSED,
        counted=tuple(f"c{n}" for n in range(110)),
        seen=tuple(Seen(f"s{n}", "so") for n in range(105)),
    )
    assert "- and 15 more" in gate_page(both, {}).summary


def test_the_worst_findings_are_not_the_ones_that_are_cut():
    notes = tuple(Finding("n", Tier.INFO, "Note") for _ in range(150))
    worst = Finding("worst", Tier.BLOCK, "Stop.", "z.py", 1)
    page = gate_page(replace(BLOCKED, findings=(*notes, worst)), {})
    assert "- **blocks**, `worst`" in page.summary


def test_the_worst_hundred_findings_stand_beside_the_diff():
    notes = tuple(Finding("note", Tier.WARN, "Look.", "a.py", n) for n in range(1, 101))
    worst = Finding("worst", Tier.BLOCK, "Stop.", "z.py", 1)
    remarks = gate_page(replace(BLOCKED, findings=(*notes, worst)), {}).remarks
    assert [each.title for each in remarks] == ["worst", *["note"] * 99]


def test_a_title_fits_where_github_shows_it():
    assert len(gate_page(replace(PASSED, title="x" * 999), {}).title) == 200


# What strangers wrote


class _Page(HTMLParser):
    """What a reader of the rendered text gets: words, tags and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.cells = set(), []
        self.prose = ""
        self._in_code = self._in_cell = 0

    @classmethod
    def of(cls, source: str) -> "_Page":
        page = cls()
        options = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        page.feed(options.render(source))
        return page

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._in_code += tag == "code"
        self._in_cell += tag == "td"
        self.cells += [""] if tag == "td" else []

    def handle_endtag(self, tag):
        self._in_code -= tag == "code"
        self._in_cell -= tag == "td"

    def handle_data(self, data):
        self.prose += "" if self._in_code else data
        if self._in_cell:
            self.cells[-1] += data


OURS = {"p", "strong", "code", "h3", "ul", "li", "details", "summary"}
HOSTILE = [
    pytest.param("@acme/core and @ann", id="mentions"),
    pytest.param("#1 and acme/widgets#2 and GH-3", id="references"),
    pytest.param("<img src=x onerror=alert(1)></details><h1>Passed</h1>", id="HTML"),
    pytest.param("<!-- hidden", id="the start of a comment"),
    pytest.param("[green](https://evil.example) ![](x)", id="links and pictures"),
    pytest.param("https://evil.example/?a=b www.evil.example", id="bare addresses"),
    pytest.param("`` ` ``` ` code", id="backticks of every length"),
    pytest.param("a ` b", id="one backtick"),
    pytest.param("```\n# Passed\n```", id="a fence"),
    pytest.param("~~~\nx\n~~~", id="another fence"),
    pytest.param("\n\n# Passed\n\n---\n- x", id="lines of its own"),
    pytest.param("a | b || \\| c", id="cells of a table"),
    pytest.param("\x1b[31mred\x1b[0m\x07\x00", id="escape sequences"),
    pytest.param("\u202eevil\u2066\u200b", id="text turned round"),
    pytest.param("\udcff\udfff", id="bytes that were no UTF-8"),
    pytest.param("*a* _b_ ~~c~~ **d** $e$ \\", id="emphasis"),
    pytest.param(" ", id="nothing to see"),
    pytest.param("&lt;b&gt; &#60;b&#62;", id="entities"),
]


def everywhere(text: str) -> Verdict:
    """Return a verdict in which a stranger wrote every word."""
    return Verdict(
        GateName.COMPLIANCE,
        Outcome.FAIL,
        text,
        text,
        findings=(
            Finding(text, Tier.BLOCK, text, text, 1, text),
            Finding("r", Tier.WARN, f"The file `{text}` is.", None),
        ),
        blockers=(Blocker(text, text, text, text),),
        seen=(Seen(text, text),),
        counted=(text,),
    )


def assert_inert(source: str, *, more: frozenset[str] = frozenset()) -> None:
    page = _Page.of(source)
    assert page.tags <= OURS | more
    assert not re.search(r"[@#]\w", page.prose)
    assert "://" not in page.prose
    assert [char for char in source if not char.isprintable() and char != "\n"] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_strangers_write_it_does_nothing_but_stand_there(text):
    verdict = everywhere(text)
    rollup = Judgement(subject(), "p", text, "f", "e", NOW, (verdict, verdict), verdict)
    assert_inert(gate_page(verdict, {}).summary)
    table = frozenset({"table", "thead", "tbody", "tr", "th", "td"})
    page = rollup_page(rollup, verdict, {})
    assert_inert(page.summary, more=table)
    assert len(_Page.of(page.summary).cells) == 6


@given(st.text(st.sampled_from("`@#<>&[](){}!|\\*_~-:/. \nabG1\u202e\udcff"), max_size=40))
def test_no_text_at_all_can_act(text):
    verdict = everywhere(text)
    assert_inert(gate_page(verdict, {}).summary)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_block_for_programs_is_one_block_of_the_same_json(text):
    document = {"title": text, text: ["````", {"x": f"```{text}```"}]}
    source = gate_page(PASSED, document).text
    tokens = MarkdownIt("commonmark").parse(source)
    fences = [token for token in tokens if token.type == "fence"]
    assert [token.type for token in tokens] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
        "fence",
    ]
    assert json.loads(fences[0].content) == document
    assert "```" not in fences[0].content
    assert source.isascii()


def test_what_a_sentence_quotes_stays_code_and_the_rest_is_escaped():
    assert prose("Use `a*b` and *c* of ``x`y``.") == "Use `a*b` and \\*c\\* of ``x`y``\\."
    assert prose("") == ""
    assert prose("`a` `b`") == "`a` `b`"
