"""Commands that change something: each writes rows and log, and leaves the effects to jobs."""

import json
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.admission import (
    Decision,
    Reread,
    admit_code,
    admit_command,
    admit_unchanged,
)
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation, form_of, refused_for
from app.core.commands.scales import Risk, Tier
from app.core.deploy.history import last_known_good
from app.core.deploy.lease import Lock
from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.deployments import Environment
from app.core.text import code_span, quoted
from app.errors import GitError, NotFoundError
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.approvals import Wanted, needed_for, objection
from app.service.chatops.asked import Answer, Asked, digest, done, no, then
from app.service.chatops.observer import as_past, command_of, quarantined
from app.service.chatops.questions import live_among, past_of
from app.store import deployments
from app.store.deployments import Approval, Stored
from app.store.subjects import Want

_BEGUN = (
    State.GATING,
    State.DEPLOYING,
    State.VERIFYING,
    State.CANARY,
    State.HELD_SHADOW,
    State.PROMOTING,
    State.WATCHING,
)
_NOT_BEGUN = (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED)


def refused(asked: Asked, command: Command, situation: Situation) -> Answer | None:
    """Return why a command may not be given here by this person now; None if it may."""
    risk = form_of(command, situation).risk
    found = admit_command(command, risk, asked.posted, asked.rules, asked.now)
    if found.decision is Decision.ADMITTED:
        found = admit_unchanged(asked.posted, _reread(asked, risk), risk)
    if found.decision is not Decision.ADMITTED:
        return no(command, found.code or Code.INTERNAL_ERROR)
    code = refused_for(command, situation, asked.standing)
    return no(command, code, f"Your level is {asked.standing.level.label}.") if code else None


def _reread(asked: Asked, risk: Risk) -> Reread | None:
    """Read the comment again before anything dangerous: somebody may have edited it (T04)."""
    if not risk.reaches(Risk.DANGEROUS):
        return None
    found = asked.scene.chat.comment(asked.seen.comment_id)
    if found is None:
        return Reread(None, None, is_deleted=True)
    return Reread(found.updated_at, digest(found.body))


def _environment(asked: Asked, command: Command) -> Environment:
    """Return the environment that a command names; the grammar lets only known names through."""
    found = plan.environment(asked.policy, command.environment or "")
    if found is None:
        raise LookupError(command.environment)
    return found


def _tier(environment: Environment) -> Tier:
    return Tier(environment.tier)


