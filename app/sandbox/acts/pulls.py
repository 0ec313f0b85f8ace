"""Opening, editing, closing pull requests, and heads that move under them."""

from dataclasses import dataclass
from typing import Any

from app.sandbox.acts import mergeability
from app.sandbox.acts.history import note
from app.sandbox.payloads.accounts import team, user
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.pulls import event_pull
from app.sandbox.problems import ProblemError, invalid
from app.sandbox.world.accounts import Account, Team
from app.sandbox.world.events import Event
from app.sandbox.world.issues import Issue
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class PullOrder:
    """What a new pull request is to be; `head` may be `owner:branch` of a fork."""

    title: str
    head: str
    base: str
    body: str | None = None
    draft: bool = False
    maintainer_can_modify: bool = False
    head_repo: str | None = None


def open_pull(world: World, repo: Repo, author: Account, order: PullOrder) -> Pull:
    """Make a new pull request; the head must exist and hold something that the base lacks."""
    source, branch = _head(world, repo, order)
    head_sha = source.git.branch(branch)
    base_sha = repo.git.branch(order.base)
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    if head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    _check_new(repo, (source, branch), order)
    if not repo.git.between(base_sha, head_sha):
        message = f"No commits between {order.base} and {branch}"
        raise invalid("PullRequest", "head", "custom", message)
    issue = new_issue(world, repo, author, order.title, order.body)
    pull = Pull(
        id=world.new_id("pull"),
        issue=issue,
        repo_id=repo.id,
        head_repo_id=source.id,
        head_owner=source.owner,
        head_ref=branch,
        head_sha=head_sha,
        base_ref=order.base,
        base_sha=base_sha,
        draft=order.draft,
        maintainer_can_modify=order.maintainer_can_modify,
    )
    repo.pulls[pull.number] = pull
    repo.git.set_ref(f"refs/pull/{pull.number}/head", head_sha)
    mergeability.refresh(world, repo, pull)
    tell(world, repo, pull, "opened", author)
    return pull


def new_issue(world: World, repo: Repo, author: Account, title: str, body: str | None) -> Issue:
    """Take the next number of the repository, for an issue or a pull request."""
    now = world.now()
    made = Issue(
        id=world.new_id("issue"),
        number=repo.next_number,
        title=title,
        body=body,
        user=author,
        created_at=now,
        updated_at=now,
        app=world.app_of(author),
    )
    repo.next_number += 1
    repo.issues[made.number] = made
    return made


def edit(world: World, repo: Repo, pull: Pull, actor: Account, fields: Json) -> None:
    """Change title, body, base or state; `edited` tells what was before."""
    issue, changes = pull.issue, {}
    if "title" in fields and fields["title"] != issue.title:
        changes["title"] = {"from": issue.title}
        names = {"from": issue.title, "to": fields["title"]}
        note(world, issue, "renamed", actor, rename=names)
        issue.title = fields["title"]
    if "body" in fields and fields["body"] != issue.body:
        changes["body"] = {"from": issue.body or ""}
        issue.body = fields["body"]
    if fields.get("base") not in {None, pull.base_ref}:
        changes["base"] = _retarget(world, repo, pull, actor, fields["base"])
    if changes:
        issue.updated_at = world.now()
        tell(world, repo, pull, "edited", actor, changes=changes)
    _change_state(world, repo, pull, actor, fields.get("state"))


def close(world: World, repo: Repo, pull: Pull, actor: Account) -> None:
    """Close it, merged or not."""
    issue = pull.issue
    issue.state, issue.closed_at, issue.closed_by = "closed", world.now(), actor
    note(world, issue, "closed", actor, commit_id=pull.merge_commit_sha)
    repo.git.delete_ref(f"refs/pull/{pull.number}/merge")
    tell(world, repo, pull, "closed", actor)


def reopen(world: World, repo: Repo, pull: Pull, actor: Account) -> None:
    """Open it again with the head branch as it is now."""
    source = world.repos.get(pull.head_repo_id or 0)
    tip = source.git.branch(pull.head_ref) if source else None
    if pull.merged or tip is None:
        message = "state cannot be changed: the head branch was deleted or the work is merged"
        raise invalid("PullRequest", "state", "custom", message)
    issue = pull.issue
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    note(world, issue, "reopened", actor)
    pull.head_sha, pull.merge_test = tip, None
    repo.git.set_ref(f"refs/pull/{pull.number}/head", tip)
    mergeability.refresh(world, repo, pull)
    tell(world, repo, pull, "reopened", actor)


