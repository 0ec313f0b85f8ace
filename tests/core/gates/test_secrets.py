from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import Changes, ChangeStatus, FileKind, Part, SecretFinding, SecretScan, Unread
from app.core.gates.secrets import MEANING, Code, judge, needs
from app.core.verdict import Blocker, Finding, GateName, Outcome, Seen, Tier, Verdict
from tests.builders import HEAD, NOW, OLD, changed, commit, facts, policy

MARK = "0123456789abcdef"
AUTHOR = "the author, with whoever can rotate the credential"
ROTATE = (
    "Rotate it first, then take it out and read it from a secret store; removing the line is not "
    "enough."
)
LEAKED = (
    "It was removed again, but it is leaked: rotate it; the commit stays reachable through the "
    "pull request after any merge or force-push."
)
UNSURE = "If it is real, rotate it and take it out; if not, replace it by a plain placeholder."


def secret(tier="block", path="a.py", line=3, **changes):
    plain = SecretFinding("gw.github.pat", tier, path, line, HEAD, MARK)
    return replace(plain, **changes)


def scan(*findings, **changes):
    return SecretScan(**{"engine": "e", "commits": 1, "blobs": 1, "findings": findings} | changes)


def said(*findings, rules=None, **changes):
    result = changes.pop("scan", None) or scan(*findings)
    return judge(facts(secrets=result, **changes), policy(secrets=rules or {}), NOW)


CONFIRM = secret("confirm", fingerprint="c" * 16)
GONE = secret(in_head=False)


@pytest.mark.parametrize(
    ("verdict", "outcome", "code", "title"),
    [
        pytest.param(
            said(),
            Outcome.PASS,
            Code.NONE_FOUND,
            "No secrets in 1 commit and 1 file version",
            id="clean",
        ),
        pytest.param(said(secret()), Outcome.FAIL, Code.FOUND, "1 secret found", id="a secret"),
        pytest.param(
            said(secret("surprise")),
            Outcome.FAIL,
            Code.FOUND,
            "1 secret found",
            id="a weight we do not know",
        ),
        pytest.param(
            said(secret("info")),
            Outcome.PASS,
            Code.NOTED,
            "Nothing that stops the merge in 1 commit and 1 file version",
            id="only a note",
        ),
        pytest.param(
            said(CONFIRM),
            Outcome.FAIL,
            Code.TO_CONFIRM,
            "1 possible secret to look at",
            id="unsure",
        ),
        pytest.param(
            said(CONFIRM, rules={"confirm": "warn"}),
            Outcome.PASS,
            Code.NOTED,
            "Nothing that stops the merge in 1 commit and 1 file version",
            id="unsure, and the policy only warns",
        ),
        pytest.param(
            said(secret(), rules={"confirm": "warn", "intermediate": "warn"}),
            Outcome.FAIL,
            Code.FOUND,
            "1 secret found",
            id="no policy loosens a secret in the head",
        ),
        pytest.param(
            said(GONE),
            Outcome.FAIL,
            Code.LEAKED,
            "1 leaked secret in earlier commits",
            id="D10 removed again",
        ),
        pytest.param(
            said(GONE, rules={"intermediate": "warn"}),
            Outcome.PASS,
            Code.NOTED,
            "Nothing that stops the merge in 1 commit and 1 file version",
            id="D10 removed again, and the policy only warns",
        ),
        pytest.param(
            said(GONE, secret(path="b"), rules={"intermediate": "warn"}),
            Outcome.FAIL,
            Code.FOUND,
            "1 secret found",
            id="removed in one place only",
        ),
        pytest.param(
            said(CONFIRM, GONE, secret(fingerprint="f" * 16)),
            Outcome.FAIL,
            Code.FOUND,
            "1 secret found",
            id="the worst decides",
        ),
        pytest.param(
            said(scan=scan(unread=(Unread("a.zip", HEAD, "too large"),))),
            Outcome.FAIL,
            Code.NOT_INSPECTED,
            "1 file could not be looked into",
            id="C08 content that could not be read",
        ),
        pytest.param(
            said(
                scan=scan(unread=(Unread("img/a.zip", HEAD, "too large"),)),
                rules={"allow_unread": ["img/**"]},
            ),
            Outcome.PASS,
            Code.NONE_FOUND,
            "No secrets in 1 commit and 1 file version",
            id="where the policy accepts that",
        ),
        pytest.param(
            said(scan=scan(commits=0)),
            Outcome.ERROR,
            Code.SCAN_INCOMPLETE,
            "Cannot tell: the scan is incomplete",
            id="G18 no commit scanned",
        ),
        pytest.param(
            said(scan=scan(blobs=0)),
            Outcome.ERROR,
            Code.SCAN_INCOMPLETE,
            "Cannot tell: the scan is incomplete",
            id="G18 no content scanned",
        ),
        pytest.param(
            said(commits=(commit("a"), commit("b"))),
            Outcome.ERROR,
            Code.SCAN_INCOMPLETE,
            "Cannot tell: the scan is incomplete",
            id="D11 one of two commits scanned",
        ),
        pytest.param(
            said(scan=scan(secret(), commits=0)),
            Outcome.FAIL,
            Code.FOUND,
            "1 secret found",
            id="a secret decides over an incomplete scan",
        ),
        pytest.param(
            said(scan=scan(blobs=0), files=(changed("a", ChangeStatus.DELETED),)),
            Outcome.PASS,
            Code.NOTHING_NEW,
            "Not required: the change brings no content",
            id="only a file that goes",
        ),
        pytest.param(
            said(scan=scan(blobs=0), files=(changed("a", kind=FileKind.SUBMODULE),)),
            Outcome.PASS,
            Code.NOTHING_NEW,
            "Not required: the change brings no content",
            id="only a submodule",
        ),
        pytest.param(
            said(scan=scan(blobs=0), changes=Changes(source="none")),
            Outcome.ERROR,
            Code.SCAN_INCOMPLETE,
            "Cannot tell: the scan is incomplete",
            id="nothing scanned of nobody knows what",
        ),
        pytest.param(
            said(changes=Changes(source="none")),
            Outcome.PASS,
            Code.NONE_FOUND,
            "No secrets in 1 commit and 1 file version",
            id="the scan saw content, whatever else is not known",
        ),
        pytest.param(
            said(scan=scan(commits=0, blobs=0), commits=(), files=()),
            Outcome.PASS,
            Code.NOTHING_NEW,
            "Not required: the change brings no content",
            id="nothing to scan",
        ),
        pytest.param(
            said(scan=scan(commits=0), commits=()),
            Outcome.ERROR,
            Code.SCAN_INCOMPLETE,
            "Cannot tell: the scan is incomplete",
            id="no commit scanned, none known, but files",
        ),
    ],
)
def test_outcomes(verdict, outcome, code, title):
    assert (verdict.outcome, verdict.code, verdict.title) == (outcome, code, title)
    assert verdict.is_required is (code is not Code.NOTHING_NEW)
    assert bool(verdict.blockers) is (outcome is not Outcome.PASS)


