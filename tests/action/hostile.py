"""A workspace full of traps: whatever looks at it leaves a mark, or is led elsewhere."""

from pathlib import Path

_MARK = "import pathlib; pathlib.Path({mark!r}).open('a').write(__file__ + '\\n')\n"
_MODULES = (
    "app/__init__.py",
    "app/action/__init__.py",
    "app/action/__main__.py",
    "json.py",
    "pip.py",
    "pip/__init__.py",
    "pip/__main__.py",
    "venv.py",
    "sitecustomize.py",
    "usercustomize.py",
    "sysconfig.py",
    "pydantic.py",
)
_ELSEWHERE = "http://127.0.0.1:9/simple"


def traps(mark: Path) -> dict[str, str]:
    """Files by path; each module that is imported adds its name to the mark."""
    modules = {name: _MARK.format(mark=str(mark)) for name in _MODULES}
    return {
        **modules,
        "uv.toml": f'index-url = "{_ELSEWHERE}"\nno-binary = true\n',
        "pyproject.toml": f'[tool.uv]\nindex-url = "{_ELSEWHERE}"\n',
        "pip.conf": f"[global]\nindex-url = {_ELSEWHERE}\n",
        "requirements.txt": "nothing-of-this-name==9\n",
        ".python-version": "3.8.0\n",
        "zizmor.yml": "rules: {unpinned-uses: {disable: true}}\n",
        "bash": "#!/bin/sh\nexit 0\n",
    }


def plant(folder: Path, mark: Path) -> None:
    """Write the traps into a folder."""
    for name, text in traps(mark).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