def follow_head(world: World, repo: Repo, pull: Pull, actor: Account, sha: str) -> None:
    """Let the pull request follow its head branch, which was pushed to."""
    before = pull.head_sha
    if not repo.git.is_ancestor(before, sha):
        note(world, pull.issue, "head_ref_force_pushed", actor, commit_id=sha)
    pull.head_sha = sha
    pull.base_sha = repo.git.branch(pull.base_ref) or pull.base_sha
    repo.git.set_ref(f"refs/pull/{pull.number}/head", sha)
    pull.issue.updated_at = world.now()
    mergeability.refresh(world, repo, pull)
    tell(world, repo, pull, "synchronize", actor, before=before, after=sha)


def set_draft(world: World, repo: Repo, pull: Pull, actor: Account, *, draft: bool) -> None:
    """Convert to draft, or say that it is ready."""
    if pull.draft == draft:
        return
    pull.draft = draft
    action = "converted_to_draft" if draft else "ready_for_review"
    note(world, pull.issue, "convert_to_draft" if draft else action, actor)
    tell(world, repo, pull, action, actor)


def request_review(
    world: World, repo: Repo, pull: Pull, actor: Account, who: Account | Team
) -> None:
    """Ask a person or a team for a review."""
    if who is pull.issue.user:
        message = "Review cannot be requested from pull request author."
        raise ProblemError(422, message)
    extra: Json = {"review_requester": user(world, actor)}
    if isinstance(who, Team):
        if who not in pull.requested_teams:
            pull.requested_teams.append(who)
        named = {"requested_team": team(world, who)}
    else:
        if who not in pull.requested_reviewers:
            pull.requested_reviewers.append(who)
        named = {"requested_reviewer": user(world, who)}
    note(world, pull.issue, "review_requested", actor, **extra, **named)
    tell(world, repo, pull, "review_requested", actor, **named)


def withdraw_request(
    world: World, repo: Repo, pull: Pull, actor: Account, who: Account | Team
) -> None:
    """Take a request for review back."""
    if isinstance(who, Team):
        pull.requested_teams = [each for each in pull.requested_teams if each is not who]
        named = {"requested_team": team(world, who)}
    else:
        pull.requested_reviewers = [each for each in pull.requested_reviewers if each is not who]
        named = {"requested_reviewer": user(world, who)}
    extra: Json = {"review_requester": user(world, actor)}
    note(world, pull.issue, "review_request_removed", actor, **extra, **named)
    tell(world, repo, pull, "review_request_removed", actor, **named)


def tell(world: World, repo: Repo, pull: Pull, action: str, actor: Account, **extra: Any) -> None:
    """Emit a `pull_request` event."""
    body = {"number": pull.number, "pull_request": event_pull(world, repo, pull)}
    world.emit(Event("pull_request", action, actor, body | extra, repo))


def _head(world: World, repo: Repo, order: PullOrder) -> tuple[Repo, str]:
    """Repository and branch that `head` means; a fork is named by its owner."""
    owner, colon, branch = order.head.rpartition(":")
    if not colon:
        return repo, branch
    if owner.lower() == repo.owner.login.lower() and order.head_repo is None:
        return repo, branch
    for other in world.repos.values():
        same_owner = other.owner.login.lower() == owner.lower()
        named = order.head_repo in {None, other.name, other.full_name}
        if same_owner and named and repo.id in {other.parent_id, other.id}:
            return other, branch
    raise invalid("PullRequest", "head", "invalid")


def _check_new(repo: Repo, head: tuple[Repo, str], order: PullOrder) -> None:
    source, branch = head
    for pull in repo.open_pulls():
        same = (pull.head_repo_id, pull.head_ref, pull.base_ref) == (source.id, branch, order.base)
        if same:
            message = f"A pull request already exists for {source.owner.login}:{branch}."
            raise invalid("PullRequest", "head", "custom", message)


def _retarget(world: World, repo: Repo, pull: Pull, actor: Account, base: str) -> Json:
    sha = repo.git.branch(base)
    if sha is None or not pull.is_open:
        message = f"Proposed base branch '{base}' was not found"
        raise invalid("PullRequest", "base", "invalid", message)
    before: Json = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
    pull.base_ref, pull.base_sha = base, sha
    note(world, pull.issue, "base_ref_changed", actor)
    mergeability.refresh(world, repo, pull)
    return before


def _change_state(world: World, repo: Repo, pull: Pull, actor: Account, state: str | None) -> None:
    if state == "closed" and pull.is_open:
        close(world, repo, pull, actor)
    elif state == "open" and not pull.is_open:
        reopen(world, repo, pull, actor)
