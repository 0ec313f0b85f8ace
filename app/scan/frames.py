"""The wire between the pool and its scanning processes: two lengths, JSON, bytes."""

import json
import struct

FRAME = struct.Struct(">II")


def frame(head: dict[str, object], body: bytes = b"") -> bytes:
    """Return one message: a small JSON object and any bytes."""
    text = json.dumps(head).encode()
    return FRAME.pack(len(text), len(body)) + text + body


def parse_head(text: bytes) -> dict[str, object]:
    """Take back the JSON object of a message."""
    head: dict[str, object] = json.loads(text)
    return head
