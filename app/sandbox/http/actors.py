"""Who makes a request, found from the Authorization header."""

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta

import jwt

from app.sandbox.problems import ProblemError, bad_credentials
from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App, InstallationToken
from app.sandbox.world.world import World

LONGEST_JWT = timedelta(minutes=10)
CLOCK_SKEW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: nobody, a user, an App by its JWT, or an installation by its token."""

    kind: str = "anonymous"
    account: Account | None = None
    app: App | None = None
    token: InstallationToken | None = None

    @property
    def name(self) -> str:
        """How the request log calls the caller."""
        if self.kind == "app" and self.app is not None:
            return f"app:{self.app.slug}"
        if self.token is not None:
            return f"installation:{self.token.installation.id}"
        return f"user:{self.account.login}" if self.account else "anonymous"


NOBODY = Actor()


def identify(world: World, header: str | None) -> Actor:
    """Turn an Authorization header into an actor; what cannot be believed is a 401."""
    if not header:
        return NOBODY
    scheme, _, value = header.partition(" ")
    credential = value.strip()
    if scheme.lower() == "basic":
        return _from_token(world, _basic_password(credential))
    if scheme.lower() not in {"bearer", "token"}:
        raise bad_credentials()
    return _from_jwt(world, credential) if _is_jwt(credential) else _from_token(world, credential)


def _basic_password(credential: str) -> str:
    """Git sends `x-access-token:<token>`; some clients put the token in the user's place."""
    try:
        user, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_credentials() from error
    return user if password in {"", "x-oauth-basic"} else password


def _from_token(world: World, value: str) -> Actor:
    user = world.user_tokens.get(value)
    if user is not None:
        return Actor("user", account=user)
    token = world.app_tokens.get(value)
    if token is None or token.revoked or token.expires_at <= world.now():
        raise bad_credentials()
    if token.installation.deleted:
        raise bad_credentials()
    if token.installation.suspended_at is not None:
        raise ProblemError(403, "This installation has been suspended")
    app = token.installation.app
    return Actor("installation", account=app.bot, app=app, token=token)


def _is_jwt(credential: str) -> bool:
    return credential.startswith("ey") and credential.count(".") == 2  # noqa: PLR2004


def _from_jwt(world: World, encoded: str) -> Actor:
    try:
        claims = jwt.decode(encoded, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise _unreadable() from error
    issuer = claims.get("iss")
    app = world.app_by_key(str(issuer)) if issuer is not None else None
    if app is None:
        raise ProblemError(401, "Integration not found")
    _check_signature(encoded, app)
    _check_times(world, claims)
    return Actor("app", account=app.bot, app=app)


def _check_signature(encoded: str, app: App) -> None:
    try:
        jwt.PyJWS().decode(encoded, app.key.public_key(), algorithms=["RS256"])
    except jwt.PyJWTError as error:
        raise _unreadable() from error


def _check_times(world: World, claims: dict[str, object]) -> None:
    """GitHub's rules; a client whose clock runs ahead meets them in practice."""
    now = world.now().timestamp()
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or issued > now + CLOCK_SKEW.total_seconds():
        raise ProblemError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time in the past"
        )
    if not isinstance(expires, int | float) or expires <= now:
        raise ProblemError(
            401, "'Expiration time' claim ('exp') must be a numeric value in the future"
        )
    if expires > now + LONGEST_JWT.total_seconds():
        raise ProblemError(401, "'Expiration time' claim ('exp') is too far in the future")


def _unreadable() -> ProblemError:
    return ProblemError(401, "A JSON web token could not be decoded")
