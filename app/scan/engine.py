"""Scanning one content: a pure function of bytes, path and key. Runs in the worker only."""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from app.errors import ScanError
from app.scan.detectors import Candidate, Detector, load_detectors
from app.scan.gates import Folded, fold
from app.scan.hits import Hit
from app.scan.keys import private_keys
from app.scan.rules import BY_ID, ENGINE_VERSION, RULES_VERSION, Kind, Tier
from app.scan.text import View, plain, views, windows
from app.scan.weighing import weigh

ENGINE = f"detect-secrets {ENGINE_VERSION}, rules {RULES_VERSION}"
MAX_HITS = 200
_HEADER_LENGTH = 40
_COMMENT_LENGTH = 500

_PRAGMA = re.compile(
    r"pragma:\s?(?:allow|white)list[ -]secret|gitleaks:allow|betterleaks:allow|kingfisher:ignore"
    r"|trufflehog:ignore|secretlint-disable(?:-line)?|ggignore|noqa:?\s*S10[5-7]",
    re.IGNORECASE,
)
_NEXT_LINE_PRAGMA = re.compile(
    r"pragma:\s?allowlist[ -]nextline[ -]secret|secretlint-disable-next-line", re.IGNORECASE
)
_STRENGTH = {Tier.BLOCK: 2, Tier.CONFIRM: 1, Tier.INFO: 0}


_Place = tuple[int, Candidate, Tier]


class TooManyHitsError(Exception):
    """More was found than is worth listing; what was not looked at could hold more."""


class Findings:
    """The hits of one content, each rule and value once, where it weighs most."""

    def __init__(self) -> None:
        self._hits: dict[str, Hit] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def hits(self) -> tuple[Hit, ...]:
        """Return what was found until now."""
        return tuple(self._hits.values())

    def digests(self) -> frozenset[str]:
        """Return the digests of the values found until now."""
        return frozenset(hit.digest for hit in self._hits.values())

    def keep(self, hit: Hit) -> None:
        """Add a hit; too many that matter end the scan, too many others are dropped."""
        before = self._hits.get(hit.fingerprint)
        if before is not None and _STRENGTH[Tier(hit.tier)] <= _STRENGTH[Tier(before.tier)]:
            return
        self._counts[hit.rule, hit.tier] += 1
        if self._counts[hit.rule, hit.tier] <= MAX_HITS:
            self._hits[hit.fingerprint] = hit
        elif hit.tier != Tier.INFO:
            raise TooManyHitsError


class Engine:
    """All detectors with the key of the fingerprints."""

    def __init__(self, key: bytes, detectors: Sequence[Detector] | None = None) -> None:
        self._key = key
        self.detectors = tuple(load_detectors() if detectors is None else detectors)

    def scan(self, content: bytes, path: str, findings: Findings) -> None:
        """Read a content in every encoding that it could have."""
        for view in views(content):
            known = frozenset() if view.is_source else findings.digests()
            self._scan_view(view, path, findings, known)

    def scan_prose(self, text: str, findings: Findings) -> None:
        """Look for credentials in text that is no source code, such as a commit message."""
        view = View(tuple(text.split("\n")), is_source=False)
        self._scan_view(view, "", findings, frozenset())

    def _scan_view(self, view: View, path: str, findings: Findings, known: frozenset[str]) -> None:
        text = "\n".join(view.lines)
        folded = Folded(text)
        detectors = [
            detector for detector in self.detectors if view.is_source or detector.rule.is_credential
        ]
        places = chain(_key_places(text, folded), _line_places(view, path, folded, detectors))
        for number, candidate, tier in places:
            hit = self._hit(view, number, candidate, tier)
            if hit.digest not in known:
                findings.keep(hit)

    def _hit(self, view: View, number: int, candidate: Candidate, tier: Tier) -> Hit:
        rule, value = candidate.rule, candidate.value
        return Hit(
            rule=rule.id,
            tier=tier.value,
            line=number if view.is_source else None,
            fingerprint=self._keyed(f"{rule.id}\0{value}"),
            digest=self._keyed(f"value\0{value}"),
            message=f"{rule.title}, {len(value)} characters",
            pragma=_pragma(view.lines, number),
        )

    def _keyed(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, raw, hashlib.sha256).hexdigest()


