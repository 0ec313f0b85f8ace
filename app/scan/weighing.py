"""How much a candidate weighs: by its rule, its value, and the name it is given in the line."""

import re
from collections.abc import Callable, Mapping

from app.scan import values
from app.scan.detectors import Candidate
from app.scan.rules import Kind, Tier

_DIGEST_NAMES = re.compile(
    r"sha-?\d{1,3}|md5|digest|integrity|checksum|hash|sum\b|commit|revision|\brev\b|\bref\b|uses"
    r"|etag|fingerprint|object|blob|tree|nonce|oid|uid|guid|(?:\b|_)ids?\b",
    re.IGNORECASE,
)
_SECRET_NAMES = re.compile(
    r"key|token|secret|passw|pwd|auth|cred|salt|private|signature|session|bearer", re.IGNORECASE
)
_DIGEST_PREFIX = re.compile(r"sha(?:1|224|256|384|512)-")
_DIGEST_LENGTHS = frozenset({32, 40, 56, 64, 96, 128})
_MEDIA = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "AAABAA", "d09GR", "JVBERi0")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+")
_HEX = re.compile(r"[0-9a-fA-F]+")

_NAME_LENGTH = 80
_DATA_LENGTH = 512
_SHORT = 6
_SURROUNDING = 40


def weigh(candidate: Candidate, line: str) -> Tier | None:
    """Return the tier of a candidate, None if its value cannot be a secret at all."""
    judge = _BY_KIND.get(candidate.rule.kind, _weigh_pattern)
    return judge(candidate, line)


def _weigh_pattern(candidate: Candidate, line: str) -> Tier | None:
    special = _BY_RULE.get(candidate.rule.id)
    if special is not None:
        return special(candidate.value)
    tier = candidate.rule.tier
    if candidate.rule.loose and _is_inside_data(candidate, line):
        return Tier.INFO
    if candidate.rule.loose and not _stands_alone(candidate, line):
        tier = tier.demoted()
    if candidate.rule.loose and not _looks_real(candidate):
        tier = tier.demoted()
    return tier.demoted() if values.is_placeholder(candidate.value) else tier


def _weigh_address(value: str) -> Tier | None:
    del value
    return Tier.INFO


def _weigh_url_password(value: str) -> Tier | None:
    if values.is_placeholder(value) or len(value) < _SHORT:
        return Tier.INFO
    return Tier.BLOCK if values.is_strong_password(value) else Tier.CONFIRM


def _weigh_web_token(value: str) -> Tier | None:
    tier = Tier.CONFIRM if values.is_example_token(value) else Tier.BLOCK
    return tier.demoted() if values.is_placeholder(value) else tier


def _weigh_keyword(candidate: Candidate, line: str) -> Tier | None:
    value = candidate.value
    if _is_no_secret(value) or value.startswith("$") or values.is_bracketed(value):
        return None
    is_quoted = candidate.start > 0 and line[candidate.start - 1] in "\"'`"
    harmless = (
        len(value) < _SHORT
        or values.is_placeholder(value)
        or values.is_ordinary(value)
        or values.is_uuid(value)
        or (not is_quoted and values.is_expression(value))
    )
    return Tier.INFO if harmless else Tier.CONFIRM


def _weigh_entropy(candidate: Candidate, line: str) -> Tier | None:
    value = candidate.value
    if _is_no_secret(value):
        return None
    name = line[max(0, candidate.start - _NAME_LENGTH) : candidate.start]
    if _DIGEST_NAMES.search(name) or values.is_placeholder(value) or values.is_uuid(value):
        return Tier.INFO
    is_named_secret = bool(_SECRET_NAMES.search(name))
    if candidate.rule.id == "random-hex":
        is_digest = len(value) in _DIGEST_LENGTHS and not is_named_secret
        return Tier.INFO if is_digest else Tier.CONFIRM
    return Tier.INFO if _is_data(value, is_named_secret=is_named_secret) else Tier.CONFIRM


def _is_data(value: str, *, is_named_secret: bool) -> bool:
    """Tell base64 that is an image, a digest or long data from a token."""
    if (
        values.is_ordinary(value)
        or values.is_identifier(value)
        or value.startswith(_MEDIA)
        or _DIGEST_PREFIX.match(value)
    ):
        return True
    return len(value) > _DATA_LENGTH and not is_named_secret


def _is_no_secret(value: str) -> bool:
    return values.is_sequential(value) or not re.search(r"[A-Za-z]", value)


def _stands_alone(candidate: Candidate, line: str) -> bool:
    """Tell whether the value is not a piece of a longer word or of base64 data."""
    before, after = line[: candidate.start][-1:], line[candidate.end :][:1]
    return not (before.isalnum() or after.isalnum() or before in ("+", "/") or after == "+")


def _is_inside_data(candidate: Candidate, line: str) -> bool:
    """Tell whether long base64 goes on at both sides: any shape occurs in enough of it."""
    before = line[max(candidate.start - _SURROUNDING, 0) : candidate.start]
    behind = line[candidate.end : candidate.end + _SURROUNDING]
    return all(
        len(side) == _SURROUNDING and _BASE64.fullmatch(side) is not None
        for side in (before, behind)
    )


def _looks_real(candidate: Candidate) -> bool:
    value = candidate.value
    if candidate.rule.id == "twilio-key" and not _HEX.fullmatch(value[2:]):
        return False
    # A secret key of Amazon's is base64; 40 hexadecimal digits are a commit or a digest.
    if candidate.rule.id == "aws-access-key" and _HEX.fullmatch(value):
        return False
    return values.is_random(value)


_Judge = Callable[[Candidate, str], Tier | None]
_BY_KIND: Mapping[Kind, _Judge] = {Kind.KEYWORD: _weigh_keyword, Kind.ENTROPY: _weigh_entropy}
_BY_RULE: Mapping[str, Callable[[str], Tier | None]] = {
    "json-web-token": _weigh_web_token,
    "public-address": _weigh_address,
    "url-password": _weigh_url_password,
}