def deploy(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Record a request for exactly one commit; its own job checks everything else."""
    environment = _environment(asked, command)
    refusal = refused(asked, command, Situation(tier=_tier(environment)))
    if refusal is not None:
        return refusal
    rules = replace(asked.rules, allow_forks=environment.forks)
    allowed = admit_code(command, asked.origin(command.sha), rules)
    if allowed.decision is not Decision.ADMITTED:
        return no(command, allowed.code or Code.INTERNAL_ERROR)
    sha = Sha(command.sha or asked.scene.pull.head_sha)
    tree = _tree(asked, sha)
    if tree is None:
        return no(command, Code.SHA_NOT_PROTECTED)
    made = _request(asked, command, environment, (sha, tree))
    key = keys.deployment(made.repository_id, made.id)
    text = f"Request {code_span(made.id)}: {quoted(environment.name)} is to get {code_span(sha)}."
    answer = done(command, text, asked.want(key, "a command"), code="requested")
    return then(answer, lambda writing: deployments.create(writing, made))


def _tree(asked: Asked, sha: Sha) -> str | None:
    try:
        return asked.scene.reading.tree(sha)
    except (GitError, NotFoundError):
        return None


def _request(
    asked: Asked, command: Command, environment: Environment, version: tuple[Sha, str]
) -> Stored:
    sha, tree = version
    return Stored(
        id=f"req-{asked.seen.comment_id}",
        account_id=asked.job.account_id,
        repository_id=asked.seen.repository_id,
        installation_id=asked.job.installation_id,
        environment=environment.name,
        kind=Kind.DEPLOY,
        tier=_tier(environment),
        sha=sha,
        tree=tree,
        state=State.REQUESTED,
        version=1,
        entered_at=asked.now,
        requested_at=asked.now,
        requested_by=asked.person.id,
        requested_login=asked.person.login,
        policy_sha256=asked.scene.policy.digest,
        number=asked.seen.number,
        comment_id=asked.seen.comment_id,
        params=json.dumps({"command": command.written()}),
    )


# Approvals


def approve(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Record a person's approval of one request, its commit and the policy of this moment."""
    found = _waiting(asked, command, connection)
    if isinstance(found, Answer):
        return found
    refusal = _refused_about(asked, command, found)
    if refusal is not None:
        return refusal
    said = _said(asked, found, approves=True)
    code = objection(found, asked.scene, said, _wanted(asked, found))
    if code is not None:
        return no(command, code)
    text = f"Approved {code_span(found.id)} for {code_span(found.sha)}."
    return _record_said(asked, command, (found, said), text)


def reject(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Record that a person is against a request, which ends it."""
    found = _waiting(asked, command, connection)
    if isinstance(found, Answer):
        return found
    refusal = _refused_about(asked, command, found)
    if refusal is not None:
        return refusal
    said = _said(asked, found, approves=False)
    text = f"Rejected {code_span(found.id)}: {quoted(command.reason or '')}."
    return _record_said(asked, command, (found, said), text)


def _waiting(asked: Asked, command: Command, connection: sa.Connection) -> Stored | Answer:
    """Return the one request that is meant; nothing is guessed where several wait."""
    place = (asked.seen.repository_id, asked.seen.number)
    waiting = [
        each
        for each in deployments.unfinished(connection, *place)
        if each.state is State.AWAITING_APPROVAL and command.request in (None, each.id)
    ]
    if not waiting:
        return no(command, Code.APPROVAL_STALE, "No request waits for approval here.")
    if len(waiting) > 1:
        names = ", ".join(code_span(each.id) for each in waiting)
        return no(command, Code.PARSE_ERROR, f"Several wait, name one: {names}.")
    (found,) = waiting
    if command.seen is not None and not found.sha.startswith(command.seen):
        return no(command, Code.APPROVAL_STALE, f"The request is for {code_span(found.sha)}.")
    return found


def _refused_about(asked: Asked, command: Command, found: Stored) -> Answer | None:
    asking = command_of(found, asked.policy)
    risk = Risk.CRITICAL
    if asking is not None:
        risk = form_of(asking, Situation(tier=found.tier)).risk
    return refused(asked, command, Situation(tier=found.tier, request_risk=risk))


def _wanted(asked: Asked, found: Stored) -> Wanted:
    asking = command_of(found, asked.policy)
    pull = asked.scene.pull.pull_request
    change = plan.Change(found.environment, pull, asked.scene.paths or ())
    sign_off = plan.sign_off(asked.policy, change)
    situation = Situation(tier=found.tier)
    return Wanted(needed_for(asking, situation, sign_off) if asking else None, sign_off)


def _said(asked: Asked, found: Stored, *, approves: bool) -> Approval:
    return Approval(
        account_id=asked.person.id,
        login=asked.person.login,
        approves=approves,
        sha=found.sha,
        tree=found.tree,
        params=found.params,
        policy_sha256=asked.scene.policy.digest,
        comment_id=asked.seen.comment_id,
        at=asked.now,
    )


def _record_said(
    asked: Asked, command: Command, about: tuple[Stored, Approval], text: str
) -> Answer:
    found, said = about
    fields = {
        "repo": str(found.repository_id),
        "deployment": found.id,
        "by": str(said.account_id),
        "out": "approve" if said.approves else "reject",
        "rev": f"gitCommit:{said.sha}",
        "policy": said.policy_sha256,
    }
    draft = Draft(EntryType.DEPLOYMENT_SAID, f"said:{asked.seen.comment_id}:{found.id}", fields)
    want = asked.want(keys.deployment(found.repository_id, found.id), "a command", urgent=True)
    answer = done(command, text, want, code="approved" if said.approves else "rejected")
    return then(
        replace(answer, entries=(draft,)),
        lambda writing: deployments.say(writing, found.id, said),
    )


# Ending what was asked for, and taking back what is live


def cancel(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """End a request that has not begun."""
    place = (asked.seen.repository_id, asked.seen.number)
    found = [
        each
        for each in deployments.unfinished(connection, *place)
        if each.state in _NOT_BEGUN and command.request in (None, each.id)
    ]
    if len(found) != 1:
        names = ", ".join(code_span(each.id) for each in found) or "none"
        return no(command, Code.PARSE_ERROR, f"Requests that can be cancelled: {names}.")
    (each,) = found
    is_owner = each.requested_by == asked.person.id
    refusal = refused(asked, command, Situation(tier=each.tier, is_owner=is_owner))
    if refusal is not None:
        return refusal
    want = asked.want(keys.deployment(each.repository_id, each.id), "a command", urgent=True)
    answer = done(command, f"Cancelled {code_span(each.id)}.", want, code="cancelled")
    who = asked.person.login
    return then(answer, lambda writing: deployments.note(writing, each.id, cancelled_by=who))


def abort(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Stop what is under way in an environment; traffic goes back to what was good."""
    environment = _environment(asked, command)
    refusal = refused(asked, command, Situation(tier=_tier(environment)))
    if refusal is not None:
        return refusal
    past = past_of(asked, connection, environment.name)
    begun = [each for each in past if each.state in _BEGUN]
    if not begun:
        return no(command, Code.NO_ROLLBACK_TARGET, "Nothing is under way there.")
    names = ", ".join(code_span(each.id) for each in begun)
    answer = done(
        command, f"Stopping {names}.", *(_wake(asked, each) for each in begun), code="aborted"
    )

    def stop(writing: sa.Connection) -> None:
        for each in begun:
            key = "cancelled_by" if each.state is State.GATING else "aborted_by"
            deployments.note(writing, each.id, **{key: asked.person.login})

    return then(answer, stop)


def _wake(asked: Asked, each: Stored) -> Want:
    return asked.want(keys.deployment(each.repository_id, each.id), "a command", urgent=True)


def rollback(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Take what is live back to the last known good version."""
    environment = _environment(asked, command)
    if command.target is not None or command.accept_data_risk:
        return no(command, Code.NO_ROLLBACK_TARGET, "This version goes to the last known good.")
    situation = Situation(tier=_tier(environment), to_last_known_good=True)
    refusal = refused(asked, command, situation)
    if refusal is not None:
        return refusal
    lock = deployments.lock_of(connection, asked.seen.repository_id, environment.name)
    if lock is not None and lock.is_alive(asked.now):
        return no(command, Code.LOCKED, f"It is held by {quoted(lock.holder)}.")
    past = past_of(asked, connection, environment.name)
    live = live_among(past)
    target = _target(environment, past, live)
    if live is None or target is None:
        return no(command, Code.NO_ROLLBACK_TARGET)
    text = f"Taking {code_span(live.id)} back to {code_span(target)}."
    answer = done(command, text, _wake(asked, live), code="rolling_back")
    taken_back, who = live.id, asked.person.login
    return then(answer, lambda writing: deployments.note(writing, taken_back, aborted_by=who))


def _target(environment: Environment, past: Sequence[Stored], live: Stored | None) -> Sha | None:
    if live is None:
        return None
    history = [as_past(each) for each in past]
    bad = quarantined(past)
    found = last_known_good(environment.name.casefold(), history, bad, besides=live.id)
    return found.sha if found else None


# Locks


def lock(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Keep everybody else's deployments out of an environment."""
    environment = _environment(asked, command)
    refusal = refused(asked, command, Situation(tier=_tier(environment)))
    if refusal is not None:
        return refusal
    until = asked.now + command.until if command.until else None
    wanted = Lock(
        environment=environment.name,
        holder=f"@{asked.person.login}",
        fencing=0,
        until=until,
        reason=command.reason or "",
        account_id=asked.person.id,
    )
    ends = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until it is unlocked"
    answer = done(command, f"{quoted(environment.name)} is locked {ends}.", code="locked")

    def take(writing: sa.Connection) -> Answer:
        taken = deployments.take_lock(writing, asked.seen.repository_id, wanted, asked.now)
        if isinstance(taken, Lock):
            return answer
        return no(command, Code.LOCKED, f"{taken.detail}.")

    return replace(answer, act=take)


def unlock(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Give a lock up; only its owner can."""
    environment = _environment(asked, command)
    place = (asked.seen.repository_id, environment.name)
    found = deployments.lock_of(connection, *place)
    is_owner = found is not None and found.account_id == asked.person.id
    refusal = refused(asked, command, Situation(tier=_tier(environment), is_owner=is_owner))
    if refusal is not None:
        return refusal
    if found is None or not is_owner:
        held = f"It is held by {quoted(found.holder)}." if found else "Nobody holds it."
        return no(command, Code.LOCKED, held)
    wants = [
        asked.want(keys.deployment(each.repository_id, each.id), "a lock was given up")
        for each in deployments.unfinished(connection, asked.seen.repository_id)
        if each.environment.casefold() == environment.name.casefold()
    ]
    answer = done(command, f"{quoted(environment.name)} is free.", *wants, code="unlocked")
    holder = found.holder
    return then(answer, lambda writing: deployments.release_lock(writing, *place, holder))
