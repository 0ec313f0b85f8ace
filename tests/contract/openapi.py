"""GitHub's own OpenAPI description as a judge of requests and answers.

Used by any test that speaks GitHub's REST API: a call that does not fit the description of
`@octokit/openapi` is a list of violations, one sentence each. Schemas are translated from
OpenAPI 3.0 to JSON Schema only when an operation is first used, because the whole is 13 MB.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, relevance
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = Any
NODE = Path(__file__).parent / "node"
DESCRIPTION = NODE / "node_modules/@octokit/openapi/generated/api.github.com.json"
HOW_TO_GET = f"run `npm ci` in {NODE.relative_to(NODE.parents[2])} for GitHub's descriptions"
SCHEME = "component:"
JSON = "application/json"
MOST_PROBLEMS = 20
SHOWN = 120
METHODS = ("get", "post", "put", "patch", "delete")
# GitHub describes few of the errors that any endpoint may give; they all share one body.
UNDESCRIBED_ERRORS = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503}
# Parameters that any endpoint takes, described or not.
COMMON_QUERY = {"per_page", "page"}
_PARAMETER = re.compile(r"\{([^}]+)\}")
# Path parameters that may hold slashes although OpenAPI has no way to say so.
_SLASHES = {"path", "ref", "basehead", "branch", "name", "ref_name", "dir", "environment_name"}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$")
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+$")

formats = FormatChecker(formats=())


@formats.checks("date-time")
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or _DATE_TIME.match(value) is not None


@formats.checks("uri")
def _is_uri(value: object) -> bool:
    # GitHub answers "" for a URL that is not set (`gravatar_id`, `blog`, `target_url`).
    return not isinstance(value, str) or value == "" or _URI.match(value) is not None


class DescriptionMissingError(Exception):
    """The npm package with GitHub's description is not installed; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path template of the description."""

    method: str
    template: str
    spec: Mapping[str, Json]
    parameters: tuple[Mapping[str, Json], ...]


