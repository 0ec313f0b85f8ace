"""Settings from the environment (`GATEWRIGHT_*`) and a TOML file; the only reader of both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from app.errors import SettingsError

PREFIX = "GATEWRIGHT_"
_MASK = "********"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# A password stands before the host, where it may hold a slash, or among the parameters.
_PASSWORDS = (re.compile(r"(://[^/:@?]*:).*(?=@)"), re.compile(r"([?&][^=&]*password=)[^&]*"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `gatewright settings` lists it; secrets are masked."""

    name: str
    value: str
    default: str
    meaning: str


class FlagHook(BaseModel):
    """A hook that switches feature flags off: its address, its secret, and who may name it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr
    secret: Annotated[SecretStr, Field(min_length=16)]
    repositories: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("url")
    @classmethod
    def _over_tls(cls, url: SecretStr) -> SecretStr:
        """Accept https addresses alone, and plain ones of this machine."""
        parts = urlsplit(url.get_secret_value())
        is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not parts.hostname or "@" in parts.netloc or not (parts.scheme == "https" or is_here):
            raise ValueError("must be an https address without credentials")
        return url


class Settings(BaseSettings):
    """Everything an operator can set; each field's description is its documentation."""

    # An App's id is written as a number in TOML, and is no less of one than a text.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, coerce_numbers_to_str=True
    )
    file: ClassVar[Path | None] = None

    app_id: str = Field(default="", description="The App's id or client id.")
    private_key: SecretStr = Field(
        default=SecretStr(""), description="The App's private key in PEM, or the path of its file."
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="The webhook secret; serving without one is refused."
    )
    webhook_secret_previous: SecretStr = Field(
        default=SecretStr(""),
        description="The secret before the last rotation, still accepted while it is set.",
    )
    alert_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token of monitoring that sends alerts; without one nobody may.",
    )
    pagerduty_secret: SecretStr = Field(
        default=SecretStr(""), description="Signing secret of PagerDuty's webhook subscription."
    )
    pagerduty_secret_previous: SecretStr = Field(
        default=SecretStr(""),
        description="PagerDuty's secret before the last rotation, still accepted while it is set.",
    )
    pagerduty_routing_key: SecretStr = Field(
        default=SecretStr(""),
        description="Integration key of a PagerDuty service that incidents are told to.",
    )
    pagerduty_events_url: str = Field(
        default="https://events.pagerduty.com/v2/enqueue",
        description="PagerDuty's Events API v2; accounts in Europe have an address of their own.",
    )
    database: str = Field(
        default="sqlite:///var/gatewright.db",
        description="Where everything is kept: sqlite:///FILE or postgresql://USER@HOST/NAME.",
    )
    state_dir: Path = Field(
        default=Path("var"), description="Folder for copies of repositories; can be rebuilt."
    )
    github_api_url: str = Field(
        default="https://api.github.com",
        description="Base URL of the REST API; for GitHub Enterprise Server https://HOST/api/v3.",
    )
    github_url: str = Field(
        default="https://github.com", description="Base URL of repositories and links."
    )
    actions_issuer: str = Field(
        default="",
        description="Issuer of workflow runs' OIDC tokens, by which evidence is handed in; by "
        "default that of the GitHub above.",
    )
    origin: str = Field(
        default="gatewright.local",
        description="Name of this instance in the record, without scheme; never change it later.",
    )
    public_url: str = Field(
        default="", description="Where people reach this instance; used for links in checks."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks one.")
    web_threads: int = Field(default=16, ge=1, le=64, description="Threads that answer requests.")
    worker_threads: int = Field(
        default=8, ge=1, le=100, description="Evaluations that may run at the same time."
    )
    max_body_bytes: int = Field(
        default=25_000_000, ge=1, description="Largest webhook body; GitHub's own limit is 25 MB."
    )
    max_waiting: int = Field(
        default=1000, ge=1, description="Deliveries that may wait before the answer is 503."
    )
    share: int = Field(
        default=4, ge=1, description="Subjects of one installation in the queue at the same time."
    )
    sweep_minutes: int = Field(
        default=15, ge=1, description="Minutes between sweeps of the open pull requests."
    )
    redelivery_minutes: int = Field(
        default=5, ge=1, description="Minutes between searches for lost deliveries."
    )
    keep_bodies_days: int = Field(
        default=30, ge=3, description="Days after which the bodies of deliveries are dropped."
    )
    prometheus_url: SecretStr = Field(
        default=SecretStr(""),
        description="Address of the Prometheus that the policy's `watch` queries are put to; "
        "every repository may read all its metrics. Empty: nothing is measured.",
    )
    flag_hooks: dict[str, FlagHook] = Field(
        default={},
        description="Hooks that a policy's `flag_webhook` may name, in JSON: "
        '`{"NAME": {"url": "https://…", "secret": "…", "repositories": ["OWNER/REPO"]}}`.',
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="Form of the log lines."
    )

    @field_validator("github_api_url", "github_url", "public_url", "actions_issuer")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        """Let paths be added to an address, however it was written."""
        return url.rstrip("/")

    @field_validator("pagerduty_events_url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        """Accept an address to which a key can be sent, and nothing in clear text."""
        parts = urlsplit(url)
        is_open = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or is_open):
            raise ValueError("must be https://HOST/PATH: the key is sent there")
        return url

    @field_validator("prometheus_url")
    @classmethod
    def _of_a_server(cls, url: SecretStr) -> SecretStr:
        """Accept an address to which paths can be added, and no credentials in clear text."""
        given = url.get_secret_value()
        if not given:
            return url
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be the address of a server: https://HOST or http://HOST:9090")
        if parts.query or parts.fragment:
            raise ValueError("must end with the path: nothing after ? or # is sent")
        is_open = parts.scheme == "http" and parts.hostname not in _LOOPBACK
        if is_open and "@" in parts.netloc:
            raise ValueError("sends credentials in clear text: use https")
        return SecretStr(given.rstrip("/"))

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let arguments win over the environment, and the environment over the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=cls.file)
        return init_settings, env_settings, file

    @cached_property
    def private_key_pem(self) -> str:
        """Return the key itself, read from its file where a path is given."""
        given = self.private_key.get_secret_value()
        if not given or given.lstrip().startswith("-----BEGIN"):
            return given
        try:
            return Path(given).expanduser().read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{PREFIX}PRIVATE_KEY names a file that cannot be read") from error

    @property
    def alert_secrets(self) -> tuple[bytes, tuple[bytes, ...]]:
        """Return the token of alerts and PagerDuty's secrets, those that are set."""
        given = (self.pagerduty_secret, self.pagerduty_secret_previous)
        secrets = tuple(each.get_secret_value().encode() for each in given)
        return self.alert_token.get_secret_value().encode(), tuple(filter(None, secrets))

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        """Return the secrets a delivery may be signed with, the current one first."""
        given = (self.webhook_secret, self.webhook_secret_previous)
        return tuple(text.get_secret_value().encode() for text in given if text.get_secret_value())

    def listed(self) -> Iterator[Setting]:
        """Yield every setting in the order of its declaration, secrets masked."""
        for name, field in type(self).model_fields.items():
            yield Setting(
                f"{PREFIX}{name.upper()}",
                _shown(getattr(self, name)),
                _shown(field.default),
                field.description or "",
            )

    def require_app(self) -> None:
        """Raise SettingsError unless this instance can speak as an App and check signatures."""
        needed = {
            "APP_ID": self.app_id,
            "PRIVATE_KEY": self.private_key_pem,
            "WEBHOOK_SECRET": self.webhook_secret.get_secret_value(),
        }
        missing = [f"{PREFIX}{name}" for name, value in needed.items() if not value]
        if missing:
            raise SettingsError(
                f"{' and '.join(missing)} must be set: see docs/install.md or `gatewright demo`"
            )


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return _MASK if value.get_secret_value() else ""
    if isinstance(value, dict):
        return ", ".join(sorted(value))
    shown = str(value)
    for password in _PASSWORDS:
        shown = password.sub(rf"\1{_MASK}", shown)
    return shown


def load_settings(file: Path | None = None, **given: Any) -> Settings:
    """Read settings; raises SettingsError naming each bad one, never its value."""
    if file is not None and not file.is_file():
        raise SettingsError(f"there is no settings file {str(file)!r}")
    source = type("FileSettings", (Settings,), {"file": file, "__module__": __name__})
    try:
        return source(**given)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise SettingsError("; ".join(map(_mistake, error.errors()))) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {str(file)!r} cannot be read as text") from error
    except TOMLDecodeError as error:
        raise SettingsError(f"the settings file {str(file)!r} is not TOML: {error}") from error


def _mistake(error: ErrorDetails) -> str:
    """Say what is wrong with a setting without repeating its value."""
    name = f"{PREFIX}{'.'.join(map(str, error['loc'])).upper()}"
    if error["type"] == "extra_forbidden":
        return f"{name} is not a setting; `gatewright settings` lists them"
    return f"{name}: {error['msg']}"
