"""The metrics of a window: each number is counted from the members that are named beside it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeVar

from app.core.dora import document as published
from app.core.dora.bands import (
    Measured,
    QuickCheck,
    fail_rate_level,
    frequency_level,
    lead_time_level,
    quick_check,
    recovery_level,
)
from app.core.dora.events import text_of
from app.core.dora.evidence import evidence
from app.core.dora.facts import Facts, facts
from app.core.dora.flaws import MEANING, documentation_of
from app.core.dora.frequency import Frequency, pace
from app.core.dora.log import Log
from app.core.dora.members import Members, restore_seconds, seconds
from app.core.dora.naming import by, kind_of, names, policy_of
from app.core.dora.quality import doubts
from app.core.dora.reading import Read
from app.core.dora.rollouts import Kind
from app.core.dora.rules import RULES_VERSION, DoraRules, Question
from app.core.dora.statistics import (
    median,
    median_interval95,
    p90,
    poisson95,
    rate,
    rounded,
    wilson95,
)

T = TypeVar("T")


def compute(log: Log, question: Question, rules: DoraRules) -> "Numbers":
    """Return the numbers of a window; the same log gives the same numbers in any order."""
    found = facts(log, question, rules)
    return Numbers(found)


class Numbers:
    """Every number of a window, each a size or a statistic of its members."""

    def __init__(self, found: Facts) -> None:
        self.facts = found
        self.members = Members(found)
        self.pace = pace([each.live for each in self.members.deployments], found.question)
        self.leads = [each.lead for each in self.members.by_people]
        self.pulls = [each.lead for each in self.members.pulls]
        self.recoveries = _known(seconds(each) for each in self.members.recovered)
        self.restores = _known(restore_seconds(each) for each in self.members.restored)

    def document(self, read: Read, year: int | None = None) -> published.DoraDocument:
        """Return the published form; `read` tells what was set aside, `year` asks for levels."""
        members, question = self.members, self.facts.question
        weekly = self.pace.weekly_median
        return published.DoraDocument(
            schema="gatewright/dora/1",
            rules=RULES_VERSION,
            window=_window(question),
            window_s=question.seconds,
            history_from=self._history_from(),
            deployments=len(members.deployments),
            deployments_all=len(members.rollouts),
            rollbacks=len(members.of_kind(Kind.ROLLBACK)),
            reinstates=len(members.of_kind(Kind.REINSTATE)),
            redeploys=len(members.of_kind(Kind.REDEPLOY)),
            failed_attempts=len(members.failed_attempts),
            by_day={day.isoformat(): count for day, count in self.pace.by_day.items()},
            by_week={monday.isoformat(): count for monday, count in self.pace.by_week.items()},
            weekly_median=None if weekly is None else rounded(weekly, 1),
            median_gap_s=self.pace.median_gap_s,
            frequency_category=self.pace.category,
            lead_time=_spread(self.leads),
            lead_time_all=_spread([each.lead for each in members.changes]),
            lead_time_by_kind={
                kind: _middle([each.lead for each in group])
                for kind, group in by(members.changes, kind_of).items()
            },
            bots_left_out=len(members.changes) - len(members.by_people),
            approximate=sum(each.is_approximate for each in members.changes),
            skewed=sum(each.is_skewed for each in members.changes),
            pr_lead_time=_spread(self.pulls),
            pr_stages_median=self._stages(),
            pr_lead_time_by_policy={
                version: _middle([each.lead for each in group])
                for version, group in by(members.pulls, policy_of).items()
            },
            change_fail=self._fail_rate(),
            failed_deployment_ids=tuple(sorted(each.target.id for each in members.failures)),
            recovery=self._recovery(),
            rework=self._rework(),
            incidents=self._incidents(),
            time_to_restore=_middle(self.restores),
            waiting=self._waiting(),
            intervals=self._intervals(),
            quick_check=self._quick_check(),
            levels=None if year is None else self._levels(year),
            members=names(members, self.pace.by_week),
            evidence=evidence(self.facts, members),
            quality=self._quality(read),
        )

    def _history_from(self) -> str | None:
        begun = [each.live for each in self.facts.rollouts if each.kind is Kind.BASELINE]
        return text_of(begun[0]) if begun else None

    def _stages(self) -> published.Stages:
        pulls = self.members.pulls
        return published.Stages(
            median(each.coding for each in pulls),
            median(each.review for each in pulls),
            median(each.deploy for each in pulls),
        )

    def _fail_rate(self) -> published.FailRate:
        failed, total = len(self.members.failures), len(self.members.judged)
        return published.FailRate(failed, total, rate(failed, total))

    def _recovery(self) -> published.Recovery:
        return published.Recovery(
            n=len(self.recoveries),
            median_s=median(self.recoveries),
            p90_s=p90(self.recoveries),
            open=len(self.members.still_open),
        )

    def _rework(self) -> published.ReworkRate:
        rework, total = len(self.members.rework), len(self.members.no_redeploys)
        return published.ReworkRate(rework, total, rate(rework, total))

    def _incidents(self) -> published.IncidentCount:
        total = len(self.members.blames)
        attributed = sum(each.target is not None for each in self.members.blames)
        return published.IncidentCount(total, attributed, total - attributed)

    def _waiting(self) -> published.WaitingAge | None:
        if self.members.waiting is None:
            return None
        ages = [self.facts.question.end - each.start for each in self.members.waiting]
        return published.WaitingAge(len(ages), median(ages), max(ages, default=None))

    def _intervals(self) -> published.Intervals:
        failed, rework = self._fail_rate(), self._rework()
        return published.Intervals(
            deployments=poisson95(len(self.members.deployments)),
            change_fail=wilson95(failed.failed, failed.total),
            rework=wilson95(rework.rework, rework.total),
            lead_time_median_s=median_interval95(self.leads),
            pr_lead_time_median_s=median_interval95(self.pulls),
            recovery_median_s=median_interval95(self.recoveries),
            time_to_restore_median_s=median_interval95(self.restores),
        )

    def _quick_check(self) -> QuickCheck:
        failed, rework = self._fail_rate(), self._rework()
        return quick_check(
            Measured(
                lead_time_s=median(self.leads),
                frequency=self.pace.category,
                recovery_s=median(self.recoveries),
                change_fail=_share(failed.failed, failed.total),
                rework=_share(rework.rework, rework.total),
            )
        )

    def _levels(self, year: int) -> published.Levels:
        lead, recovery = median(self.leads), median(self.recoveries)
        category: Frequency | None = self.pace.category
        share = _share(len(self.members.failures), len(self.members.judged))
        return published.Levels(
            year=year,
            lead_time=None if lead is None else lead_time_level(year, lead),
            deployment_frequency=None if category is None else frequency_level(year, category),
            change_fail=None if share is None else fail_rate_level(year, share),
            recovery=None if recovery is None else recovery_level(year, recovery),
        )

    def _quality(self, read: Read) -> published.Quality:
        return published.Quality(
            doubts=tuple(
                published.DoubtDocument(
                    each.code, MEANING[each.code], each.n, each.ids, documentation_of(each.code)
                )
                for each in doubts(self.facts, read)
            ),
            set_aside=tuple(
                published.SetAsideDocument(each.position, each.mistake) for each in read.set_aside
            ),
            unknown_keys=dict(sorted(read.strange.items())),
            last_seen=self._last_seen(),
        )

    def _last_seen(self) -> dict[str, str]:
        latest: dict[str, int] = {}
        for event in self.facts.known.events():
            latest[event.type] = max(event.time, latest.get(event.type, event.time))
        return {kind: text_of(moment) for kind, moment in sorted(latest.items())}


def _window(question: Question) -> published.Window:
    return published.Window(
        repo=question.repo,
        service=question.service,
        start=text_of(question.begin),
        end=text_of(question.end),
        timezone=question.zone.key,
        as_of=None if question.as_of is None else text_of(question.as_of),
    )


def _spread(values: list[int]) -> published.Spread:
    return published.Spread(len(values), median(values), p90(values))


def _middle(values: list[int]) -> published.Middle:
    return published.Middle(len(values), median(values))


def _known(values: Iterable[T | None]) -> list[T]:
    return [each for each in values if each is not None]


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
