"""The commands as documentation: how each is written, and the tables of the page about them."""

from collections.abc import Iterable, Mapping, Sequence

from app.core.commands.codes import MEANING
from app.core.commands.definition import Approvals, Case, Form, Kind, Verb
from app.core.commands.levels import CEILINGS, DEFAULT_GRANTS
from app.core.commands.scales import LEVEL_MEANING, RISK_MEANING, Level
from app.core.commands.verbs import FLAGS, SIMULATE, VERBS


def usage(verb: Verb) -> str:
    """Return how a command is written: `<needed>`, `[optional]`, `a | b` for either."""
    if verb.name == SIMULATE:
        return f"/{SIMULATE} <command line>"
    either = "global" in verb.flags
    words = [_place(each.kind.value, required=each.required) for each in verb.arguments]
    if either:
        words[-1] = f"({words[-1]} | --global)"
    flags = [_flag(name, verb) for name in verb.flags if name != "global"]
    return " ".join([f"/{verb.name}", *words, *flags])


def who(form: Form) -> str:
    """Say at which level a form of a command may be given."""
    if form.only_owner:
        return f"owner at {form.level.label}"
    if form.owner_level:
        return f"{form.level.label}, owner at {form.owner_level.label}"
    return form.level.label


def risk(form: Form) -> str:
    """Name the risk class of a form."""
    return "as the request" if form.inherits else form.risk.value


def approvals(form: Form) -> str:
    """Say how many must approve, at which level."""
    if form.reviewed_after:
        return "review within 24 h"
    return people(form.approvals) if form.approvals else ""


def commands_table(lowest: Level = Level.INFRASTRUCTURE) -> str:
    """Return the commands of which a person of that level may give some form."""
    rows = [
        [f"`{usage(verb)}`", verb.meaning, "yes" if verb.on_closed else ""]
        for verb in VERBS.values()
        if verb.lowest_level <= lowest
    ]
    return table(["command", "does", "when closed"], rows)


def forms_table(verbs: Iterable[Verb]) -> str:
    """Return who may give each command in which case, how risky it is, who must approve."""
    rows = [
        [f"`/{verb.name}`", _case(form), who(form), risk(form), approvals(form)]
        for verb in verbs
        for form in verb.forms
    ]
    return table(["command", "when", "level", "risk", "approvals"], rows)


def tables() -> Mapping[str, str]:
    """Return every table of the page about commands by the name of its place."""
    return {
        "commands": commands_table(),
        "forms": forms_table(verb for verb in VERBS.values() if verb.changes_state),
        "flags": _flags(),
        "levels": _levels(),
        "risks": _risks(),
        "codes: commands": _codes(),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table of cells that are safe already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def _flags() -> str:
    return table(
        ["flag", "value", "means", "of"],
        [
            [
                f"`--{flag.name}`",
                "" if flag.kind is Kind.SWITCH else flag.kind.value,
                flag.meaning,
                ", ".join(f"`/{verb.name}`" for verb in VERBS.values() if flag.name in verb.flags),
            ]
            for flag in FLAGS.values()
        ],
    )


def _levels() -> str:
    return table(
        ["level", "may", "roles that allow it", "roles that get it by default"],
        [
            [
                level.label,
                meaning,
                _roles(CEILINGS, level),
                _roles(DEFAULT_GRANTS, level),
            ]
            for level, meaning in LEVEL_MEANING.items()
        ],
    )


def _roles(levels: Mapping[str, Level], level: Level) -> str:
    return ", ".join(f"`{role}`" for role, reached in levels.items() if reached is level)


def _risks() -> str:
    rows = [[f"`{each}`", meaning] for each, meaning in RISK_MEANING.items()]
    return table(["class", "means"], rows)


def _codes() -> str:
    rows = [[f'<a id="{code}"></a>`{code}`', meaning] for code, meaning in MEANING.items()]
    return table(["code", "meaning"], rows)


def _place(noun: str, *, required: bool) -> str:
    return f"<{noun}>" if required else f"[{noun}]"


def _flag(name: str, verb: Verb) -> str:
    flag = FLAGS[name]
    text = f"--{name}" if flag.kind is Kind.SWITCH else f"--{name} <{flag.kind.value}>"
    return text if name in verb.required else f"[{text}]"


def _case(form: Form) -> str:
    return "" if form.case is Case.ALWAYS else form.case.value


def people(needed: Approvals) -> str:
    """Say how many have to agree, and at which level."""
    lead = needed.lead.label + (" from the security list" if needed.on_security_list else "")
    if needed.count == needed.leading:
        return f"{needed.count} at {lead}"
    return f"{needed.count} at {needed.each.label}, {needed.leading} of them at {lead}"
