"""Bare copies of repositories, one for each repository id, brought up to date for an evaluation.

Contents are fetched whole: merge proofs and scanners read them, and a filter would make git ask
for each one later, with a token, while strangers' content is being read. History is never cut.
"""

import base64
import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.changes.git import Git
from app.core.facts import Sha
from app.errors import GitError

_FETCH_SECONDS = 600
_NAMESPACE = "refs/gatewright"
_SHA_LENGTH = 40
_FETCH = (
    "fetch --quiet --force --no-tags --no-write-fetch-head --no-auto-maintenance"
    " --no-recurse-submodules --no-show-forced-updates --refmap="
)


@dataclass(frozen=True, slots=True)
class Tips:
    """What base branch and head pointed at in one fetch, and old commits that are gone."""

    base: Sha
    head: Sha
    missing: frozenset[Sha] = frozenset()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where to fetch from; the token lives only in the environment of one git process."""

    url: str
    token: str | None = field(default=None, repr=False)
    protocols: tuple[str, ...] = ("https",)

    def settings(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return public options and private configuration of a fetch."""
        parts = urlsplit(self.url)
        if parts.scheme not in self.protocols or "@" in parts.netloc:
            raise GitError("the address of the repository has a scheme or form that is not allowed")
        options = [f"protocol.{name}.allow=always" for name in self.protocols]
        options.append("http.followRedirects=false")
        if self.token is None:
            return tuple(options), {}
        login = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        header = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
        return tuple(options), {header: f"Authorization: Basic {login}"}


class Mirror:
    """A directory of mirrors; `network` is environment for git, such as proxies."""

    def __init__(self, root: Path, network: Mapping[str, str] | None = None) -> None:
        self._root = root
        self._network = dict(network or {})

    def directory(self, repository_id: int) -> Path:
        """Return where a repository is kept; the name is the id, since names move."""
        return self._root / f"{int(repository_id)}.git"

    def fetch(
        self, repository_id: int, origin: Origin, refs: tuple[str, str], also: Iterable[Sha] = ()
    ) -> Tips:
        """Fetch base branch and head ref, with full names, and older commits still on offer."""
        with self._locked(repository_id) as git:
            base, head = (_Wanted(name, git) for name in refs)
            run = _fetcher(git, origin)
            run([base.refspec, head.refspec])
            missing = frozenset(sha for sha in also if not _fetch_commit(git, run, sha))
            return Tips(base.tip(git), head.tip(git), missing)

    def keep(self, repository_id: int, origin: Origin, sha: Sha) -> bool:
        """Make sure that a commit is here if the origin still has it; tell whether it is."""
        with self._locked(repository_id) as git:
            return _fetch_commit(git, _fetcher(git, origin), sha)

    def size(self, repository_id: int | None = None) -> int:
        """Return the bytes on disk of one mirror, or of all."""
        start = self._root if repository_id is None else self.directory(repository_id)
        return sum(_file_size(path) for path in start.rglob("*"))

    @contextmanager
    def _locked(self, repository_id: int) -> Iterator[Git]:
        """Hold the mirror against other processes: two fetches would fight over its refs."""
        self._root.mkdir(parents=True, exist_ok=True)
        directory = self.directory(repository_id)
        with directory.with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            git = Git(directory, seconds=_FETCH_SECONDS, environment=self._network)
            if not (directory / "HEAD").exists():
                git.output("init", "--quiet", "--bare", "--template=", str(directory))
            _remove_stale_locks(directory)
            yield git


class _Wanted:
    """A ref of the origin and its place here, named by digest: `a` and `a/b` must not collide."""

    def __init__(self, name: str, git: Git) -> None:
        if git.run("check-ref-format", name, accept=(0, 1)).code != 0:
            raise GitError("the name of a branch is not a valid ref name")
        self.local = f"{_NAMESPACE}/tip/{hashlib.sha256(name.encode()).hexdigest()}"
        self.refspec = f"+{name}:{self.local}"

    def tip(self, git: Git) -> Sha:
        """Return the commit that the last fetch brought."""
        found = git.output("rev-parse", "--verify", "--end-of-options", f"{self.local}^{{commit}}")
        return Sha(found.decode().strip())


_Run = Callable[[list[str]], None]


def _fetcher(git: Git, origin: Origin) -> _Run:
    options, private = origin.settings()
    settings = {key: value for key, _, value in (option.partition("=") for option in options)}

    def fetch(refspecs: list[str]) -> None:
        git.run(*_FETCH.split(), "--", origin.url, *refspecs, private=settings | private)

    return fetch


def _fetch_commit(git: Git, run: _Run, sha: Sha) -> bool:
    """Make sure that an older commit is here, kept by a ref of its own."""
    if len(sha) != _SHA_LENGTH or set(sha) - set("0123456789abcdef"):
        return False
    local = f"{_NAMESPACE}/kept/{sha}"
    if git.run("rev-parse", "--verify", "--quiet", local, accept=(0, 1)).code == 0:
        return True
    try:
        run([f"+{sha}:{local}"])
    except GitError:
        return False
    return True


def _remove_stale_locks(directory: Path) -> None:
    """Remove locks of a git that was killed; nobody else can hold one while we hold ours."""
    for place in (directory, directory / "refs"):
        pattern = "*.lock" if place == directory else "**/*.lock"
        for path in place.glob(pattern):
            path.unlink(missing_ok=True)


def _file_size(path: Path) -> int:
    try:
        return path.lstat().st_size if not path.is_dir() else 0
    except FileNotFoundError:
        return 0
