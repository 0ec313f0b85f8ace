"""`gatewright check`, `judge` and `replay`: decisions without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.changes.borrow import lent_objects
from app.changes.git import Git
from app.changes.local import resolve
from app.changes.staged import staged as as_commit
from app.cli.options import AsJson, Config, moment_from, reading, settings_from
from app.cli.report import print_judgement
from app.core.canonical import FactsUnreadableError, facts_from_bytes, judgement_document
from app.core.facts import Sha
from app.core.judge import judge as judge_facts
from app.core.policy.problem import PolicyProblem
from app.core.sarif import sarif
from app.core.text import visible
from app.core.verdict import Judgement, Outcome
from app.errors import GatewrightError, GitError, SettingsError
from app.inspection import Inspection, inspect_local
from app.scan.pool import ScannerPool
from app.service import bundle
from app.service.local import LocalJudge, LocalRange
from app.service.policies import LoadedPolicy, load_text, read_policy
from app.service.replay import replay as replay_verdict
from app.wiring import utc_now

_STATUS = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.PENDING: 1, Outcome.ERROR: 2}

Repo = Annotated[Path, typer.Option(help="A local repository.")]
Base = Annotated[str, typer.Option(help="Revision the change is to be merged into.")]
Head = Annotated[str, typer.Option(help="Newest revision of the change.")]
CheckPolicy = Annotated[
    Path | None, typer.Option("--policy", help="Policy file; without it the base's own counts.")
]
IsStaged = Annotated[
    bool, typer.Option("--staged", help="Judge what is staged, in place of a range of commits.")
]
# git gives its hooks another index where only a part is committed.
Index = Annotated[
    Path | None,
    typer.Option("--index", envvar="GIT_INDEX_FILE", hidden=True, help="Index that git names."),
]
AsSarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF for code scanning.")]
JudgePolicy = Annotated[
    Path | None, typer.Option("--policy", help="Policy file; without it the defaults count.")
]
FactsPath = Annotated[Path, typer.Option("--facts", help="Facts as canonical JSON.")]
Now = Annotated[str, typer.Option(help="The moment of the decision, as 2026-11-20T12:00:00Z.")]
VerdictId = Annotated[
    str,
    typer.Argument(
        metavar="VERDICT", help="Its id, an unambiguous start of it, or a folder of evidence."
    ),
]


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.command("check")(check)
    application.command("judge")(judge)
    application.command("replay")(replay)


def check(  # noqa: PLR0913 - each is an option of the command
    repo: Repo = Path(),
    base: Base = "HEAD~1",
    head: Head = "HEAD",
    policy: CheckPolicy = None,
    *,
    staged: IsStaged = False,
    index: Index = None,
    as_json: AsJson = False,
    as_sarif: AsSarif = False,
) -> None:
    """Judge a range of commits; 0 pass, 1 fail, 2 could not tell."""
    if as_json and as_sarif:
        raise GatewrightError("--json and --sarif exclude each other")
    given = _usable(_policy(policy)) if policy else None
    judge_it = LocalJudge(_open, utc_now).judge
    if staged:
        with as_commit(repo, index) as made:
            names = LocalRange(made.directory, _name(repo), made.base, made.head, given)
            judgement = judge_it(names)
    else:
        judgement = judge_it(LocalRange(repo, _name(repo), base, head, given))
    if as_sarif:
        print(json.dumps(sarif(judgement), indent=2, sort_keys=True))
        raise typer.Exit(_STATUS[judgement.rollup.outcome])
    _finish(judgement, as_json=as_json)


@contextmanager
def _open(repository: Path, base: str, head: str) -> Iterator[Inspection]:
    # A shallow clone is named as such before a revision that it lacks.
    lent_objects(repository)
    scanners = ScannerPool(b"\0" * 32)
    try:
        tips = Sha(resolve(repository, base)), Sha(resolve(repository, head))
        with inspect_local(repository, *tips, scanners) as opened:
            yield opened
    finally:
        scanners.close()


def _name(repository: Path) -> str:
    """Return the name of the repository around a path, wherever in it that is."""
    question = ("rev-parse", "--path-format=absolute", "--git-common-dir")
    answer = Git.discover(repository).run(*question, accept=(0, 128))
    if answer.code:
        raise GitError(f"{str(repository)!r} is not in a git repository")
    place = Path(answer.out.decode("utf-8", "surrogateescape").rstrip("\n"))
    return visible((place.parent if place.name == ".git" else place).name.removesuffix(".git"))


def _policy(path: Path) -> LoadedPolicy:
    try:
        return load_text(path.read_bytes(), visible(str(path)))
    except OSError as error:
        raise SettingsError(f"{str(path)!r} is no policy file: {error.strerror}") from error


def _usable(loaded: LoadedPolicy) -> LoadedPolicy:
    """Refuse a policy that was handed over with a mistake in it."""
    problem = loaded.value
    if isinstance(problem, PolicyProblem):
        where = "" if problem.line is None else f", line {problem.line}, column {problem.column}"
        raise SettingsError(f"{problem.path!r}{where}: {problem.message}")
    return loaded


def judge(
    facts: FactsPath,
    now: Now,
    policy: JudgePolicy = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Judge a facts file; the same files give the same bytes."""
    try:
        read = facts_from_bytes(facts.read_bytes())
    except OSError as error:
        raise GatewrightError(f"{str(facts)!r} is no facts file: {error.strerror}") from error
    except FactsUnreadableError as error:
        raise GatewrightError(f"{str(facts)!r} cannot be judged: {error}") from error
    loaded = _policy(policy) if policy else read_policy(())
    judgement = judge_facts(read, loaded.value, loaded.digest, loaded.source, moment_from(now))
    _finish(judgement, as_json=as_json)


def replay(verdict: VerdictId, config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Recompute a recorded verdict, byte for byte."""
    if Path(verdict).is_dir():
        checked = bundle.check(Path(verdict))
        _tell(checked.verdict_id, checked.computed, is_equal=checked.is_equal, as_json=as_json)
        return
    with reading(settings_from(config)) as connection:
        found = replay_verdict(connection, verdict)
    _tell(found.recorded.id, found.computed, is_equal=found.is_equal, as_json=as_json)


def _tell(verdict: str, computed: bytes, *, is_equal: bool, as_json: bool) -> None:
    if as_json:
        print(computed.decode())
    else:
        state = "is recomputed byte for byte" if is_equal else "is NOT what is recorded"
        print(f"{visible(verdict)} {state} ({len(computed)} bytes)")
    if not is_equal:
        raise typer.Exit(1)


def _finish(judgement: Judgement, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(judgement_document(judgement), indent=2, sort_keys=True))
    else:
        print_judgement(judgement)
    raise typer.Exit(_STATUS[judgement.rollup.outcome])
