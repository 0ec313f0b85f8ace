"""The command line as a whole: help, errors that were foreseen, output of any encoding."""

import io
import os
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from app.cli import application, main
from app.cli.terminal import terminal
from tests.cli.conftest import ROOT, gatewright

PASSWORD = "planted"

LINES_OF_A_SCREEN = 40


def commands(command, words=()):
    yield words
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*words, name))


@pytest.mark.parametrize("words", tuple(commands(get_command(application))), ids=" ".join)
def test_help_of_every_command_is_one_screen_and_explains_each_option(words, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = gatewright(*words, "--help")
    lines = done.out.splitlines()
    assert (done.status, done.err) == (0, "")
    assert 4 < len(lines) <= LINES_OF_A_SCREEN
    assert "Traceback" not in done.out


def test_every_option_and_argument_says_what_it_is():
    silent = []
    for words in commands(get_command(application)):
        command = get_command(application)
        for word in words:
            command = command.commands[word]
        silent += [(words, each.name) for each in command.params if not each.help]
    assert silent == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("gatewright ch", ["check"], id="a command"),
        pytest.param("gatewright check --s", ["--sarif", "--staged"], id="an option"),
        pytest.param("gatewright db m", ["migrate"], id="a command of a group"),
    ],
)
def test_a_shell_completes_what_is_typed(typed, offered):
    environment = {
        "_GATEWRIGHT_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    done = CliRunner().invoke(application, [], env=environment, prog_name="gatewright")
    assert sorted(done.stdout.split()) == offered


def test_without_a_command_help_is_shown():
    done = gatewright()
    assert "Usage:" in done.out + done.err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param(
            f"mysql://u:{PASSWORD}@h/x", "must be sqlite:///FILE or postgresql", id="a kind"
        ),
        pytest.param("sqlite://", "must name a file", id="memory"),
        pytest.param("sqlite:////proc/none/x.db", "folder cannot be made", id="a folder"),
        pytest.param(
            f"postgresql://u:{PASSWORD}@127.0.0.1:1/x",
            "cannot be used: connection",
            id="nobody there",
        ),
    ],
)
@pytest.mark.parametrize("command", [("jobs", "list"), ("db", "migrate")], ids=" ".join)
def test_a_database_that_cannot_be_used_is_a_sentence(monkeypatch, url, reason, command):
    monkeypatch.setenv("GATEWRIGHT_DATABASE", url)
    complaint = gatewright(*command).complaint
    assert reason in complaint
    assert "planted" not in complaint


@pytest.mark.parametrize("command", [("jobs", "list"), ("db", "migrate")], ids=" ".join)
def test_a_file_that_is_no_database_is_a_sentence(monkeypatch, tmp_path, command):
    file = tmp_path / "notes.txt"
    file.write_text("These are notes, and no database. " * 100, encoding="utf-8")
    monkeypatch.setenv("GATEWRIGHT_DATABASE", f"sqlite:///{file}")
    assert gatewright(*command).complaint == "the database cannot be used: file is not a database"


def test_output_into_a_pipe_is_not_broken_into_lines(capsys):
    terminal().print("word " * 100)
    assert capsys.readouterr().out.count("\n") == 1


def test_a_path_that_the_encoding_lacks_does_not_keep_a_verdict_back(monkeypatch, work_tree):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["gatewright", "check", "--repo", str(work_tree)])
    policy = work_tree.parent / "na\u00efve.yml"
    policy.write_text("version: 1\n", encoding="utf-8")
    sys.argv += ["--policy", str(policy)]
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.flush()
    assert ended.value.code == 0
    assert b"na\\xefve.yml" in written.getvalue()


def test_check_is_a_program_that_says_yes_no_or_why_not(work_tree, tmp_path):
    """The same door as a process of its own, from another folder."""

    def program(*words: object) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "app", "check", *map(str, words)],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    status, out, err = program("--repo", work_tree)
    assert (status, err) == (0, "")
    assert "pass All 3 gates pass" in out
    complaint = f"gatewright: {str(tmp_path)!r} is not in a git repository\n"
    assert program() == (2, "", complaint.replace(repr(str(tmp_path)), "'.'"))
