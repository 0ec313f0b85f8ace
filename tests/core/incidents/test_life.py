"""How bad an incident is, how far it has come, and what it closes."""

from datetime import UTC, datetime

import pytest

from app.core.alerts.alert import Alert
from app.core.canary.samples import Severity
from app.core.commands.scales import Tier
from app.core.incidents.life import Phase, Times, closes, of_rollback, opens, phase, worst

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(Times(), Phase.OPEN, id="nothing happened yet"),
        pytest.param(Times(acknowledged=AT), Phase.ACKNOWLEDGED, id="somebody came"),
        pytest.param(Times(mitigated=AT), Phase.MITIGATED, id="traffic is back, nobody came"),
        pytest.param(Times(AT, AT), Phase.MITIGATED, id="traffic is back, somebody came"),
        pytest.param(Times(resolved=AT), Phase.REVIEWED, id="the review ends it"),
        pytest.param(Times(AT, AT, AT), Phase.REVIEWED, id="everything was done"),
    ],
)
def test_how_far_an_incident_has_come(times, expected):
    assert phase(times) is expected


def alert(severity: Severity, *, is_over: bool = False) -> Alert:
    return Alert("datadog", "k", severity, "slow", AT, is_over=is_over)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(alert(Severity.SEV1), True, id="SEV1"),
        pytest.param(alert(Severity.SEV2), True, id="SEV2"),
        pytest.param(alert(Severity.SEV3), False, id="SEV3 is none by itself"),
        pytest.param(alert(Severity.SEV4), False, id="SEV4 is none by itself"),
        pytest.param(alert(Severity.SEV1, is_over=True), False, id="T96 it is over"),
    ],
)
def test_which_alerts_are_incidents(given, expected):
    assert opens(given) is expected


@pytest.mark.parametrize(
    ("tier", "failed", "expected"),
    [
        (Tier.PRODUCTION, False, Severity.SEV2),
        (Tier.PRODUCTION, True, Severity.SEV1),
        (Tier.STAGING, False, Severity.SEV3),
        (Tier.STAGING, True, Severity.SEV2),
        (Tier.DEVELOPMENT, False, Severity.SEV4),
        (Tier.DEVELOPMENT, True, Severity.SEV3),
    ],
)
def test_how_bad_a_rollback_is(tier, failed, expected):
    assert of_rollback(tier, failed=failed) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([Severity.SEV3], Severity.SEV3, id="one"),
        pytest.param([Severity.SEV3, Severity.SEV1], Severity.SEV1, id="a worse one"),
        pytest.param([Severity.SEV2, Severity.SEV4], Severity.SEV2, id="a milder one"),
    ],
)
def test_an_incident_never_gets_milder(given, expected):
    assert worst(*given) is expected


@pytest.mark.parametrize(
    ("severity", "tier", "closing", "expected"),
    [
        pytest.param(Severity.SEV1, "production", ("SEV1",), True, id="the worst in production"),
        pytest.param(Severity.SEV2, "production", ("SEV1",), False, id="a milder one"),
        pytest.param(Severity.SEV2, "production", ("SEV1", "SEV2"), True, id="as the policy says"),
        pytest.param(Severity.SEV1, "staging", ("SEV1",), False, id="a fix must arrive somewhere"),
        pytest.param(Severity.SEV1, "production", (), False, id="the policy closes nothing"),
    ],
)
def test_T99_what_an_incident_closes(severity, tier, closing, expected):
    assert closes(severity, tier, closing) is expected
