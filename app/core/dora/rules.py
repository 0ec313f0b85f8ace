"""What is asked, and the constants that the definitions are counted with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from app.errors import GatewrightError

Seconds = Annotated[int, Field(ge=0)]
RULES_VERSION = "1"
_CALENDAR = (-2_208_988_800, 7_258_118_400)  # 1900 to 2200


class DoraQuestionError(GatewrightError, ValueError):
    """What was asked has no answer: an empty window, an unknown zone or service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoraRules:
    """The constants of a repository; `services` gives each service the paths it owns."""

    production_environments: Annotated[tuple[str, ...], Field(min_length=1)] = ("production",)
    attribution_window_s: Seconds = 86_400
    failed_attempt_grace_s: Seconds = 900
    alert_flap_s: Seconds = 1_800
    revert_window_s: Seconds = 604_800
    hotfix_window_s: Seconds = 604_800
    max_author_age_s: Seconds = 31_536_000
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One service of one repository over `begin <= t < end`, from what was known at `as_of`."""

    repo: str
    service: str
    begin: int
    end: int
    zone: ZoneInfo
    as_of: int | None = None

    def __post_init__(self) -> None:
        """Refuse a window that holds no moment, and one that no calendar is sure of."""
        if self.begin >= self.end:
            raise DoraQuestionError("the window ends before it begins")
        if self.begin < _CALENDAR[0] or self.end > _CALENDAR[1]:
            raise DoraQuestionError("the window must lie between the years 1900 and 2200")

    def has(self, moment: int) -> bool:
        """Tell whether a moment lies in the window."""
        return self.begin <= moment < self.end

    @property
    def seconds(self) -> int:
        """Return the length of the window."""
        return self.end - self.begin


def prefixes_of(rules: DoraRules, service: str) -> tuple[str, ...] | None:
    """Return the paths of a service; None without a map of services, where all paths count."""
    if not rules.services:
        return None
    if service not in rules.services:
        raise DoraQuestionError(f"the configuration names no service {service!r}")
    return rules.services[service]