def test_D16_without_a_scan_the_gate_cannot_tell():
    assert judge(facts(secrets=None), policy(), NOW) == Verdict(
        gate=GateName.SECRETS,
        outcome=Outcome.ERROR,
        code=Code.NOT_SCANNED,
        title="Cannot tell: the change has not been scanned",
        blockers=(
            Blocker(
                code=Code.NOT_SCANNED,
                subject="no scan",
                who_can_unblock="nobody needs to act at first; Gatewright scans again",
                next_action="If this stays, look at the scanner's log.",
            ),
        ),
    )


def test_a_verdict_in_full():
    found = secret(
        path="b`c.py",
        controls=("soc2:CC6.1",),
        pragma="pragma: allowlist secret",
        message="Revoke.",
    )
    other = replace(found, rule="ds.github", path="z.py", line=None, controls=("ssdf:PS.1.1",))
    where = "``b`c.py`` line 3 in 6865616"
    headline = f"`gw.github.pat` at {where}, fingerprint `01234567`"

    assert said(other, found, scan=scan(other, found, blobs=4)) == Verdict(
        gate=GateName.SECRETS,
        outcome=Outcome.FAIL,
        code=Code.FOUND,
        title="1 secret found",
        findings=(
            Finding(
                rule="gw.github.pat",
                tier=Tier.BLOCK,
                message=f"{headline}. The same value: `z.py` in 6865616. The comment that allows "
                f"it has no effect on this kind of finding. {ROTATE} Revoke.",
                path="b`c.py",
                line=3,
                commit=HEAD,
                controls=("soc2:CC6.1", "ssdf:PS.1.1"),
            ),
        ),
        blockers=(Blocker(Code.FOUND, headline, AUTHOR, ROTATE),),
        seen=tuple(
            Seen(
                f"`pragma: allowlist secret` at {place}",
                "a comment in the change is a request; only the base branch can allow a finding",
            )
            for place in (where, "`z.py` in 6865616")
        ),
        counted=("1 commit", "4 file versions"),
        examined=4,
    )


@pytest.mark.parametrize(
    ("found", "rules", "tier", "step"),
    [
        pytest.param(secret(), {}, Tier.BLOCK, ROTATE, id="a secret"),
        pytest.param(GONE, {}, Tier.BLOCK, LEAKED, id="removed again"),
        pytest.param(GONE, {"intermediate": "warn"}, Tier.WARN, LEAKED, id="removed, warned of"),
        pytest.param(CONFIRM, {}, Tier.CONFIRM, UNSURE, id="unsure"),
        pytest.param(CONFIRM, {"confirm": "warn"}, Tier.WARN, UNSURE, id="unsure, warned of"),
        pytest.param(
            replace(CONFIRM, pragma="noqa"),
            {},
            Tier.CONFIRM,
            f"The author asks by a comment to accept it. {UNSURE}",
            id="D05 unsure, and the author asks",
        ),
        pytest.param(
            secret("info"),
            {},
            Tier.INFO,
            "Nothing needs to be done if this is no credential.",
            id="a note",
        ),
        pytest.param(
            secret("info", in_head=False),
            {"intermediate": "warn"},
            Tier.INFO,
            "Nothing needs to be done if this is no credential.",
            id="a note that is gone is no warning",
        ),
        pytest.param(secret("warn"), {}, Tier.WARN, UNSURE, id="a warning of the scanner's own"),
    ],
)
def test_weight_and_next_step(found, rules, tier, step):
    finding = said(found, rules=rules).findings[0]

    assert finding.tier is tier
    assert finding.message.endswith(f"`. {step}")


