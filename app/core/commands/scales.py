"""The two scales of commands: how much a person may do and how much may go wrong."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Level(IntEnum):
    """What a person may do; a higher level includes the lower ones."""

    NONE = 0
    READ = 1
    CONTRIBUTE = 2
    OPERATE = 3
    OPERATE_PRODUCTION = 4
    INFRASTRUCTURE = 5

    @property
    def label(self) -> str:
        """The level as people write it, for example L3."""
        return f"L{self.value}"


LEVEL_MEANING: Mapping[Level, str] = MappingProxyType(
    {
        Level.NONE: "No command; what the person may do is nothing or not known.",
        Level.READ: "Read: ask what is, what would happen, and why.",
        Level.CONTRIBUTE: "Contribute: hold back, look again, deploy to development.",
        Level.OPERATE: "Operate everything but production.",
        Level.OPERATE_PRODUCTION: "Operate production.",
        Level.INFRASTRUCTURE: (
            "Infrastructure: lift a global freeze, accept loss of data, override a security gate."
        ),
    }
)


class Risk(StrEnum):
    """How much may go wrong with a command, which decides who must agree beforehand."""

    SAFE = "SAFE"
    RESTRICTED = "RESTRICTED"
    ELEVATED = "ELEVATED"
    DANGEROUS = "DANGEROUS"
    CRITICAL = "CRITICAL"

    def reaches(self, floor: "Risk") -> bool:
        """Tell whether at least as much may go wrong as with the given class."""
        return _ORDER.index(self) >= _ORDER.index(floor)


_ORDER = tuple(Risk)

RISK_MEANING: Mapping[Risk, str] = MappingProxyType(
    {
        Risk.SAFE: "Only reads.",
        Risk.RESTRICTED: "Changes a record, a hold or development; easily undone.",
        Risk.ELEVATED: (
            "Changes an environment that others use, or stops something; names its environment."
        ),
        Risk.DANGEROUS: (
            "Changes production or weakens a protection; waits for people's approval, and the "
            "comment is read again before anything happens."
        ),
        Risk.CRITICAL: (
            "May lose data or security; waits for two people, one of them at the highest level."
        ),
    }
)


class Tier(StrEnum):
    """What an environment is for; what the policy does not say is production."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
