"""Rows with sensible values, so that a test names only what it is about."""

from dataclasses import fields, replace
from typing import Any

from app.store.verdicts import Publication, Recorded


def recorded(name: str, **changes: Any) -> Recorded:
    """Return a verdict; a field that no test is about holds its own name."""
    plain: dict[str, Any] = {field.name: field.name for field in fields(Recorded)}
    numbers = {"account_id": 9, "repository_id": 1, "pull_request": 7}
    moment = {"decided_at": "2026-11-20T12:00:00+00:00", "gates": (("merge", "pass"),)}
    return Recorded(**plain | numbers | moment | {"id": name} | changes)


def publication(name: str = "gatewright/ci", **changes: Any) -> Publication:
    """Return a check run that is to be shown on the commit `abc` and is not yet."""
    plain = Publication(
        repository_id=1,
        head_sha="abc",
        name=name,
        generation=1,
        external_id=f"{name}/1",
        check_run_id=None,
        digest="d",
        outcome="fail",
        annotated=False,
        posted=False,
        verdict_id="v-1a",
    )
    return replace(plain, **changes)
