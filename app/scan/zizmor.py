"""Running the zizmor program of its wheel over workflow files: offline, nothing ignored.

The files are written under names of our own; no path, configuration or comment of a pull request
has any say in the run.
"""

import importlib.metadata
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import ScanError

_OPTIONS = (
    "--offline --no-config --no-ignores --persona=auditor --strict-collection"
    " --format=json-v1 --no-progress --color=never --quiet"
)
# Exit codes 10 to 14 tell the highest severity found; the findings are in the document.
_COMPLETED = frozenset({0, 10, 11, 12, 13, 14})
_UNREADABLE = frozenset({1, 3})
_NAME = "zizmor"


class AuditTimeoutError(ScanError):
    """The auditor did not end in time."""


@dataclass(frozen=True, slots=True)
class Audited:
    """Raw findings by the caller's names of the files, and the files that cannot be parsed."""

    findings: tuple[tuple[str, Mapping[str, object]], ...]
    unreadable: frozenset[str]


class Zizmor:
    """The auditor's program; `seconds` is the wall time of one run."""

    def __init__(self, program: Path | None = None, seconds: float = 60) -> None:
        self._program = program
        self._seconds = seconds

    @property
    def engine(self) -> str:
        """The name and version of what audits."""
        try:
            return f"{_NAME} {importlib.metadata.version(_NAME)}"
        except importlib.metadata.PackageNotFoundError as error:
            raise ScanError("zizmor is not installed") from error

    def audit(self, contents: Mapping[str, bytes]) -> Audited:
        """Audit files by name; the name's last part tells an action from a workflow."""
        with tempfile.TemporaryDirectory(prefix="gatewright-") as scratch:
            place = Path(scratch)
            names = {_write(place, number, *item): item[0] for number, item in _numbered(contents)}
            found = self._run(place, list(names)) if names else []
            if found is not None:
                return Audited(tuple((names[_file(one)], one) for one in found), frozenset())
            return self._one_by_one(place, names)

    def _one_by_one(self, place: Path, names: Mapping[str, str]) -> Audited:
        """Find out which of the files cannot be parsed, and audit the others."""
        results = {file: self._run(place, [file]) for file in names}
        return Audited(
            tuple((names[file], one) for file, found in results.items() for one in found or ()),
            frozenset(names[file] for file, found in results.items() if found is None),
        )

    def _run(self, place: Path, files: list[str]) -> list[Mapping[str, object]] | None:
        """Return the findings, or None if at least one file cannot be parsed."""
        # A file, because a document written to a pipe can be cut off.
        with (place / "output.json").open("wb") as output:
            code = self._call(place, files, output.fileno())
        if code in _UNREADABLE:
            return None
        if code not in _COMPLETED:
            raise ScanError(f"the workflow auditor failed with exit code {code}")
        return _parse((place / "output.json").read_bytes())

    def _call(self, place: Path, files: list[str], output: int) -> int:
        command = [str(self._program or _installed()), *_OPTIONS.split(), "--cache-dir=.cache"]
        try:
            return subprocess.run(
                [*command, "--", *files],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                cwd=place,
                env={"HOME": str(place), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                timeout=self._seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise AuditTimeoutError("the workflow auditor did not end in time") from error
        except OSError as error:
            raise ScanError("the workflow auditor cannot be started") from error


def _numbered(contents: Mapping[str, bytes]) -> list[tuple[int, tuple[str, bytes]]]:
    return list(enumerate(sorted(contents.items())))


def _write(place: Path, number: int, name: str, content: bytes) -> str:
    base = name.rpartition("/")[2]
    is_action = base in ("action.yml", "action.yaml")
    file = f"{number}/action.yml" if is_action else f"{number}/.github/workflows/workflow.yml"
    (place / file).parent.mkdir(parents=True)
    (place / file).write_bytes(content)
    return file


def _installed() -> Path:
    """Find the program that the wheel put beside the interpreter."""
    try:
        files = importlib.metadata.distribution(_NAME).files or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ScanError("zizmor is not installed") from error
    for file in files:
        if file.stem == _NAME and file.parent.name in ("bin", "Scripts"):
            return Path(str(file.locate())).resolve()
    raise ScanError("the wheel of zizmor holds no program")


def _parse(document: bytes) -> list[Mapping[str, object]]:
    try:
        found = json.loads(document)
    except ValueError as error:
        raise ScanError("the workflow auditor wrote no valid document") from error
    if not isinstance(found, list):
        raise ScanError("the workflow auditor wrote an unknown document")
    return found


def _file(finding: Mapping[str, object]) -> str:
    """Return the name that the file had in the run."""
    locations = finding.get("locations")
    first = locations[0] if isinstance(locations, list) and locations else None
    name = follow(first, "symbolic", "key", "Local", "verbatim_path")
    if not isinstance(name, str):
        raise ScanError("the workflow auditor names no file")
    return name


def follow(value: object, *names: str) -> object:
    """Follow names through nested objects; None where the way ends."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
