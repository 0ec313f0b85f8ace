"""What numbers took back is handed on with the checks that did not pass."""

from tests.service.chatops.acting import push, wake
from tests.service.chatops.conftest import set_policy
from tests.service.chatops.test_incidents import issues, said
from tests.service.chatops.test_watch import (  # noqa: F401 - fixtures
    EARLIER,
    WATCHED,
    address,
    bot,
    grow_older,
    measured,
)

HANDING = f"{WATCHED}  incidents: {{hand_off: true}}\n"


def test_the_checks_that_a_version_failed_are_handed_on(play, address, tmp_path):  # noqa: F811
    set_policy(play.box, EARLIER)
    play.say("bob", "/deploy dev")
    play.finish()
    set_policy(play.box, HANDING)
    push(play)
    play.say("bob", "/deploy dev")
    with measured(play, tmp_path / "m", address, 600, errors=0.1):
        play.finish()
        grow_older(play, minutes=4)
    play.finish()
    wake(play)
    (issue,) = issues(play)
    (told,) = [each for each in said(play, issue) if "gatewright:hand-off:" in each]
    checks = told.partition("#### Checks that did not pass\n\n```text\n")[2].partition("\n```")[0]
    assert "error_burst FAIL: " in checks
    assert " PASS: " not in checks
