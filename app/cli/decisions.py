"""What the commands share that end with GO, SHADOW ONLY or PAUSE & FIX."""

from typing import Annotated

import typer

from app.core.canary.verdict import Decision, Result

STATUS = {Decision.GO: 0, Decision.PAUSE_AND_FIX: 1, Decision.SHADOW_ONLY: 2}
COLOURS = {Result.PASS: "green", Result.INCONCLUSIVE: "yellow", Result.FAIL: "red"}
DECISION_COLOURS = {
    Decision.GO: "green",
    Decision.SHADOW_ONLY: "yellow",
    Decision.PAUSE_AND_FIX: "red",
}
Now = Annotated[
    str | None,
    typer.Option("--now", help="The moment of the decision, as 2026-11-20T12:00:00Z."),
]
