"""The section `watch` of an environment: what is measured of a version, and what is too bad."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.policy.values import Section
from app.core.text import quoted

_NAMES = ("sha", "environment")
# A name alone in braces is no selector of PromQL, so whoever writes one means a placeholder.
_PLACEHOLDER = re.compile(r"\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}")
_SHARE = r"^[0-9]{1,2}(\.[0-9]{1,4})?%$"


def check_query(text: str) -> str:
    """Accept a query whose placeholders are known; anything else raises ValueError."""
    for found in _PLACEHOLDER.finditer(text):
        if found[1] not in _NAMES or found[0] != f"{{{found[1]}}}":
            raise ValueError(
                f"{quoted(found[0])} is not filled in; {{sha}} and {{environment}} are"
            )
    return text


def check_share(text: str) -> str:
    """Accept a share with its unit that is more than nothing; anything else raises ValueError."""
    if not re.fullmatch(_SHARE, text):
        raise ValueError("must be a share with its unit, for example 0.1%")
    if not share(text):
        raise ValueError("must be more than 0%")
    return text


def share(text: str) -> Decimal:
    """Return a checked share such as `0.1%` as a part of one."""
    return Decimal(text.removesuffix("%")).scaleb(-2)


def filled(query: str, sha: str, environment: str) -> str:
    """Return a query about one commit in one environment; nothing else is ever put in."""
    if not re.fullmatch(r"[0-9a-f]{40}", sha) or not re.fullmatch(
        r"[\w./@:+-]{1,100}", environment
    ):
        raise ValueError("neither a commit nor an environment's name is anything else")
    return query.replace("{sha}", sha).replace("{environment}", environment)


Query = Annotated[
    str,
    Field(title="PromQL query", min_length=1, max_length=2000),
    AfterValidator(check_query),
]
# The unit stands in the value, so that 0.1 is never taken for 10% (trap T87).
Share = Annotated[
    str, Field(title="share", json_schema_extra={"pattern": _SHARE}), AfterValidator(check_share)
]


class WatchLimits(Section):
    """What is too bad; what the canary judge asks beyond it is in its own documentation."""

    error_rate: Share = Field(
        default="0.1%", description="A canary's share of errors must be proven to lie below."
    )
    error_burst: Share = Field(
        default="5%", description="A larger share of errors in 5 minutes takes the version back."
    )
    sla_ms: Annotated[int, Field(ge=1, le=600_000)] | None = Field(
        default=None, description="The SLA of p99 in ms: what is slower counts as `slow`."
    )
    p95_ms: Annotated[int, Field(ge=1, le=600_000)] = Field(
        default=500, description="A canary's p95 must lie below, in ms."
    )
    requests_per_second: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        default=None, description="What a canary must serve at least; by default not judged."
    )
    unhealthy: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=2, description="More unhealthy instances in two looks take the version back."
    )


class WatchBaseline(Section):
    """The live version, measured at the same time; `{sha}` is its commit here."""

    kind: Literal["fresh", "production"] = Field(
        default="production",
        description="Started together with the canary, or long-running: that widens intervals.",
    )
    requests: Query = Field(description="Requests within the last minute.")
    p95_ms: Query | None = Field(default=None, description="95th percentile of latency, in ms.")
    instances: Query | None = Field(default=None, description="How many instances there are.")


class Watch(Section):
    """Queries about the deployed version, each with one number a minute as its answer."""

    requests: Query = Field(description="Requests within the last minute.")
    errors: Query = Field(description="Those of them that failed.")
    slow: Query | None = Field(
        default=None, description="Those of them that were slower than `limits.sla_ms`."
    )
    outliers: Query | None = Field(
        default=None, description="Those slower than 1.5 times the earlier version's p99."
    )
    p95_ms: Query | None = Field(default=None, description="95th percentile of latency, in ms.")
    unhealthy: Query | None = Field(default=None, description="How many instances are not well.")
    instances: Query | None = Field(default=None, description="How many instances there are.")
    compliance: Query | None = Field(
        default=None,
        description="Compliance score in points; one that has fallen by 2 takes the version back.",
    )
    baseline: WatchBaseline | None = Field(
        default=None, description="The live version beside a canary."
    )
    limits: WatchLimits = Field(default=WatchLimits(), description="What is too bad.")
