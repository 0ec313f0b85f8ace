"""Programs of others have nothing to say about our actions, workflows and samples."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.action.samples import WORKFLOWS

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ACTIONS = ["action.yml", *(str(p.relative_to(ROOT)) for p in ROOT.glob("actions/*/action.yml"))]
ZIZMOR = "zizmor --offline --strict-collection --persona=pedantic --no-progress --no-config ."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds our actions and our own workflows beside all samples."""
    folder = tmp_path_factory.mktemp("linted")
    shutil.copytree(ROOT / ".github", folder / ".github")
    for sample in WORKFLOWS.glob("*.yml"):
        shutil.copyfile(sample, folder / f".github/workflows/sample-{sample.name}")
    for name in ACTIONS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "actions/run.sh", folder / "actions/run.sh")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(ZIZMOR.split(), id="zizmor, the pedantic one"),
        pytest.param(["actionlint", "-no-color"], id="actionlint, which asks shellcheck too"),
        pytest.param(
            ["check-jsonschema", "--builtin-schema", "vendor.github-actions", *ACTIONS],
            id="the schema of actions",
        ),
        pytest.param(["shellcheck", "actions/run.sh"], id="shellcheck"),
    ],
)
def test_linters_are_silent(place, command):
    program = [str(BIN / command[0]), *command[1:]]
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(place)}
    done = subprocess.run(
        program, cwd=place, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_of_workflows_knows_every_workflow(place):
    names = sorted(str(path) for path in place.glob(".github/workflows/*.yml"))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, len(names) > len(list(WORKFLOWS.glob("*.yml")))) == (0, True), (
        done.stdout
    )
