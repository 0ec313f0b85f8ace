"""The errors that GitHub answers with, raised anywhere below a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import GatewrightError

DOCUMENTATION = "https://docs.github.com/rest"


class ProblemError(GatewrightError):
    """An HTTP error with GitHub's JSON body."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Mapping[str, Any] | str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the error as GitHub writes it."""
        made: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            made["errors"] = list(self.errors)
        return made | {"documentation_url": DOCUMENTATION, "status": str(self.status)}


def not_found() -> ProblemError:
    """Absent, or not for this caller's eyes: GitHub does not tell which."""
    return ProblemError(404, "Not Found")


def bad_credentials() -> ProblemError:
    """Refuse a token that is unknown, expired or revoked."""
    return ProblemError(401, "Bad credentials")


def not_accessible() -> ProblemError:
    """Refuse an installation that lacks the permission of the endpoint."""
    return ProblemError(403, "Resource not accessible by integration")


def invalid(resource: str, field: str, code: str, message: str | None = None) -> ProblemError:
    """Return a 422 about one field; with a message the code is `custom`."""
    error = {"resource": resource, "field": field, "code": code}
    if message is not None:
        error["message"] = message
    return ProblemError(422, "Validation Failed", [error])


def refused(reason: str) -> ProblemError:
    """Return a 422 whose errors are plain sentences, as reviews and some others give."""
    return ProblemError(422, "Unprocessable Entity", [reason])
