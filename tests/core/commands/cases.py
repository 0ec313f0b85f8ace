"""Names that the commands of these tests may use."""

from app.core.commands.command import Comment, Environment, Vocabulary
from app.core.commands.grammar import parse
from app.core.commands.scales import Tier

SHA = "4f0a785e" * 5
OTHER_SHA = "c0ffee00" * 5
VOCABULARY = Vocabulary(
    (
        Environment("dev", Tier.DEVELOPMENT),
        Environment("staging", Tier.STAGING, ("stage",)),
        Environment("production", Tier.PRODUCTION, ("prod", "live")),
    ),
    ("ci", "cvss", "coverage"),
)


def read(body: str) -> Comment:
    return parse(body, VOCABULARY)


def commands(body: str) -> list[str]:
    """Return the commands of a comment in their canonical form."""
    return [each.written() for each in read(body).commands]


def codes(body: str) -> list[str]:
    return [each.code.value for each in read(body).refusals]
