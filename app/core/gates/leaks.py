"""One value found in several places: how much it weighs, and what to say about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.core.facts import SecretFinding
from app.core.policy.model import SecretsPolicy
from app.core.text import quoted, visible
from app.core.verdict import Finding, Tier

STOPPING = (Tier.BLOCK, Tier.CONFIRM)

_ORDER = (Tier.BLOCK, Tier.CONFIRM, Tier.WARN, Tier.INFO)
_TIERS = {tier.value: tier for tier in Tier}
_OTHERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """All places of one value, the weightiest first, and what the policy makes of them."""

    places: tuple[SecretFinding, ...]
    tier: Tier

    @property
    def first(self) -> SecretFinding:
        """The place that decides."""
        return self.places[0]

    @property
    def is_certain(self) -> bool:
        """Tell whether the scanner takes it for a credential beyond doubt."""
        return tier_of(self.first) is Tier.BLOCK

    @property
    def is_in_head(self) -> bool:
        """Tell whether the value is still there after the last commit."""
        return any(place.in_head for place in self.places)


def tier_of(found: SecretFinding) -> Tier:
    """Read the scanner's tier; a word we do not know weighs most."""
    return _TIERS.get(found.tier, Tier.BLOCK)


def grouped(findings: Iterable[SecretFinding], rules: SecretsPolicy) -> tuple[Leak, ...]:
    """Join the places of one value; a finding without fingerprint stands alone."""

    def rank(found: SecretFinding) -> tuple[int, int, bool, str, int, str]:
        tier, weight = tier_of(found), _weight(found, rules)
        return (
            _ORDER.index(weight),
            _ORDER.index(tier),
            not found.in_head,
            found.path,
            found.line or 0,
            repr(found),
        )

    ordered = sorted(findings, key=lambda found: (_identity(found), rank(found)))
    leaks = (tuple(places) for _, places in groupby(ordered, key=_identity))
    return tuple(
        Leak(places, _weight(places[0], rules))
        for places in sorted(leaks, key=lambda places: rank(places[0]))
    )


def _identity(found: SecretFinding) -> str:
    return found.fingerprint or f" {found!r}"


def _weight(found: SecretFinding, rules: SecretsPolicy) -> Tier:
    tier = tier_of(found)
    if tier is Tier.CONFIRM and rules.confirm == "warn":
        return Tier.WARN
    if tier in STOPPING and not found.in_head and rules.intermediate == "warn":
        return Tier.WARN
    return tier


def finding(leak: Leak) -> Finding:
    """Return the finding of a value; what it says comes from the places, never from the value."""
    first = leak.first
    return Finding(
        rule=first.rule,
        tier=leak.tier,
        message=_message(leak),
        path=first.path,
        line=first.line,
        commit=first.commit,
        controls=tuple(sorted({each for place in leak.places for each in place.controls})),
    )


def headline(leak: Leak) -> str:
    """Name rule, place and the first eight characters of the keyed fingerprint."""
    first = leak.first
    mark = f"`{visible(first.fingerprint)[:8]}`" if first.fingerprint else "none"
    return f"{quoted(first.rule)} at {where(first)}, fingerprint {mark}"


def where(found: SecretFinding) -> str:
    """Name path, line and commit of one place."""
    line = "" if found.line is None else f" line {found.line}"
    return f"{quoted(found.path)}{line} in {found.commit[:7]}"


def next_step(leak: Leak) -> str:
    """Say what to do, rotation first."""
    if leak.tier is Tier.INFO:
        return "Nothing needs to be done if this is no credential."
    if not leak.is_in_head:
        return (
            "It was removed again, but it is leaked: rotate it; the commit stays reachable through "
            "the pull request after any merge or force-push."
        )
    if leak.is_certain:
        return (
            "Rotate it first, then take it out and read it from a secret store; removing the line "
            "is not enough."
        )
    return "If it is real, rotate it and take it out; if not, replace it by a plain placeholder."


def _message(leak: Leak) -> str:
    parts = [f"{headline(leak)}.", _elsewhere(leak), _about_pragma(leak), next_step(leak)]
    return " ".join(part for part in (*parts, visible(leak.first.message)) if part)


def _elsewhere(leak: Leak) -> str:
    _, *others = dict.fromkeys(map(where, leak.places))
    more = len(others) - _OTHERS_SHOWN
    tail = f" and {more} more" if more > 0 else ""
    return f"The same value: {', '.join(others[:_OTHERS_SHOWN])}{tail}." if others else ""


def _about_pragma(leak: Leak) -> str:
    if not any(place.pragma for place in leak.places):
        return ""
    if leak.is_certain:
        return "The comment that allows it has no effect on this kind of finding."
    return "The author asks by a comment to accept it."
