"""Tags: the annotated objects, and the list of names."""

from datetime import datetime
from typing import Any

from app.sandbox.acts.merging import person
from app.sandbox.git.objects import Signature
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads.commits import signature
from app.sandbox.payloads.common import Json, iso, node_id
from app.sandbox.payloads.repos import api_url
from app.sandbox.problems import ProblemError, not_found

_UNSIGNED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def list_tags(call: Call) -> Any:
    """Show tags with the commits that they stand for."""
    names = [name.removeprefix("refs/tags/") for name in call.repo.git.refs("refs/tags/")]
    return [_tag(call, name) for name in call.paged(names[::-1])]


def create_tag(call: Call) -> Any:
    """Make an annotated tag object; a reference is made apart."""
    target, kind = call.need("object", str), call.choice("type", ("commit", "tree", "blob"), "")
    if call.repo.git.kind(target) != kind:
        raise ProblemError(422, "Object does not exist")
    tagger = _tagger(call)
    lines = [f"object {target}", f"type {kind}", f"tag {call.need('tag', str)}"]
    raw = "\n".join([*lines, f"tagger {tagger.line()}", "", call.need("message", str)])
    return Reply(201, _object(call, call.repo.git.write_object("tag", raw.encode())))


def get_tag(call: Call) -> Any:
    """Show an annotated tag object."""
    sha = call.params["tag_sha"]
    if call.repo.git.kind(sha) != "tag":
        raise not_found()
    return _object(call, sha)


def _tag(call: Call, name: str) -> Json:
    api = api_url(call.world, call.repo)
    sha = call.repo.git.resolve(name) or ""
    return {
        "name": name,
        "zipball_url": f"{api}/zipball/refs/tags/{name}",
        "tarball_url": f"{api}/tarball/refs/tags/{name}",
        "commit": {"sha": sha, "url": f"{api}/commits/{sha}"},
        "node_id": node_id("REF", f"{call.repo.id}:{name}"),
    }


def _tagger(call: Call) -> Signature:
    given = call.maybe("tagger", dict)
    if not given:
        return person(call.world, call.account)
    when = given.get("date")
    date = datetime.fromisoformat(when) if when else call.world.now()
    return Signature(given["name"], given["email"], date)


def _object(call: Call, sha: str) -> Json:
    api = api_url(call.world, call.repo)
    found = call.repo.git.tag(sha)
    return {
        "node_id": node_id("TA", f"{call.repo.id}:{sha}"),
        "tag": found.name,
        "sha": sha,
        "url": f"{api}/git/tags/{sha}",
        "message": found.message,
        "tagger": signature(found.tagger) | {"date": iso(found.tagger.date)},
        "object": {
            "type": found.kind,
            "sha": found.target,
            "url": f"{api}/git/{found.kind}s/{found.target}",
        },
        "verification": _UNSIGNED,
    }


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_REPO}/tags", list_tags),
    Route("POST", f"{_REPO}/git/tags", create_tag, "contents:write"),
    Route("GET", f"{_REPO}/git/tags/{{tag_sha}}", get_tag, "contents:read"),
)
