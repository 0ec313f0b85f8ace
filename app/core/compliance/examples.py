"""A rule's embedded tests: does it say about its examples what its author expects."""

from collections.abc import Iterator

from app.core.compliance.change import EXECUTABLE_MODE, SUBMODULE_MODE, Change
from app.core.compliance.rules import CHECKERS, evaluate
from app.core.facts import ChangeStatus, FileChange, FileKind
from app.core.policy.model import ComplianceRule, RuleExample

_STATUS = {
    "A": ChangeStatus.ADDED,
    "M": ChangeStatus.MODIFIED,
    "D": ChangeStatus.DELETED,
    "R": ChangeStatus.RENAMED,
}
_PLAIN_MODE = "100644"
_MODES = {"executable": EXECUTABLE_MODE, "submodule": SUBMODULE_MODE, "symlink": "120000"}
_ARROW = " -> "


def run_rule_tests(rule: ComplianceRule) -> tuple[str, ...]:
    """Return what each failing example expected and got; content counts as valid."""
    return tuple(_failures(rule))


def _failures(rule: ComplianceRule) -> Iterator[str]:
    sound = dict.fromkeys(CHECKERS, lambda _path, _change: ())
    for number, example in enumerate(rule.tests, start=1):
        if any(_ARROW not in path for path in example.files.get("R", ())):
            yield f"test {number} must write a rename as `old -> new`"
            continue
        said = evaluate(rule, _change(example), sound).outcome.value
        if said != example.expect:
            yield f"test {number} expects {example.expect}, the rule says {said}"


def _change(example: RuleExample) -> Change:
    files = (
        _file(letter, path, example.kind)
        for letter, paths in example.files.items()
        for path in paths
    )
    return Change(files=tuple(sorted(files, key=lambda file: file.path)), title=example.title)


def _file(letter: str, path: str, kind: str) -> FileChange:
    old, _, new = path.partition(_ARROW) if letter == "R" else (None, "", path)
    mode = _MODES.get(kind, _PLAIN_MODE)
    return FileChange(
        path=new,
        status=_STATUS[letter],
        old_path=old,
        old_mode=_PLAIN_MODE,
        new_mode=None if letter == "D" else mode,
        kind=FileKind.TEXT if kind == "executable" else FileKind(kind),
        added_lines=0 if letter == "D" else None,
    )
