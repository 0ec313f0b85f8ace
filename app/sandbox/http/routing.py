"""Routes written as GitHub's own path templates, and finding the one for a path."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.sandbox.http.call import Call

_PARAMETER = re.compile(r"\{([^}]+)\}")
# Parameters whose values may hold slashes.
_GREEDY = {"path", "ref", "basehead", "branch", "name", "environment_name"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer other than plain 200 with JSON."""

    status: int = 200
    body: Any = None
    text: str | bytes | None = None
    media: str = "application/json; charset=utf-8"


Handler = Callable[["Call"], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint and who may use it.

    `needs` names the App permission, with alternatives: "issues:write|pull_requests:write".
    `role` is the repository role of a user where it does not follow from `needs`.
    `auth` restricts the kind of caller: app, installation, user, known (not anonymous), anyone
    (App tokens too); `any` is everybody but an App by its JWT.
    """

    method: str
    template: str
    handler: Handler
    needs: str = "metadata:read"
    role: str | None = None
    auth: str = "any"


class Router:
    """All routes, the most literal template first."""

    def __init__(self, routes: Sequence[Route]) -> None:
        ordered = sorted(routes, key=lambda route: _specificity(route.template))
        self._routes = [(_pattern(route.template), route) for route in ordered]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route of a request with the values of its parameters."""
        for pattern, route in self._routes:
            if route.method == method and (found := pattern.fullmatch(path)):
                return route, found.groupdict()
        return None

    def templates(self) -> list[tuple[str, str]]:
        """Every (method, template) that is served."""
        return [(route.method, route.template) for _, route in self._routes]


def _pattern(template: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(template)
    made = [re.escape(p) if i % 2 == 0 else _group(p) for i, p in enumerate(pieces)]
    return re.compile("".join(made))


def _group(name: str) -> str:
    if name.endswith(("_id", "_number")) and name != "workflow_id":
        return rf"(?P<{name}>\d+)"
    return f"(?P<{name}>.+)" if name in _GREEDY else f"(?P<{name}>[^/]+)"


def _specificity(template: str) -> tuple[int, int]:
    literal = _PARAMETER.sub("", template)
    greedy = sum(name in _GREEDY for name in _PARAMETER.findall(template))
    return (-len(literal), greedy)
