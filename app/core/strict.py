"""JSON read strictly: known version, each key known and once, numbers exact."""

import json
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from app.errors import GatewrightError

T = TypeVar("T")


class UnreadableError(GatewrightError, ValueError):
    """Bytes are not what they should be; the message names the place, never the value."""


def read_strictly(content: bytes, schema: str, adapter: TypeAdapter[tuple[T]]) -> T:
    """Read one versioned object; raises UnreadableError with the first mistake."""
    loaded = loaded_strictly(content)
    if not isinstance(loaded, dict) or loaded.pop("schema", None) != schema:
        raise UnreadableError(f"not of the version {schema}, the only one known")
    return _validated(loaded, adapter)


def read_unversioned(content: bytes, adapter: TypeAdapter[tuple[T]]) -> T:
    """Read one value whose version stands elsewhere, as in an address; raises UnreadableError."""
    return _validated(loaded_strictly(content), adapter)


def loaded_strictly(content: bytes) -> object:
    """Return what JSON holds, fractions as texts; raises UnreadableError."""
    try:
        # NOTE: fractions stay texts until they are decimals; 9.999999999999999999 is not 10.
        return json.loads(
            content,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_without_repeated_keys,
        )
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from error


def _validated(loaded: object, adapter: TypeAdapter[tuple[T]]) -> T:
    try:
        (value,) = adapter.validate_json(json.dumps([loaded]))
    except ValidationError as error:
        raise UnreadableError(_first_mistake(error)) from error
    return value


def _without_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse what two readers of the same bytes could understand differently."""
    loaded = dict(pairs)
    if len(loaded) < len(pairs):
        raise UnreadableError("a key is repeated in an object")
    return loaded


def _first_mistake(error: ValidationError) -> str:
    """Name the place and the mistake, never the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"][1:]) or "the whole"
    return f"{place}: {first['msg']}"
