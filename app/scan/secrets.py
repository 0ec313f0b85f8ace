"""The secret scan of a pull request: every content of every commit, and what was new in it.

A finding is new where a commit has a value that none of its parents had at the places the commit
changed. So an evil merge is seen, while a rename, an old secret in an edited file, a clean merge
and what the base already holds are not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping
from functools import cached_property

from app.core.facts import Gap, Part, SecretFinding, SecretScan, Sha, Unread
from app.errors import GitError, ScanError
from app.scan.hits import ContentScan, Hit
from app.scan.rules import Tier
from app.scan.source import Comparison, Content, Scanner, Source, Step

MESSAGE_PATH = "(commit message)"
CONTENT_LIMIT = 32 << 20
BUDGET_SECONDS = 20.0
MAX_SHOWN = 200
CONTROLS = ("soc2:CC6.1", "ssdf:PS.1.1", "nist80053:IA-5(7)", "iso27001:A.8.24", "osps:BR-07.01")

_SUBMODULE = "160000"
_POINTER = b"version https://git-lfs.github.com/spec/v1"
_POINTER_LIMIT = 1024
_MANY_FILES = 500

Cache = MutableMapping[tuple[str, str], ContentScan]


def scan(
    source: Source, base: Sha, head: Sha, scanner: Scanner, cache: Cache | None = None
) -> tuple[SecretScan | None, tuple[Gap, ...]]:
    """Scan everything that the head adds to the base; a crash is a gap, never a clean result.

    `cache` maps content and path to what was found; it is valid for one engine and one key.
    """
    try:
        engine = scanner.self_test()
        desk = _Desk(source, scanner, {} if cache is None else cache)
        return _PullRequestScan(source, desk, base, head).run(engine), ()
    except (ScanError, GitError) as error:
        remedy = "Evaluate again; if it stays, look at the health of the scanner."
        return None, (Gap(Part.SECRETS, "SECRETS_NOT_SCANNED", str(error), remedy),)


class _Desk:
    """Reads and scans single contents, each once, until the time for a pull request is spent."""

    def __init__(self, source: Source, scanner: Scanner, cache: Cache) -> None:
        self._source = source
        self._scanner = scanner
        self._cache = cache
        self._spent = 0.0
        self.done: dict[tuple[str, str], ContentScan] = {}

    def read(self, content: Content) -> ContentScan:
        """Return what is in a content."""
        place = (content.oid, content.path)
        if place not in self.done:
            self.done[place] = self._cache.get(place) or self._scan(content)
            if self.done[place].unread != "budget":
                self._cache[place] = self.done[place]
        return self.done[place]

    def read_message(self, text: str) -> ContentScan:
        """Return the credentials in a commit message."""
        if self._spent > BUDGET_SECONDS:
            return ContentScan(unread="budget")
        return self._within_budget(self._scanner.scan_prose(text))

    def _scan(self, content: Content) -> ContentScan:
        if self._spent > BUDGET_SECONDS:
            return ContentScan(unread="budget")
        size = self._source.blob_size(content.oid)
        if size is None or size > CONTENT_LIMIT:
            return ContentScan(unread="missing" if size is None else "too_large")
        text = self._source.blob(content.oid, CONTENT_LIMIT)
        if size < _POINTER_LIMIT and text.startswith(_POINTER):
            return ContentScan(unread="lfs_pointer")
        return self._within_budget(self._scanner.scan(text, content.path))

    def _within_budget(self, found: ContentScan) -> ContentScan:
        self._spent += found.seconds
        return found


class _PullRequestScan:
    """The scan of one range of commits."""

    def __init__(self, source: Source, desk: _Desk, base: Sha, head: Sha) -> None:
        self._source = source
        self._desk = desk
        self._base = base
        self._head = head
        self._findings: dict[tuple[str, str], tuple[Hit, Sha]] = {}
        self._unread: dict[tuple[str, str], Unread] = {}

    def run(self, engine: str) -> SecretScan:
        """Walk over the commits, oldest first, so that a finding names the commit it came with."""
        steps = self._source.steps(self._base, self._head)
        contents: set[tuple[str, str]] = set()
        for step in steps:
            self._read_message(step)
            for content in _introduced(step):
                contents.add((content.oid, content.path))
                self._read_content(step, content)
        if not contents <= self._desk.done.keys():
            raise ScanError("the secret scanner left out a content")
        return SecretScan(
            engine=engine,
            commits=len(steps),
            blobs=len(contents),
            findings=tuple(_without_excess(sorted(self._results(), key=_order))),
            unread=tuple(sorted(self._unread.values(), key=lambda one: (one.path, one.commit))),
        )

    def _read_message(self, step: Step) -> None:
        found = self._desk.read_message(step.message)
        if found.unread is not None:
            self._unread[step.sha, MESSAGE_PATH] = Unread(MESSAGE_PATH, step.sha, found.unread)
        for hit in found.hits:
            self._findings.setdefault((hit.fingerprint, MESSAGE_PATH), (hit, step.sha))

    def _read_content(self, step: Step, content: Content) -> None:
        found = self._desk.read(content)
        if not (found.unread or found.hits) or content.oid in self._base_contents:
            return
        if found.unread is not None:
            place = (content.oid, content.path)
            self._unread.setdefault(place, Unread(content.path, step.sha, found.unread))
        for hit in found.hits:
            if self._is_new(hit, content, step):
                self._findings.setdefault((hit.fingerprint, content.path), (hit, step.sha))

    def _is_new(self, hit: Hit, content: Content, step: Step) -> bool:
        return not any(self._had(hit, content, comparison) for comparison in step.comparisons)

    def _had(self, hit: Hit, content: Content, comparison: Comparison) -> bool:
        """Tell whether the parent had the value: at this path, or where the commit changed more."""
        return any(
            hit.digest == old.digest
            for before in _nearest(content, comparison)
            for old in self._desk.read(before).hits
        )

    @cached_property
    def _base_contents(self) -> frozenset[str]:
        bases = (self._base, *self._source.merge_bases(self._base, self._head))
        return frozenset().union(*(self._source.blobs_in(commit) for commit in bases))

    def _results(self) -> Iterator[SecretFinding]:
        standing = self._standing_values() if self._findings else frozenset()
        for (_, path), (hit, commit) in self._findings.items():
            yield SecretFinding(
                rule=hit.rule,
                tier=hit.tier,
                path=path,
                line=hit.line,
                commit=commit,
                fingerprint=hit.fingerprint,
                in_head=path == MESSAGE_PATH or hit.digest in standing,
                pragma=hit.pragma,
                message=hit.message,
                controls=CONTROLS,
            )

    def _standing_values(self) -> frozenset[str]:
        contents = self._source.blobs_in(self._head)
        return frozenset(
            hit.digest
            for (oid, _), found in self._desk.done.items()
            if oid in contents
            for hit in found.hits
        )


def _introduced(step: Step) -> Iterator[Content]:
    """Yield the contents that differ from every parent; a submodule has none."""
    first, *others = step.comparisons
    everywhere = [{content.path for content in comparison.new} for comparison in others]
    for content in first.new:
        if content.mode != _SUBMODULE and all(content.path in paths for paths in everywhere):
            yield content


def _nearest(content: Content, comparison: Comparison) -> Iterator[Content]:
    """Yield what the parent had: at the same path, at deleted paths, at other changed paths."""
    kept = {new.path for new in comparison.new}
    others = [old for old in comparison.old if old.mode != _SUBMODULE]
    others.sort(key=lambda old: (old.path != content.path, old.path in kept, old.path))
    yield from others[:_MANY_FILES]


def _without_excess(findings: Iterable[SecretFinding]) -> Iterator[SecretFinding]:
    """Leave out what is only shown beyond a number for each rule; it decides nothing."""
    shown: Counter[str] = Counter()
    for finding in findings:
        shown[finding.rule] += finding.tier == Tier.INFO
        if finding.tier != Tier.INFO or shown[finding.rule] <= MAX_SHOWN:
            yield finding


def _order(finding: SecretFinding) -> tuple[str, int, str, str]:
    return (finding.path, finding.line or 0, finding.rule, finding.fingerprint)
