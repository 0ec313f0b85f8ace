"""Files and directories of a commit."""

import base64
import binascii
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.sandbox.acts.commits import CommitOrder, put_file, web_commit
from app.sandbox.git.objects import Signature, TreeEntry
from app.sandbox.git.repository import encoded
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads.commits import git_commit
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.problems import ProblemError, not_found

INLINE_LIMIT = 1_000_000
LARGEST = 100_000_000
_KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}
_LINK = "120000"


def get_contents(call: Call) -> Any:
    """Show a file with its content, or a directory's entries."""
    path = call.params.get("path", "").strip("/")
    ref = call.query.get("ref", call.repo.default_branch)
    sha = call.repo.git.resolve(ref.removeprefix("refs/heads/"))
    if sha is None:
        missing = "This repository is empty." if "ref" not in call.query else None
        message = missing or f"No commit found for the ref {ref}"
        raise ProblemError(404, message)
    if not path:
        return _directory(call, sha, "", ref)
    entry = call.repo.git.entry(sha, path)
    if entry is None:
        raise not_found()
    if entry.kind == "tree":
        return _directory(call, sha, path, ref)
    return _file(call, entry, path, ref)


def put_contents(call: Call) -> Any:
    """Create or change one file on a branch."""
    try:
        content = base64.b64decode(call.need("content", str))
    except binascii.Error as error:
        raise ProblemError(422, "content is not valid Base64") from error
    path, existed = call.params["path"], call.maybe("sha", str) is not None
    sha = _write(call, path, content)
    entry = call.repo.git.entry(sha, path)
    shown = _described(call, entry, path, _branch(call)) if entry else None
    made = {
        "content": shown,
        "commit": git_commit(call.world, call.repo, call.repo.git.commit(sha)),
    }
    return Reply(200 if existed else 201, made)


def delete_contents(call: Call) -> Any:
    """Remove one file from a branch."""
    call.need("sha", str)
    sha = _write(call, call.params["path"], None)
    commit = git_commit(call.world, call.repo, call.repo.git.commit(sha))
    return {"content": None, "commit": commit}


def _write(call: Call, path: str, content: bytes | None) -> str:
    order = CommitOrder(_branch(call), {path: content}, call.need("message", str))
    author = _person(call, "author") or _person(call, "committer")
    order = web_commit(call.world, author, order)
    expected = call.maybe("sha", str)
    return put_file(call.world, call.repo, call.account, order, expected)


def _branch(call: Call) -> str:
    named = call.maybe("branch", str) or call.repo.default_branch
    return named.removeprefix("refs/heads/")


def _person(call: Call, name: str) -> Signature | None:
    given = call.maybe(name, dict)
    if not given:
        return None
    when = given.get("date")
    date = datetime.fromisoformat(when) if when else call.world.now()
    return Signature(given["name"], given["email"], date)


def _directory(call: Call, sha: str, path: str, ref: str) -> Any:
    tree = call.repo.git.tree(f"{sha}:{path}")
    prefix = f"{path}/" if path else ""
    entries = [_described(call, entry, prefix + entry.path, ref) for entry in tree]
    if not call.accepts("object"):
        return entries
    made = _urls(call, path, ref, "dir")
    tree_sha = call.repo.git.run("rev-parse", f"{sha}:{path}").decode().strip()
    made |= {"type": "dir", "size": 0, "name": path.rpartition("/")[2], "path": path}
    made |= {"sha": tree_sha, "entries": entries}
    return Reply(body=made, media="application/vnd.github.object+json; charset=utf-8")


def _file(call: Call, entry: TreeEntry, path: str, ref: str) -> Any:
    if entry.kind == "commit":
        return _described(call, entry, path, ref) | {"submodule_git_url": None}
    content = call.repo.git.blob(entry.sha)
    if call.accepts("raw"):
        return Reply(text=content, media="application/vnd.github.raw; charset=utf-8")
    if len(content) > LARGEST:
        raise ProblemError(403, "This API returns blobs up to 100 MB in size.")
    made = _described(call, entry, path, ref)
    if entry.mode == _LINK:
        return made | {"type": "symlink", "target": content.decode()}
    if len(content) > INLINE_LIMIT:
        return made | {"content": "", "encoding": "none"}
    return made | {"content": encoded(content), "encoding": "base64"}


def _described(call: Call, entry: TreeEntry, path: str, ref: str) -> Json:
    kind = "symlink" if entry.mode == _LINK else _KINDS[entry.kind]
    return {
        "type": kind,
        "size": entry.size or 0,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
    } | _urls(call, path, ref, kind, entry.sha)


def _urls(call: Call, path: str, ref: str, kind: str, sha: str | None = None) -> Json:
    api, page = api_url(call.world, call.repo), html_url(call.world, call.repo)
    shelf = "tree" if kind == "dir" else "blob"
    url = f"{api}/contents/{quote(path)}?ref={quote(ref)}"
    git = f"{api}/git/{shelf}s/{sha}"
    html = f"{page}/{shelf}/{ref}/{quote(path)}"
    download = None if kind == "dir" else f"{page}/raw/{ref}/{quote(path)}"
    return {
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": download,
        "_links": {"self": url, "git": git, "html": html},
    }


_PATH = "/repos/{owner}/{repo}/contents/{path}"
ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/contents", get_contents, "contents:read"),
    Route("GET", "/repos/{owner}/{repo}/contents/", get_contents, "contents:read"),
    Route("GET", _PATH, get_contents, "contents:read"),
    Route("PUT", _PATH, put_contents, "contents:write"),
    Route("DELETE", _PATH, delete_contents, "contents:write"),
)
