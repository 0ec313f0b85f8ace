"""Which paths are generated: by name, or by `linguist-generated` as the base branch has it.

The attributes of the head are never read: a pull request must not lower its own size.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.changes.git import Git
from app.changes.objects import Objects
from app.core.facts import Sha

_ATTRIBUTE = "linguist-generated"
_LIMIT = 1 << 20

_LOCK_FILE_NAMES = b"""
.terraform.lock.hcl Cargo.lock Cartfile.resolved Gemfile.lock Package.resolved Pipfile.lock
Podfile.lock buf.lock bun.lock bun.lockb composer.lock conan.lock deno.lock flake.lock go.sum
gradle.lockfile mix.lock npm-shrinkwrap.json package-lock.json packages.lock.json pdm.lock
pnpm-lock.yaml poetry.lock pubspec.lock uv.lock yarn.lock
"""
LOCK_FILES = frozenset(_LOCK_FILE_NAMES.split())


def generated_paths(
    git: Git, objects: Objects, base: Sha, paths: Iterable[bytes]
) -> frozenset[bytes]:
    """Return those of the paths that are generated; attributes of the base overrule names."""
    wanted = tuple(paths)
    marked = _by_attributes(git, tuple(_attribute_files(objects, base, wanted)), wanted)
    named = {path for path in wanted if path.rpartition(b"/")[2] in LOCK_FILES}
    return frozenset(path for path in wanted if marked.get(path, path in named))


def _attribute_files(
    objects: Objects, base: Sha, paths: Iterable[bytes]
) -> Iterator[tuple[bytes, str]]:
    """Find the attribute files of the base that can say something about the paths."""
    directories = {parent for path in paths for parent in _parents(path)}
    for directory in sorted(directories):
        name = directory + b".gitattributes"
        info = objects.info(base.encode() + b":" + name)
        if info is None or info.kind != "blob" or info.size > _LIMIT:
            continue
        if _ATTRIBUTE.encode() in objects.content(info.oid, _LIMIT):
            yield name, info.oid


def _parents(path: bytes) -> Iterator[bytes]:
    """Yield the root and every directory above a path, each with its closing slash."""
    yield b""
    at = path.find(b"/")
    while at >= 0:
        yield path[: at + 1]
        at = path.find(b"/", at + 1)


def _by_attributes(
    git: Git, files: tuple[tuple[bytes, str], ...], paths: tuple[bytes, ...]
) -> dict[bytes, bool]:
    """Let git read the attribute files out of an index that holds nothing else."""
    if not files:
        return {}
    entries = b"".join(b"100644 " + oid.encode() + b"\t" + name + b"\0" for name, oid in files)
    with tempfile.TemporaryDirectory(prefix="gatewright-") as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        reader = Git(git.directory, seconds=git.seconds, environment=index)
        reader.output("update-index", "-z", "--index-info", stdin=entries)
        asked = b"".join(path + b"\0" for path in paths)
        answer = reader.output("check-attr", "--cached", "-z", "--stdin", _ATTRIBUTE, stdin=asked)
    words = answer.split(b"\0")[:-1]
    values = zip(words[0::3], words[2::3], strict=True)
    return {path: value in (b"set", b"true") for path, value in values if value != b"unspecified"}
