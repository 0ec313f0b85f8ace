"""What happens in the demo, told while it happens."""

import logging
import re
import signal
import sys

import structlog
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.audit.leaf import decode
from app.audit.verify import entries, log_ids, verify
from app.cli.demo import deploying
from app.cli.demo.stage import REPOSITORY, Stage, open_stage
from app.errors import GatewrightError
from app.sandbox.problems import ProblemError
from app.service.replay import replay
from app.store import verdicts

_POLICY = """\
version: 1
gates:
  ci:
    required:
      - name: unit
        app: github-actions
"""
_PINNED = "actions/checkout@08eba0b27e820071cde6df949e0beb9ba4906955 # v4.3.0"
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_STATES = {"success": "green", "failure": "red", "in_progress": "yellow"}


def _workflow(uses: str) -> str:
    return (
        "name: ci\non: pull_request\npermissions: {}\njobs:\n  unit:\n"
        f"    runs-on: ubuntu-24.04\n    steps:\n      - uses: {uses}\n"
        "        with:\n          persist-credentials: false\n"
    )


def _planted_key() -> str:
    """Return a made-up credential; it is put together here so that no scanner finds it."""
    return "gh" + "p_" + "R7wTz2LqVb9XcYd4KfMh6NpJs8AuEg3Bn5Qo"


