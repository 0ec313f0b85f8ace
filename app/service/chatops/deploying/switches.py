"""Switches a feature flag off before the version before comes back: the fastest way there is.

What is asked of a hook is recorded before it is asked, and may be asked again; a hook that fails
stops nothing, and is tried again as long as the rollback is on its way.
"""

from dataclasses import dataclass

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.core.deploy.codes import Code
from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.text import quoted, shorten
from app.errors import FlagError
from app.ports import Clock
from app.ports.deployments import FlagOrder, Flags
from app.service.chatops import plan
from app.service.chatops.deploying.takeback import rollback_id
from app.service.chatops.scene import Scene
from app.store import deployments
from app.store.database import Database
from app.store.deployments import Stored

ASKED, OFF = "asked", "off"
_REASON_BYTES = 200


class NoFlags:
    """Stands where the operator has set up no hook."""

    def switch_off(self, name: str, order: FlagOrder) -> None:
        """Switch nothing off."""
        raise FlagError(f"the operator has no hook {quoted(name)} for {order.repository}")


@dataclass(frozen=True, slots=True)
class Switch:
    """The flags of environments whose strategy has some; without hooks each of them fails."""

    database: Database
    log: AuditLog
    now: Clock
    flags: Flags

    def before(self, scene: Scene, stored: Stored) -> None:
        """Have the flag of what is taken back switched off, also before its rollback begins."""
        bad = self._bad(stored)
        name = _hook(scene, bad) if bad is not None else None
        if bad is None or name is None or bad.flag == OFF:
            return
        is_first = bad.flag in ("", ASKED)
        is_on_its_way = bad.id == stored.id and bad.state is State.ROLLING_BACK
        if not (is_first or is_on_its_way):
            return
        if not bad.flag:
            self._note(bad, ASKED)
        try:
            self.flags.switch_off(name, _order(scene, bad))
        except FlagError as error:
            self._note(bad, shorten(str(error), _REASON_BYTES))
        else:
            self._note(bad, OFF)

    def _bad(self, stored: Stored) -> Stored | None:
        """Return the deployment that is being taken back: this one, or the one it replaces."""
        is_back = stored.kind is Kind.ROLLBACK and stored.state is State.GATING
        name = stored.replaces if is_back else stored.id
        with self.database.read() as connection:
            found = deployments.read(connection, name or "")
        return found if found is not None and _is_taken_back(found) else None

    def _note(self, bad: Stored, flag: str) -> None:
        """Keep what became of the flag, also where people look: at what takes the bad one back."""
        fields = {
            "repo": str(bad.repository_id),
            "deployment": bad.id,
            "env": bad.environment,
            "out": flag if flag in (ASKED, OFF) else "failed",
        }
        key = f"flag:{bad.repository_id}:{bad.id}:{fields['out']}"
        with self.database.write() as connection:
            for name in (bad.id, rollback_id(bad.id)):
                deployments.note(connection, name, flag=flag)
            drafts = [Draft(EntryType.FLAG_SWITCHED, key, fields)]
            self.log.append(connection, bad.account_id, drafts, self.now())


def _is_taken_back(stored: Stored) -> bool:
    is_fenced = stored.ended_by == Code.MIGRATION_FENCE
    return stored.state is State.ROLLING_BACK or (
        stored.state is State.ROLLBACK_FAILED and is_fenced
    )


def _hook(scene: Scene, stored: Stored) -> str | None:
    policy = scene.deployments
    found = plan.environment(policy, stored.environment) if policy else None
    if found is None or found.strategy.kind != "feature_flag":
        return None
    return found.strategy.flag_webhook


def _order(scene: Scene, bad: Stored) -> FlagOrder:
    """Return what is asked; it is the same however often, so that a repetition is known as one."""
    return FlagOrder(
        deployment=bad.id,
        repository=scene.pull.full_name,
        environment=bad.environment,
        sha=bad.sha,
        reason=bad.ended_by,
        since=bad.entered_at.isoformat(),
    )
