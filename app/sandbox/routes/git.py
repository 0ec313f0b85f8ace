"""Git data: references, commits, trees, blobs and tags."""

import base64
import binascii
from datetime import datetime
from typing import Any

from app.sandbox.acts import refs
from app.sandbox.acts.merging import person
from app.sandbox.git.objects import Commit, Signature, TreeEntry
from app.sandbox.git.repository import encoded
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads.commits import git_commit
from app.sandbox.payloads.common import Json, node_id
from app.sandbox.payloads.repos import api_url, reference
from app.sandbox.problems import ProblemError, not_found

TREE_LIMIT = 100_000


def get_ref(call: Call) -> Any:
    """One reference by its full name without `refs/`."""
    name = _name(call)
    sha = call.repo.git.ref(name)
    if sha is None:
        raise not_found()
    return reference(call.world, call.repo, name, sha)


def matching_refs(call: Call) -> Any:
    """Show references whose name begins so."""
    name = _name(call)
    found = [(n, sha) for n, sha in call.repo.git.refs().items() if n.startswith(name)]
    return [reference(call.world, call.repo, n, sha) for n, sha in call.paged(found)]


def create_ref(call: Call) -> Any:
    """Make a new branch or tag."""
    name = call.need("ref", str)
    refs.create_ref(call.world, call.repo, call.account, name, call.need("sha", str))
    return Reply(201, reference(call.world, call.repo, name, call.need("sha", str)))


def update_ref(call: Call) -> Any:
    """Move a reference; anything but a fast-forward must be forced."""
    name, sha = _name(call), call.need("sha", str)
    if call.maybe("force", bool) and call.repo.git.has_commit(sha):
        refs.move(call.world, call.repo, call.account, name, sha)
    else:
        refs.update_ref(call.world, call.repo, call.account, name, sha)
    return reference(call.world, call.repo, name, sha)


def delete_ref(call: Call) -> Any:
    """Remove a reference."""
    refs.delete_ref(call.world, call.repo, call.account, _name(call))
    return Reply(204)


def get_commit(call: Call) -> Any:
    """Show a commit object."""
    sha = call.params["commit_sha"]
    if not call.repo.git.has_commit(sha):
        raise not_found()
    return git_commit(call.world, call.repo, call.repo.git.commit(sha))


def create_commit(call: Call) -> Any:
    """Make a commit object on no branch yet."""
    git = call.repo.git
    tree = call.need("tree", str)
    parents = tuple(str(each) for each in call.maybe("parents", list) or ())
    if git.kind(tree) != "tree":
        raise ProblemError(422, "Tree SHA does not exist")
    if not all(git.has_commit(parent) for parent in parents):
        raise ProblemError(422, "Parent SHA does not exist or is not a commit object")
    author = _person(call, "author") or person(call.world, call.account)
    committer = _person(call, "committer") or author
    made = Commit("", tree, parents, author, committer, call.need("message", str))
    return Reply(201, git_commit(call.world, call.repo, git.commit(git.write_commit(made))))


def get_tree(call: Call) -> Any:
    """Show the entries of a tree or commit."""
    git, wanted = call.repo.git, call.params["tree_sha"]
    sha = wanted if git.kind(wanted) == "tree" else None
    if sha is None:
        commit = git.resolve(wanted)
        if commit is None:
            raise not_found()
        sha = git.commit(commit).tree
    return _tree(call, sha, recursive=call.query.get("recursive") not in {None, "0", "false"})


def create_tree(call: Call) -> Any:
    """Make a tree of entries, on top of another when `base_tree` names one."""
    git = call.repo.git
    files: dict[str, bytes | None] = {}
    links: dict[str, tuple[str, str]] = {}
    for each in call.need("tree", list):
        _sort_entry(call, each, files, links)
    base = call.maybe("base_tree", str)
    return Reply(201, _tree(call, git.edited_tree(base, files, links)))