def test_many_places_of_one_value_are_one_finding():
    places = [secret(line=number) for number in range(12, 0, -1)]
    verdict = said(*places)

    assert verdict.title == "1 secret found"
    assert verdict.findings[0].line == 1
    assert "`a.py` line 6 in 6865616 and 6 more." in verdict.findings[0].message


def test_up_to_five_other_places_are_named():
    verdict = said(*(secret(line=line) for line in (None, 1, 2, 3, 4, 5)))

    assert verdict.findings[0].line is None
    assert "line 5 in 6865616. " in verdict.findings[0].message


def test_the_blocker_of_one_unread_file_names_it():
    verdict = said(scan=scan(unread=(Unread("a", HEAD, "x"),)))

    assert verdict.blockers[0].subject == "`a`"


def test_findings_without_fingerprint_are_never_joined():
    verdict = said(secret(fingerprint=""), secret(fingerprint="", line=4))

    assert verdict.title == "2 secrets found"
    assert all("fingerprint none" in finding.message for finding in verdict.findings)


def test_the_place_in_the_head_comes_before_the_one_that_is_gone():
    verdict = said(GONE, secret(path="z.py", commit=OLD))

    assert (verdict.findings[0].path, verdict.findings[0].commit) == ("z.py", OLD)


def test_unread_content_is_listed_and_accepted_content_is_shown():
    unread = (Unread("b", HEAD, "too_large\n"), Unread("a", HEAD, "x"), Unread("ok", HEAD, "y"))
    verdict = said(scan=scan(unread=unread), rules={"allow_unread": ["ok"]})

    assert [(each.rule, each.tier, each.path) for each in verdict.findings] == [
        (Code.NOT_INSPECTED, Tier.BLOCK, "a"),
        (Code.NOT_INSPECTED, Tier.BLOCK, "b"),
    ]
    assert verdict.findings[1].message == (
        "`b` in 6865616 could not be looked into: too large<U+000A>. Commit it in a form that can "
        "be read, or add its path to `allow_unread` on the base branch."
    )
    assert verdict.blockers[0].subject == "`a` and 1 more"
    assert verdict.seen == (Seen("`ok`", "not looked into; `allow_unread` accepts that"),)


@pytest.mark.parametrize(
    ("scan", "subject"),
    [
        pytest.param(scan(commits=0), "0 of 1 commit scanned", id="fewer commits"),
        pytest.param(scan(blobs=0), "no content scanned, but 1 file brought some", id="no content"),
    ],
)
def test_a_shortage_says_what_is_missing(scan, subject):
    assert said(scan=scan).blockers[0].subject == subject


def test_needs():
    assert needs(policy()) == {Part.SECRETS, Part.CHANGES, Part.COMMITS}


def test_every_code_has_a_meaning():
    assert set(MEANING) == set(Code)


FINDINGS = st.builds(
    SecretFinding,
    rule=st.sampled_from(["r", "s"]),
    tier=st.sampled_from(["block", "confirm", "warn", "info", "odd"]),
    path=st.sampled_from(["a", "b"]),
    line=st.none() | st.integers(1, 3),
    commit=st.sampled_from([HEAD, OLD]),
    fingerprint=st.sampled_from(["", "1" * 16, "2" * 16]),
    in_head=st.booleans(),
    pragma=st.none() | st.just("noqa"),
)
RULES = st.fixed_dictionaries(
    {
        "confirm": st.sampled_from(["block", "warn"]),
        "intermediate": st.sampled_from(["block", "warn"]),
    }
)


@given(st.lists(FINDINGS), RULES, st.randoms(use_true_random=False))
def test_the_order_of_the_findings_never_matters(findings, rules, random):
    shuffled = random.sample(findings, len(findings))

    assert said(*findings, rules=rules) == said(*shuffled, rules=rules)


@given(st.lists(FINDINGS), FINDINGS, RULES)
def test_one_more_finding_never_helps(findings, another, rules):
    passed_before = said(*findings, rules=rules).outcome is Outcome.PASS

    assert passed_before or said(*findings, another, rules=rules).outcome is not Outcome.PASS


@given(st.lists(FINDINGS, min_size=1), RULES)
def test_D09_no_more_than_eight_characters_of_a_fingerprint_get_out(findings, rules):
    assert not {"1" * 9, "2" * 9} & {
        text[at : at + 9]
        for text in [repr(said(*findings, rules=rules))]
        for at in range(len(text))
    }