class OpenApi:
    """The description with lazily made, cached validators."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._document = document
        self._registry: Registry[Json] = Registry(retrieve=self._retrieve)
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}
        self._routes = sorted(
            ((_pattern(template), template) for template in document["paths"]),
            key=lambda route: _specificity(route[1]),
        )

    @staticmethod
    @cache
    def load() -> "OpenApi":
        """Read the installed description once per process."""
        if not DESCRIPTION.is_file():
            raise DescriptionMissingError(HOW_TO_GET)
        return OpenApi(json.loads(DESCRIPTION.read_bytes()))

    def match(self, method: str, path: str) -> Operation | None:
        """Find the most literal template that fits and knows the method."""
        for pattern, template in self._routes:
            item = self._document["paths"][template]
            if method.lower() in item and pattern.fullmatch(path):
                return self._operation(method.lower(), template)
        return None

    def operations(self) -> Iterator[tuple[str, str]]:
        """Every (METHOD, template) that GitHub describes."""
        for template, item in self._document["paths"].items():
            yield from ((method.upper(), template) for method in METHODS if method in item)

    def validate_request(
        self, method: str, path: str, query: Mapping[str, str], body: Json
    ) -> list[str]:
        """What a client sends: path, query string and JSON body."""
        operation = self.match(method, path)
        if operation is None:
            return [f"{method} {path}: not described by GitHub"]
        where = f"{operation.method.upper()} {operation.template}"
        problems = [*self._path_problems(operation, path), *self._query_problems(operation, query)]
        problems += self._body_problems(operation, body)
        return [f"{where} request: {problem}" for problem in problems]

    def validate_response(
        self, method: str, path: str, status: int, body: Json, media: str = JSON
    ) -> list[str]:
        """What a server answers: a described status with a body of the described shape."""
        operation = self.match(method, path)
        if operation is None:
            return [f"{method} {path}: not described by GitHub"]
        where = f"{operation.method.upper()} {operation.template} -> {status}"
        return [
            f"{where}: {problem}"
            for problem in self._answer_problems(operation, status, (body, media))
        ]

    def _answer_problems(
        self, operation: Operation, status: int, content: tuple[Json, str]
    ) -> list[str]:
        body, media_type = content
        answer = operation.spec["responses"].get(str(status))
        if answer is None:
            return self._undescribed(status, body)
        answer = self._resolve(answer)
        media = answer.get("content", {}).get(media_type)
        if media is None or "schema" not in media:
            known = "content" in answer or body in (None, "")
            return [] if known else ["has a body although none is described"]
        if body is None:
            return ["has no body although one is described"]
        key = (operation.method, operation.template, str(status), media_type)
        return self._violations(key, media["schema"], body)

    def _undescribed(self, status: int, body: Json) -> list[str]:
        if status == 304:
            return [] if body in (None, "") else ["304 with a body"]
        if status not in UNDESCRIBED_ERRORS:
            return ["status is not described"]
        error = {"$ref": "#/components/schemas/basic-error"}
        return self._violations(("error",), error, body)

    def _path_problems(self, operation: Operation, path: str) -> list[str]:
        found = _pattern(operation.template).fullmatch(path)
        names = _PARAMETER.findall(operation.template)
        values = dict(zip(names, found.groups() if found else (), strict=True))
        return self._parameter_problems(operation, "path", values)

    def _query_problems(self, operation: Operation, query: Mapping[str, str]) -> list[str]:
        described = {p["name"]: p for p in operation.parameters if p["in"] == "query"}
        unknown = sorted(set(query) - set(described) - COMMON_QUERY)
        missing = sorted(
            name for name, p in described.items() if p.get("required") and name not in query
        )
        return [
            *(f"unknown query parameter {name!r}" for name in unknown),
            *(f"query parameter {name!r} is required" for name in missing),
            *self._parameter_problems(operation, "query", query),
        ]

    def _parameter_problems(
        self, operation: Operation, place: str, values: Mapping[str, str]
    ) -> list[str]:
        problems: list[str] = []
        for parameter in operation.parameters:
            name = parameter["name"]
            if parameter["in"] != place or name not in values:
                continue
            schema = self._resolve(parameter["schema"])
            value = _typed(values[name], schema)
            key = (operation.method, operation.template, place, name)
            problems += [f"{name}: {p}" for p in self._violations(key, schema, value)]
        return problems

    def _body_problems(self, operation: Operation, body: Json) -> list[str]:
        described = operation.spec.get("requestBody")
        if described is None:
            return [] if body in (None, "", {}) else ["body is not described"]
        described = self._resolve(described)
        media = described["content"].get(JSON)
        if media is None:
            return []
        if body is None:
            return ["body is required"] if described.get("required") else []
        key = (operation.method, operation.template, "request")
        schema = media["schema"]
        return [*self._violations(key, schema, body), *self._unknown_fields(schema, body)]

    def _unknown_fields(self, schema: Json, body: Json) -> list[str]:
        known = self._known_fields(schema)
        if known is None or not isinstance(body, dict):
            return []
        return [f"unknown field {name!r}" for name in sorted(set(body) - known)]

    def _known_fields(self, schema: Json) -> set[str] | None:
        """Property names of a schema and its alternatives; None where any name is allowed."""
        schema = self._resolve(schema)
        if schema.get("additionalProperties"):
            return None
        known = set(schema.get("properties", {}))
        for branch in [*schema.get("oneOf", []), *schema.get("anyOf", [])]:
            inner = self._known_fields(branch)
            if inner is None:
                return None
            known |= inner
        return known or None

    def _violations(self, key: tuple[str, ...], schema: Json, value: Json) -> list[str]:
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(
                _translated(schema), registry=self._registry, format_checker=formats
            )
        errors = sorted(self._validators[key].iter_errors(value), key=relevance)
        return [_sentence(error) for error in errors[:MOST_PROBLEMS]]

    def _operation(self, method: str, template: str) -> Operation:
        item = self._document["paths"][template]
        raw = [*item.get("parameters", []), *item[method].get("parameters", [])]
        return Operation(method, template, item[method], tuple(self._resolve(p) for p in raw))

    def _resolve(self, node: Json) -> Json:
        while "$ref" in node:
            target: Json = self._document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def _retrieve(self, uri: str) -> Resource[Json]:
        node = self._resolve({"$ref": uri.replace(SCHEME, "#/")})
        return Resource(contents=_translated(node), specification=DRAFT202012)


def _translated(node: Json) -> Json:
    """OpenAPI 3.0 schema → JSON Schema: nullable, lazy references, unstrict oneOf."""
    if isinstance(node, list):
        return [_translated(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"].replace("#/", SCHEME, 1)}
    made = {key: _child(key, value) for key, value in node.items() if key not in _DROPPED}
    if "oneOf" in made:  # GitHub's alternatives overlap: its own answers fit several of them
        made["anyOf"] = [*made.pop("oneOf"), *made.get("anyOf", [])]
    return _nullable(made) if node.get("nullable") is True else made


_DROPPED = {"nullable", "example", "examples", "externalDocs", "readOnly", "deprecated", "default"}
_NAMED_SCHEMAS = {"properties", "patternProperties"}
_VERBATIM = {"enum", "required", "description", "title", "type", "format", "pattern"}


def _child(key: str, value: Json) -> Json:
    if key in _NAMED_SCHEMAS:
        return {name: _translated(schema) for name, schema in value.items()}
    return value if key in _VERBATIM else _translated(value)


def _nullable(schema: dict[str, Json]) -> dict[str, Json]:
    if set(schema) & {"anyOf", "allOf"} or "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    widened = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(template)
    made = [re.escape(piece) if i % 2 == 0 else _group(piece) for i, piece in enumerate(pieces)]
    return re.compile("".join(made))


def _group(name: str) -> str:
    return "(.+)" if name in _SLASHES else "([^/]+)"


def _specificity(template: str) -> tuple[int, int, int]:
    """Longest literal text first; at equal length the template with fewer parameters."""
    literal = _PARAMETER.sub("", template)
    greedy = sum(name in _SLASHES for name in _PARAMETER.findall(template))
    return (-len(literal), greedy, template.count("{"))


def _typed(text: str, schema: Mapping[str, Json]) -> Json:
    """Read a text of a URL as the type that the schema asks for, where it can be."""
    alternatives = [schema, *schema.get("oneOf", []), *schema.get("anyOf", [])]
    wanted = {alternative.get("type") for alternative in alternatives}
    if "integer" in wanted and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "boolean" in wanted and text in {"true", "false"}:
        return text == "true"
    return [unquote(text)] if wanted == {"array"} else unquote(text)


def _sentence(error: ValidationError) -> str:
    """Path and reason, going down into the alternative that came closest."""
    while error.context:
        error = min(error.context, key=_distance)
    path = "/".join(str(step) for step in error.absolute_path) or "(body)"
    return f"{path}: {_shortened(error.message)}"


def _shortened(text: str) -> str:
    """Leave out the middle: what is wrong stands behind the value."""
    return text if len(text) <= 2 * SHOWN else f"{text[:SHOWN]} … {text[-SHOWN:]}"


def _distance(error: ValidationError) -> tuple[int, int]:
    """Prefer errors deep in the body, and missing fields over a wrong basic type."""
    return (-len(error.absolute_path), error.validator in {"type", "enum"})
