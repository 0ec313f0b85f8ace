"""Finding candidates in a line with the plugins of detect-secrets and with our own patterns.

Its command line, filters, settings and `scan_diff` are never used. Loaded only in the worker.
"""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from app.errors import ScanError
from app.scan.gates import Gate
from app.scan.rules import ENGINE_VERSION, RULES, Kind, Rule

PLUGIN_COUNT = 27
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w=-]+\.[\w=-]+(?:\.[\w=-]+)?", re.ASCII)
_EDGES = " \t\"'=:"
_NAMES = re.compile("key|pass|pwd|secret|contrase", re.IGNORECASE)
_SHORT_LINE = 800
_BEFORE, _BEHIND = 200, 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that a rule picked out of a line, and where it stands."""

    rule: Rule
    value: str = field(repr=False)
    start: int

    @property
    def end(self) -> int:
        """The offset behind the value."""
        return self.start + len(self.value)


class Detector(Protocol):
    """One rule, ready to read lines."""

    rule: Rule
    gate: Gate

    def find(self, line: str, path: str) -> Iterator[Candidate]:
        """Pick the values out of a line; the path tells the syntax by its ending."""


class PatternDetector:
    """A rule whose value is a match, or one group of it."""

    def __init__(self, rule: Rule, patterns: tuple[re.Pattern[str], ...]) -> None:
        self.rule = rule
        self.gate = Gate(rule)
        self._patterns = patterns

    def find(self, line: str, path: str) -> Iterator[Candidate]:  # noqa: ARG002 - a protocol
        """Pick every match of every pattern, whole tokens instead of their prefixes."""
        for pattern in self._patterns:
            group = min(self.rule.group, pattern.groups)
            for found in pattern.finditer(line):
                value = found[group]
                shift = len(value) - len(value.lstrip(_EDGES))
                yield Candidate(self.rule, value.strip(_EDGES), found.start(group) + shift)


class TokenDetector:
    """JSON web tokens: found and checked by the plugin, taken with their signature."""

    def __init__(self, rule: Rule, plugin: Any) -> None:
        self.rule = rule
        self.gate = Gate(rule)
        self._plugin = plugin

    def find(self, line: str, path: str) -> Iterator[Candidate]:  # noqa: ARG002 - a protocol
        """Pick tokens whose header and claims decode."""
        for found in self._plugin.denylist[0].finditer(line):
            whole = _JSON_WEB_TOKEN.match(line, found.start())
            if whole is not None and self._plugin.is_formally_valid(found[0]):
                yield Candidate(self.rule, whole[0], found.start())


class KeywordDetector:
    """Values assigned to names such as `password`; the syntax depends on the kind of file."""

    def __init__(self, rule: Rule, plugin: Any) -> None:
        self.rule = rule
        self.gate = Gate(rule)
        self._plugin = plugin
        self._keyword = importlib.import_module("detect_secrets.plugins.keyword")

    def find(self, line: str, path: str) -> Iterator[Candidate]:
        """Pick the first assignment of each form."""
        kind = self._keyword.determine_file_type(path)
        forms = self._keyword.REGEX_BY_FILETYPE.get(
            kind, self._keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP
        )
        for offset, part in _neighbourhoods(line):
            for value in self._plugin.analyze_string(part, denylist_regex_to_group=forms):
                if value:
                    yield Candidate(self.rule, value, offset + part.find(value))


class EntropyDetector:
    """Quoted text whose characters are spread more evenly than words spread theirs."""

    def __init__(self, rule: Rule, plugin: Any) -> None:
        self.rule = rule
        self.gate = Gate(rule)
        self._plugin = plugin
        self._limit: float = plugin.entropy_limit
        # Fewer different characters than this cannot reach the limit.
        self._fewest = int(2**self._limit) + 1

    def find(self, line: str, path: str) -> Iterator[Candidate]:  # noqa: ARG002 - a protocol
        """Pick the quoted texts above the plugin's limit."""
        for found in self._plugin.regex.finditer(line):
            value = found[2]
            if len(set(value)) < self._fewest:
                continue
            if self._plugin.calculate_shannon_entropy(value) > self._limit:
                yield Candidate(self.rule, value, found.start(2))


def _neighbourhoods(line: str) -> Iterator[tuple[int, str]]:
    """Cut a long line to where names stand: the plugin's time grows with the square of a line."""
    if len(line) <= _SHORT_LINE:
        yield 0, line
        return
    at = 0
    while found := _NAMES.search(line, at):
        start, at = max(found.start() - _BEFORE, 0), found.end() + _BEHIND
        yield start, line[start:at]


def load_detectors() -> tuple[Detector, ...]:
    """Load every plugin; without its full number, or a rule's plugin, nothing is scanned."""
    plugins = _plugins()
    known = {rule.plugin for rule in RULES}
    if len(plugins) < PLUGIN_COUNT or known - {""} - plugins.keys():
        raise ScanError("detect-secrets does not have the plugins that the rules need")
    unknown = [Rule(_slug(name), name, name) for name in sorted(plugins.keys() - known)]
    rules = [rule for rule in RULES if rule.kind is not Kind.PRIVATE_KEY]
    if _installed_version() != ENGINE_VERSION:
        rules = [replace(rule, needles=()) for rule in rules]
    return tuple(_detector(rule, plugins) for rule in [*rules, *unknown])


def _plugins() -> Mapping[str, Any]:
    loader = importlib.import_module("detect_secrets.core.plugins.util")
    classes = loader.get_mapping_from_secret_type_to_class().values()
    return {plugin.__name__: plugin for plugin in classes}


def _installed_version() -> str:
    version: str = importlib.import_module("detect_secrets.__version__").VERSION
    return version


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.removesuffix("Detector")).lower()


def _detector(rule: Rule, plugins: Mapping[str, Any]) -> Detector:
    if not rule.plugin:
        return PatternDetector(rule, tuple(re.compile(pattern) for pattern in rule.patterns))
    plugin = plugins[rule.plugin]()
    if rule.kind is Kind.KEYWORD:
        return KeywordDetector(rule, plugin)
    if rule.kind is Kind.ENTROPY:
        return EntropyDetector(rule, plugin)
    if rule.plugin == "JwtTokenDetector":
        return TokenDetector(rule, plugin)
    return PatternDetector(rule, tuple(plugin.denylist))
