"""Private keys: where one begins, its whole body, and whether the body is a key at all."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.scan.rules import Tier

_BEGIN = re.compile(
    r"BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-*|PuTTY-User-Key-File-\d"
)
_END = re.compile(r"-----END|Private-MAC:")
_PUTTY_BODY = re.compile(r"Private-Lines: \d+")
_ESCAPES = re.compile(r"\\[nrt]")
_HEADER = re.compile(r"^[\w-]{1,40}: .*$", re.MULTILINE)
_PIECE = re.compile(r"[A-Za-z0-9+/=]{4,}")
# A plus sign joins literals only beside a blank or quote; elsewhere it is base64.
_WHOLE_LINE = re.compile(r"(?:[\s\"',\\#*>|]|\+(?=[\s\"']))*+([A-Za-z0-9+/=]{40,}+)[\s\"'+,\\;]*")
_LONGEST = 12_000

_MANY_CHARACTERS = 64
_FEWEST_BYTES = 32
_DER_SEQUENCE = 0x30
_LONG_LENGTH = 0x80


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key's body without line breaks, and the offset of the header that announces it."""

    start: int
    body: str
    is_encrypted: bool

    @property
    def tier(self) -> Tier:
        """A body that parses is a key; a header alone is text about keys."""
        if self.is_encrypted or _is_key(self.body):
            return Tier.BLOCK if len(self.body) >= _MANY_CHARACTERS else Tier.INFO
        return Tier.CONFIRM if len(self.body) >= _MANY_CHARACTERS else Tier.INFO


def private_keys(text: str) -> Iterator[PrivateKey]:
    """Find the private keys of a text, also those written in one line with escaped breaks."""
    for begin in _BEGIN.finditer(text):
        rest = _ESCAPES.sub("\n", text[begin.end() : begin.end() + _LONGEST])
        end = _END.search(rest)
        body = _lines_below(rest) if end is None else _between(rest[: end.start()])
        yield PrivateKey(begin.start(), body, "Proc-Type: 4,ENCRYPTED" in rest[:200])


def _between(text: str) -> str:
    """Join what stands between header and footer, whatever quotes and comments surround it."""
    putty = _PUTTY_BODY.search(text)
    inner = text[putty.end() :] if putty else _HEADER.sub("", text)
    return "".join(_PIECE.findall(inner))


def _lines_below(text: str) -> str:
    """Without a footer, take only the lines that hold nothing but base64."""
    pieces = []
    for line in text.split("\n")[1:]:
        found = _WHOLE_LINE.fullmatch(line)
        if found is None:
            break
        pieces.append(found[1])
    return "".join(pieces)


def _is_key(body: str) -> bool:
    try:
        content = base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return False
    if len(content) < _FEWEST_BYTES:
        return False
    return content.startswith(b"openssh-key-v1\0") or _is_sequence(content) or _is_openpgp(content)


def _is_sequence(content: bytes) -> bool:
    """Tell whether the content is one DER sequence of exactly its length."""
    if content[0] != _DER_SEQUENCE:
        return False
    if content[1] < _LONG_LENGTH:
        return len(content) == content[1] + 2
    width = content[1] - _LONG_LENGTH
    return len(content) == int.from_bytes(content[2 : 2 + width]) + 2 + width


def _is_openpgp(content: bytes) -> bool:
    """Tell whether the first packet is a secret key (RFC 9580, tag 5), in either format."""
    first = content[0]
    return first in (0xC5, 0x94, 0x95, 0x96)
