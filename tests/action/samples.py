"""The sample workflows: shown in the READMEs, judged by linters, run by act."""

from pathlib import Path

from ruamel.yaml import YAML

WORKFLOWS = Path(__file__).parent / "workflows"


def sample(name: str) -> str:
    """The text of a sample."""
    return (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")


def granted(name: str) -> dict[str, str]:
    """The permissions of a sample's first job, as an installation's token names them."""
    jobs = YAML(typ="safe").load(sample(name))["jobs"]
    scopes = next(iter(jobs.values()))["permissions"]
    return {scope.replace("-", "_"): level for scope, level in scopes.items()}
