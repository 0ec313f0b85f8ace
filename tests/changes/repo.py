"""Real repositories for tests, built in milliseconds with fast-import; no work tree, no hooks."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.facts import Sha

ANN = "Ann <ann@example.org>"
_ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Content with a mode that is not that of a plain file."""

    content: bytes
    mode: str = "100644"


def link(target: str) -> Entry:
    return Entry(target.encode(), "120000")


def executable(content: str) -> Entry:
    return Entry(content.encode(), "100755")


def submodule(commit: str) -> Entry:
    return Entry(commit.encode(), "160000")


Files = Mapping[str | bytes, str | bytes | Entry | None]


class Repo:
    """A bare repository; files of a commit are changes to its first parent, None deletes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = 1_700_000_000
        subprocess.run(
            ["git", "init", "-q", "--bare", "--template=", "-b", "main", str(path)],
            check=True,
            env=_ENVIRONMENT,
        )

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["git", "--git-dir", str(self.path), *arguments]
        done = subprocess.run(
            command, input=stdin, check=True, capture_output=True, env=_ENVIRONMENT
        )
        return done.stdout

    def commit(
        self,
        files: Files,
        *parents: Sha,
        message: str | bytes = "change",
        author: str = ANN,
        ref: str | None = None,
    ) -> Sha:
        """Write a commit whose tree is the first parent's with the files changed."""
        self.clock += 60
        name = ref or f"refs/test/{self.clock}"
        header = [f"commit {name}", "mark :1", f"author {author} {self.clock} +0000"]
        header += [f"committer {author} {self.clock} +0000"]
        stream = "\n".join(header).encode() + b"\n" + _data(_bytes(message))
        links = [
            f"{word} {sha}\n".encode()
            for word, sha in zip(("from", *["merge"] * len(parents)), parents, strict=False)
        ]
        stream += b"".join(links) + b"".join(_change(path, to) for path, to in files.items())
        if not parents:
            stream = f"reset {name}\n".encode() + stream
        self.git("fast-import", "--quiet", "--force", stdin=stream + b"\n")
        return Sha(self.git("rev-parse", name).decode().strip())

    def merge(self, ours: Sha, theirs: Sha, *, message: str = "merge") -> Sha:
        """Commit the clean mechanical merge of two commits, as "Update branch" does."""
        tree = self.git("merge-tree", "--write-tree", ours, theirs).decode().strip()
        return self.commit_tree(tree, ours, theirs, message=message)

    def commit_tree(self, tree: str, *parents: Sha, message: str = "tree") -> Sha:
        """Commit any tree on any parents."""
        self.clock += 60
        text = f"tree {tree}\n" + "".join(f"parent {parent}\n" for parent in parents)
        text += (
            f"author {ANN} {self.clock} +0000\ncommitter {ANN} {self.clock} +0000\n\n{message}\n"
        )
        return self.store("commit", text.encode())

    def rebase(self, commit: Sha, onto: Sha) -> Sha:
        """Replay one commit on another base, as a clean rebase does."""
        parent = Sha(self.git("rev-parse", f"{commit}^").decode().strip())
        stand_in = self.commit_tree(self.tree(onto), parent)
        tree = self.git("merge-tree", "--write-tree", stand_in, commit).decode().strip()
        return self.commit_tree(tree, onto)

    def tree(self, commit: Sha) -> str:
        return self.git("rev-parse", f"{commit}^{{tree}}").decode().strip()

    def store(self, kind: str, content: bytes) -> Sha:
        """Write an object as it is, also one that git itself would not make."""
        out = self.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", stdin=content)
        return Sha(out.decode().strip())

    def lose(self, oid: str) -> None:
        """Delete an object, as a partial clone does not have it."""
        (self.path / "objects" / oid[:2] / oid[2:]).unlink()

    def point(self, ref: str, commit: Sha) -> None:
        self.git("update-ref", ref, commit)

    def oid(self, commit: Sha, path: str) -> str:
        return self.git("rev-parse", f"{commit}:{path}").decode().strip()


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _change(path: str | bytes, to: str | bytes | Entry | None) -> bytes:
    quoted = b'"' + b"".join(b"\\%03o" % byte for byte in _bytes(path)) + b'"'
    if to is None:
        return b"D " + quoted + b"\n"
    entry = to if isinstance(to, Entry) else Entry(_bytes(to))
    if entry.mode == "160000":
        return b"M 160000 " + entry.content + b" " + quoted + b"\n"
    return b"M " + entry.mode.encode() + b" inline " + quoted + b"\n" + _data(entry.content)
