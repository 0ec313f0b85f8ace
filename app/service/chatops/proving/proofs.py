"""Evidence about a commit, from every place that the policy names; what it is worth is said too.

A place that cannot be read gives evidence with an objection, never none: people should be told.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.core.facts import Sha
from app.core.policy.deployments import DeploymentPolicy
from app.core.policy.readiness import EvidenceSource
from app.core.policy.watches import filled
from app.core.readiness.codes import Code
from app.core.readiness.declared import source_of
from app.core.readiness.evidence import NO, YES, Baseline, Evidence, Unit, Version
from app.core.readiness.submission import Item, items_in
from app.core.strict import UnreadableError
from app.core.text import shorten
from app.errors import GitError, MetricsError, NotFoundError
from app.ports import CheckSaid
from app.ports.deployments import Question
from app.service.chatops.scene import Scene
from app.store import evidence as handed_in
from app.store.deployments import Stored
from app.store.evidence import Handed

# Any workflow of a pull request can make this app's checks say what it likes.
_ACTIONS_APP = 15368
_OF_THE_DEFAULT_BRANCH = frozenset({"push", "schedule", "workflow_dispatch", "workflow_run"})
# Of what counts and of what does not, each by itself: strangers' evidence crowds nothing out.
_MOST_OF_A_KIND = 20
_SETTLED = timedelta(seconds=15)
_SAID = {
    "success": YES,
    "failure": NO,
    "timed_out": NO,
    "cancelled": NO,
    "action_required": NO,
    "startup_failure": NO,
    "stale": NO,
}


@dataclass(frozen=True)
class Proofs:
    """The evidence about a version and the one that is live, as one moment's policy sees it."""

    scene: Scene
    policy: DeploymentPolicy
    stored: Stored
    live: Version | None
    now: datetime
    _trees: dict[Sha, str] = field(default_factory=dict, repr=False)
    _runs: dict[int, str | None] = field(default_factory=dict, repr=False)

    def of(self, kinds: Sequence[str]) -> tuple[Evidence, ...]:
        """Return all evidence of some kinds."""
        found: list[Evidence] = []
        by_workflow = []
        for kind in kinds:
            source = source_of(self.policy, kind)
            if source is None:
                continue
            if source.workflow is not None:
                by_workflow.append(kind)
            else:
                found += self._checked(source) if source.check is not None else self._asked(source)
        return (*found, *self._handed(by_workflow))

    @property
    def _versions(self) -> tuple[Version, ...]:
        own = Version(self.stored.sha, self.stored.tree)
        return (own,) if self.live is None or self.live == own else (own, self.live)

    # Handed in by workflow runs

    def _handed(self, kinds: Sequence[str]) -> Iterator[Evidence]:
        if not kinds:
            return
        names = [name for each in self._versions for name in (each.sha, each.tree)]
        with self.scene.database.read() as connection:
            found = handed_in.about(connection, self.stored.repository_id, kinds, names)
        seen: Counter[tuple[str, Code | None]] = Counter()
        for each in found:
            made = self._weighed(each)
            seen[made.kind, made.objection] += 1
            if seen[made.kind, made.objection] <= _MOST_OF_A_KIND:
                yield made

    def _weighed(self, each: Handed) -> Evidence:
        """Return what was handed in, with the reason why it counts for nothing if there is one."""
        source = source_of(self.policy, each.kind)
        sha = Sha(each.sha)
        is_trusted = source is not None and self._is_trusted(source, each)
        return Evidence(
            kind=each.kind,
            value=Decimal(each.value),
            unit=Unit(each.unit),
            sha=sha,
            monitor_id=f"run:{each.run_id}/{each.run_attempt}",
            observed_at=each.observed_at,
            tree=self._tree(sha) or "",
            source=each.source,
            expires_at=each.expires_at,
            n=each.n,
            baseline=_baseline(each),
            objection=None if is_trusted else Code.UNTRUSTED,
        )

    def _is_trusted(self, source: EvidenceSource, each: Handed) -> bool:
        """Tell whether a run is one of the workflow that the policy names, as it was reviewed.

        A workflow that is called is pinned by its ref. One of the repository itself runs from the
        default branch, and then says what it measured; or from the very commit, and then must have
        the same text there as on the default branch: a pull request cannot change its own measure.
        Of a pull request the trial merge is run, whose text is the base's too, so that only one
        into the default branch counts.
        """
        wanted = source.workflow or ""
        if "@" in wanted:
            return (each.called_ref or each.workflow_ref) == wanted
        file, _, ref = each.workflow_ref.partition("@")
        if file != f"{self.scene.repository.full_name}/{wanted}" or each.called_ref:
            return False
        if self._is_of_the_default_branch(each, ref):
            return True
        return self._is_unchanged(wanted, Sha(each.sha)) and self._ran_for(each) == each.sha

    def _is_of_the_default_branch(self, each: Handed, ref: str) -> bool:
        default = f"refs/heads/{self.scene.pull.default_branch}"
        return ref == each.ref == default and each.event in _OF_THE_DEFAULT_BRANCH

    def _ran_for(self, each: Handed) -> str | None:
        """Return the commit whose text a run has; of a pull request its token names another one."""
        if not (each.base_ref or each.ref.startswith("refs/pull/")):
            return each.token_sha
        if each.base_ref != self.scene.pull.default_branch:
            return None
        if each.run_id not in self._runs:
            found = self.scene.deploys.run(each.run_id)
            self._runs[each.run_id] = found.head_sha if found else None
        return self._runs[each.run_id]

    def _is_unchanged(self, path: str, sha: Sha) -> bool:
        reading = self.scene.reading
        reviewed = reading.content_id(reading.tips.base, path)
        try:
            return reviewed is not None and reading.content_id(sha, path) == reviewed
        except (GitError, NotFoundError):
            return False

    # Check runs

    def _checked(self, source: EvidenceSource) -> Iterator[Evidence]:
        for version in self._versions:
            said = self.scene.reader.said_by_checks(
                version.sha, source.check or "", source.app or 0
            )
            found = [made for each in said for made in self._said(source, version, each)]
            no = [each for each in found if each.unit is Unit.PASSED and each.value == NO]
            # Of GitHub Actions another workflow may have the same job: its yes takes no no back.
            yield from no if no and source.app == _ACTIONS_APP else found

    def _said(
        self, source: EvidenceSource, version: Version, each: CheckSaid
    ) -> Iterator[Evidence]:
        if each.completed_at is None or each.head_sha != version.sha:
            return
        made = Evidence(
            kind=source.kind,
            value=_SAID.get(each.conclusion or "", NO),
            unit=Unit.PASSED,
            sha=version.sha,
            monitor_id=f"check:{each.id}",
            observed_at=each.completed_at,
            tree=version.tree,
            source=source.check or "",
        )
        try:
            items = [item for item in items_in(each.text) if item.kind == source.kind]
        except UnreadableError:
            yield replace(made, objection=Code.UNREADABLE)
            return
        if source.app == _ACTIONS_APP or not items or any(map(_is_answer, items)):
            yield from (made,) if each.conclusion in _SAID else ()
            return
        yield from (_measured(made, item) for item in items)

    # Monitoring

    def _asked(self, source: EvidenceSource) -> Iterator[Evidence]:
        """Ask monitoring the same about this version and the live one."""
        for version in self._versions:
            yield self._answer(source, version)

    def _answer(self, source: EvidenceSource, version: Version) -> Evidence:
        metrics, at = self.scene.metrics, self.now - _SETTLED
        made = Evidence(
            kind=source.kind,
            value=Decimal("NaN"),
            unit=Unit(source.unit),
            sha=version.sha,
            monitor_id=f"{metrics.source if metrics else 'monitoring'}:{source.kind}",
            observed_at=at,
            tree=version.tree,
            source=metrics.source if metrics else "",
            objection=Code.UNREADABLE,
        )
        text = filled(source.query or "", version.sha, self.stored.environment)
        try:
            points = metrics.minutes(Question(source.kind, text), at, at) if metrics else ()
        except MetricsError:
            return made
        if not points:
            return replace(made, objection=Code.MISSING) if metrics else made
        return replace(made, value=points[-1].value, observed_at=points[-1].at, objection=None)

    # Git

    def _tree(self, sha: Sha) -> str | None:
        known = {each.sha: each.tree for each in self._versions}
        return known.get(sha) or self._trees.get(sha) or self._look_up(sha)

    def _look_up(self, sha: Sha) -> str | None:
        try:
            found = self.scene.reading.tree(sha)
        except (GitError, NotFoundError):
            return None
        self._trees[sha] = found
        return found


def _is_answer(item: Item) -> bool:
    """Tell whether an item is a yes or no: the conclusion says that, which no text can change."""
    return item.unit is Unit.PASSED


def _measured(made: Evidence, item: Item) -> Evidence:
    base = item.baseline
    return replace(
        made,
        value=item.value,
        unit=item.unit,
        observed_at=min(item.observed_at, made.observed_at),
        source=shorten(item.source or made.source, 200),
        expires_at=item.expires_at,
        n=item.n,
        baseline=Baseline(base.value, Sha(base.sha), base.observed_at) if base else None,
    )


def _baseline(each: Handed) -> Baseline | None:
    if each.baseline_value is None or each.baseline_sha is None or each.baseline_at is None:
        return None
    return Baseline(Decimal(each.baseline_value), Sha(each.baseline_sha), each.baseline_at)
