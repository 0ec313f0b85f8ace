"""Every action.yml keeps the promises that are made about all of them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.core.commands.codes import Code
from app.core.decide import GATES
from app.core.reference import reasons
from tests.action.samples import WORKFLOWS, sample
from tests.architecture import actions as generated

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "action.yml", *sorted(ROOT.glob("actions/*/action.yml"))]
COMMON = ["token", "config", "enforce", "pull-request"]
RESULTS = ["verdict", "findings", "report"]
PINNED = re.compile(r"^(\$/|[\w.-]+/[\w./-]+@[0-9a-f]{40}$)")


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return "gatewright" if path.parent == ROOT else path.parent.name


@pytest.fixture(params=FILES, ids=name_of)
def path(request) -> Path:
    return request.param


@pytest.fixture
def action(path) -> Any:
    return read(path)


def environment(action: Any) -> dict[str, str]:
    return {key: value for step in action["runs"]["steps"] for key, value in step["env"].items()}


def test_every_gate_has_an_action():
    names = {name_of(path) for path in FILES}
    assert names == {*GATES, "gatewright", "deploy", "evidence"}


def test_scripts_hold_no_expressions(action):
    """Text of strangers reaches a script through its environment alone."""
    assert [step["run"] for step in action["runs"]["steps"] if "${{" in step["run"]] == []


def test_every_input_reaches_the_program_under_its_own_name(action):
    """Runners set no INPUT_* for composites, act does: a mapping that is forgotten fails there."""
    wanted = {
        f"GATEWRIGHT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}"
        for name in action["inputs"]
    }
    given = environment(action)
    assert {key: given.get(key) for key in wanted} == wanted


def test_nothing_else_reaches_it(action):
    known = {f"GATEWRIGHT_{name.upper().replace('-', '_')}" for name in action["inputs"]}
    extra = set(environment(action)) - known
    assert extra == {"GATEWRIGHT_CHECK_RUN", "GATEWRIGHT_VERDICT"}


def test_inputs_and_outputs_are_the_same_and_described(action):
    assert [name for name in action["inputs"] if name in COMMON] == COMMON
    assert [name for name in action["outputs"] if name in RESULTS] == RESULTS
    described = [*action["inputs"].values(), *action["outputs"].values()]
    assert all(each["description"].strip() for each in described)


def test_common_inputs_mean_the_same_everywhere(action):
    first = read(FILES[0])["inputs"]
    for name in set(action["inputs"]) & {"token", "enforce", "pull-request", "wait"}:
        assert action["inputs"][name] == first[name], name


def test_outputs_are_those_of_the_step_that_judges(action):
    values = {name: each["value"] for name, each in action["outputs"].items()}
    assert values == {name: f"${{{{ steps.judge.outputs.{name} }}}}" for name in action["outputs"]}


def test_it_judges_in_one_step_and_enforces_in_the_next(action):
    """A step that fails at once can lose what it said; one that only reports never does."""
    judge, enforce = action["runs"]["steps"]
    assert (judge["name"], judge["id"], enforce["name"]) == ("Judge", "judge", "Enforce")
    assert "run.sh" in judge["run"]
    assert enforce["run"] == '[[ "$GATEWRIGHT_VERDICT" == pass || "$GATEWRIGHT_ENFORCE" == false ]]'
    assert {step["shell"] for step in (judge, enforce)} == {"bash"}


def test_nothing_is_used_that_could_change_under_a_pinned_reference(action):
    assert [step["uses"] for step in action["runs"]["steps"] if "uses" in step] == []


def test_the_script_is_found_beside_the_action(path, action):
    written = action["runs"]["steps"][0]["run"]
    place = re.match(r'"\$GITHUB_ACTION_PATH/(?P<path>[\w./]+)"', written)["path"]
    assert (path.parent / place).resolve() == ROOT / "actions/run.sh"


@pytest.mark.parametrize("workflow", sorted(WORKFLOWS.glob("*.yml")), ids=lambda each: each.stem)
def test_samples_grant_nothing_by_default_and_pin_what_they_use(workflow):
    document = read(workflow)
    assert document["permissions"] == {}
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    assert all(PINNED.match(step.get("uses", "$/")) for step in steps)
    for job in document["jobs"].values():
        assert set(job.get("permissions", {}).values()) <= {"read"}
        assert job["timeout-minutes"] > 0


@pytest.mark.parametrize("name", sorted(each.stem for each in WORKFLOWS.glob("*.yml")))
def test_no_gate_of_a_sample_is_skipped_or_checks_out_what_it_judges(name):
    """A skipped job is a success to a required check (F5); a checkout is a stranger's code."""
    text = sample(name)
    assert "actions/checkout" not in text
    first = next(iter(read(WORKFLOWS / f"{name}.yml")["jobs"].values()))
    assert "if" not in first
    assert "gatewright/merge" not in text


@pytest.mark.parametrize("page", generated.PAGES, ids=str)
def test_readmes_are_what_is_generated_from_action_and_sample(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert generated.filled(page, text) == text


def test_every_action_has_a_readme_that_says_what_forks_may_do():
    for file in FILES[1:]:
        text = (file.parent / "README.md").read_text(encoding="utf-8")
        assert "## Forks and triggers" in text, file


def test_reason_codes_in_the_readmes_exist():
    known = {each.code for each in reasons()} | {each.value for each in Code}
    told = {
        code
        for page in ROOT.glob("actions/*/README.md")
        for code in re.findall(r"\(`([A-Za-z_]+)`\)", page.read_text(encoding="utf-8"))
    }
    assert (len(told) > 4, told - known) == (True, set())


def test_pins_are_those_of_the_lock_file():
    for name, text in generated.pins().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, name


def test_every_package_is_pinned_by_hash():
    for name in ("actions/requirements.txt", "actions/uv.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        entries = [line for line in text.splitlines() if line and line[0].isalnum()]
        assert entries
        assert all("==" in line and line.endswith("\\") for line in entries)
        assert text.count("--hash=sha256:") >= len(entries)


def test_the_door_imports_nothing_that_is_not_installed_for_it():
    """What the server alone needs is left out of the pins."""
    code = (
        "import sys, app.action.door as d, app.scan.worker\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & set(generated.LEFT_OUT_MODULES) == set()
