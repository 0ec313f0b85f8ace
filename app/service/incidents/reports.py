"""Issues in which people report incidents: who may, how bad it is, and where."""

from dataclasses import dataclass

from app.audit.log import AuditLog
from app.core.canary.samples import Severity
from app.core.commands.scales import Level, Tier
from app.core.facts import Account, AccountKind
from app.core.incidents.life import worst
from app.core.policy.deployments import DeploymentPolicy
from app.engine.runner import Settled, SupersededError
from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.ports.issues import IssueSeen
from app.service import keys
from app.service.chatops.scene import Ground, Stage
from app.service.incidents.book import Book, Report
from app.store import incident_reports, registry, subjects
from app.store.database import Database
from app.store.incident_reports import Told
from app.store.subjects import Taken

_WITHOUT_A_WORD = Severity.SEV2


@dataclass(frozen=True, slots=True)
class Reports:
    """The use case behind a labelled issue; everything but who labelled it is read fresh."""

    database: Database
    stage: Stage
    log: AuditLog
    scheduler: Scheduler
    now: Clock

    def report(self, job: Taken) -> Settled:
        """Open an incident if the policy's label is on an issue and whoever put it there may."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            reports = incident_reports.read(connection, key.repository_id, int(key.rest))
            repository = registry.repository_ref(connection, key.repository_id)
            branch = registry.default_branch(connection, key.repository_id)
        if repository is None:
            return Settled(rests=True)
        with self.stage.ground(repository, branch) as ground:
            looked = (_look(ground, told) for told in reports)
            found = next((each for each in looked if each is not None), None)
        if found is not None:
            with self.database.write() as connection:
                if not subjects.is_current(connection, job):
                    raise SupersededError(job.key)
                wants = Book(connection, self.log, self.now()).reported(repository, found)
                self.scheduler.want(connection, wants)
        return Settled()


def _look(ground: Ground, told: Told) -> Report | None:
    """Return what an issue reports; None if it does not, or not by whom this label is from."""
    policy = ground.deployments
    if policy is None or not _is_ours(policy, told):
        return None
    issue = ground.issues.read(told.number)
    if issue is None or issue.is_pull_request or not issue.is_open:
        return None
    labels = {each.casefold() for each in issue.labels}
    environment = _environment(policy, labels)
    is_labelled = (policy.incidents.label or "").casefold() in labels
    if not is_labelled or environment is None or not _may(ground, told, issue):
        return None
    return Report(
        number=told.number,
        title=issue.title,
        environment=environment,
        severity=_severity(policy, labels),
        reported_at=issue.created_at,
    )


def _is_ours(policy: DeploymentPolicy, told: Told) -> bool:
    """Tell whether it is the policy's label that somebody gave, or opened an issue with."""
    wanted = policy.incidents.label
    return wanted is not None and told.label.casefold() in ("", wanted.casefold())


def _may(ground: Ground, told: Told, issue: IssueSeen) -> bool:
    """Tell whether a report counts: of a person at L2, or an issue that a listed app opened.

    Whoever opens an issue by a form gets the form's labels on it, so a label alone proves nothing.
    """
    if told.app_id is not None:
        policy = ground.deployments or DeploymentPolicy()
        return issue.app_id == told.app_id and told.app_id in policy.apps
    person = Account(told.sender_id, told.sender_login, AccountKind.USER)
    return ground.roll.standing(person).level >= Level.CONTRIBUTE


def _environment(policy: DeploymentPolicy, labels: set[str]) -> str | None:
    """Return the environment that a label names, or else the first one of production."""
    for each in policy.environments:
        if labels & {name.casefold() for name in (each.name, *each.aliases)}:
            return each.name
    return next(
        (each.name for each in policy.environments if each.tier == Tier.PRODUCTION.value), None
    )


def _severity(policy: DeploymentPolicy, labels: set[str]) -> Severity:
    known = policy.incidents.severities.items()
    found = [Severity(value) for label, value in known if label.casefold() in labels]
    return worst(*found) if found else _WITHOUT_A_WORD
