"""The built-in rules: stable ids, titles, what to do, and the controls they serve.

Controls are identifiers only; their mapping to a framework is for the user's auditor to confirm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from app.core.verdict import Finding, Tier

Controls = Mapping[str, tuple[str, ...]]


class RuleId(StrEnum):
    """Ids are never reused; a rule that goes away leaves a hole."""

    TOO_MANY_FILES = "GW-CHG-001"
    TOO_MANY_LINES = "GW-CHG-002"
    PROTECTED_PATH = "GW-CHG-003"
    TWIN_PATH = "GW-CHG-004"
    EXECUTABLE = "GW-CHG-005"
    SYMLINK_OUTSIDE = "GW-CHG-006"
    SYMLINK = "GW-CHG-007"
    SUBMODULE = "GW-CHG-008"
    OPAQUE = "GW-CHG-009"
    HIDDEN_NAME = "GW-CHG-010"
    READABLE = "GW-CHG-011"
    DECISION_RECORD = "GW-ARC-001"
    WORKFLOW_AUDIT = "GW-WFL-001"


@dataclass(frozen=True, slots=True)
class BuiltinRule:
    """A rule that always runs; `fix` is the next step for whoever meets it."""

    title: str
    fix: str
    controls: Controls = field(default_factory=dict)


_SIZE: Controls = {"soc2": ("CC8.1",), "ssdf": ("PW.7.2",), "nist80053": ("SA-11(4)",)}
_POLICY: Controls = {
    "soc2": ("CC5.2", "CC8.1"),
    "nist80053": ("CM-5(1)",),
    "osps": ("OSPS-AC-03.01", "OSPS-QA-07.01"),
}
_TREE: Controls = {"nist80053": ("CM-3", "SI-7")}
_OPAQUE: Controls = {"ssdf": ("PW.7.2",), "nist80053": ("SI-3",), "osps": ("OSPS-QA-05.02",)}

BUILTIN: Mapping[RuleId, BuiltinRule] = MappingProxyType(
    {
        RuleId.TOO_MANY_FILES: BuiltinRule(
            "A change has no more files than the policy allows",
            "Split the change.",
            _SIZE,
        ),
        RuleId.TOO_MANY_LINES: BuiltinRule(
            "A change has no more lines than the policy allows",
            "Split the change; generated files and lock files do not count.",
            _SIZE,
        ),
        RuleId.PROTECTED_PATH: BuiltinRule(
            "A change of policy files is judged by the policy of the base branch",
            "Let the owners of these files look at them; the change takes effect after the merge.",
            _POLICY,
        ),
        RuleId.TWIN_PATH: BuiltinRule(
            "No path passes for a protected one where case or composition is ignored",
            "Use the exact name of the protected path, or one that differs in its letters.",
            _POLICY,
        ),
        RuleId.EXECUTABLE: BuiltinRule(
            "New executables are where the policy expects them",
            "Build binaries in CI; for scripts add the path to `allow_executables`.",
            {
                "nist80053": ("SI-7", "SR-11"),
                "osps": ("OSPS-QA-05.01", "OSPS-QA-05.02"),
            },
        ),
        RuleId.SYMLINK_OUTSIDE: BuiltinRule(
            "A symbolic link stays in the repository and is no policy file",
            "Point the link at a file of the repository by a plain relative path, or copy the "
            "file.",
            _TREE,
        ),
        RuleId.SYMLINK: BuiltinRule(
            "Symbolic links are where the policy expects them",
            "Look where the link leads; add the path to `allow_symlinks` if it is meant to stay.",
            _TREE,
        ),
        RuleId.SUBMODULE: BuiltinRule(
            "A pointer to another repository changes only where the policy expects it",
            "Review the other repository's change; add the path to `allow_opaque` on the base "
            "branch to accept such changes.",
            {"nist80053": ("CM-3", "SR-3"), "ssdf": ("PW.4.1",)},
        ),
        RuleId.OPAQUE: BuiltinRule(
            "Content that nobody can review is where the policy expects it",
            "Build the file in CI, or add the path to `allow_opaque`.",
            _OPAQUE,
        ),
        RuleId.HIDDEN_NAME: BuiltinRule(
            "File names show every character they have",
            "Rename the file; use letters, digits and signs that people can see.",
            {"ssdf": ("PW.5.1",), "nist80053": ("SI-10",)},
        ),
        RuleId.READABLE: BuiltinRule(
            "Every changed file could be read",
            "Gatewright reads again by itself; if this stays, look at the file with git.",
            _OPAQUE,
        ),
        RuleId.DECISION_RECORD: BuiltinRule(
            "A change of the architecture brings its decision record",
            "Add a record with a title, Status, Context, Decision and Consequences, under a "
            "number of its own.",
            {
                "soc2": ("CC8.1",),
                "ssdf": ("PW.1.2",),
                "nist80053": ("CM-3", "CM-4"),
                "iso27001": ("A.8.27", "A.8.32"),
                "osps": ("OSPS-SA-01",),
            },
        ),
        RuleId.WORKFLOW_AUDIT: BuiltinRule(
            "A change of workflows brings no new weakness",
            "Mend the workflow as the audit's documentation says.",
            {
                "soc2": ("CC6.8",),
                "ssdf": ("PO.3.2", "PW.4.1"),
                "nist80053": ("AC-6", "SR-3"),
                "osps": ("OSPS-BR-01.01", "OSPS-BR-05.01"),
            },
        ),
    }
)


def flatten(controls: Controls) -> tuple[str, ...]:
    """Write controls as sorted "framework:identifier" words."""
    return tuple(sorted(f"{name}:{each}" for name, ids in controls.items() for each in ids))


def finding(
    rule: RuleId, tier: Tier, message: str, path: str | None = None, line: int | None = None
) -> Finding:
    """Return a built-in rule's finding; its next step is added to the message."""
    about = BUILTIN[rule]
    return Finding(
        rule=rule,
        tier=tier,
        message=f"{message} {about.fix}",
        path=path,
        line=line,
        controls=flatten(about.controls),
    )
