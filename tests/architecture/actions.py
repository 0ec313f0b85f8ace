"""Parts of the actions' READMEs, and pins, made from action.yml, samples and the lock file."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests/action/workflows"
# What only the server and the command line need.
LEFT_OUT = (
    "alembic",
    "dbos",
    "flask",
    "markdown-it-py",
    "prometheus-client",
    "psycopg",
    "rich",
    "structlog",
    "typer",
    "waitress",
)
LEFT_OUT_MODULES = tuple(
    {"markdown-it-py": "markdown_it"}.get(name, name.replace("-", "_")) for name in LEFT_OUT
)
PAGES = [
    "actions/README.md",
    "README.md",
    *sorted(
        str(p.parent.relative_to(ROOT) / "README.md") for p in ROOT.glob("actions/*/action.yml")
    ),
]


def pins() -> dict[str, str]:
    """Return both files of pins, as the lock file has them."""
    run_time = ("--no-dev", "--no-emit-project", *(f"--prune={name}" for name in LEFT_OUT))
    return {
        "actions/requirements.txt": _exported(*run_time),
        "actions/uv.txt": _exported("--only-group", "bootstrap"),
    }


def _exported(*options: str) -> str:
    command = [str(Path(sys.executable).parent / "uv"), "export", "--frozen", "--quiet"]
    done = subprocess.run(
        [*command, "--no-annotate", "--no-header", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def filled(page: str, text: str) -> str:
    """Return a page with its generated parts as they should be."""
    for marker, content in _parts(page):
        text = _put(text, marker, content)
    return text


def _put(text: str, marker: str, content: str) -> str:
    start, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    pattern = re.compile(re.escape(start) + r"(?:.*?" + re.escape(end) + ")?", re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"the page has no place for {marker}")
    return pattern.sub(lambda _: f"{start}\n\n{content}\n\n{end}", text, count=1)


def _parts(page: str) -> Iterator[tuple[str, str]]:
    if page == "README.md":
        yield "workflow", _fenced("gatewright")
        return
    folder = (ROOT / page).parent
    name = "gatewright" if page == "actions/README.md" else folder.name
    action = _read(ROOT / "action.yml" if name == "gatewright" else folder / "action.yml")
    yield "workflow", _fenced(name)
    yield "inputs", _inputs(action["inputs"])
    yield "outputs", _outputs(action["outputs"])


def _read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def _fenced(name: str) -> str:
    text = (SAMPLES / f"{name}.yml").read_text(encoding="utf-8")
    return f"```yaml\n{text}```"


def _inputs(inputs: Any) -> str:
    rows = ["| input | default | |", "|---|---|---|"]
    for name, each in inputs.items():
        default = "required" if each.get("required") else f"`{each['default']}`"
        rows.append(f"| `{name}` | {default if default != '``' else ''} | {each['description']} |")
    return "\n".join(rows)


def _outputs(outputs: Any) -> str:
    rows = ["| output | |", "|---|---|"]
    rows += [f"| `{name}` | {each['description']} |" for name, each in outputs.items()]
    return "\n".join(rows)


def write() -> None:
    """Write pins and pages anew."""
    for name, text in pins().items():
        (ROOT / name).write_text(text, encoding="utf-8")
    for page in PAGES:
        path = ROOT / page
        path.write_text(filled(page, path.read_text(encoding="utf-8")), encoding="utf-8")
