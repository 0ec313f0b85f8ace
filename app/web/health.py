"""`/healthz`: the process answers. `/readyz`: it can do its work. `/metrics`: its numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify

from app.web.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Readiness:
    """Named checks; each returns an empty text or says what is wrong."""

    checks: Mapping[str, Callable[[], str]]

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by check."""
        asked = {name: check() for name, check in self.checks.items()}
        return {name: problem for name, problem in asked.items() if problem}


def health_blueprint(readiness: Readiness, metrics: Metrics) -> Blueprint:
    """Return the routes that operators and their machines ask."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        problems = readiness.problems()
        status = "not ready" if problems else "ready"
        return jsonify(status=status, problems=problems), 503 if problems else 200

    @blueprint.get("/metrics")
    def numbers() -> Response:
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return blueprint
