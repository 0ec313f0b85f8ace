"""`actions/run.sh` by itself: what it starts, where, and what it does when something fails."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.action.act import served
from tests.action.hostile import plant

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "actions/run.sh"
# Stands in for every Python and for uv: notes how it was called, and makes what the next one needs.
STUB = """\
#!/bin/bash
echo "$PWD: $(basename "$0") $*" >>"$CALLS"
case "$*" in
  *"-m venv"*) last="${@: -1}"; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
  *"-m pip"*) [[ -z "${BREAK_PIP:-}" ]] || exit 1
    cp "$0" "$(dirname "$(echo "$*" | sed -E 's/.*--python ([^ ]+).*/\\1/')")/uv" ;;
  *"--no-config venv"*) last="${@: -1}"; mkdir -p "$last/bin"
    cp "$0" "$last/bin/python" ;;
esac
"""


@dataclass
class Machine:
    """A runner with a PATH, a workspace and a temporary folder of its own."""

    folder: Path

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def run(self, *words: str, script: Path = SCRIPT, **more: str) -> subprocess.CompletedProcess:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.defpath}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "CALLS": str(self.folder / "calls"),
            **more,
        }
        return subprocess.run(
            [str(script), *words],
            cwd=self.folder / "workspace",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path) -> Machine:
    for name in ("bin", "workspace", "temp"):
        (tmp_path / name).mkdir()
    stub = tmp_path / "bin/python3"
    stub.write_text(STUB)
    stub.chmod(0o755)
    return Machine(tmp_path)


def test_it_installs_isolated_by_hash_and_from_wheels_alone(machine):
    done = machine.run("gate", "secrets")
    assert done.returncode == 0, done.stdout + done.stderr
    venv, pip, uv_venv, sync, ours = machine.calls
    assert all(" -I " in each for each in (venv, pip, ours))
    assert all(" --no-config " in each for each in (uv_venv, sync))
    assert all("--require-hashes" in each and "--only-binary :all:" in each for each in (pip, sync))
    assert ours.endswith(f" {ROOT} gate secrets")


def test_nothing_is_started_in_the_workspace(machine):
    machine.run("all")
    places = {each.partition(": ")[0] for each in machine.calls}
    assert len(places) == 1
    assert not places & {str(machine.folder / "workspace")}


def test_the_second_gate_of_a_job_installs_nothing(machine):
    machine.run("all")
    before = len(machine.calls)
    machine.run("gate", "secrets")
    assert len(machine.calls) == before + 1


def test_two_versions_in_one_job_each_run_their_own_code_with_their_own_packages(machine, tmp_path):
    alike = served(tmp_path / "alike")
    older = served(tmp_path / "older")
    (older / "actions/requirements.txt").write_text("")
    for root in (ROOT, alike, older):
        machine.run("all", script=root / "actions/run.sh")
    ours = [each for each in machine.calls if "runpy" in each]
    assert [each.split()[-2] for each in ours] == [str(ROOT), str(alike), str(older)]
    homes = [each.partition(": ")[0] for each in ours]
    assert (homes[0] == homes[1], homes[0] == homes[2]) == (True, False)


def test_an_install_that_fails_halfway_is_an_error_and_is_not_taken_for_done(machine):
    broken = machine.run("all", BREAK_PIP="1")
    assert broken.returncode == 2
    assert "::error title=Gatewright::Gatewright could not be installed" in broken.stdout
    assert not any("runpy" in each for each in machine.calls)
    assert machine.run("all").returncode == 0


def test_a_runner_that_is_not_supported_is_told_so(machine):
    uname = machine.folder / "bin/uname"
    uname.write_text("#!/bin/sh\necho MINGW64_NT-10.0\n")
    uname.chmod(0o755)
    done = machine.run("all")
    assert (done.returncode, machine.calls) == (2, [])
    assert "Linux and macOS" in done.stdout


def test_it_needs_to_know_where_the_runner_keeps_temporary_files(machine):
    assert machine.run("all", RUNNER_TEMP="").returncode != 0
    assert machine.calls == []


def test_a_hostile_workspace_is_not_looked_at(machine):
    """With PYTHONPATH too, which a step before could have set."""
    mark = machine.folder / "mark"
    workspace = machine.folder / "workspace"
    plant(workspace, mark)
    done = machine.run("all", GATEWRIGHT_PYTHON=sys.executable, PYTHONPATH=str(workspace))
    assert done.returncode == 2
    assert "GITHUB_REPOSITORY is not set" in done.stdout
    assert not mark.exists(), mark.read_text()


def test_the_traps_of_the_hostile_workspace_would_catch_a_careless_program(machine):
    mark = machine.folder / "mark"
    workspace = machine.folder / "workspace"
    plant(workspace, mark)
    subprocess.run([sys.executable, "-m", "app.action"], cwd=workspace, check=False)
    assert "app/__init__.py" in mark.read_text()
