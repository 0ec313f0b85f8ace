"""PyGithub's connections, except that redirections are shown to us instead of being followed.

PyGithub follows a 301 without the query and a 307 not at all: after a rename a list would come
back unfiltered, and a write would not happen.
"""

from collections.abc import ItemsView
from urllib.parse import urlsplit

from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    RequestsResponse,
)
from typing_extensions import override

TIMEOUT_SECONDS = 10
MOVED = (301, 302, 307, 308)
TARGET = "x-moved-to"

Connection = HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass


class _Shown(RequestsResponse):
    @override
    def getheaders(self) -> ItemsView[str, str]:
        named = {TARGET if k.lower() == "location" else k: v for k, v in self.headers.items()}
        return named.items()


class _Plain(HTTPRequestsConnectionClass):
    @override
    def getresponse(self) -> RequestsResponse:
        return _Shown(super().getresponse().response)


class _Tls(HTTPSRequestsConnectionClass):
    @override
    def getresponse(self) -> RequestsResponse:
        return _Shown(super().getresponse().response)


def connect(base_url: str) -> Connection:
    """Return a connection to the host of a base URL; it opens with the first request."""
    parts = urlsplit(base_url)
    kind = _Tls if parts.scheme == "https" else _Plain
    return kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)


def is_same_host(base_url: str, target: str) -> bool:
    """Tell whether a redirection stays where our credential belongs."""
    ours, theirs = urlsplit(base_url), urlsplit(target)
    known = {"https": 443, "http": 80}
    return (ours.scheme, ours.hostname, ours.port or known.get(ours.scheme)) == (
        theirs.scheme,
        theirs.hostname,
        theirs.port or known.get(theirs.scheme),
    )
