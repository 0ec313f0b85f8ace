"""The judge of deployment gates: facts and a moment in, a report out.

Whatever is missing, stale, of another commit or from somewhere else lets a gate say that it cannot
tell, never that it passes. Boundaries: reference on ChatOps, section 5.5; all arithmetic is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from app.core.canary.flaws import is_finite
from app.core.canary.verdict import Result, decide, worst
from app.core.canonical import digest
from app.core.readiness.codes import MEANING, Code
from app.core.readiness.evidence import NO, YES, Baseline, Evidence, Unit
from app.core.readiness.reading import facts_to_bytes
from app.core.readiness.report import ReadinessFacts, Report, Statement
from app.core.readiness.rules import OLDEST_BASELINE, Condition, Objective, Rule, Stage

_SKEW = timedelta(minutes=1)
_SHARES = (Unit.PERCENT, Unit.RATIO)
# Scores and points may be differences; of everything else less than nothing cannot be measured.
_SIGNED = (Unit.SCORE, Unit.POINTS)
_OBJECTIVES = tuple(Objective)
_STAGES = tuple(Stage)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one gate comes to, before it is a statement."""

    result: Result
    code: Code
    says: str = ""
    seen: Evidence | None = None
    would_change: str = ""
    notes: tuple[str, ...] = ()


def judge(facts: ReadinessFacts, now: datetime) -> Report:
    """Return the report of one commit and one environment."""
    experiment = digest(facts_to_bytes(facts))
    found = [(rule, _Case(facts, rule, now).finding()) for rule in facts.rules]
    ordered = sorted(found, key=lambda each: _STAGES.index(each[0].stage))
    results = [finding.result for _, finding in found]
    return Report(
        decision=decide(results),
        result=worst(results),
        title=_title(found),
        environment=facts.environment,
        sha=facts.sha,
        deploy_run_id=facts.deploy_run_id,
        experiment_hash=experiment,
        decided_at=now,
        statements=tuple(
            _statement(facts, rule, finding, experiment, now) for rule, finding in ordered
        ),
    )


def _title(found: Sequence[tuple[Rule, _Finding]]) -> str:
    """Name the worst gate, by precedence compliance, latency, throughput, others."""
    if not found:
        return "No gate is declared, so that nothing says that it is ready."
    bad = worst(finding.result for _, finding in found)
    if bad is Result.PASS:
        return f"All {len(found)} gates pass."
    among = [each for each in found if each[1].result is bad]
    rule, finding = min(among, key=lambda each: _OBJECTIVES.index(each[0].objective))
    more = f" ({len(among) - 1} more)" if len(among) > 1 else ""
    return f"{rule.name}: {finding.says or MEANING[finding.code]}{more}"