class Story:
    """The acts of the demo, on one stage."""

    def __init__(self, stage: Stage, console: Console) -> None:
        self.stage = stage
        self.box = stage.box
        self.console = console

    def tell(self) -> None:
        """Play every act in order."""
        self._set_up()
        self._agent_opens()
        self._agent_mends()
        self._human_approves()
        self._stale_branch()
        self._own_approval()
        self._deployment()
        self._record()

    def _say(self, text: str) -> None:
        self.console.print(f"\n[bold]{escape(text)}[/]")

    def _set_up(self) -> None:
        box = self.box
        for login in ("ann", "bob", "carol"):
            box.add_user(login)
        box.add_org("acme", {"ann": "member", "bob": "member", "carol": "admin"})
        files = {"README.md": "# widgets\n", "src/app.py": "PAGE = 1\n", "src/menu.py": "TOP = 1\n"}
        policy = _POLICY + deploying.POLICY
        settings = {
            ".github/gatewright.yml": policy,
            ".github/workflows/deploy.yml": deploying.WORKFLOW,
        }
        box.add_repo(REPOSITORY, {**files, **settings})
        for login in ("ann", "bob"):
            box.grant(REPOSITORY, login, "write")
        box.add_app("coder")
        box.install_app("acme")
        box.require_checks(REPOSITORY, "main", "gatewright/merge")
        self._say("A repository with a policy: the check `unit`, one approval, nothing stale.")
        self.console.print(f"[dim]{escape(policy)}[/]")

    def _agent_opens(self) -> None:
        self._say("1. An agent opens a pull request with a credential and an unpinned action.")
        box = self.box
        files = {
            "src/app.py": "PAGE = 2\n",
            "src/settings.py": f'TOKEN = "{_planted_key()}"\n',
            ".github/workflows/ci.yml": _workflow("actions/checkout@v4"),
        }
        box.commit(REPOSITORY, "agent/page", files, author="coder[bot]", message="Turn the page")
        box.open_pull_request(
            REPOSITORY, "agent/page", title="feat: turn the page", author="coder[bot]"
        )
        sha = self._judged("agent/page", "failure")
        self._show(sha, texts=True)

    def _agent_mends(self) -> None:
        self._say("2. The agent takes both back; CI is green. The leaked key stays in the history.")
        box = self.box
        fixed = {
            "src/settings.py": "import os\nTOKEN = os.environ['TOKEN']\n",
            ".github/workflows/ci.yml": _workflow(_PINNED),
        }
        box.commit(REPOSITORY, "agent/page", fixed, author="coder[bot]", message="Take it back")
        self._green_ci("agent/page")
        self._show(self._judged("agent/page", "failure"), texts=True)
        self._say("   So the branch is made anew, without the key in any commit.")
        clean = {"src/app.py": "PAGE = 2\n", **fixed}
        start = (box.sha(REPOSITORY, "main"),)
        box.commit(REPOSITORY, "agent/page", clean, author="coder[bot]", parents=start)
        self._green_ci("agent/page")
        self._show(self._judged("agent/page", "in_progress"))

    def _human_approves(self) -> None:
        self._say("3. A human approves, the checks flip, and the pull request is merged.")
        self.box.review(REPOSITORY, 1, "bob")
        self._show(self._judged("agent/page", "success"))
        merged = self.box.merge(REPOSITORY, 1, actor="bob")
        self.console.print(f"   merged as {merged[:12]}")

    def _stale_branch(self) -> None:
        self._say("4. A branch that began before that merge is behind, approved or not.")
        box = self.box
        start = box.sha(REPOSITORY, "main~1")
        box.set_branch(REPOSITORY, "menu", start, actor="ann")
        box.commit(REPOSITORY, "menu", {"src/menu.py": "TOP = 2\n"}, author="ann")
        pull = box.open_pull_request(REPOSITORY, "menu", title="fix: the menu", author="ann")
        self._green_ci("menu")
        box.review(REPOSITORY, pull, "bob")
        self._show(self._judged("menu", "failure"))
        self._refused_merge(pull.number)

    def _own_approval(self) -> None:
        self._say("5. Bob writes a commit, ann opens the pull request, bob approves his own work.")
        box = self.box
        box.commit(REPOSITORY, "own", {"src/menu.py": "TOP = 3\n"}, author="bob", pusher="bob")
        pull = box.open_pull_request(REPOSITORY, "own", title="fix: the top", author="ann")
        self._green_ci("own")
        box.review(REPOSITORY, pull, "bob")
        self._show(self._judged("own", "in_progress"), texts=True)
        self._refused_merge(pull.number)

    def _deployment(self) -> None:
        self._say("6. A comment deploys a version that is good, and one that is not.")
        deploying.tell(self.stage, self.console)

    def _record(self) -> None:
        self._say("7. Everything stands in the record, and any verdict can be recomputed.")
        with self.stage.parts.database.read() as connection:
            checks = [verify(connection, log_id) for log_id in log_ids(connection)]
            for check in checks:
                self._print_log(list(entries(connection, check.log_id)))
                state = "sound" if not check.flaws else f"damaged: {check.flaws}"
                self.console.print(f"   {check.origin}: {check.size} entries, {state}")
            newest = verdicts.newest(connection, 100)
            equal = [replay(connection, each.id).is_equal for each in newest]
        self.console.print(f"   {sum(equal)} of {len(equal)} verdicts recomputed byte for byte")
        if not all(equal) or any(check.flaws for check in checks):
            raise GatewrightError("the record does not hold")

    def _print_log(self, rows: list[tuple[int, bytes, bytes]]) -> None:
        table = Table("seq", "entry", "about", "out", title="the last entries of the record")
        for seq, leaf, _ in rows[-14:]:
            entry = {key: str(value) for key, value in decode(leaf).items()}
            names = (entry[each] for each in ("check", "event", "deployment") if each in entry)
            about = next(names, f"#{entry.get('pr', '')}")
            out = entry.get("out") or entry.get("state", "")
            table.add_row(str(seq), entry["type"], about, out)
        self.console.print(table)

    def _green_ci(self, branch: str) -> None:
        sha = self.box.sha(REPOSITORY, branch)
        self.box.post_check(REPOSITORY, sha, "unit", status="completed", conclusion="success")

    def _judged(self, branch: str, expected: str) -> str:
        sha = self.box.sha(REPOSITORY, branch)
        what = f"gatewright/merge to be {expected} on {branch}"
        self.stage.wait(what, lambda: self.stage.rollup(sha) == expected)
        return sha

    def _refused_merge(self, number: int) -> None:
        try:
            self.box.merge(REPOSITORY, number, actor="ann")
        except ProblemError as refused:
            self.console.print(f"   GitHub refuses to merge: {escape(str(refused))}")
        else:
            raise GatewrightError(f"#{number} was merged although a gate is closed")

    def _show(self, sha: str, *, texts: bool = False) -> None:
        table = Table("check run", "state", "title", title=f"checks of {sha[:12]}")
        runs = self.stage.checks(sha)
        for name, run in runs.items():
            state = run.conclusion or run.status
            colour = _STATES.get(state, "white")
            table.add_row(name, f"[{colour}]{state}[/]", escape(run.output.title or ""))
        self.console.print(table)
        for name, run in runs.items():
            blocked = name != "gatewright/merge" and run.conclusion != "success"
            if texts and blocked:
                self.console.print(f"[dim]--- {name}[/]")
                self.console.print(escape(_as_rendered(run.output.summary or "")), style="dim")


def _as_rendered(text: str) -> str:
    """Take the escapes out of Markdown, for a terminal that shows it as plain text."""
    return _ESCAPE.sub(r"\1", text)


def run_demo(*, keep: bool) -> int:
    """Tell the story; 0 when all went as it should. With `keep` everything is left running."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(highlight=False, width=110)
    with open_stage() as stage:
        Story(stage, console).tell()
        console.print("\n[bold]That was Gatewright.[/] Next: docs/install.md")
        if keep:
            console.print(f"   bot: {stage.url}/metrics   GitHub in a box: {stage.box.url}")
            console.print("   ctrl-c ends it", style="dim")
            sys.stdout.flush()
            signal.pause()
    return 0