def self_test(engine: Engine) -> None:
    """Plant credentials and ordinary text, and fail unless exactly the former are found."""
    token = "gh" + "p_" + "wR3mK8" * 6
    planted = f"client = Client('{token}')\nkey = '{'AK' + 'IA'}Q4T7ZK2MX9LB3WPD'\nname = 'plain'\n"
    findings = Findings()
    engine.scan(planted.encode(), "planted.py", findings)
    found = {(hit.rule, hit.tier, hit.line) for hit in findings.hits()}
    if found != {("github-token", "block", 1), ("aws-access-key", "block", 2)}:
        raise ScanError("the secret scanner did not find what was planted for its self-test")


def _key_candidate(text: str, start: int, body: str) -> Candidate:
    return Candidate(BY_ID["private-key"], body or text[start : start + _HEADER_LENGTH], start)


def _key_places(text: str, folded: Folded) -> Iterator[_Place]:
    if any(needle in folded.text for needle in BY_ID["private-key"].needles):
        for key in private_keys(text):
            number = text.count("\n", 0, key.start) + 1
            yield number, _key_candidate(text, key.start, key.body), key.tier


def _line_places(
    view: View, path: str, folded: Folded, detectors: Sequence[Detector]
) -> Iterator[_Place]:
    by_line: dict[int, list[Detector]] = {}
    revealed = Folded("\n".join(map(plain, view.lines)))
    readings = (folded,) if revealed.text == folded.text else (folded, revealed)
    for detector in detectors:
        for number in sorted({number for one in readings for number in detector.gate.lines(one)}):
            by_line.setdefault(number, []).append(detector)
    for number, chosen in sorted(by_line.items()):
        for candidate, tier in read_line(view.lines[number], path, chosen).items():
            yield number + 1, candidate, tier


def read_line(line: str, path: str, detectors: Sequence[Detector]) -> dict[Candidate, Tier]:
    """Weigh what the detectors find in a line, long or written with invisible characters."""
    found: dict[Candidate, Tier] = {}
    for piece in windows(line):
        readings = (piece,) if piece.isascii() else dict.fromkeys((piece, plain(piece)))
        for reading in readings:
            _read_piece(reading, path, detectors, found)
    return found


def _read_piece(
    piece: str, path: str, detectors: Sequence[Detector], found: dict[Candidate, Tier]
) -> None:
    folded = fold(piece)
    kept: list[tuple[Candidate, Tier]] = []
    for detector in detectors:
        if not detector.gate.opens(folded):
            continue
        for candidate in detector.find(piece, path):
            tier = weigh(candidate, piece)
            if tier is not None and not _is_covered(candidate, tier, kept):
                kept.append((candidate, tier))
    found.update(kept)


def _is_covered(candidate: Candidate, tier: Tier, kept: list[tuple[Candidate, Tier]]) -> bool:
    """Tell whether a generic rule only repeats what a surer one said about the same text."""
    if candidate.rule.kind is Kind.PATTERN and candidate.rule.tier is Tier.BLOCK:
        return False
    return any(
        _STRENGTH[other] >= _STRENGTH[tier]
        and (candidate.value in sure.value or sure.value in candidate.value)
        for sure, other in kept
    )


def _pragma(lines: tuple[str, ...], number: int) -> str | None:
    """Return an allow comment on a line or above it, as it stands in the real file."""
    found = _PRAGMA.search(lines[number - 1][-_COMMENT_LENGTH:])
    if found is None and number > 1:
        found = _NEXT_LINE_PRAGMA.search(lines[number - 2][-_COMMENT_LENGTH:])
    return None if found is None else found[0].lower()
