"""`gatewright schema`: the published JSON Schemas, for editors and other programs."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from app.core.policy import reference
from app.core.schema import facts_schema, judgement_schema, schema_text


class Name(StrEnum):
    """Documents that have a schema."""

    POLICY = "policy"
    FACTS = "facts"
    JUDGEMENT = "judgement"


Which = Annotated[Name, typer.Argument(help="The document whose schema is wanted.")]


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("schema")(show)


def show(name: Which = Name.POLICY) -> None:
    """Print a JSON Schema, for editors and other programs."""
    texts: dict[Name, Callable[[], str]] = {
        Name.POLICY: reference.schema_text,
        Name.FACTS: lambda: schema_text(facts_schema()),
        Name.JUDGEMENT: lambda: schema_text(judgement_schema()),
    }
    print(texts[name](), end="")
