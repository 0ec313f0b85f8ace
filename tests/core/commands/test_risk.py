"""Who may give which command in which situation, and who must agree: the table, row by row."""

import pytest

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.definition import Approvals
from app.core.commands.levels import Standing
from app.core.commands.risk import Situation, form_of, refused_for
from app.core.commands.scales import RISK_MEANING, Level, Risk, Tier
from app.core.commands.verbs import FLAGS, VERBS
from tests.core.commands.cases import SHA

NONE, L1, L2, L3, L4, L5 = Level
SAFE, RESTRICTED, ELEVATED, DANGEROUS, CRITICAL = Risk
DEV, STAGING, PRODUCTION = (Situation(tier=tier) for tier in Tier)
LAST_GOOD = Situation(Tier.STAGING, to_last_known_good=True)
LAST_GOOD_PRODUCTION = Situation(to_last_known_good=True)
ORDINARY = Situation(is_security_gate=False)

ONE_MORE = Approvals(1, L4)
TWO = Approvals(2, L3, leading=1, lead=L4)
TWO_ONE_HIGHEST = Approvals(2, L4, leading=1, lead=L5)
TWO_OF_SECURITY = Approvals(2, L4, leading=1, lead=L5, on_security_list=True)


@pytest.mark.parametrize(
    ("command", "situation", "level", "risk", "approvals"),
    [
        pytest.param(Command("hold"), PRODUCTION, L2, RESTRICTED, None, id="hold"),
        pytest.param(Command("unhold"), PRODUCTION, L3, RESTRICTED, None, id="unhold"),
        pytest.param(Command("recheck"), PRODUCTION, L2, RESTRICTED, None, id="recheck"),
        pytest.param(Command("cancel"), PRODUCTION, L3, RESTRICTED, None, id="cancel"),
        pytest.param(Command("ack"), PRODUCTION, L2, RESTRICTED, None, id="ack"),
        pytest.param(Command("deploy"), DEV, L2, RESTRICTED, None, id="deploy to development"),
        pytest.param(
            Command("deploy", sha=SHA), DEV, L3, RESTRICTED, None, id="a commit to development"
        ),
        pytest.param(Command("deploy"), STAGING, L3, ELEVATED, None, id="deploy to staging"),
        pytest.param(Command("deploy"), PRODUCTION, L4, DANGEROUS, TWO, id="deploy to production"),
        pytest.param(Command("lock"), PRODUCTION, L3, ELEVATED, None, id="lock"),
        pytest.param(Command("unlock"), PRODUCTION, L3, ELEVATED, None, id="unlock"),
        pytest.param(
            Command("unlock", force=True), PRODUCTION, L4, DANGEROUS, ONE_MORE, id="unlock by force"
        ),
        pytest.param(Command("pause"), PRODUCTION, L3, ELEVATED, None, id="pause"),
        pytest.param(Command("resume"), PRODUCTION, L3, ELEVATED, None, id="resume"),
        pytest.param(Command("abort"), PRODUCTION, L3, ELEVATED, None, id="abort"),
        pytest.param(Command("promote"), PRODUCTION, L4, DANGEROUS, ONE_MORE, id="promote"),
        pytest.param(
            Command("promote"),
            Situation(full_rollout_approved=True),
            L4,
            DANGEROUS,
            None,
            id="promote what was approved for everybody",
        ),
        pytest.param(
            Command("rollback"), LAST_GOOD, L3, ELEVATED, None, id="back to last known good"
        ),
        pytest.param(
            Command("rollback"), LAST_GOOD_PRODUCTION, L4, ELEVATED, None, id="in production"
        ),
        pytest.param(
            Command("rollback", target=SHA),
            STAGING,
            L3,
            DANGEROUS,
            ONE_MORE,
            id="to another target",
        ),
        pytest.param(
            Command("rollback", target=SHA),
            PRODUCTION,
            L4,
            DANGEROUS,
            ONE_MORE,
            id="to another target in production",
        ),
        pytest.param(
            Command("rollback", accept_data_risk=True),
            LAST_GOOD,
            L5,
            CRITICAL,
            TWO_ONE_HIGHEST,
            id="with loss of data, even to last known good",
        ),
        pytest.param(
            Command("override", gate="ci"), ORDINARY, L4, DANGEROUS, ONE_MORE, id="override"
        ),
        pytest.param(
            Command("override", gate="cvss"),
            PRODUCTION,
            L5,
            CRITICAL,
            TWO_OF_SECURITY,
            id="override a security gate",
        ),
        pytest.param(Command("revoke"), PRODUCTION, L4, RESTRICTED, None, id="revoke"),
        pytest.param(Command("reject"), PRODUCTION, L2, RESTRICTED, None, id="reject"),
        pytest.param(Command("freeze"), PRODUCTION, L4, ELEVATED, None, id="freeze"),
        pytest.param(Command("unfreeze"), PRODUCTION, L4, DANGEROUS, ONE_MORE, id="unfreeze"),
        pytest.param(
            Command("unfreeze", everywhere=True),
            PRODUCTION,
            L5,
            DANGEROUS,
            ONE_MORE,
            id="lift a global freeze",
        ),
        pytest.param(Command("review"), PRODUCTION, L3, ELEVATED, ONE_MORE, id="review"),
    ],
)
def test_the_table_of_commands(command, situation, level, risk, approvals):
    form = form_of(command, situation)
    assert (form.level, form.risk, form.approvals) == (level, risk, approvals)


