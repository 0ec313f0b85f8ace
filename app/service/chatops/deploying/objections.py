"""What forbids a deployment: the person, the code, what happened before; looked at each time."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.commands.admission import AdmissionRules, Decision, Origin, admit_code
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.grammar import parse
from app.core.commands.risk import Situation, refused_for
from app.core.deploy.codes import Code as Step
from app.core.deploy.history import (
    HAD_TRAFFIC,
    Past,
    Quarantine,
    named_target,
    order_refusal,
    quarantine_refusal,
    review_refusal,
    schema_refusal,
)
from app.core.deploy.observed import Kind, Refusal
from app.core.deploy.states import State
from app.core.facts import Account, AccountKind, Sha
from app.core.incidents.life import closes
from app.core.policy.deployments import DeploymentPolicy, Environment
from app.service.chatops import plan
from app.service.chatops.scene import Scene
from app.store import incidents
from app.store.deployments import Stored


@dataclass(frozen=True, slots=True)
class Objections:
    """What speaks against one deployment at one moment; nothing here changes anything."""

    scene: Scene
    stored: Stored
    past: Sequence[Stored]

    def every(
        self, policy: DeploymentPolicy | None, environment: Environment | None
    ) -> Iterator[Refusal]:
        """Yield everything that forbids the deployment, the most basic first."""
        if policy is None:
            yield Refusal(Step.POLICY_INVALID, "the policy of the default branch cannot be used")
            return
        if environment is None:
            yield Refusal(Code.UNKNOWN_ENVIRONMENT, "the policy does not name it any more")
            return
        if self.stored.kind is Kind.ROLLBACK:
            yield from self._overtaken()
            return
        if environment.tier != self.stored.tier:
            yield Refusal(Step.POLICY_CHANGED, f"the policy treats it as {environment.tier} now")
        command = command_of(self.stored, policy)
        if command is None:
            yield Refusal(Code.PARSE_ERROR, "the policy reads the command in another way now")
            return
        if command.canary is not None and environment.strategy.kind != "canary":
            yield Refusal(Step.POLICY_CHANGED, "the environment has no canary any more")
        yield from self._person(policy, command)
        yield from self._code(command, environment)
        yield from self._history(environment)
        yield from self._protection(environment)

    def _protection(self, environment: Environment) -> Iterator[Refusal]:
        if not self.scene.deploys.has_environment(environment.name):
            yield Refusal(
                Code.ENVIRONMENT_UNPROTECTED,
                "GitHub has no such environment, and would make one without any rules",
            )
        elif environment.guarded and not self._is_guarded(environment):
            yield Refusal(
                Code.ENVIRONMENT_UNPROTECTED,
                "the App is not enabled there as a deployment protection rule",
            )

    def _is_guarded(self, environment: Environment) -> bool:
        """Tell whether no workflow can go around us; where GitHub does not say, nobody knows."""
        found = self.scene.deploys.is_guarded(environment.name, self.scene.app_id)
        return found is True

    def _overtaken(self) -> Iterator[Refusal]:
        """Yield what has come to the environment since: it is not what is to be taken back."""
        bad = next((each for each in self.past if each.id == self.stored.replaces), None)
        for each in self.past:
            is_here = each.environment.casefold() == self.stored.environment.casefold()
            is_other = each.id not in (self.stored.id, self.stored.replaces)
            came, since = each.begun_at, bad.begun_at if bad else None
            is_later = came is not None and since is not None and came > since
            if is_here and is_other and is_later and each.state in HAD_TRAFFIC:
                yield Refusal(Step.STALE, f"{each.id} has been brought there since")

    def _person(self, policy: DeploymentPolicy, command: Command) -> Iterator[Refusal]:
        person = Account(self.stored.requested_by, self.stored.requested_login, AccountKind.USER)
        standing = self.scene.roll.standing(person)
        code = refused_for(command, self.situation(), standing)
        if code is not None:
            yield Refusal(code, f"{person.login}: {standing.why}")
        if self.scene.paths is None and plan.looks_at_paths(policy):
            yield Refusal(Code.API_UNAVAILABLE, "what the pull request changes is not known")
            return
        sign_off = self.sign_off(policy)
        if code is None and sign_off is not None and standing.level < sign_off.level:
            needed = sign_off.level.label
            yield Refusal(Code.PERMISSION_DENIED, f"rule {sign_off.rule} asks for {needed}")

    def situation(self) -> Situation:
        """Return in which of its cases the command is."""
        return Situation(tier=self.stored.tier)

    def sign_off(self, policy: DeploymentPolicy) -> plan.SignOff | None:
        """Return whose agreement the policy asks for."""
        change = plan.Change(
            self.stored.environment, self.scene.pull.pull_request, self.scene.paths or ()
        )
        return plan.sign_off(policy, change)

    def _code(self, command: Command, environment: Environment) -> Iterator[Refusal]:
        scene, pull = self.scene, self.scene.pull.pull_request
        compared = {}
        if command.sha is not None and self.stored.sha != scene.pull.head_sha:
            contained = scene.reading.is_on_base(self.stored.sha)
            compared = {scene.pull.default_branch: "behind" if contained else "diverged"}
        origin = Origin(
            head=scene.pull.head_sha,
            head_now=scene.pull.head_sha,
            listed_head=scene.listed_head,
            repository=scene.repository.id,
            head_repository=pull.head_repository_id,
            compared=compared,
        )
        found = admit_code(command, origin, AdmissionRules(allow_forks=environment.forks))
        if found.decision is not Decision.ADMITTED and found.code is not None:
            yield Refusal(found.code)
        if not pull.is_open and command.sha is None:
            yield Refusal(Code.PULL_REQUEST_CLOSED)
        if pull.is_draft and not environment.drafts:
            yield Refusal(Code.HELD, "the pull request is a draft")

    def _history(self, environment: Environment) -> Iterator[Refusal]:
        past = [as_past(each) for each in self.past if each.id != self.stored.id]
        same_tree = environment.same == "tree"
        here = environment.name.casefold()
        needs = [name.casefold() for name in environment.after]
        found = (
            review_refusal(here, past) or self._incident(environment),
            quarantine_refusal(
                here, self.stored.sha, self.stored.tree, quarantined(self.past), self._fixes()
            ),
            schema_refusal(as_past(self.stored), past),
            order_refusal(needs, self.stored.sha, self.stored.tree, past, same_tree=same_tree),
        )
        yield from (each for each in found if each is not None)

    def _incident(self, environment: Environment) -> Refusal | None:
        """Refuse production while a bad incident of it is not reviewed, whoever opened it (T99)."""
        policy = self.scene.deployments or DeploymentPolicy()
        with self.scene.database.read() as connection:
            unreviewed = incidents.unreviewed(
                connection, self.stored.repository_id, environment.name
            )
        for each in unreviewed:
            if closes(each.severity, environment.tier, policy.incidents.closes):
                return Refusal(Code.REVIEW_REQUIRED, f"the incident {each.id} is not reviewed")
        return None

    def _fixes(self) -> frozenset[Sha]:
        """Return the reviewed fixes that the commit holds."""
        fixes = {each.cleared_by for each in quarantined(self.past) if each.cleared_by}
        holds = self.scene.reading.holds
        return frozenset(fix for fix in fixes if holds(self.stored.sha, fix))

    def has_moved(self) -> bool:
        """Tell whether the head is not the commit any more that was asked for (T31)."""
        policy = self.scene.deployments
        if self.stored.kind is Kind.ROLLBACK or policy is None:
            return False
        command = command_of(self.stored, policy)
        if command is not None and command.sha is not None:
            return False
        return self.scene.pull.head_sha != self.stored.sha


def command_of(stored: Stored, policy: DeploymentPolicy) -> Command | None:
    """Return the command that asked for a deployment, read under the present policy."""
    written = str(json.loads(stored.params).get("command", ""))
    found = parse(written, plan.vocabulary(policy)).commands
    return found[0] if len(found) == 1 else None


def as_past(stored: Stored) -> Past:
    """Return a deployment as history looks at it; environments by their folded names."""
    return Past(
        id=stored.id,
        environment=stored.environment.casefold(),
        sha=stored.sha,
        tree=stored.tree,
        state=stored.state,
        ended_by=stored.ended_by,
        at=stored.entered_at,
        schema=stored.schema,
        floor=stored.floor,
    )


def chosen(bad: Stored, past: Sequence[Stored]) -> Past | None:
    """Return what people chose to go back to, as long as nothing speaks against it."""
    history = [as_past(each) for each in past]
    wanted = next((each for each in history if each.id == bad.rollback_to), None)
    if wanted is None:
        return None
    found = named_target(as_past(bad), history, quarantined((*past, bad)), wanted.sha)
    return None if isinstance(found, Refusal) else found


def quarantined(past: Sequence[Stored]) -> tuple[Quarantine, ...]:
    """Return what was taken back, with the fix that a review named."""
    bad = (State.ROLLING_BACK, State.ROLLBACK_FAILED, State.REVIEW_REQUIRED, State.CLEARED)
    return tuple(
        Quarantine(each.environment.casefold(), each.sha, each.tree, each.cleared_by)
        for each in past
        if each.state in bad
    )
