"""What the scanning process reports of a content: never a value, only its keyed digests."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Hit:
    """A probable secret in one content.

    `fingerprint` identifies rule and value for people and the record; `digest` identifies the
    value alone, so that a value is known again when another rule reports it. `line` is None where
    the content has no lines.
    """

    rule: str
    tier: str
    line: int | None
    fingerprint: str
    digest: str
    message: str
    pragma: str | None = None


@dataclass(frozen=True, slots=True)
class ContentScan:
    """Everything found in one content; a pure function of content, path and key.

    `unread` says why the content was not scanned to its end. `seconds` is processor time.
    """

    hits: tuple[Hit, ...] = ()
    unread: str | None = None
    seconds: float = field(default=0, compare=False)

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "ContentScan":
        """Take back what `as_dict` gave."""
        found, unread, seconds = (values[name] for name in ("hits", "unread", "seconds"))
        hits = tuple(Hit(**one) for one in found) if isinstance(found, (list, tuple)) else ()
        return cls(
            hits,
            unread if isinstance(unread, str) else None,
            seconds if isinstance(seconds, (int, float)) else 0,
        )
