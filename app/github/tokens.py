"""App JWTs and installation tokens, made once and shared by the threads of a process."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typing_extensions import override

from app.errors import SettingsError

_MARGIN = timedelta(minutes=5)


@lru_cache(maxsize=4)
def load_key(pem: str) -> RSAPrivateKey:
    """Parse the App's private key once; parsing costs a hundred times what signing does."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            "the App's private key is not a PEM key; download one from the App's settings page"
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError("the App's private key is not an RSA key, which GitHub Apps use")
    return key


@dataclass(frozen=True, slots=True)
class AppKey:
    """Signs as the App; `app_id` may be the numeric id or the client id."""

    app_id: str
    keys: Sequence[RSAPrivateKey]
    now: Callable[[], datetime]

    def token(self) -> str:
        """Return a JWT of nine minutes that allows a clock one minute ahead of GitHub's."""
        now = self.now()
        claims = {
            "iss": str(self.app_id),
            "iat": int((now - timedelta(seconds=60)).timestamp()),
            "exp": int((now + timedelta(minutes=9)).timestamp()),
        }
        return jwt.encode(claims, self.keys[0], algorithm="RS256")


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """A token GitHub gave us: opaque, of any length, for one hour."""

    value: str
    made_at: datetime
    expires_at: datetime
    permissions: tuple[tuple[str, str], ...] = ()

    @override
    def __repr__(self) -> str:
        return f"InstallationToken(expires_at={self.expires_at.isoformat()})"


@dataclass(slots=True)
class TokenSource:
    """Hands out installation tokens; one request a token, whatever the number of threads."""

    request: Callable[[int], InstallationToken]
    now: Callable[[], datetime]
    _tokens: dict[int, InstallationToken] = field(default_factory=dict)
    _locks: dict[int, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def get(self, installation_id: int) -> InstallationToken:
        """Return a token with at least five minutes left."""
        with self._lock_of(installation_id):
            token = self._tokens.get(installation_id)
            if token is None or token.expires_at - self.now() < _MARGIN:
                token = self._tokens[installation_id] = self.request(installation_id)
            return token

    def drop(self, installation_id: int) -> None:
        """Forget the token, because it was refused or its permissions changed."""
        with self._lock_of(installation_id):
            self._tokens.pop(installation_id, None)

    def _lock_of(self, installation_id: int) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(installation_id, threading.Lock())
