"""Faults, time, waiting and the logs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from app.sandbox.control.base import Controls, RepoLike, UserLike
from app.sandbox.hooks.delivery import Delivery
from app.sandbox.hooks.mischief import Mishap, Rule
from app.sandbox.http.faults import Fault, FaultKind
from app.sandbox.http.journal import Entry
from app.sandbox.world.events import Event


class FaultDetails(TypedDict, total=False):
    """Numbers of a fault."""

    status: int
    retry_after: int


class WeatherControls(Controls):
    """Making things go wrong, and seeing what was asked and sent."""

    def fail_api(
        self,
        kind: FaultKind | str,
        path: str = ".*",
        method: str = ".*",
        count: int = 1,
        **details: Unpack[FaultDetails],
    ) -> Fault:
        """Let the next `count` REST calls whose path and method match go wrong.

        Set `released` of a HOLD to let the call go on; `reached` tells that one is held.
        """
        reset = int((self.world.now() + timedelta(seconds=60)).timestamp())
        fault = Fault(FaultKind(kind), method, path, count, reset=reset, **details)
        return self.faults.add(fault)

    def disturb_webhooks(
        self, mishap: Mishap | str, event: str = "*", action: str = "*", count: int = 1
    ) -> Rule:
        """Let the next `count` deliveries of an event be lost, repeated, kept or reversed."""
        return self.courier.add_rule(Rule(Mishap(mishap), event, action, count))

    def release_webhooks(self, rule: Rule | None = None) -> None:
        """Send what a delay keeps."""
        self.courier.release(rule)

    def emit(
        self,
        name: str,
        action: str | None,
        body: Mapping[str, Any],
        repo: RepoLike,
        sender: UserLike,
    ) -> None:
        """Send any event about a repository, signed and wrapped as usual."""
        with self.world.lock:
            found, who = self.find_repo(repo), self.find_account(sender)
            self.world.emit(Event(name, action, who, dict(body), found))

    def be_lazy(self, *, lazy: bool = True) -> None:
        """Let the first read of a pull request after a change find `mergeable` unknown."""
        with self.world.lock:
            self.world.options.lazy_mergeable = lazy

    def calm(self) -> None:
        """End all faults; held calls and kept deliveries go on."""
        self.faults.clear()
        self.courier.clear_rules()

    def leave_requests(self, actor: str, remaining: int) -> None:
        """Set what a caller, named as in the request log, has left of its hour."""
        with self.world.lock:
            self.rest.quota.leave(actor, remaining, self.world.now())

    def advance(self, by: timedelta) -> None:
        """Let time pass without waiting."""
        with self.world.lock:
            self.world.advance(by)

    def wait_idle(self, timeout: float = 10.0) -> None:
        """Return when every webhook was sent and answered."""
        self.courier.wait_idle(timeout)

    def redeliver(self, delivery: Delivery) -> None:
        """Press the redeliver button."""
        with self.world.lock:
            self.courier.redeliver(delivery)

    @property
    def deliveries(self) -> list[Delivery]:
        """What was sent, newest first."""
        return self.courier.log()

    @property
    def requests(self) -> list[Entry]:
        """What was asked of the REST API."""
        return self.rest.journal.entries()

    def forget_requests(self) -> None:
        """Empty the request log, to count from here."""
        self.rest.journal.clear()
