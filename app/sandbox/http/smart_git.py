"""Git over HTTP: clone, fetch and push by git's own programs."""

import gzip
import re

from werkzeug.wrappers import Request, Response

from app.sandbox.acts import mergeability
from app.sandbox.acts.refs import RefMove, after_push
from app.sandbox.git.process import run_git
from app.sandbox.http import access
from app.sandbox.http.actors import Actor, identify
from app.sandbox.problems import ProblemError
from app.sandbox.world.accounts import Account
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_SERVICES = {"git-upload-pack", "git-receive-pack"}


class SmartGit:
    """The smart HTTP protocol over the world's repositories."""

    def __init__(self, world: World) -> None:
        self._world = world

    def wants(self, request: Request) -> bool:
        """Whether the request speaks git."""
        return _PATH.fullmatch(request.path) is not None

    def serve(self, request: Request) -> Response:
        """Answer one step of a clone, fetch or push."""
        try:
            return self._serve(request)
        except ProblemError as problem:
            headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if problem.status == 401 else {}  # noqa: PLR2004
            return Response(f"{problem.message}\n", problem.status, headers)

    def _serve(self, request: Request) -> Response:
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise ProblemError(404, "Not Found")
        step = found[3]
        service = request.args.get("service", "") if step == "info/refs" else step
        if service not in _SERVICES:
            raise ProblemError(403, "Please upgrade your git client.")
        with self._world.lock:
            repo, account = self._admit(request, f"{found[1]}/{found[2]}", service)
            if step == "info/refs":
                return self._advertise(request, repo, service)
            if service == "git-receive-pack":
                return self._receive(request, repo, account)
        return _result(request, repo, service)

    def _admit(self, request: Request, name: str, service: str) -> tuple[Repo, Account | None]:
        actor = identify(self._world, request.headers.get("Authorization"))
        repo = self._world.repo(name)
        if repo is None:
            key = self._world.former_names.get(name.lower(), 0)
            repo = self._world.repos.get(key)
        writes = service == "git-receive-pack"
        if actor.account is None and (writes or repo is None or repo.private):
            raise ProblemError(401, "Authentication required")
        if repo is None or not access.visible(self._world, actor, repo):
            raise ProblemError(404, "Repository not found.")
        if not self._allowed(actor, repo, writes=writes):
            raise ProblemError(403, f"Permission to {repo.full_name}.git denied to {actor.name}.")
        return repo, actor.account

    def _allowed(self, actor: Actor, repo: Repo, *, writes: bool) -> bool:
        if actor.token is not None:
            wanted = "contents:write" if writes else "contents:read"
            public = not writes and not repo.private
            return public or access.has_permission(actor, wanted)
        if actor.account is None:
            return not writes
        return self._world.can(repo, actor.account, "write" if writes else "read")

    def _advertise(self, request: Request, repo: Repo, service: str) -> Response:
        if service == "git-upload-pack":
            for pull in repo.open_pulls():
                mergeability.refresh(self._world, repo, pull)
        flags = ["--stateless-rpc", "--advertise-refs"]
        done = _run(request, repo, [service.removeprefix("git-"), *flags])
        head = f"# service={service}\n"
        packet = f"{len(head) + 4:04x}{head}0000".encode()
        return _response(packet + done, service, "advertisement")

    def _receive(self, request: Request, repo: Repo, account: Account | None) -> Response:
        before = repo.git.refs()
        response = _result(request, repo, "git-receive-pack")
        after = repo.git.refs()
        names = sorted(set(before) | set(after))
        moves = [RefMove(name, before.get(name), after.get(name)) for name in names]
        moved = [move for move in moves if move.old != move.new]
        if moved and account is not None:
            after_push(self._world, repo, account, moved)
        return response


def _result(request: Request, repo: Repo, service: str) -> Response:
    flags = ["--stateless-rpc"]
    done = _run(request, repo, [service.removeprefix("git-"), *flags])
    return _response(done, service, "result")


def _run(request: Request, repo: Repo, arguments: list[str]) -> bytes:
    body = request.get_data()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    protocol = request.headers.get("Git-Protocol", "")
    done = run_git(
        repo.git.directory, [*arguments, str(repo.git.directory)], body, {"GIT_PROTOCOL": protocol}
    )
    return done.stdout


def _response(content: bytes, service: str, part: str) -> Response:
    headers = {"Cache-Control": "no-cache"}
    return Response(content, 200, headers, content_type=f"application/x-{service}-{part}")