def get_blob(call: Call) -> Any:
    """Show the bytes of a file as Base64."""
    sha = call.params["file_sha"]
    if call.repo.git.kind(sha) != "blob":
        raise not_found()
    content = call.repo.git.blob(sha)
    if call.accepts("raw"):
        return Reply(text=content, media="application/vnd.github.raw; charset=utf-8")
    return {
        "sha": sha,
        "node_id": node_id("B", f"{call.repo.id}:{sha}"),
        "size": len(content),
        "url": f"{api_url(call.world, call.repo)}/git/blobs/{sha}",
        "content": encoded(content),
        "encoding": "base64",
    }


def create_blob(call: Call) -> Any:
    """Store bytes."""
    text = call.need("content", str)
    encoding = call.choice("encoding", ("utf-8", "base64"), "utf-8")
    try:
        content = base64.b64decode(text) if encoding == "base64" else text.encode()
    except binascii.Error as error:
        raise ProblemError(422, "content is not valid Base64") from error
    sha = call.repo.git.write_object("blob", content)
    return Reply(201, {"sha": sha, "url": f"{api_url(call.world, call.repo)}/git/blobs/{sha}"})


def _name(call: Call) -> str:
    return f"refs/{call.params['ref']}"


def _person(call: Call, name: str) -> Signature | None:
    given = call.maybe(name, dict)
    if not given or "name" not in given or "email" not in given:
        return None
    when = given.get("date")
    date = datetime.fromisoformat(when) if when else call.world.now()
    return Signature(given["name"], given["email"], date)


def _sort_entry(
    call: Call, entry: Json, files: dict[str, bytes | None], links: dict[str, tuple[str, str]]
) -> None:
    path, mode = entry.get("path"), entry.get("mode", "100644")
    if not isinstance(path, str) or not path:
        raise ProblemError(422, "tree.path wasn't supplied")
    if "content" in entry:
        files[f"{mode}:{path}"] = str(entry["content"]).encode()
    elif entry.get("sha") is None:
        files[path] = None
    elif call.repo.git.kind(entry["sha"]) is None and mode != "160000":
        raise ProblemError(422, f"tree.sha {entry['sha']} is not a valid {entry.get('type')}")
    else:
        links[path] = (mode, entry["sha"])


def _tree(call: Call, sha: str, *, recursive: bool = False) -> Json:
    api = api_url(call.world, call.repo)
    entries = call.repo.git.tree(sha, recursive=recursive)
    shown = [_entry(api, entry) for entry in entries[:TREE_LIMIT]]
    return {
        "sha": sha,
        "url": f"{api}/git/trees/{sha}",
        "tree": shown,
        "truncated": len(entries) > TREE_LIMIT,
    }


def _entry(api: str, entry: TreeEntry) -> Json:
    made: Json = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    if entry.size is not None:
        made["size"] = entry.size
    if entry.kind != "commit":
        made["url"] = f"{api}/git/{entry.kind}s/{entry.sha}"
    return made


_GIT = "/repos/{owner}/{repo}/git"
_READ, _WRITE = "contents:read", "contents:write"
ROUTES = (
    Route("GET", f"{_GIT}/ref/{{ref}}", get_ref, _READ),
    Route("GET", f"{_GIT}/matching-refs/{{ref}}", matching_refs, _READ),
    Route("POST", f"{_GIT}/refs", create_ref, _WRITE),
    Route("PATCH", f"{_GIT}/refs/{{ref}}", update_ref, _WRITE),
    Route("DELETE", f"{_GIT}/refs/{{ref}}", delete_ref, _WRITE),
    Route("GET", f"{_GIT}/commits/{{commit_sha}}", get_commit, _READ),
    Route("POST", f"{_GIT}/commits", create_commit, _WRITE),
    Route("GET", f"{_GIT}/trees/{{tree_sha}}", get_tree, _READ),
    Route("POST", f"{_GIT}/trees", create_tree, _WRITE),
    Route("GET", f"{_GIT}/blobs/{{file_sha}}", get_blob, _READ),
    Route("POST", f"{_GIT}/blobs", create_blob, _WRITE),
)
