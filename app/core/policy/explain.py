"""What the model says against a file, in words that name the key and the place."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.policy.model import Policy
from app.core.policy.tree import Node, Place
from app.core.policy.values import Section
from app.core.text import quoted

Steps = tuple[str | int, ...]

# Each reads on after the name of the key; the words in braces come from pydantic's context.
_MUST_BE = {
    "bool_type": "true or false",
    "dict_type": "a mapping of keys",
    "greater_than_equal": "at least {ge}",
    "int_type": "a whole number",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "model_type": "a mapping of keys",
    "string_pattern_mismatch": "of the form {pattern}",
    "string_too_long": "at most {max_length} characters long",
    "string_too_short": "at least {min_length} character long",
    "string_type": "text",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "tuple_type": "a list",
}


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One thing wrong at one place."""

    place: Place
    message: str


def explain(error: ValidationError, tree: Node) -> Iterator[Complaint]:
    """Say what is wrong, once for each place; several forms of a value are joined by "or"."""
    located = sorted(
        ((*tree.trace(each["loc"]), each) for each in error.errors(include_url=False)),
        key=lambda found: (found[0], list(map(str, found[1]))),
    )
    for (place, way), group in groupby(located, key=lambda found: found[:2]):
        yield Complaint(place, _message(way, [each for _, _, each in group]))


def dotted(way: Iterable[str | int]) -> str:
    """Write a way through the file as code, for example `gates.ci.required[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return quoted(text.removeprefix(".")) if text else "the file"


def _message(way: Steps, errors: Sequence[ErrorDetails]) -> str:
    special = [_special(way, error) for error in errors]
    if any(special):
        return "; ".join(dict.fromkeys(filter(None, special)))
    wanted = " or ".join(dict.fromkeys(map(_wanted, errors)))
    return f"{dotted(way)} must be {wanted}{_found(errors[0])}"


def _special(way: Steps, error: ErrorDetails) -> str | None:
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"{dotted(way)} is not a known key{_suggestion(way)}"
    if kind == "missing":
        return f"{dotted(way)} lacks the key `{error['loc'][-1]}`"
    if kind == "value_error":
        return f"{dotted(way)}: {error['ctx']['error']}"
    if error["loc"][-1:] == ("[key]",):
        return f"the key {dotted(way)} must be {_wanted(error)}"
    return None


def _wanted(error: ErrorDetails) -> str:
    # A kind that a newer pydantic adds is still said, in pydantic's words.
    form = _MUST_BE.get(error["type"])
    return form.format(**error.get("ctx", {})) if form else f"otherwise ({error['msg']})"


def _found(error: ErrorDetails) -> str:
    value = error["input"]
    if value is None:
        return "; it is empty"
    if isinstance(value, list | dict):
        return ""
    shown = quoted(value if isinstance(value, str) else json.dumps(value))
    # A bare number or word where text belongs only lacks its quotes.
    return f"; found {shown}{' without quotes' if error['type'] == 'string_type' else ''}"


def _suggestion(way: Steps) -> str:
    known = tuple(_keys_of(_model_at(way[:-1])))
    near = get_close_matches(str(way[-1]), known, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known here are {', '.join(f'`{key}`' for key in sorted(known))}"


def _keys_of(model: type[Section]) -> Iterator[str]:
    return (each.alias or name for name, each in model.model_fields.items())


def _model_at(way: Steps) -> type[Section]:
    """Return the section of the model that a way through the file leads to."""
    model: type[Section] = Policy
    for step in way:
        if isinstance(step, str):
            fields = {each.alias or name: each for name, each in model.model_fields.items()}
            model = _models_in(fields[step].annotation)[0]
    return model


def _models_in(annotation: Any) -> tuple[type[Section], ...]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return (annotation,)
    return tuple(model for part in get_args(annotation) for model in _models_in(part))
