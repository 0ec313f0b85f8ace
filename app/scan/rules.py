"""What a secret scan looks for: detect-secrets' plugins by class, and a few rules of our own.

`needles` and `gate` make scanning fast and lose nothing: a text without any needle, and a line
without the gate, cannot match. Tests compare them with every plugin on every line.
"""

from dataclasses import dataclass
from enum import StrEnum

ENGINE_VERSION = "1.5.0"
RULES_VERSION = "1"


class Tier(StrEnum):
    """How sure a finding is: `block` a credential, `confirm` ask somebody, `info` show only."""

    BLOCK = "block"
    CONFIRM = "confirm"
    INFO = "info"

    def demoted(self) -> "Tier":
        """Return the next weaker tier; nothing is weaker than `info`."""
        return Tier.CONFIRM if self is Tier.BLOCK else Tier.INFO


class Kind(StrEnum):
    """How a rule reads a line."""

    PATTERN = "pattern"
    KEYWORD = "keyword"
    ENTROPY = "entropy"
    PRIVATE_KEY = "private_key"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for.

    `plugin` is a class of detect-secrets, or empty where `patterns` are our own. `needles` are
    plain texts and `gate` is an expression, both for text folded to lower case; without a gate,
    the needles are it. `group` is the part of a match that is the secret. A `loose` rule knows
    only a shape, so that its value must also look random and stand alone.
    """

    id: str
    title: str
    plugin: str = ""
    needles: tuple[str, ...] = ()
    gate: str = ""
    kind: Kind = Kind.PATTERN
    tier: Tier = Tier.BLOCK
    group: int = 0
    loose: bool = False
    patterns: tuple[str, ...] = ()

    @property
    def is_credential(self) -> bool:
        """Whether the rule is specific enough for text that is not source code."""
        return self.kind in (Kind.PATTERN, Kind.PRIVATE_KEY) and self.tier is Tier.BLOCK


RULES = (
    Rule(
        "private-key",
        "Private key",
        "PrivateKeyDetector",
        ("begin ", "putty-user-key-file-"),
        kind=Kind.PRIVATE_KEY,
    ),
    Rule("github-token", "GitHub token", "GitHubTokenDetector", ("gh",), r"gh[pousr]_\w{36}"),
    Rule(
        "github-fine-grained-token",
        "GitHub fine-grained token",
        needles=("github_pat_",),
        patterns=(r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",),
    ),
    Rule(
        "gitlab-token",
        "GitLab token",
        "GitLabTokenDetector",
        ("gl", "gr1348941"),
        r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|gr1348941",
    ),
    Rule(
        "aws-access-key",
        "AWS key",
        "AWSKeyDetector",
        ("a3t", "abia", "acca", "akia", "asia", "aws"),
        r"(?:a3t[a-z0-9]|abia|acca|akia|asia)[0-9a-z]{16}|[\"'][0-9a-z/+]{40}[\"']",
        group=1,
        loose=True,
    ),
    Rule("slack-token", "Slack token", "SlackDetector", ("xox", "hooks.slack.com")),
    Rule("stripe-key", "Stripe key", "StripeDetector", ("k_live_",)),
    Rule("npm-token", "npm token", "NpmDetector", (":_authtoken",), group=1),
    Rule(
        "npm-access-token",
        "npm access token",
        needles=("npm_",),
        patterns=(r"\bnpm_[A-Za-z0-9]{36}\b",),
    ),
    Rule("pypi-token", "PyPI token", "PypiTokenDetector", ("pypi-",)),
    Rule("sendgrid-key", "SendGrid key", "SendGridDetector", ("sg.",), r"sg\.[\w-]{22}\."),
    Rule(
        "twilio-key",
        "Twilio key",
        "TwilioKeyDetector",
        ("ac", "sk"),
        r"(?:ac|sk)[a-z0-9]{32}",
        loose=True,
    ),
    Rule("openai-key", "OpenAI key", "OpenAIDetector", ("t3blbkfj",)),
    Rule(
        "anthropic-key",
        "Anthropic key",
        needles=("sk-ant-",),
        patterns=(r"sk-ant-[a-z0-9]{3,12}-[A-Za-z0-9_\-]{80,120}",),
    ),
    Rule(
        "google-api-key",
        "Google API key",
        needles=("aiza",),
        patterns=(r"\bAIza[A-Za-z0-9_\-]{35}(?![A-Za-z0-9_\-])",),
        loose=True,
    ),
    Rule(
        "discord-token",
        "Discord bot token",
        "DiscordBotTokenDetector",
        (".",),
        r"\.[\w-]{6}\.[\w-]{27}",
        loose=True,
    ),
    Rule(
        "telegram-token",
        "Telegram bot token",
        "TelegramBotTokenDetector",
        (":",),
        r"\d:[\w-]{35}",
        loose=True,
    ),
    Rule("mailchimp-key", "Mailchimp key", "MailchimpDetector", ("-us",), loose=True),
    Rule("square-secret", "Square OAuth secret", "SquareOAuthDetector", ("sq0csp-",)),
    Rule("azure-storage-key", "Azure storage key", "AzureStorageKeyDetector", ("accountkey=",)),
    Rule(
        "artifactory-credential",
        "Artifactory credential",
        "ArtifactoryDetector",
        ("akc", "ap"),
        r"(?:akc|ap[\da-f])[a-z0-9]{8}",
        loose=True,
    ),
    Rule(
        "cloudant-credential",
        "Cloudant credential",
        "CloudantDetector",
        ("cl",),
        r"cl(?:oudant|ou)?[_-]?(?:api)?(?:key|pw|pass|token)|cloudant\.com",
        group=1,
        loose=True,
    ),
    Rule(
        "ibm-iam-key",
        "IBM Cloud key",
        "IbmCloudIamDetector",
        ("key", "pwd", "pass", "token"),
        r"[\w-]{44}",
        group=1,
        loose=True,
    ),
    Rule(
        "ibm-cos-key",
        "IBM object storage key",
        "IbmCosHmacDetector",
        ("secret",),
        r"[a-f0-9]{48}",
        group=1,
        loose=True,
    ),
    Rule(
        "softlayer-key",
        "SoftLayer key",
        "SoftlayerDetector",
        ("sl", "softlayer"),
        r"[a-z0-9]{64}",
        group=1,
        loose=True,
    ),
    Rule("json-web-token", "JSON web token", "JwtTokenDetector", ("eyj",)),
    Rule("url-password", "Password in a URL", "BasicAuthDetector", ("://",), group=1),
    Rule(
        "assigned-secret",
        "Value assigned to a secret-like name",
        "KeywordDetector",
        ("key", "pass", "pwd", "secret", "contrase"),
        r"(?:api|auth|service|account|db|database|priv|private|client)_?key"
        r"|(?:db|database|key)_?pass|password|passwd|pwd|secret|contrase",
        kind=Kind.KEYWORD,
        tier=Tier.CONFIRM,
    ),
    Rule(
        "random-base64",
        "Random-looking text",
        "Base64HighEntropyString",
        ('"', "'"),
        r"[\"'][\w+/=\\-]{23}",
        kind=Kind.ENTROPY,
        tier=Tier.CONFIRM,
    ),
    Rule(
        "random-hex",
        "Random-looking hexadecimal text",
        "HexHighEntropyString",
        ('"', "'"),
        r"[\"'][0-9a-f]{9}",
        kind=Kind.ENTROPY,
        tier=Tier.CONFIRM,
    ),
    Rule(
        "public-address",
        "Public IP address",
        "IPPublicDetector",
        (".",),
        r"\d\.\d{1,3}\.\d",
        tier=Tier.INFO,
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