@pytest.mark.parametrize(
    "verb",
    ["help", "whoami", "status", "gates", "why", "queue", "history", "diff", "simulate"],
)
def test_reading_is_safe_for_every_reader(verb):
    form = form_of(Command(verb), Situation())
    assert (form.level, form.risk, form.approvals) == (L1, SAFE, None)
    assert not VERBS[verb].changes_state


def test_only_reading_changes_nothing():
    pairs = {(form.risk is SAFE, v.changes_state) for v in VERBS.values() for form in v.forms}
    assert pairs == {(True, False), (False, True)}


def test_a_rollback_to_last_known_good_is_reviewed_afterwards():
    assert form_of(Command("rollback"), LAST_GOOD_PRODUCTION).reviewed_after
    assert not form_of(Command("rollback"), PRODUCTION).reviewed_after


def test_F21_an_approval_is_as_risky_as_its_request():
    assert form_of(Command("approve"), Situation(request_risk=DANGEROUS)).risk is DANGEROUS
    assert form_of(Command("approve"), Situation()).risk is CRITICAL


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_not_known_is_the_worst_case(verb):
    unknown = form_of(Command(verb), Situation())
    for known in (DEV, STAGING, LAST_GOOD, ORDINARY, Situation(full_rollout_approved=True)):
        better = form_of(Command(verb), known)
        assert unknown.risk.reaches(better.risk)
        assert unknown.level >= better.level


@pytest.mark.parametrize(
    ("command", "owner", "level", "code"),
    [
        pytest.param(Command("unhold"), True, L2, None, id="whoever holds may let go"),
        pytest.param(Command("unhold"), False, L2, "permission_denied", id="others of L2 may not"),
        pytest.param(Command("unhold"), False, L3, None, id="L3 may end anybody's hold"),
        pytest.param(Command("cancel"), True, L2, None, id="the requester cancels"),
        pytest.param(Command("revoke"), True, L2, None, id="an approver takes it back"),
        pytest.param(Command("revoke"), False, L3, "permission_denied", id="others need L4"),
        pytest.param(Command("unlock"), True, L3, None, id="the owner unlocks"),
        pytest.param(
            Command("unlock"), True, L2, "permission_denied", id="an owner who lost access"
        ),
        pytest.param(Command("unlock"), False, L5, "permission_denied", id="nobody else, even L5"),
        pytest.param(Command("unlock", force=True), False, L4, None, id="but by force"),
        pytest.param(Command("deploy"), True, L3, "permission_denied", id="owning is no level"),
    ],
)
def test_F29_levels_and_owners(command, owner, level, code):
    situation = Situation(is_owner=owner)
    assert refused_for(command, situation, Standing(level, "")) == code


def test_T20_a_level_that_is_not_known_is_refused_as_such():
    unknown = Standing(NONE, "", Code.PERMISSION_UNKNOWN)
    assert refused_for(Command("help"), Situation(), unknown) is Code.PERMISSION_UNKNOWN


def test_no_command_that_waits_for_approval_is_less_than_elevated():
    forms = [form for verb in VERBS.values() for form in verb.forms if form.approvals]
    assert all(form.risk.reaches(ELEVATED) for form in forms)
    assert all(form.approvals.leading <= form.approvals.count for form in forms)
    assert all(form.approvals.each <= form.approvals.lead for form in forms)


def test_nothing_elevated_goes_without_an_environment_or_an_id():
    risky = {v.name for v in VERBS.values() for f in v.forms if f.risk.reaches(ELEVATED)}
    named = {v.name for v in VERBS.values() if v.needs_environment}
    assert risky - named == {"approve", "review"}


def test_T16_few_commands_work_on_a_closed_pull_request():
    closed = {verb.name for verb in VERBS.values() if verb.on_closed}
    does = {"status", "rollback", "unlock", "ack", "review"}
    assert closed == does | {"approve", "reject", "cancel", "revoke"}


def test_every_flag_belongs_to_a_command_and_required_ones_to_its_flags():
    used = {name for verb in VERBS.values() for name in verb.flags}
    assert used == set(FLAGS)
    assert all(set(verb.required) <= set(verb.flags) for verb in VERBS.values())


def test_risk_classes_are_ordered_and_explained():
    assert [each.reaches(DANGEROUS) for each in Risk] == [False, False, False, True, True]
    assert list(RISK_MEANING) == list(Risk)
