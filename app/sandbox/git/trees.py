"""Editing whole trees with one run of `git fast-import`."""

from collections.abc import Mapping
from pathlib import Path

from app.errors import GitError
from app.sandbox.git.process import run_git

# The reference under which the edited tree is made; it is gone when the run ends.
_SCRATCH = "refs/sandbox/tree"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def edited_tree(
    directory: Path,
    base: str | None,
    files: Mapping[str, bytes | None],
    links: Mapping[str, tuple[str, str]],
) -> str:
    """Return the tree of `base` with files written, removed where None, and objects linked in.

    A path may carry a mode: "100755:run.sh" is an executable, "120000:link" a symbolic link.
    `links` gives (mode, object) for paths whose object exists already.
    """
    stream = [f"commit {_SCRATCH}\nmark :1\ncommitter s <s> 0 +0000\ndata 0\n".encode()]
    if base is not None:
        stream.append(f'M 040000 {base} ""\n'.encode())
    stream += [_file_line(name, content) for name, content in files.items()]
    for path, (mode, sha) in links.items():
        stream.append(f"M {mode} {sha} {_quoted(path)}\n".encode())
    arguments = ["fast-import", "--quiet", "--force", "--done"]
    stream.append(f'\nls :1 ""\nreset {_SCRATCH}\nfrom {"0" * 40}\n\ndone\n'.encode())
    done = run_git(directory, arguments, b"".join(stream))
    if done.returncode != 0:
        raise GitError(done.stderr.decode(errors="replace").splitlines()[0])
    listed = done.stdout.decode().split()
    return EMPTY_TREE if listed[0] == "missing" else listed[2]


def _file_line(name: str, content: bytes | None) -> bytes:
    mode, _, path = name.rpartition(":")
    if content is None:
        return f"D {_quoted(path)}\n".encode()
    head = f"M {mode or '100644'} inline {_quoted(path)}\ndata {len(content)}\n".encode()
    return head + content + b"\n"


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
