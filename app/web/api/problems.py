"""Errors of the API as problem details.

Format: RFC 9457; `type` is a URN of ours that never changes, `detail` may.
"""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from typing_extensions import override

from app.errors import GatewrightError

MEDIA_TYPE = "application/problem+json"


@dataclass
class ProblemError(GatewrightError):
    """Why a request is not carried out; `retry_after` are seconds."""

    status: HTTPStatus
    kind: str
    detail: str
    retry_after: int | None = None

    @override
    def __str__(self) -> str:
        return self.detail


def answer_with_problems(blueprint: Blueprint) -> None:
    """Let a blueprint answer its problems as problem details."""

    @blueprint.errorhandler(ProblemError)
    def problem(error: ProblemError) -> Response:
        answer = jsonify(
            type=f"urn:gatewright:problem:{error.kind}",
            title=error.status.phrase,
            status=int(error.status),
            detail=error.detail,
        )
        answer.status_code = error.status
        answer.content_type = MEDIA_TYPE
        if error.retry_after is not None:
            answer.headers["Retry-After"] = str(error.retry_after)
        if error.status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
