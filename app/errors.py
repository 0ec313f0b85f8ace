"""The tree of our errors; each class is one sentence and carries what a handler needs.

GatewrightError
├── SettingsError               a setting is missing or cannot be used
├── DeliveryRefusedError        a webhook delivery is not acceptable; carries the HTTP status
├── GitHubError                 GitHub answered in a way that we cannot use
│   ├── GitHubUnavailableError  no answer in time, or 5xx; the same call may work later
│   ├── RateLimitedError        a primary or secondary limit; carries when to come back
│   ├── ForbiddenError          the App lacks a permission; names it
│   └── NotFoundError           the object does not exist for this App
├── GitError                    git could not read what was asked for
│   ├── MissingObjectError      an object is not in the repository (changes/objects.py)
│   ├── OversizeError           an answer is larger than what is read (changes/git.py)
│   └── PatchError              a difference is not in a form that is known (changes/hunks.py)
├── MetricsError                a query of monitoring has no answer that can be used
│   └── MetricsUnavailableError no usable answer to any query; the same one may work later
├── PagerError                  the service that wakes people refuses an event
│   └── PagerUnavailableError   it does not answer; the same event may be taken later
├── ScanError                   a scanner crashed, ran out of time or failed its self-test
│   └── AuditTimeoutError       workflows were not audited in time (scan/zizmor.py)
├── StoreError                  the database refused or cannot be used
│   └── AppendOnlyError         the record could have been changed: the log is not enforced
├── ReplayError                 stored facts do not give the recorded verdict
├── CanonicalError              a value has no canonical form (core/canonical.py)
├── FactsUnreadableError        bytes are not facts of a known version (core/canonical.py)
├── TreeError                   a policy file is not strict YAML (core/policy/tree.py)
├── LeafError                   an entry cannot be a leaf of the log (audit/leaf.py)
└── SupersededError             another worker has taken the job over (engine/runner.py)

Those with a file behind them concern that file's room alone and are defined there.
"""

from datetime import datetime


class GatewrightError(Exception):
    """Anything that Gatewright itself raises on purpose."""


class SettingsError(GatewrightError):
    """A setting is missing, unreadable or contradicts another."""


class DeliveryRefusedError(GatewrightError):
    """A webhook delivery was refused before it was stored."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class GitHubError(GatewrightError):
    """GitHub gave an answer that cannot be used."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class GitHubUnavailableError(GitHubError):
    """GitHub did not answer in time or answered 5xx; the same call may work later."""


class RateLimitedError(GitHubError):
    """GitHub asked us to slow down until a point in time."""

    def __init__(self, until: datetime, kind: str) -> None:
        super().__init__(f"GitHub's {kind} rate limit is spent until {until.isoformat()}", 403)
        self.until = until
        self.kind = kind


class ForbiddenError(GitHubError):
    """The installation lacks a permission, is suspended, or the resource is blocked."""


class NotFoundError(GitHubError):
    """GitHub shows no such object to this installation."""


class GitError(GatewrightError):
    """Git could not read an object or a history that was asked for."""


class FlagError(GatewrightError):
    """A hook did not say that it has switched a feature flag off."""


class MetricsError(GatewrightError):
    """A query of monitoring has no answer that can be used; the message names the query."""


class MetricsUnavailableError(MetricsError):
    """Monitoring gave no usable answer, whatever was asked; the same query may work later."""


class PagerError(GatewrightError):
    """The service that wakes people refuses an event; sending it again would not help."""


class PagerUnavailableError(PagerError):
    """The service that wakes people does not answer; the same event may be taken later."""


class ScanError(GatewrightError):
    """A scanner crashed, ran out of its budget or failed its self-test."""


class StoreError(GatewrightError):
    """The database refused a statement or is not usable."""


class AppendOnlyError(StoreError):
    """The database would let somebody change the record."""


class ReplayError(GatewrightError):
    """A verdict cannot be recomputed from what is stored."""


class TokenRefusedError(GatewrightError):
    """A token does not prove what it should; the message may be told to whoever sent it."""


class KeysUnavailableError(GatewrightError):
    """The keys by which tokens are proven cannot be read now."""
