"""Commits, files of a difference and comparisons."""

from urllib.parse import quote

from app.sandbox.git.diff import FileChange, FileRecord, changes, records
from app.sandbox.git.objects import Commit, Signature
from app.sandbox.git.trees import EMPTY_TREE
from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.common import Json, iso, node_id
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.world.accounts import Account
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def account_by_email(world: World, email: str) -> Account | None:
    """Show the account whose address a commit carries."""
    if not email:
        return None
    known = (a for a in world.accounts.values() if email in (a.email, a.noreply, _plain(a)))
    return next(known, None)


def _plain(account: Account) -> str:
    return f"{account.id}+{account.login}@users.noreply.github.com"


def signature(who: Signature) -> Json:
    """Name, address and date of an author or committer."""
    return {"name": who.name, "email": who.email, "date": iso(who.date)}


def verification(commit: Commit) -> Json:
    """Show what GitHub says about a signature; the sandbox verifies none."""
    if commit.signature is None:
        reason = "unsigned"
        return {
            "verified": False,
            "reason": reason,
            "signature": None,
            "payload": None,
            "verified_at": None,
        }
    return {
        "verified": False,
        "reason": "unknown_key",
        "signature": commit.signature,
        "payload": None,
        "verified_at": None,
    }


def git_commit(world: World, repo: Repo, commit: Commit) -> Json:
    """Show the bare git object."""
    api = api_url(world, repo)
    page = html_url(world, repo)
    return {
        "sha": commit.sha,
        "node_id": node_id("C", f"{repo.id}:{commit.sha}"),
        "url": f"{api}/git/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {
                "sha": parent,
                "url": f"{api}/git/commits/{parent}",
                "html_url": f"{page}/commit/{parent}",
            }
            for parent in commit.parents
        ],
        "verification": verification(commit),
    }


def commit(world: World, repo: Repo, sha: str) -> Json:
    """Show a commit as lists have it."""
    found = repo.git.commit(sha)
    api, page = api_url(world, repo), html_url(world, repo)
    author = account_by_email(world, found.author.email)
    committer = account_by_email(world, found.committer.email)
    return {
        "sha": sha,
        "node_id": node_id("C", f"{repo.id}:{sha}"),
        "commit": {
            "author": signature(found.author),
            "committer": signature(found.committer),
            "message": found.message,
            "tree": {"sha": found.tree, "url": f"{api}/git/trees/{found.tree}"},
            "url": f"{api}/git/commits/{sha}",
            "comment_count": 0,
            "verification": verification(found),
        },
        "url": f"{api}/commits/{sha}",
        "html_url": f"{page}/commit/{sha}",
        "comments_url": f"{api}/commits/{sha}/comments",
        "author": user(world, author) if author else None,
        "committer": user(world, committer) if committer else None,
        "parents": [
            {"sha": p, "url": f"{api}/commits/{p}", "html_url": f"{page}/commit/{p}"}
            for p in found.parents
        ],
    }


def commit_changes(repo: Repo, sha: str) -> list[FileChange]:
    """Return what a commit changed against its first parent."""
    parents = repo.git.commit(sha).parents
    return changes(repo.git, parents[0] if parents else EMPTY_TREE, sha)


def commit_records(repo: Repo, sha: str) -> list[FileRecord]:
    """Return the names of what a commit changed, without counting lines."""
    parents = repo.git.commit(sha).parents
    return records(repo.git, parents[0] if parents else EMPTY_TREE, sha)


def commit_with_files(world: World, repo: Repo, sha: str, files: list[FileChange]) -> Json:
    """Show a single commit with statistics and one page of files."""
    everything = commit_changes(repo, sha)
    added = sum(change.additions for change in everything)
    removed = sum(change.deletions for change in everything)
    return commit(world, repo, sha) | {
        "stats": {"total": added + removed, "additions": added, "deletions": removed},
        "files": [file(world, repo, sha, change) for change in files],
    }


def file(world: World, repo: Repo, sha: str, change: FileChange) -> Json:
    """One changed file; `sha` is the commit in which to look at it."""
    page, path = html_url(world, repo), quote(change.path)
    made: Json = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{page}/blob/{sha}/{path}",
        "raw_url": f"{page}/raw/{sha}/{path}",
        "contents_url": f"{api_url(world, repo)}/contents/{path}?ref={sha}",
    }
    if change.previous is not None:
        made["previous_filename"] = change.previous
    return made if change.patch is None else made | {"patch": change.patch}


def event_commit(world: World, repo: Repo, sha: str) -> Json:
    """Show a commit in `push` payloads, with the names of its files."""
    found = repo.git.commit(sha)
    named: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for status, path, previous, _ in commit_records(repo, sha):
        if previous is not None:
            named["removed"].append(previous)
        kind = {"renamed": "added", "copied": "added", "changed": "modified"}
        named[kind.get(status, status)].append(path)
    return {
        "id": sha,
        "tree_id": found.tree,
        "distinct": True,
        "message": found.message,
        "timestamp": found.committer.date.isoformat(),
        "url": f"{html_url(world, repo)}/commit/{sha}",
        "author": _event_person(world, found.author),
        "committer": _event_person(world, found.committer),
    } | named


def _event_person(world: World, who: Signature) -> Json:
    made = {"name": who.name, "email": who.email}
    account = account_by_email(world, who.email)
    return made if account is None else made | {"username": account.login}


def simple_commit(repo: Repo, sha: str) -> Json:
    """Show the short form inside check suites and workflow runs."""
    found = repo.git.commit(sha)
    return {
        "id": sha,
        "tree_id": found.tree,
        "message": found.message,
        "timestamp": iso(found.committer.date),
        "author": {"name": found.author.name, "email": found.author.email},
        "committer": {"name": found.committer.name, "email": found.committer.email},
    }
