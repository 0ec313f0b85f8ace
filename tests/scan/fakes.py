"""Fake credentials, put together at run time so that no scanner of others sees one in this file."""

import base64
import json
import random
import string
import zlib

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def chars(seed: int | str, count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    dice = random.Random(f"{seed}")
    return "".join(dice.choice(alphabet) for _ in range(count))


def github_token(seed: int | str = 1, prefix: str = "ghp") -> str:
    """A token with a valid checksum."""
    core = chars(seed, 30)
    number, check = zlib.crc32(core.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        check = _BASE62[rest] + check
    return f"{prefix}_{core}{check.rjust(6, '0')}"


def aws_key(seed: int | str = 1) -> str:
    return "AK" + "IA" + "7" + chars(seed, 15, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def aws_secret(seed: int | str = 1) -> str:
    return chars(seed, 38) + "/+"


def jwt(seed: int | str = 1, **claims: object) -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "ann", "n": f"{seed}", **claims}]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, chars(seed, 43)])


def hexadecimal(seed: int | str, count: int) -> str:
    return chars(seed, count, "0123456789abcdef")


def one_of_each() -> dict[str, str]:
    """A line for every rule that should block, by rule."""
    return {
        "github-token": f'client = Github("{github_token()}")',
        "github-fine-grained-token": "token: github" + "_pat_" + f"{chars(1, 22)}_{chars(2, 59)}",
        "gitlab-token": "export T=gl" + "pat-" + chars(3, 20),
        "aws-access-key": f"id = '{aws_key()}'",
        "slack-token": "xox" + "b-123456789012-1234567890123-" + chars(4, 24),
        "stripe-key": "sk" + "_live_" + chars(5, 24),
        "npm-token": "//registry.npmjs.org/:_auth" + "Token=npm_" + chars(6, 36),
        "npm-access-token": "NPM: npm" + "_" + chars(7, 36),
        "pypi-token": "password = pypi-AgEIcHlwaS5v" + "cmc" + chars(8, 80),
        "sendgrid-key": "S" + f"G.{chars(9, 22)}.{chars(10, 43)}",
        "twilio-key": '"S' + f'K{hexadecimal(11, 32)}"',
        "openai-key": "sk-" + chars(12, 20) + "T3Blbk" + "FJ" + chars(13, 20),
        "anthropic-key": "sk-" + "ant-api03-" + chars(14, 93),
        "google-api-key": "key=AI" + "za" + chars(15, 35),
        "discord-token": f"'M{chars(16, 23)}.{chars(17, 6)}.{chars(18, 27)}'",
        "telegram-token": f"bot = '123456789:{chars(19, 35)}'",
        "mailchimp-key": f"'{hexadecimal(20, 32)}-us12'",
        "square-secret": "sq0" + "csp-" + chars(21, 43),
        "azure-storage-key": "Account" + f"Key={chars(22, 86)}==",
        "artifactory-credential": "AK" + f'C{chars(23, 30)}"',
        "cloudant-credential": f"cloudant_password = '{hexadecimal(24, 64)}'",
        "ibm-iam-key": f"ibm_api_key: '{chars(25, 44)}'",
        "ibm-cos-key": f"secret_access_key = '{hexadecimal(26, 48)}'",
        "softlayer-key": f"softlayer_password = '{hexadecimal(27, 64)}'",
        "json-web-token": f"Authorization: Bearer {jwt()}",
        "url-password": f"postgres://app:{chars(28, 16)}@db.internal:5432/app",
    }
