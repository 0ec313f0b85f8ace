"""The workflow audit of a change: what the head's workflows have that the base's had not.

Findings are compared by audit and place in the document, never by line, so that an edit above an
old finding does not make it new.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.facts import ChangeStatus, FileChange, Gap, Part, WorkflowAudit, WorkflowFinding
from app.errors import GitError, ScanError
from app.scan.zizmor import Audited, AuditTimeoutError, Zizmor, follow

_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml|(?:.*/)?action\.ya?ml", re.DOTALL)
_EXPRESSION = re.compile(r"\$\{\{[^}]*\}\}")
_SCRIPTS = ("run", "script")

Key = tuple[object, ...]


def is_workflow(path: str) -> bool:
    """Tell whether GitHub Actions reads a file at this path as a workflow or an action."""
    return _WORKFLOW.fullmatch(path) is not None


def audit_workflows(
    files: Iterable[FileChange], read: Callable[[str], bytes], auditor: Zizmor
) -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
    """Audit the changed workflows of a pull request against those of its base."""
    changed = [file for file in files if is_workflow(file.path) and _stands(file)]
    links = tuple(_not_a_file(file) for file in changed if not _is_regular(file.new_mode))
    regular = [file for file in changed if _is_regular(file.new_mode)]
    try:
        head = auditor.audit({file.path: read(file.new_oid or "") for file in regular})
        base = auditor.audit(
            {file.path: read(file.old_oid or "") for file in regular if _was_workflow(file)}
        )
        engine = auditor.engine
    except AuditTimeoutError as error:
        return None, (*links, _gap("WORKFLOW_AUDIT_TIMEOUT", str(error)))
    except (ScanError, GitError) as error:
        return None, (*links, _gap("WORKFLOW_AUDIT_FAILED", str(error)))
    unreadable = tuple(_unreadable(path) for path in sorted(head.unreadable))
    audit = WorkflowAudit(engine, len(regular), tuple(_new_findings(head, base)))
    return audit, links + unreadable


def _stands(file: FileChange) -> bool:
    return file.status is not ChangeStatus.DELETED


def _is_regular(mode: str | None) -> bool:
    return mode is None or mode.startswith("100")


def _was_workflow(file: FileChange) -> bool:
    """Tell whether the old file was a workflow too: one moved into place is new as a whole."""
    had_one = file.old_oid is not None and _is_regular(file.old_mode)
    return had_one and is_workflow(file.old_path or file.path)


def _gap(code: str, detail: str) -> Gap:
    return Gap(Part.WORKFLOW_AUDIT, code, detail, "Evaluate again.")


def _unreadable(path: str) -> Gap:
    detail = f"{path} is not a valid workflow or action"
    remedy = "Correct the file; actionlint and GitHub's editor show what is wrong."
    return Gap(Part.WORKFLOW_AUDIT, "WORKFLOW_UNREADABLE", detail, remedy, temporary=False)


def _not_a_file(file: FileChange) -> Gap:
    detail = f"{file.path} is a link where a workflow or action is expected"
    remedy = "Replace the link by the file itself."
    return Gap(Part.WORKFLOW_AUDIT, "WORKFLOW_UNREADABLE", detail, remedy, temporary=False)


def _new_findings(head: Audited, base: Audited) -> Iterator[WorkflowFinding]:
    known = Counter(_Place(path, raw).key for path, raw in base.findings)
    places = [_Place(path, raw) for path, raw in head.findings]
    for place in sorted(places, key=lambda one: (one.path, one.line or 0, one.audit)):
        if known[place.key] > 0:
            known[place.key] -= 1
        else:
            yield place.finding()


@dataclass(frozen=True, slots=True)
class _Place:
    """A raw finding and where in the document it is."""

    path: str
    raw: Mapping[str, object]

    @property
    def audit(self) -> str:
        return str(self.raw.get("ident", "unknown"))

    @property
    def line(self) -> int | None:
        row = follow(self._location(), "concrete", "location", "start_point", "row")
        return row + 1 if isinstance(row, int) else None

    @property
    def key(self) -> Key:
        """Audit, file, named steps of the way through the document, and the text if it is short."""
        location = self._location()
        annotation = follow(location, "symbolic", "annotation")
        route = tuple(self._route())
        feature = follow(location, "concrete", "feature")
        return (self.path, self.audit, annotation, route, _identity(feature, route))

    def finding(self) -> WorkflowFinding:
        severity = follow(self.raw, "determinations", "severity")
        annotation = follow(self._location(), "symbolic", "annotation")
        message = str(self.raw.get("desc", ""))
        return WorkflowFinding(
            audit=self.audit,
            severity=str(severity or "unknown").lower(),
            path=self.path,
            line=self.line,
            message=f"{message}: {annotation}" if annotation else message,
        )

    def _location(self) -> object:
        """Return the primary location, or the first if none is marked."""
        locations = self.raw.get("locations")
        listed = locations if isinstance(locations, list) and locations else [None]
        primary = (one for one in listed if follow(one, "symbolic", "kind") == "Primary")
        return next(primary, listed[0])

    def _route(self) -> Iterator[str]:
        steps = follow(self._location(), "symbolic", "route", "route")
        for step in steps if isinstance(steps, list) else ():
            name = follow(step, "Key")
            if isinstance(name, str):
                yield name


def _identity(feature: object, route: Sequence[str]) -> object:
    """Return what tells two findings of the same place apart and survives edits around them."""
    if not isinstance(feature, str):
        return None
    if route and route[-1] in _SCRIPTS:
        return tuple(sorted(_EXPRESSION.findall(feature)))
    return feature.strip() if "\n" not in feature.strip() else None
