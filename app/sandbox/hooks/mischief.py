"""What can happen to webhooks on the way: loss, repetition, delay, overtaking, failure."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.sandbox.hooks.delivery import Delivery


class Mishap(StrEnum):
    """The fate of a delivery."""

    DROP = "drop"  # never sent and never logged: nobody learns of it
    FAIL = "fail"  # logged as failed without being sent: redelivery can bring it back
    DUPLICATE = "duplicate"  # sent twice with one guid
    DELAY = "delay"  # kept until released
    REORDER = "reorder"  # `count` deliveries are collected and sent in reverse order


@dataclass(slots=True, eq=False)
class Rule:
    """A mishap for the next `count` deliveries of an event; `*` is any event or action."""

    mishap: Mishap
    event: str = "*"
    action: str = "*"
    count: int = 1
    kept: list[Delivery] = field(default_factory=list)

    def wants(self, delivery: Delivery) -> bool:
        """Whether the rule still applies and this delivery fits."""
        if self.count <= 0 or self.event not in {"*", delivery.event}:
            return False
        return self.action in {"*", delivery.action or ""}


class Mischief:
    """The rules in force; decides which deliveries go out for one that comes in."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force."""
        self._rules.append(rule)
        return rule

    def pass_on(self, delivery: Delivery) -> list[Delivery]:
        """Return what to send now; a delivery to be failed comes back marked so."""
        rule = next((rule for rule in self._rules if rule.wants(delivery)), None)
        if rule is None:
            return [delivery]
        rule.count -= 1
        if rule.mishap is Mishap.DUPLICATE:
            return [delivery, replace(delivery)]
        if rule.mishap is Mishap.FAIL:
            delivery.status, delivery.status_code = "timed out", 0
            return [delivery]
        if rule.mishap in {Mishap.DELAY, Mishap.REORDER}:
            rule.kept.append(delivery)
        return self._overtaken(rule)

    def release(self, rule: Rule | None = None) -> list[Delivery]:
        """Let kept deliveries go: of one rule, or of all."""
        freed: list[Delivery] = []
        for each in [rule] if rule else list(self._rules):
            freed += each.kept
            each.kept = []
        return freed

    def clear(self) -> list[Delivery]:
        """End all rules; what they kept is to be sent."""
        freed = self.release()
        self._rules.clear()
        return freed

    def _overtaken(self, rule: Rule) -> list[Delivery]:
        if rule.mishap is not Mishap.REORDER or rule.count > 0:
            return []
        return self.release(rule)[::-1]
