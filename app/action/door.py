"""Runs one action: read inputs, judge, say it; status 0 once there is a verdict, 2 without one."""

import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

from app.action import asking, deploying, report
from app.action.commands import append_outputs, command
from app.action.job import InputError, Inputs, Runner, inputs_from, runner_from
from app.action.parts import Parts, opened, utc_now
from app.action.report import Report
from app.action.target import Pull, target
from app.core.text import visible
from app.core.verdict import GateName, Outcome
from app.errors import GatewrightError
from app.service import bundle
from app.service.once import Ruling

_PAUSE = timedelta(seconds=20)
_USAGE = "say what to run: all, gate NAME, deploy, or evidence"


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run what the words name; whatever nobody foresaw is no verdict."""
    try:
        runner = runner_from(environment)
        found = _report(words, environment, runner)
        _say(found, runner, enforces=environment.get("GATEWRIGHT_ENFORCE") != "false")
    except InputError as error:
        print(command("error", visible(str(error)), {"title": "Gatewright"}), flush=True)
        return 2
    except Exception:  # noqa: BLE001 - the one place where a door fails closed
        print(visible_lines(traceback.format_exc()), flush=True)
        message = "Gatewright failed before it had a verdict; its log says where"
        print(command("error", message, {"title": "Gatewright"}), flush=True)
        return 2
    return 0


def visible_lines(text: str) -> str:
    """Return lines of a log of which none can be a workflow command."""
    return "\n".join(f"| {visible(line)}" for line in text.splitlines())


def _report(words: Sequence[str], environment: Mapping[str, str], runner: Runner) -> Report:
    action = _action(words)
    gate = GateName(words[1]) if words[0] == "gate" else None
    inputs = inputs_from(environment, gate)
    try:
        if action is _deploy and asking.is_wanted(environment):
            return asking.asked(runner, inputs, deploying.order_from(environment), environment)
        with opened(runner, inputs) as parts:
            return action(parts, runner, inputs, environment)
    except InputError:
        raise
    except GatewrightError as error:
        return report.of_trouble(str(error))


_Action = Callable[[Parts, Runner, Inputs, Mapping[str, str]], Report]


def _action(words: Sequence[str]) -> _Action:
    gates = [gate.value for gate in GateName if gate is not GateName.MERGE]
    match list(words):
        case ["all"]:
            return _judged
        case ["gate", name] if name in gates:
            return _judged
        case ["deploy"]:
            return _deploy
        case ["evidence"]:
            return _evidence
        case _:
            raise InputError(_USAGE)


def _judged(
    parts: Parts, runner: Runner, inputs: Inputs, _environment: Mapping[str, str]
) -> Report:
    found = _ruling(parts, runner, inputs)
    return found if isinstance(found, Report) else report.of_ruling(found)


def _deploy(
    parts: Parts, _runner: Runner, _inputs: Inputs, environment: Mapping[str, str]
) -> Report:
    order = deploying.order_from(environment)
    return report.of_clearance(deploying.clearance(parts, order))


def _evidence(
    parts: Parts, runner: Runner, inputs: Inputs, environment: Mapping[str, str]
) -> Report:
    """Judge, and keep what the verdict was computed from; one folder for each pull request."""
    found = _ruling(parts, runner, inputs)
    if isinstance(found, Report):
        return found
    named = environment.get("GATEWRIGHT_FOLDER", "").strip()
    folder = Path(named) if named else runner.temporary / "gatewright-evidence"
    written = bundle.write(found, folder)
    for number, other in found.others.items():
        bundle.write(other, folder / f"pull-request-{number}")
    said = report.of_ruling(found)
    kept = {"folder": str(folder), "digest": written.digest, "verdict-id": written.verdict_id}
    line = f"\n\nEvidence: `{written.verdict_id}`, SHA256SUMS `sha256:{written.digest}`"
    return replace(said, extra={**said.extra, **kept}, summary=said.summary + line)


def _ruling(parts: Parts, runner: Runner, inputs: Inputs) -> Ruling | Report:
    """Judge what the event is about, again until nothing waits any more or time is up."""
    reader = parts.github.reader(parts.repository)
    about = target(runner, inputs.pull_request, reader)
    until = utc_now() + inputs.wait
    while True:
        found: Ruling | Report
        if isinstance(about, Pull):
            found = _pull_request(parts, about)
        else:
            group = parts.once.group(parts.repository, about)
            found = group or report.of_trouble("the merge group has landed: nobody waits for it")
        if isinstance(found, Report) or not _waits(found, until):
            return found
        sleep(_PAUSE.total_seconds())


def _waits(found: Ruling, until: datetime) -> bool:
    return found.verdict.outcome is Outcome.PENDING and utc_now() + _PAUSE <= until


def _pull_request(parts: Parts, about: Pull) -> Ruling | Report:
    """Judge a pull request, for the commit alone that this job's check stands on."""
    if about.head is not None and about.pusher is not None:
        parts.once.pushed(parts.repository, about.head, about.pusher)
    ruling = parts.once.pull_request(parts.repository, about.number)
    head = ruling.facts.subject.head_sha
    if about.head is not None and about.head != head:
        return report.of_trouble(
            f"the head moved from {about.head[:12]} to {head[:12]}; its own run judges it"
        )
    return ruling


def _say(found: Report, runner: Runner, *, enforces: bool) -> None:
    file = runner.temporary / f"gatewright-report-{utc_now():%H%M%S%f}.json"
    decision = found.extra.get("decision", found.decision.value)
    document = {**found.document, "decision": decision, "findings": found.findings}
    file.write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")
    with runner.summary.open("a", encoding="utf-8", newline="\n") as summary:
        summary.write(found.text())
    outputs = {
        "verdict": found.verdict.value,
        "decision": found.decision.value,
        "findings": str(found.findings),
        "report": str(file),
        **found.extra,
    }
    append_outputs(runner.output, outputs)
    print(f"Gatewright: {found.verdict.value}: {visible(found.title)}")
    for line in found.annotations(enforces=enforces):
        print(line)
    print(end="", flush=True)
