"""A bare git repository on disk, spoken to through git's plumbing."""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from app.errors import GitError
from app.sandbox.git.objects import Commit, Tag, TreeEntry, parsed_commit, parsed_entry, parsed_tag
from app.sandbox.git.process import run_git
from app.sandbox.git.trees import edited_tree

NO_SHA = "0" * 40

_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[http]
\treceivepack = true
[receive]
\thideRefs = refs/pull
\tunpackLimit = 100000
[gc]
\tauto = 0
"""


class GitRepo:
    """One bare repository; answers about immutable objects are remembered."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._commits: dict[str, Commit] = {}
        self._memory: dict[tuple[str, ...], bytes] = {}

    @classmethod
    def create(cls, directory: Path, default_branch: str, network: Path | None = None) -> "GitRepo":
        """Lay out an empty repository; with `network` it shares that one's objects, as forks do."""
        directory.mkdir(parents=True)
        (directory / "refs" / "heads").mkdir(parents=True)
        objects = directory / "objects"
        if network is None:
            objects.mkdir()
        else:
            objects.symlink_to((network / "objects").resolve(), target_is_directory=True)
        (directory / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n")
        (directory / "config").write_text(_CONFIG)
        return cls(directory)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git and give its output; a failure is a GitError with git's words."""
        done = run_git(self.directory, arguments, stdin)
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip()
            raise GitError(words or f"git {arguments[0]} failed")
        return done.stdout

    def remembered(self, *arguments: str) -> bytes:
        """Like `run`, once per arguments: only for questions about immutable objects."""
        if arguments not in self._memory:
            self._memory[arguments] = self.run(*arguments)
        return self._memory[arguments]

    # -- references

    def refs(self, *patterns: str) -> dict[str, str]:
        """All references, or those under the given prefixes."""
        out = self.run("for-each-ref", "--format=%(objectname) %(refname)", *patterns).decode()
        return {name: sha for sha, _, name in (line.partition(" ") for line in out.splitlines())}

    def ref(self, name: str) -> str | None:
        """Return the object that a full reference name points at."""
        if not name.startswith("refs/"):
            return None
        if ".." not in name:
            with suppress(OSError, ValueError):
                return (self.directory / name).read_text().strip()
        if not (self.directory / "packed-refs").is_file():
            return None
        done = run_git(self.directory, ["show-ref", "--verify", "--hash", "--", name])
        return done.stdout.decode().strip() or None

    def branch(self, name: str) -> str | None:
        """Return the tip of a branch."""
        return self.ref(f"refs/heads/{name}")

    def set_ref(self, name: str, sha: str) -> None:
        """Move or create a reference without asking whether it is a fast-forward.

        The file is written here, because starting git takes longer; git gets the hard cases.
        """
        path = self.directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}.lock")
            fresh.write_text(f"{sha}\n")
            fresh.replace(path)
        except OSError:
            self.run("update-ref", name, sha)

    def delete_ref(self, name: str) -> None:
        """Remove a reference; none is no error."""
        if (self.directory / "packed-refs").is_file():
            self.run("update-ref", "-d", name)
        else:
            (self.directory / name).unlink(missing_ok=True)

    def valid_ref(self, name: str) -> bool:
        """Whether git would accept the reference name."""
        return run_git(self.directory, ["check-ref-format", name]).returncode == 0

    # -- objects

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a branch, tag or (short) SHA names, in GitHub's order."""
        if not revision or revision.startswith("-") or ":" in revision or "@{" in revision:
            return None
        for candidate in self._meanings(revision):
            arguments = ["rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}"]
            done = run_git(self.directory, arguments)
            if done.returncode == 0:
                return done.stdout.decode().strip()
        return None

    def _meanings(self, revision: str) -> Iterator[str]:
        """Give what a revision can mean; a reference that is not there costs no process."""
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}"):
            if "~" in revision or "^" in revision or self.ref(name) is not None:
                yield name
        yield revision

    def kind(self, sha: str) -> str | None:
        """Return the type of an object, or None when it is not here."""
        done = run_git(self.directory, ["cat-file", "-t", sha])
        return done.stdout.decode().strip() or None

    def has_commit(self, sha: str) -> bool:
        """Whether a full SHA is a commit of this network."""
        if sha in self._commits:
            return True
        return len(sha) == len(NO_SHA) and sha != NO_SHA and self.kind(sha) == "commit"

    def commit(self, sha: str) -> Commit:
        """Read a commit object."""
        if sha not in self._commits:
            raw = self.run("cat-file", "commit", sha).decode(errors="replace")
            self._commits[sha] = parsed_commit(sha, raw)
        return self._commits[sha]

    def tag(self, sha: str) -> Tag:
        """Read an annotated tag object."""
        return parsed_tag(self.remembered("cat-file", "tag", sha).decode(errors="replace"))

    def blob(self, sha: str) -> bytes:
        """Return the bytes of a file."""
        return self.remembered("cat-file", "blob", sha)

    def tree(self, treeish: str, *, recursive: bool = False) -> list[TreeEntry]:
        """Return the entries of a tree; `recursive` lists the directories too."""
        flags = ["-r", "-t"] if recursive else []
        out = self.run("ls-tree", "-z", "-l", *flags, treeish).decode(errors="surrogateescape")
        return [parsed_entry(line) for line in out.split("\0") if line]

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """Return the entry at one path of a commit."""
        where = f":(literal){path}"
        out = self.run("ls-tree", "-z", "-l", commit, "--", path.strip("/") or where).decode()
        return parsed_entry(out.rstrip("\0")) if out else None

    def write_object(self, kind: str, content: bytes) -> str:
        """Store an object in git's own form and give its name."""
        stored = f"{kind} {len(content)}\0".encode() + content
        sha = hashlib.sha1(stored, usedforsecurity=False).hexdigest()
        path = self.directory / "objects" / sha[:2] / sha[2:]
        if not path.is_file():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(stored, 1))
        return sha

    def write_commit(self, commit: Commit) -> str:
        """Store a commit object; the `sha` of the argument is ignored."""
        lines = [f"tree {commit.tree}", *(f"parent {parent}" for parent in commit.parents)]
        lines += [f"author {commit.author.line()}", f"committer {commit.committer.line()}"]
        raw = "\n".join([*lines, "", commit.message]).encode()
        sha = self.write_object("commit", raw)
        self._commits[sha] = replace(commit, sha=sha, message=commit.message.removesuffix("\n"))
        return sha

    def edited_tree(
        self,
        base: str | None,
        files: Mapping[str, bytes | None],
        links: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    ) -> str:
        """Return `base` with files written, removed where None, and objects linked in."""
        tree = self.commit(base).tree if base and self.has_commit(base) else base
        return edited_tree(self.directory, tree, files, links)

    # -- history

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, or None for unrelated histories."""
        key = ("merge-base", one, other)
        if key not in self._memory:
            self._memory[key] = run_git(self.directory, key).stdout
        return self._memory[key].decode().split("\n")[0] or None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` holds all of `older`."""
        return self.merge_base(older, newer) == older

    def ahead_behind(self, base: str, head: str) -> tuple[int, int]:
        """How many commits head has and base lacks, and the other way round."""
        out = self.remembered("rev-list", "--left-right", "--count", f"{base}...{head}")
        behind, ahead = out.decode().split()
        return int(ahead), int(behind)

    def between(self, base: str, head: str) -> list[str]:
        """Return commits that head has and base lacks, oldest first."""
        out = self.remembered("rev-list", "--reverse", "--topo-order", head, f"^{base}")
        return out.decode().split()

    def history(self, *arguments: str) -> list[str]:
        """`git rev-list` with its own arguments, newest first."""
        return self.run("rev-list", *arguments).decode().split()


def encoded(content: bytes) -> str:
    """Base64 in lines of 60 characters, as GitHub sends file contents."""
    text = base64.b64encode(content).decode()
    return "".join(f"{text[i : i + 60]}\n" for i in range(0, len(text), 60))
