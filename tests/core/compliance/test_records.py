import pytest

from app.core.compliance.change import Change
from app.core.compliance.records import check_record
from app.core.facts import ChangeStatus, Document
from tests.builders import BASE, HEAD, changed

PATH = "docs/adr/0042-net.md"
GOOD = """\
# 42. Use one network

## Status

Accepted

## Context
We have two.

## Decision

One.

### Why

It is enough.

## Consequences

Less to do.

## Compliance sign-offs
"""
MADR = """\
---
status: "accepted"
date: 2026-11-20
---
# Use one network

## Context and Problem Statement

We have two.

## Decision Drivers

## Decision Outcome

One.

### Consequences

* Good, because less to do.
"""


def problems(text, *others, files=(), path=PATH):
    documents = (Document(path, HEAD, text), *others)
    return check_record(path, Change(files=files, documents=documents, head_sha=HEAD))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD, id="Nygard's form"),
        pytest.param(MADR, id="MADR's form"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(GOOD.replace("Accepted", "**Superseded** by 43"), id="a status with more"),
        pytest.param(
            GOOD.replace("## Status\n\nAccepted\n", "* Status: proposed\n"), id="a status line"
        ),
        pytest.param(GOOD.replace("## Context", "## Context:"), id="a colon after a heading"),
        pytest.param(GOOD.replace("## Decision", "## Decision ##"), id="a closed heading"),
        pytest.param(GOOD.replace("One.", "```\n# One\n```"), id="a heading in code"),
        pytest.param(GOOD.replace("One.", "~~~\n```\nOne\n~~~"), id="a fence in another one"),
    ],
)
def test_a_complete_record(text):
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "",
            (
                "it has no title (a heading of the first level)",
                "the section Status is missing or blank",
                "the section Context is missing or blank",
                "the section Decision is missing or blank",
                "the section Consequences is missing or blank",
            ),
            id="nothing",
        ),
        pytest.param(
            GOOD.replace("# 42. Use one network", ""),
            ("it has no title (a heading of the first level)",),
            id="no title",
        ),
        pytest.param(
            GOOD.replace("# 42. Use one network", "# TBD"),
            ("it has no title (a heading of the first level)",),
            id="a placeholder as title",
        ),
        pytest.param(
            GOOD.replace("# 42. Use one network", "# Status"),
            ("it has no title (a heading of the first level)",),
            id="a section is no title",
        ),
        pytest.param(
            GOOD.replace("Accepted", "Done @ann"),
            ("the status is `Done @ann`, not one of Proposed, Accepted, Deprecated, Superseded",),
            id="another status",
        ),
        pytest.param(
            GOOD.replace("Less to do.", " \n\t"),
            ("the section Consequences is missing or blank",),
            id="only blanks",
        ),
        pytest.param(
            GOOD.replace("Less to do.", "TBD"),
            ("the section Consequences is missing or blank",),
            id="a placeholder",
        ),
        pytest.param(
            GOOD.replace("We have two.", "<!-- describe\nthe context -->"),
            ("the section Context is missing or blank",),
            id="only the template's comment",
        ),
        pytest.param(
            GOOD.replace("We have two.", "---"),
            ("the section Context is missing or blank",),
            id="only signs",
        ),
        pytest.param(
            GOOD.replace("## Consequences", "```\n## Consequences"),
            ("the section Consequences is missing or blank",),
            id="a heading in code is none",
        ),
        pytest.param(
            GOOD.replace("## Decision\n\nOne.\n\n### Why\n", "## Decision\n\n## Why\n"),
            ("the section Decision is missing or blank",),
            id="the text belongs to another section",
        ),
        pytest.param(
            "# T\nStatus:\n## Context\na\n## Decision\na\n## Consequences\na\nStatus: Accepted\n",
            ("the section Status is missing or blank",),
            id="a status line that is blank",
        ),
        pytest.param(
            "# T\n## Context\nStatus: Accepted\n## Decision\na\n## Consequences\na\n",
            ("the section Status is missing or blank",),
            id="a status line inside another section",
        ),
    ],
)
def test_an_incomplete_record(text, said):
    assert problems(text) == said


def test_the_right_text_is_read_among_several():
    documents = (
        Document(PATH, BASE, ""),
        Document("docs/adr/1-x.md", HEAD, ""),
        Document(PATH, HEAD, GOOD),
    )

    assert check_record(PATH, Change(files=(), documents=documents, head_sha=HEAD)) == ()


def test_a_record_whose_text_is_not_known():
    elsewhere = Change(files=(), documents=(Document(PATH, BASE, GOOD),), head_sha=HEAD)

    assert check_record(PATH, elsewhere) is None


OTHER = "docs/adr/42-other.md"


@pytest.mark.parametrize(
    ("documents", "files", "taken"),
    [
        pytest.param([(OTHER, HEAD)], (), True, id="by a record of the head"),
        pytest.param([(OTHER, BASE)], (), True, id="by a record that came to the base meanwhile"),
        pytest.param([(PATH, BASE)], (), False, id="by itself"),
        pytest.param([("docs/adr/043-x.md", HEAD)], (), False, id="another number"),
        pytest.param([("docs/rfc/42-x.md", HEAD)], (), False, id="in another directory"),
        pytest.param([("docs/adr/README.md", HEAD)], (), False, id="not a number"),
        pytest.param(
            [(OTHER, BASE)], (changed(OTHER, ChangeStatus.DELETED),), False, id="one that goes"
        ),
        pytest.param(
            [(OTHER, BASE)],
            (changed(PATH, ChangeStatus.RENAMED, old_path=OTHER),),
            False,
            id="its own old name",
        ),
        pytest.param([(OTHER, BASE)], (changed(OTHER),), True, id="one that changes and stays"),
    ],
)
def test_whether_the_number_is_taken(documents, files, taken):
    others = [Document(path, commit, GOOD) for path, commit in documents]
    said = (f"its number is already that of `{OTHER}`",) if taken else ()

    assert problems(GOOD, *others, files=files) == said


def test_a_record_without_number_shares_none():
    assert problems(GOOD, Document("docs/adr/b.md", HEAD, ""), path="docs/adr/a.md") == ()


def test_hostile_text_takes_linear_time():
    assert len(problems("<!--" * 50_000 + "# " * 50_000 + "`" * 50_000)) == 5
