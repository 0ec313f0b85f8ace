"""GitHub Apps, their installations, webhooks and tokens."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.sandbox.world.accounts import Account


@dataclass(slots=True)
class HookSettings:
    """Where an App's webhooks go; an empty URL sends none."""

    url: str = ""
    secret: str = ""
    content_type: str = "json"
    insecure_ssl: str = "0"
    active: bool = True


@dataclass(slots=True, eq=False)
class App:
    """A registered GitHub App with its bot user."""

    id: int
    hook_id: int
    slug: str
    name: str
    client_id: str
    client_secret: str
    owner: Account
    bot: Account
    key: RSAPrivateKey
    created_at: datetime
    permissions: dict[str, str]
    events: tuple[str, ...]
    hook: HookSettings = field(default_factory=HookSettings)

    def pem(self) -> str:
        """Return the private key as GitHub hands it out: PKCS#1."""
        plain = NoEncryption()
        return self.key.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, plain
        ).decode()

    def subscribes(self, event: str) -> bool:
        """Whether the App wants the event; lifecycle events come unasked."""
        unasked = {"installation", "installation_repositories", "installation_target"}
        unasked |= {"github_app_authorization", "ping"}
        return event in unasked or "*" in self.events or event in self.events


@dataclass(slots=True, eq=False)
class Installation:
    """An App on an account: on all of its repositories or on selected ones."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    selected: set[int] | None = None
    suspended_at: datetime | None = None
    suspended_by: Account | None = None
    deleted: bool = False


@dataclass(slots=True, eq=False)
class InstallationToken:
    """A token that an App took for an installation, perhaps narrowed."""

    value: str
    installation: Installation
    permissions: dict[str, str]
    expires_at: datetime
    repository_ids: frozenset[int] | None = None
    revoked: bool = False
