"""The act of the demo in which a comment deploys, and what goes wrong goes back."""

from rich.console import Console
from rich.markup import escape

from app.cli.demo.stage import REPOSITORY, Stage
from app.sandbox.world.pulls import Pull

ENVIRONMENT = "dev"
POLICY = """\
deployments:
  environments:
    - {name: dev, tier: development, workflow: deploy.yml, peer_review: false}
"""
WORKFLOW = (
    "name: deploy\non: workflow_dispatch\npermissions: {}\njobs:\n  deploy:\n"
    "    runs-on: ubuntu-24.04\n    steps:\n      - run: ./deploy.sh\n"
)
_SHOWN = ("### ", "Commit ", "The environment ")


def tell(stage: Stage, console: Console) -> None:
    """Deploy one version that is good and one that is not."""
    box = stage.box
    box.add_environment(REPOSITORY, ENVIRONMENT)
    box.commit(REPOSITORY, "next", {"src/app.py": "PAGE = 3\n"}, author="ann")
    pull = box.open_pull_request(REPOSITORY, "next", title="feat: another page", author="ann")
    _deploy(stage, console, pull, fails=False)
    box.commit(REPOSITORY, "next", {"src/app.py": "PAGE = 4 / 0\n"}, author="ann")
    _deploy(stage, console, pull, fails=True)
    _finish(stage, "success")
    _show(stage, console, pull, "closed until")


def _deploy(stage: Stage, console: Console, pull: Pull, *, fails: bool) -> None:
    runs = _count(stage)
    stage.box.wait_idle()
    console.print(f"   bob comments: /deploy {ENVIRONMENT}")
    stage.box.comment(REPOSITORY, pull.number, "bob", f"/deploy {ENVIRONMENT}")
    stage.wait("the workflow to start", lambda: _count(stage) > runs)
    if not fails:
        _finish(stage, "success")
        _show(stage, console, pull, "succeeded")
        return
    newest = list(stage.box.find_repo(REPOSITORY).deployments.values())[-1]
    stage.box.set_deployment_status(REPOSITORY, newest, "in_progress", "bob")
    console.print("   traffic moves to it, and then its workflow fails")
    _finish(stage, "failure")
    stage.wait("the earlier version to be brought back", lambda: _count(stage) > runs + 1)


def _count(stage: Stage) -> int:
    found = stage.box.find_repo(REPOSITORY).workflow_runs.values()
    return sum(each.event == "workflow_dispatch" for each in found)


def _finish(stage: Stage, conclusion: str) -> None:
    run = list(stage.box.find_repo(REPOSITORY).workflow_runs.values())[-1]
    stage.box.finish_workflow(REPOSITORY, run, conclusion)


def _comment(stage: Stage, pull: Pull) -> str:
    """Return the comment about the environment as it stands now."""
    found = stage.box.find_repo(REPOSITORY).issues[pull.number].comments
    ours = [each.body for each in found if "gatewright:environment:" in each.body]
    return ours[-1] if ours else ""


def _show(stage: Stage, console: Console, pull: Pull, words: str) -> None:
    stage.wait(f"the comment to say {words}", lambda: words in _comment(stage, pull))
    for line in _comment(stage, pull).splitlines():
        if line.startswith(_SHOWN):
            console.print(f"   {escape(line)}", style="dim")
