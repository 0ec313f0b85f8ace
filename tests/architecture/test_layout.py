"""The layout is what it says: contracts hold, rooms are named, nothing strange lies at the root."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AT_ROOT = {
    "pyproject.toml",
    "app",
    "tests",
    "README.md",
    "Makefile",
    "LICENSE",
    "CHANGELOG.md",
    "uv.lock",
    "docs",
    "action.yml",
    "actions",
}


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def test_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_nothing_else_lies_at_the_root():
    names = {path.partition("/")[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= AT_ROOT


@pytest.mark.parametrize(
    "package", sorted(path.parent for path in (ROOT / "app").rglob("__init__.py"))
)
def test_every_package_says_what_is_inside(package):
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    if package.name != "versions":
        assert ast.get_docstring(tree)


def test_every_room_has_its_place_in_the_architecture_page():
    page = (ROOT / "app/README.md").read_text(encoding="utf-8")
    rooms = {
        path.name for path in (ROOT / "app").iterdir() if path.is_dir() and path.name[0] != "_"
    }
    assert {room for room in rooms if f"`{room}/`" not in page} == set()


def test_the_workplace_is_not_named_in_the_project():
    """No file carries a path of the machine it was made on."""
    strange = ("/work/", "/root/")
    found = []
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yml", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [name for each in strange if each in text and "test_layout" not in name]
    assert sorted(set(found)) == []