def _statement(
    facts: ReadinessFacts, rule: Rule, finding: _Finding, experiment: str, now: datetime
) -> Statement:
    seen = finding.seen
    return Statement(
        name=rule.name,
        stage=rule.stage,
        result=finding.result,
        code=finding.code,
        says=finding.says or MEANING[finding.code],
        limit=rule.text,
        monitor_id=seen.monitor_id if seen else "",
        deploy_run_id=facts.deploy_run_id,
        experiment_hash=experiment,
        # NOTE: a number of a billion digits is a few bytes as long as nobody writes it out.
        value=seen.value if seen and is_finite(seen.value) else None,
        unit=seen.unit.value if seen else "",
        n=seen.n if seen else None,
        age_seconds=max(0, int((now - seen.observed_at).total_seconds())) if seen else None,
        source=seen.source if seen else "",
        would_change=finding.would_change,
        notes=finding.notes,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """One gate of one commit at one moment."""

    facts: ReadinessFacts
    rule: Rule
    now: datetime

    def finding(self) -> _Finding:
        """Judge the gate: a loan first, then the newest evidence that may count."""
        found = self._judged()
        lent = next((each for each in self.facts.lent if each.gate == self.rule.name), None)
        if found.result is Result.PASS or lent is None or self.now >= lent.until:
            return found
        says = f"lent by {lent.by} until {lent.until:%Y-%m-%d %H:%M} UTC; without it: {found.says}"
        return _Finding(Result.PASS, Code.LENT, says, found.seen, notes=found.notes)

    def _judged(self) -> _Finding:
        newest, notes = self._newest(self.rule.kind)
        if newest is None:
            code, says = notes[0] if notes else (Code.MISSING, "nobody handed in evidence")
            return _unclear(code, says, f"Hand in {self.rule.kind} of this commit.")
        flaw = self._flaw(newest)
        if flaw is not None:
            return _unclear(*flaw, "Measure it again.", newest)
        found = self._compared(newest)
        return self._mitigated(found) if found.result is Result.FAIL else found

    def _newest(self, kind: str) -> tuple[Evidence | None, list[tuple[Code, str]]]:
        """Return the newest evidence of the commit or its tree, and why others do not count."""
        counted, notes = [], []
        for each in self.facts.evidence:
            if each.kind != kind:
                continue
            if each.objection is not None:
                notes.append((each.objection, f"{each.monitor_id}: {MEANING[each.objection]}"))
            elif not self._is_of(each):
                notes.append((Code.OTHER_COMMIT, f"the evidence is of {each.sha[:12]}"))
            else:
                counted.append(each)
        return max(counted, key=lambda each: each.observed_at, default=None), notes

    def _is_of(self, each: Evidence) -> bool:
        """Tell whether evidence is of this commit, or of one with the same tree (trap T34)."""
        return each.sha == self.facts.sha or (bool(each.tree) and each.tree == self.facts.tree)

    def _flaw(self, seen: Evidence) -> tuple[Code, str] | None:
        """Return what keeps a number from being looked at; the first thing wrong with it."""
        return next(self._flaws(seen), None)

    def _flaws(self, seen: Evidence) -> Iterator[tuple[Code, str]]:
        if seen.observed_at > self.now + _SKEW:
            yield Code.FUTURE, "it was measured in the future"
        if self.now - seen.observed_at > self.rule.max_age or _is_over(seen, self.now):
            yield Code.STALE, f"it was measured {seen.observed_at:%Y-%m-%d %H:%M} UTC"
        if not is_finite(seen.value):
            yield Code.NOT_FINITE, "the number is not finite"
        if _in_unit(seen.value, seen.unit, self.rule.unit) is None:
            yield Code.OTHER_UNIT, f"it is in {seen.unit}, the limit in {self.rule.unit}"
        why = _impossible(seen)
        if why is not None:
            yield Code.IMPOSSIBLE, why
        if self.rule.least_n is not None and (seen.n or 0) < self.rule.least_n:
            yield Code.TOO_SMALL, f"n is {seen.n or 'not known'}, needed are {self.rule.least_n}"

    def _compared(self, seen: Evidence) -> _Finding:
        if self.rule.condition.is_relative:
            return self._against_live(seen)
        value = _in_unit(seen.value, seen.unit, self.rule.unit)
        is_kept = value is not None and _holds(self.rule.condition, value, self.rule.limit)
        return _decided(seen, _said(seen, self.rule.unit), is_kept=is_kept)

    def _against_live(self, seen: Evidence) -> _Finding:
        """Compare with the live version's number; the first version of all has none."""
        if self.facts.live is None:
            return _Finding(Result.PASS, Code.NOTHING_LIVE, seen=seen)
        base = self._baseline(seen)
        if base is None or (self.rule.condition is Condition.WITHIN and not base.value):
            return _unclear(
                Code.NO_BASELINE, "nothing to compare with", "Measure the live version.", seen
            )
        if self.now - base.observed_at > OLDEST_BASELINE:
            return _unclear(
                Code.BASELINE_STALE, "the baseline is old", "Measure the live version again.", seen
            )
        says = f"{_said(seen)}, live {_plain(base.value)}"
        if self.rule.condition is Condition.AT_LEAST_BASELINE:
            return _decided(seen, says, is_kept=seen.value >= base.value)
        difference = (Fraction(seen.value) / Fraction(base.value) - 1) * 100
        is_kept = abs(difference) <= Fraction(self.rule.limit)
        return _decided(seen, f"{says} ({float(difference):+.3g}%)", is_kept=is_kept)

    def _baseline(self, seen: Evidence) -> Baseline | None:
        """Return the live version's number: handed in together, or found as evidence of its own."""
        live = self.facts.live
        given = seen.baseline
        if live is None:
            return None
        if given is not None:
            is_usable = given.sha == live.sha and is_finite(given.value)
            return given if is_usable and given.observed_at <= self.now + _SKEW else None
        others = [
            each
            for each in self.facts.evidence
            if each.kind == seen.kind
            and each.objection is None
            and each.unit is seen.unit
            and (each.sha == live.sha or (bool(each.tree) and each.tree == live.tree))
            and is_finite(each.value)
            and each.observed_at <= self.now + _SKEW
        ]
        newest = max(others, key=lambda each: each.observed_at, default=None)
        return Baseline(newest.value, newest.sha, newest.observed_at) if newest else None

    def _mitigated(self, found: _Finding) -> _Finding:
        """Let a missed limit pass where trusted evidence of this commit says it is mitigated."""
        kind = self.rule.mitigated_by
        newest = self._newest(kind)[0] if kind else None
        if newest is None or self._mitigation_flaw(newest) or newest.value != YES:
            return found
        says = f"{found.says}; mitigated, says {newest.monitor_id}"
        return _Finding(Result.PASS, Code.MITIGATED, says, found.seen, notes=found.notes)

    def _mitigation_flaw(self, seen: Evidence) -> bool:
        is_old = self.now - seen.observed_at > self.rule.max_age or _is_over(seen, self.now)
        return is_old or seen.unit is not Unit.PASSED or seen.observed_at > self.now + _SKEW


def _impossible(seen: Evidence) -> str | None:
    """Return why nothing can have been measured as this number."""
    if seen.unit is Unit.RATIO and seen.value > 1:
        return "a ratio is at most 1"
    if seen.unit is Unit.PASSED and seen.value not in (YES, NO):
        return "it is neither 0 nor 1"
    if seen.unit not in _SIGNED and seen.value < 0:
        return f"in {seen.unit} nothing is less than 0"
    return None


def _is_over(seen: Evidence, now: datetime) -> bool:
    return seen.expires_at is not None and now >= seen.expires_at


def _in_unit(value: Decimal, unit: Unit, wanted: Unit | None) -> Decimal | None:
    """Return a number in the unit of its limit; None where they do not stand for each other."""
    if wanted is None or unit is wanted:
        return value
    if unit in _SHARES and wanted in _SHARES and value.is_finite():
        return value.scaleb(2 if unit is Unit.RATIO else -2)
    return None


def _holds(condition: Condition, value: Decimal, limit: Decimal) -> bool:
    if condition is Condition.AT_MOST:
        return value <= limit
    if condition is Condition.BELOW:
        return value < limit
    return value >= limit


def _decided(seen: Evidence, says: str, *, is_kept: bool) -> _Finding:
    if is_kept:
        return _Finding(Result.PASS, Code.KEPT, says, seen)
    return _Finding(
        Result.FAIL, Code.MISSED, says, seen, "Change the commit, and measure it again."
    )


def _unclear(code: Code, says: str, would_change: str, seen: Evidence | None = None) -> _Finding:
    return _Finding(Result.INCONCLUSIVE, code, says, seen, would_change)


def _said(seen: Evidence, unit: Unit | None = None) -> str:
    """Write a number in the unit of its limit, where it has one."""
    if seen.unit is Unit.PASSED:
        return "yes" if seen.value == YES else "no"
    value = _in_unit(seen.value, seen.unit, unit)
    return f"{_plain(seen.value if value is None else value)} {unit or seen.unit}"


def _plain(value: Decimal) -> str:
    """Write a number without an exponent."""
    return f"{value.normalize():f}"
