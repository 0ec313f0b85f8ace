"""Issues, comments, labels, assignees and reactions."""

from collections.abc import Sequence
from typing import Any

from app.sandbox.acts import pulls
from app.sandbox.acts.history import note
from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.issues import REACTIONS, comment, issue, label
from app.sandbox.payloads.pulls import event_pull
from app.sandbox.problems import ProblemError, invalid
from app.sandbox.world.accounts import Account
from app.sandbox.world.events import Event
from app.sandbox.world.issues import Comment, Issue, Label, Reaction
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

_LONGEST_BODY = 65_536


def open_issue(world: World, repo: Repo, author: Account, title: str, body: str | None) -> Issue:
    """Make a new issue that is no pull request."""
    made = pulls.new_issue(world, repo, author, title, body)
    tell(world, repo, made, "opened", author)
    return made


def edit_issue(world: World, repo: Repo, found: Issue, actor: Account, fields: Json) -> None:
    """Change an issue; a pull request behind the number is changed as such."""
    pull = repo.pulls.get(found.number)
    if pull is not None:
        known: Json = {name: fields[name] for name in ("title", "body", "state") if name in fields}
        pulls.edit(world, repo, pull, actor, known)
        return
    changes = {}
    for name in ("title", "body"):
        if name in fields and fields[name] != getattr(found, name):
            changes[name] = {"from": getattr(found, name) or ""}
            setattr(found, name, fields[name])
    if changes:
        tell(world, repo, found, "edited", actor, changes=changes)
    _change_state(world, repo, found, actor, (fields.get("state"), fields.get("state_reason")))


def add_comment(world: World, repo: Repo, found: Issue, author: Account, body: str) -> Comment:
    """Say something in the conversation."""
    _check_body(found, body)
    now = world.now()
    app = world.app_of(author)
    made = Comment(world.new_id("comment"), found.number, author, body, now, now, app)
    found.comments.append(made)
    found.updated_at = now
    repo.comments[made.id] = made
    _tell_comment(world, repo, made, "created", author)
    return made


def edit_comment(world: World, repo: Repo, found: Comment, actor: Account, body: str) -> None:
    """Change a comment; the sender of the event need not be its author."""
    before, found.body, found.updated_at = found.body, body, world.now()
    changes = {"body": {"from": before}}
    _tell_comment(world, repo, found, "edited", actor, changes=changes)


def delete_comment(world: World, repo: Repo, found: Comment, actor: Account) -> None:
    """Remove a comment."""
    _tell_comment(world, repo, found, "deleted", actor)
    repo.issues[found.number].comments.remove(found)
    del repo.comments[found.id]


def react(world: World, given: list[Reaction], who: Account, content: str) -> tuple[Reaction, bool]:
    """Add a reaction unless the account has given it already; says whether it is new."""
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    for known in given:
        if known.user is who and known.content == content:
            return known, False
    made = Reaction(world.new_id("reaction"), who, content, world.now())
    given.append(made)
    return made, True


def ensure_label(world: World, repo: Repo, name: str) -> Label:
    """Return the label of that name, made when it is missing."""
    found = repo.labels.get(name.lower())
    if found is None:
        found = Label(world.new_id("label"), name)
        repo.labels[name.lower()] = found
    return found


def set_labels(
    world: World, repo: Repo, found: Issue, actor: Account, names: Sequence[str]
) -> None:
    """Make these the labels; only differences are told."""
    wanted = [ensure_label(world, repo, name) for name in dict.fromkeys(names)]
    removed = [each for each in found.labels if each not in wanted]
    added = [each for each in wanted if each not in found.labels]
    found.labels = [each for each in found.labels if each in wanted] + added
    for each in removed:
        _tell_label(world, repo, found, actor, ("unlabeled", each))
    for each in added:
        _tell_label(world, repo, found, actor, ("labeled", each))


def set_assignees(
    world: World, repo: Repo, found: Issue, actor: Account, wanted: Sequence[Account]
) -> None:
    """Make these the assignees."""
    before, found.assignees = found.assignees, list(wanted)
    changes = [("unassigned", a) for a in before if a not in found.assignees]
    changes += [("assigned", a) for a in found.assignees if a not in before]
    for action, who in changes:
        person = user(world, who)
        note(world, found, action, actor, assignee=person, assigner=user(world, actor))
        _tell_thread(world, repo, found, (action, actor), {"assignee": person})


def tell(world: World, repo: Repo, found: Issue, action: str, actor: Account, **extra: Any) -> None:
    """Emit an `issues` event."""
    body = {"issue": issue(world, repo, found)} | extra
    world.emit(Event("issues", action, actor, body, repo))


def _change_state(
    world: World, repo: Repo, found: Issue, actor: Account, wanted: tuple[str | None, str | None]
) -> None:
    state, reason = wanted
    if state in {None, found.state}:
        return
    closing = state == "closed"
    found.state = "closed" if closing else "open"
    found.state_reason = (reason or "completed") if closing else "reopened"
    found.closed_at = world.now() if closing else None
    found.closed_by = actor if closing else None
    action = "closed" if closing else "reopened"
    note(world, found, action, actor)
    tell(world, repo, found, action, actor)


def _check_body(found: Issue, body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(body) > _LONGEST_BODY:
        message = f"body is too long (maximum is {_LONGEST_BODY} characters)"
        raise invalid("IssueComment", "body", "custom", message)
    if found.locked:
        raise ProblemError(403, "Unable to create comment because issue is locked.")


def _tell_comment(
    world: World,
    repo: Repo,
    made: Comment,
    action: str,
    actor: Account,
    **extra: Any,
) -> None:
    body = {
        "issue": issue(world, repo, repo.issues[made.number]),
        "comment": comment(world, repo, made),
    }
    world.emit(Event("issue_comment", action, actor, body | extra, repo))


def _tell_label(
    world: World, repo: Repo, found: Issue, actor: Account, change: tuple[str, Label]
) -> None:
    action, each = change
    short = {"name": each.name, "color": each.color}
    note(world, found, action, actor, label=short)
    _tell_thread(world, repo, found, (action, actor), {"label": label(world, repo, each)})


def _tell_thread(
    world: World, repo: Repo, found: Issue, happened: tuple[str, Account], extra: Json
) -> None:
    """Emit an event of the issue or of the pull request behind the number."""
    action, actor = happened
    pull = repo.pulls.get(found.number)
    if pull is None:
        tell(world, repo, found, action, actor, **extra)
    else:
        body = {"number": pull.number, "pull_request": event_pull(world, repo, pull)}
        world.emit(Event("pull_request", action, actor, body | extra, repo))
