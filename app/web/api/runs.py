"""Who calls the API: a workflow run, by its OIDC token, about its own repository."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Request

from app.errors import KeysUnavailableError, TokenRefusedError
from app.ports.identity import RunIdentity, RunTokens
from app.web.api.problems import ProblemError

_RETRY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Callers:
    """Proves callers; the token must be one of a run of the repository that is addressed."""

    tokens: RunTokens

    def run(self, full_name: str, incoming: Request) -> RunIdentity:
        """Return the run that calls; raises ProblemError."""
        kind, _, token = incoming.headers.get("Authorization", "").partition(" ")
        if kind.casefold() != "bearer" or not token.strip():
            detail = "Send the run's OIDC token as `Authorization: Bearer …`."
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "token-missing", detail)
        try:
            run = self.tokens.identity(token.strip())
        except TokenRefusedError as error:
            detail = f"{str(error).capitalize()}."
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "token-refused", detail) from error
        except KeysUnavailableError as error:
            raise later("issuer-unavailable", f"{str(error).capitalize()}.") from error
        if run.repository.casefold() != full_name.casefold():
            detail = "The token is that of a run of another repository."
            raise ProblemError(HTTPStatus.FORBIDDEN, "other-repository", detail)
        return run


def later(kind: str, detail: str) -> ProblemError:
    """Return the problem of what may go well if it is sent again."""
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, kind, detail, _RETRY_SECONDS)


def unknown_repository() -> ProblemError:
    """Return the problem of a repository in which the App is not installed."""
    detail = "The App is not installed on this repository."
    return ProblemError(HTTPStatus.NOT_FOUND, "repository-unknown", detail)


def json_body(incoming: Request, most: int) -> bytes:
    """Return a body that says it is JSON and how long it is; raises ProblemError."""
    if incoming.mimetype != "application/json":
        detail = "The body is sent as application/json."
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", detail)
    if incoming.content_length is None or incoming.content_length > most:
        detail = f"The body must be at most {most} bytes, and say how many."
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)
    return incoming.get_data(cache=False)
