"""The section `deployments.incidents` of the policy: who is called, and what opens or closes."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.policy.values import Identifier, Login, Section

SeverityName = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
LabelName = Annotated[str, Field(title="label", min_length=1, max_length=50)]


class Called(Section):
    """Accounts and teams that are mentioned, so that GitHub tells them."""

    users: Annotated[tuple[Login, ...], Field(max_length=20)] = Field(
        default=(), description="These accounts."
    )
    teams: Annotated[tuple[Identifier, ...], Field(max_length=20)] = Field(
        default=(), description="These teams of the organisation, by slug."
    )


class Incidents(Section):
    """What becomes of incidents; without a word here they have an issue, and nobody is called."""

    issues: bool = Field(default=True, description="Whether each incident gets an issue.")
    label: LabelName | None = Field(
        default=None,
        description="Label of incidents: our issues get it, and an issue that somebody at L2 or a "
        "listed app gives it to reports one.",
    )
    severities: dict[LabelName, SeverityName] = Field(
        default={}, description="What other labels of such an issue say about how bad it is."
    )
    closes: tuple[SeverityName, ...] = Field(
        default=("SEV1",),
        description="Severities whose incidents close production until they are reviewed; what "
        "was taken back closes its environment always.",
    )
    page: Called = Field(default=Called(), description="Who is called.")
    escalate: Called = Field(
        default=Called(), description="Who is called besides when a review is three days late."
    )
    hand_off: bool = Field(
        default=False,
        description="Whether the context of what was taken back is written down for whoever "
        "mends it, a person or an agent.",
    )
    hand_off_label: LabelName | None = Field(
        default=None, description="Label that the issue gets with it."
    )
    hand_off_assignee: Login | None = Field(
        default=None, description="Account that the issue is assigned to with it."
    )
