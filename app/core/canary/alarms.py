"""Rollback triggers without statistics: health, compliance, security alerts."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from app.core.canary.case import Case, nothing
from app.core.canary.flaws import Flaw, flaw_of_count, flaw_of_number, is_count, weighed
from app.core.canary.limits import CheckName
from app.core.canary.samples import Poll, SecurityAlert, Severity
from app.core.canary.triggers import fired, quiet, watched
from app.core.canary.verdict import Check, Code


def health(case: Case) -> Check:
    """Fire when more than 2 instances are unhealthy in two consecutive polls."""
    name, most = CheckName.HEALTH, case.limits.triggers.unhealthy
    limit = f"> {most} instances in two consecutive polls"
    start, end = case.samples.traffic_start, case.samples.observed_at
    polls = [each for each in case.samples.polls if start <= each.at <= end]
    polls.sort(key=lambda each: each.at)
    flaws = tuple(dict.fromkeys(flaw for flaw in map(_flaw_of_poll, polls) if flaw))
    sound = [each for each in polls if _flaw_of_poll(each) is None]
    if len(sound) < 2:  # noqa: PLR2004 - two polls are the rule
        return case.seen(weighed(nothing(name, limit, "instances", "health, twice"), flaws))
    newest = sound[-1]
    says = f"{newest.unhealthy} of {newest.instances} instances unhealthy"
    is_fired = any(
        one.unhealthy > most and other.unhealthy > most for one, other in pairwise(sound)
    )
    check = (fired if is_fired else quiet)(name, says, limit, "instances")
    check = replace(check, value=float(newest.unhealthy), n=len(sound))
    late = _flaw_of_age(case, newest)
    return case.seen(weighed(check, (*flaws, *late)))


def _flaw_of_poll(poll: Poll) -> Flaw | None:
    for value in (poll.unhealthy, poll.instances):
        if not is_count(value):
            return flaw_of_count(value, "a number of instances")
    if poll.instances == 0:
        return Flaw(Code.NO_DATA, "a poll asked 0 instances", "Poll the expected instances.")
    if poll.unhealthy > poll.instances:
        says = "more instances are unhealthy than there are"
        return Flaw(Code.IMPOSSIBLE, says, "Correct the source of the polls.")
    return None


def _flaw_of_age(case: Case, newest: Poll) -> tuple[Flaw, ...]:
    if case.samples.observed_at - newest.at <= case.limits.oldest:
        return ()
    return (Flaw(Code.STALE, "the newest poll is too old", "Poll again."),)


def compliance_drop(case: Case) -> Check:
    """Fire when the score fell by 2.0 points or more since the deployment."""
    name, most = CheckName.COMPLIANCE_DROP, case.limits.triggers.compliance_drop
    limit, scores = f">= {most} points", case.samples.compliance
    if scores is None:
        return case.seen(nothing(name, limit, "points", "the compliance score"))
    flaw = flaw_of_number(scores.now, "the score") or flaw_of_number(scores.at_deploy, "the score")
    if flaw is not None:
        return case.seen(weighed(nothing(name, limit, "points", "the score"), (flaw,)))
    drop = scores.at_deploy - scores.now
    says = f"{drop} points lower than at the deployment" if drop > 0 else "The score did not fall"
    check = (fired if drop >= most else quiet)(name, says, limit, "points")
    return case.seen(replace(check, value=float(drop)))


def security_alert(case: Case) -> Check:
    """Fire on a SEV1 security alert that began within 30 minutes from the start of traffic."""
    name, window = CheckName.SECURITY_ALERT, case.limits.triggers.alert_window
    limit = f"> 0 SEV1 within {window / timedelta(minutes=1):g} min"
    alerts = case.samples.alerts
    if alerts is None:
        return case.seen(nothing(name, limit, "alerts", "security alerts"))
    counted = [each for each in alerts if _is_counted(case, each, window)]
    others = len(alerts) - len(counted)
    says = f"{len(counted)} SEV1 alerts, {others} others not counted"
    check = (fired if counted else quiet)(name, says, limit, "alerts")
    check = replace(
        check, value=float(len(counted)), notes=tuple(sorted({each.name for each in counted}))
    )
    return case.seen(watched(case, check, window))


def _is_counted(case: Case, alert: SecurityAlert, window: timedelta) -> bool:
    after = alert.starts_at - case.samples.traffic_start
    return alert.severity is Severity.SEV1 and timedelta(0) <= after <= window
