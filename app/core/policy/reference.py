"""The policy file's reference, made from its model: JSON Schema and Markdown tables."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from app.core.compliance.builtin import BUILTIN, flatten
from app.core.policy.model import Policy
from app.core.policy.values import duration_text
from app.core.text import table_cell

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_Schema = Mapping[str, Any]


class _Generator(GenerateJsonSchema):
    """Writes durations as the file does, and no titles that only repeat the key."""

    @override
    def encode_default(self, dft: Any) -> Any:
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def policy_schema() -> dict[str, object]:
    """Return the JSON Schema of the file, for editors and for others who check it."""
    schema = Policy.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {"$schema": _DIALECT, **schema, "title": "Gatewright policy, version 1"}


def schema_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def key_table() -> str:
    """Return a Markdown table of every key: where it stands, form, default, meaning."""
    schema = policy_schema()
    definitions = cast("Mapping[str, _Schema]", schema["$defs"])
    rows = [
        f"| `{name}` | {_form(key, definitions)} | {_default(key, required=required)} "
        f"| {table_cell(str(key.get('description', '')))} |"
        for name, key, required in _keys(schema, definitions, "")
    ]
    return "\n".join(("| key | form | default | meaning |", "| --- | --- | --- | --- |", *rows))


def rule_table() -> str:
    """Return a Markdown table of the built-in compliance rules."""
    rows = [
        f"| `{rule}` | {about.title} | {about.fix} | {', '.join(flatten(about.controls))} |"
        for rule, about in BUILTIN.items()
    ]
    return "\n".join(("| rule | holds when | next step | controls |", "| --- " * 4 + "|", *rows))


def _keys(
    schema: _Schema, definitions: Mapping[str, _Schema], prefix: str, inside: tuple[str, ...] = ()
) -> Iterator[tuple[str, _Schema, bool]]:
    """Yield name, schema and whether it must be written, in the order of the model."""
    for name, key in schema["properties"].items():
        yield prefix + name, key, name in schema.get("required", ())
        marks, section = _section(key)
        # `any_of` holds what it stands in; the table says it once.
        if section and section not in inside:
            inner = (*inside, section)
            yield from _keys(definitions[section], definitions, f"{prefix}{name}{marks}.", inner)


def _section(key: _Schema) -> tuple[str, str]:
    """Return the name of the section behind a key: `[]` for a list of them, `.*` for a mapping."""
    if "$ref" in key:
        return "", key["$ref"].rpartition("/")[2]
    alternatives = (("", each) for each in key.get("anyOf", ()))
    for marks, inner in (("[]", key.get("items")), (".*", _values(key)), *alternatives):
        found = _section(inner) if inner else ("", "")
        if found[1]:
            return marks + found[0], found[1]
    return "", ""


def _values(key: _Schema) -> _Schema | None:
    """Return what the values of a mapping with free keys look like."""
    if isinstance(key.get("additionalProperties"), dict):
        return cast("_Schema", key["additionalProperties"])
    return next(iter(key.get("patternProperties", {}).values()), None)


def _form(key: _Schema, definitions: Mapping[str, _Schema]) -> str:
    if "$ref" in key:
        return "section"
    if "anyOf" in key:
        forms = (_form(each, definitions) for each in key["anyOf"] if each.get("type") != "null")
        return " or ".join(dict.fromkeys(forms))
    words = key.get("enum") or ([key["const"]] if "const" in key else [])
    if words:
        return " or ".join(f"`{word}`" for word in words)
    return _plain_form(key, definitions)


def _plain_form(key: _Schema, definitions: Mapping[str, _Schema]) -> str:
    if key["type"] == "array":
        return f"list of {_plural(_form(key['items'], definitions))}"
    if key["type"] == "object":
        return f"mapping of {_plural(_form(_values(key) or {'type': 'text'}, definitions))}"
    plain = {"boolean": "`true` or `false`", "integer": "number", "number": "number"}
    return str(key.get("title") or plain.get(key["type"], "text"))


def _plural(form: str) -> str:
    if form.startswith("list "):
        return form.replace("list ", "lists ", 1)
    return f"{form}s" if form in {"login", "name", "pattern", "section"} else form


def _default(key: _Schema, *, required: bool) -> str:
    if required:
        return "must be written"
    default = key.get("default")
    if default in (None, [], {}):
        return "none"
    if "$ref" in key or (isinstance(default, list) and isinstance(default[0], dict)):
        return "see below"
    words = default if isinstance(default, list) else [default]
    return ", ".join(f"`{json.dumps(word).strip(chr(34))}`" for word in words)
