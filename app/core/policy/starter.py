"""A first policy for a repository, inferred from its files; every guess says why it is there."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.core.policy.paths import check_glob

_EXECUTABLE, _LINK = "100755", "120000"
_OPAQUE = (
    "png", "jpg", "jpeg", "gif", "webp", "ico", "pdf", "woff", "woff2", "ttf", "jar", "zip", "mp4",
)  # fmt: skip
_LOCKS = (
    "package-lock.json", "pnpm-lock.yaml", "go.sum", "Gemfile.lock", "composer.lock",
)  # fmt: skip
_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "py": "Python",
        "ts": "TypeScript",
        "js": "JavaScript",
        "go": "Go",
        "rs": "Rust",
        "java": "Java",
        "kt": "Kotlin",
        "rb": "Ruby",
        "cs": "C#",
        "php": "PHP",
        "tf": "Terraform",
    }
)
_RECORDS = ("docs/adr", "docs/decisions", "doc/adr", "adr")
_WORKFLOWS = ".github/workflows"
_MOST = 20
_NAME = re.compile(r"[A-Za-z0-9_.@+/*-]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree, with its mode as git writes it."""

    mode: str
    path: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The file's extension without its dot, folded."""
        stem, _, extension = self.name.rpartition(".")
        return extension.lower() if stem else ""

    @property
    def folder(self) -> str:
        """The folder that holds the file; empty for the root."""
        return self.path.rpartition("/")[0]


def starter(entries: Sequence[Entry]) -> str:
    """Return a policy file that keeps every default and adds what the files suggest."""
    lines = [
        "# yaml-language-server: $schema=./policy.v1.json",
        f"# Suggested from {len(entries)} files{_languages(entries)}; the rest keeps its default.",
        "version: 1",
    ]
    parts = [part for part in (list(make(entries)) for make in _GATES) if part]
    if parts:
        lines += ["", "gates:", *(f"  {line}" for part in parts for line in part)]
    lines += _deployments(entries)
    return "\n".join(lines) + "\n"


def _languages(entries: Iterable[Entry]) -> str:
    found = dict.fromkeys(_LANGUAGES[each.suffix] for each in entries if each.suffix in _LANGUAGES)
    return f" ({', '.join(found)})" if found else ""


def _ci(entries: Iterable[Entry]) -> Iterator[str]:
    if any(each.folder == _WORKFLOWS for each in entries):
        yield "ci:"
        yield "  all: true # workflows are there: every check that exists must be green"


def _compliance(entries: Sequence[Entry]) -> Iterator[str]:
    lists = (
        ("allow_executables", _executables(entries), "scripts that are executable already"),
        ("allow_symlinks", _paths(each.path for each in entries if each.mode == _LINK), "links"),
        ("allow_opaque", _opaque(entries), "binaries of these kinds are there already"),
    )
    body = [f"  {key}: {_flow(found)} # {why}" for key, found, why in lists if found]
    records = next((each for each in _RECORDS if _holds(entries, each)), None)
    if records is not None:
        body += [
            "  architecture: # decision records are kept: ask for one where the shape changes",
            f"    paths: {_flow(_shape(entries))}",
            f"    records: {_flow([f'{records}/[0-9]*.md'])}",
        ]
    if body:
        yield "compliance:"
        yield from body


def _freshness(entries: Iterable[Entry]) -> Iterator[str]:
    names = {each.name for each in entries}
    extra = [f"**/{name}" for name in _LOCKS if name in names]
    extra += ["**/*.proto"] if any(each.suffix == "proto" for each in entries) else []
    if extra:
        yield "freshness:"
        sensitive = ["**/migrations/**", "**/*.lock", ".github/**", *extra]
        yield f"  sensitive: {_flow(sensitive)} # files that merge without conflict and break"


def _approval(entries: Iterable[Entry]) -> Iterator[str]:
    infra = sorted({each.folder.partition("/")[0] for each in entries if each.suffix == "tf"})
    paths = [found for each in infra if each and _is_pattern(found := f"{each}/**")][:_MOST]
    if paths:
        yield "approval:"
        yield "  otherwise: everyday"
        yield "  rules:"
        yield "    - {id: everyday, count: 1, by: {permission: write}}"
        yield "    - id: infrastructure # two people for what runs everything else"
        yield f"      if: {{paths: {_flow(paths)}}}"
        yield "      count: 2"


_GATES: tuple[Callable[[Sequence[Entry]], Iterator[str]], ...] = (
    _ci,
    _compliance,
    _approval,
    _freshness,
)


def _deployments(entries: Iterable[Entry]) -> list[str]:
    found = {each.folder for each in entries if "migrations" in each.folder.split("/")}
    paths = _paths(f"{each.partition('migrations')[0]}migrations/**" for each in found)
    if not paths:
        return []
    return [
        "",
        "deployments:",
        f"  migrations: {{paths: {_flow(paths)}}} # no code goes back below them",
    ]


def _executables(entries: Iterable[Entry]) -> list[str]:
    """Return patterns for executables: by extension in a folder, or by path."""
    found = [each for each in entries if each.mode == _EXECUTABLE]
    kinds = {f"**/*.{each.suffix}" for each in found if each.suffix}
    return _paths([*kinds, *(each.path for each in found if not each.suffix)])


def _opaque(entries: Sequence[Entry]) -> list[str]:
    kinds = {each.suffix for each in entries}
    return [f"**/*.{kind}" for kind in _OPAQUE if kind in kinds]


def _paths(found: Iterable[str]) -> list[str]:
    """Return the first few that are plain patterns, in order."""
    return sorted(each for each in set(found) if _is_pattern(each))[:_MOST]


def _shape(entries: Iterable[Entry]) -> list[str]:
    roots = {each.path.partition("/")[0] for each in entries if "/" in each.path}
    found = [f"{each}/**" for each in ("src", "app", "lib", "infra", "cmd") if each in roots]
    return found or ["**/*.proto", "**/openapi.yaml"]


def _holds(entries: Iterable[Entry], folder: str) -> bool:
    return any(each.folder == folder for each in entries)


def _is_pattern(text: str) -> bool:
    """Tell whether a text is a pattern that nobody needs to read twice."""
    try:
        check_glob(text)
    except ValueError:
        return False
    return bool(_NAME.fullmatch(text))


def _flow(values: Sequence[str]) -> str:
    """Write a list in one line; JSON's strings are YAML's."""
    return f"[{', '.join(json.dumps(each) for each in values)}]"
