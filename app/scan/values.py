"""Judging a value by itself: a placeholder, ordinary words, a digest, or something random.

The line around a value may name it, but an example's name beside it excuses nothing.
"""

import base64
import hashlib
import math
import re
import zlib
from collections import Counter
from itertools import pairwise

# SHA-256 of keys that their providers print in public documentation: Amazon's four, the example
# of jwt.io, the storage emulator of Azure, the token in GitHub's documentation.
_PUBLISHED_DIGESTS = """
1a5d44a2dca19669d72edf4c4f1c27c4c1ca4b4408fbb17f6ce4ad452d78ddb3
c6ea27c534f993d31f0aef882e3d200e7b87470c379ae79c8f9b19d3bd363dc9
78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598
e21b597ba6b9cafa59d9ebc4d65c0385f5eb3fa56abab2607fa76589ad849a33
7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606
0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059
3543c50b0cb9cea8e55eb1f529b79f043cb250d485fde7b66cabbb5183add7da
"""
_PUBLISHED = frozenset(_PUBLISHED_DIGESTS.split())

_DEFAULT_NAMES = """
admin administrator api_key apikey changeit client_secret credential credentials default foobar
guest hunter2 letmein minio minioadmin mypassword mysecret mysql none null pass passwd passphrase
password postgres postgresql private public qwerty rabbitmq redis root s3cr3t secret secretkey
superuser token undefined user username welcome wordpress
"""
_DEFAULTS = frozenset(_DEFAULT_NAMES.split())
_STAND_IN = re.compile(
    r"example|change[-_ ]?me|placeholder|dummy|sample|your[-_ ]|xxxx|redacted|fake|insert|replace"
    r"|test|todo|\.\.\.|\*\*\*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\{.*\}|<.*>|\[.*\]|%.*%|\$\w+|@\w+@", re.DOTALL)
_TEMPLATE_MARKS = ("{{", "${", "$(", "%(", "<%")

# Possessive, so that text which is nearly ordinary costs no more than text which is.
_ORDINARY = re.compile(
    r"(?:(?:v\d{1,3}+|sha\d{1,3}+|oauth[12]|s3|k8s|utf8|base(?:32|64)|md5|x509|ed25519|http[23])"
    r"(?![A-Za-z0-9])"
    r"|[A-Z]?[a-z]{2,}+|[A-Z]{2,}+"
    r"|(?<![A-Za-z0-9])(?:[A-Za-z]|[0-9]{1,4}+)(?![A-Za-z0-9])"
    r"|[^A-Za-z0-9]++)*+"
)
_IDENTIFIER = re.compile(r"(?:[A-Z]?[a-z]{3,}+|[A-Z]{3,}+|[0-9]{1,4}+|[_\-./:])*+")
_CALL = re.compile(r"[\w.:>-]++[(\[].*", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz" * 2 + "0123456789+/=", "0123456789abcdef" * 2)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUMMED = re.compile(r"(?:gh[oprsu]|npm)_([A-Za-z0-9]{30})([A-Za-z0-9]{6})")

_FEW_CHARACTERS = 3
_ASCENDING_SHARE = 0.6
_RANDOM_BITS = 3.0
_STRONG_LENGTH = 8


def is_placeholder(value: str) -> bool:
    """Tell whether a value stands in for a secret; a valid checksum proves that it does not."""
    if has_valid_checksum(value):
        return False
    return (
        is_template(value)
        or value.lower() in _DEFAULTS
        or bool(_STAND_IN.search(value))
        or _is_pattern(value)
        or hashlib.sha256(value.encode()).hexdigest() in _PUBLISHED
    )


def is_bracketed(value: str) -> bool:
    """Tell whether a value is one pair of braces or angles, which detect-secrets leaves out."""
    return len(value) > 1 and (value[0] + value[-1]) in ("{}", "<>")


def is_template(value: str) -> bool:
    """Tell whether a value is filled in later, as in `${TOKEN}`, `{{ token }}` or `<token>`."""
    return bool(_BRACKETED.fullmatch(value)) or any(mark in value for mark in _TEMPLATE_MARKS)


def is_ordinary(value: str) -> bool:
    """Tell whether a value is made of words, names and small numbers, as code and prose are."""
    return bool(_ORDINARY.fullmatch(value))


def is_identifier(value: str) -> bool:
    """Tell whether a long value is names joined together, with numbers in or between them."""
    return bool(_IDENTIFIER.fullmatch(value))


def is_expression(value: str) -> bool:
    """Tell whether an unquoted value is a call or an index, which names no secret itself."""
    return bool(_CALL.fullmatch(value))


def is_uuid(value: str) -> bool:
    """Tell whether the whole value is a UUID."""
    return bool(_UUID.fullmatch(value))


def is_sequential(value: str) -> bool:
    """Tell whether a value is a piece of the alphabet or of the digits."""
    return any(value.lower() in sequence for sequence in _SEQUENCES)


def is_random(value: str) -> bool:
    """Tell whether a value mixes letters and digits as only chance or a generator does."""
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return has_both and not is_ordinary(value) and entropy(value) >= _RANDOM_BITS


def is_strong_password(value: str) -> bool:
    """Tell whether a password is more than a short or plain word."""
    return len(value) >= _STRONG_LENGTH and not is_ordinary(value)


def entropy(value: str) -> float:
    """Return Shannon's entropy in bits for each character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def has_valid_checksum(value: str) -> bool:
    """Tell whether a GitHub or npm token carries the checksum of its own first characters."""
    found = _CHECKSUMMED.fullmatch(value)
    return found is not None and _base62(zlib.crc32(found[1].encode())) == found[2]


def is_example_token(value: str) -> bool:
    """Tell whether a JSON web token is unsigned or about the well-known John Doe."""
    parts = value.split(".")
    if len(parts) < 3 or not parts[2]:  # noqa: PLR2004 - header, claims, signature
        return True
    claims = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    return b"John Doe" in claims or b"1234567890" in claims


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0")


def _is_pattern(value: str) -> bool:
    """Tell whether the part behind a prefix repeats few characters or counts upwards."""
    core = re.split(r"[_\-.:]", value)[-1] or value
    if len(set(core)) <= _FEW_CHARACTERS:
        return True
    steps = sum(ord(after) - ord(before) == 1 for before, after in pairwise(core))
    return steps / len(core) > _ASCENDING_SHARE
