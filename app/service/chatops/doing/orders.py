"""`/deploy`, and what every command that changes something is looked at for first."""

import json
from dataclasses import replace

import sqlalchemy as sa

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
from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.deployments import Environment
from app.core.text import code_span, quoted
from app.errors import GitError, NotFoundError
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, digest, done, no, then
from app.service.chatops.doing.rehearsal import rehearse
from app.service.chatops.record import moved
from app.store import deployments
from app.store.deployments import Stored


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
    if not asked.seen.is_comment:
        return Reread(asked.posted.updated_at, asked.posted.body_digest)
    found = asked.scene.chat.comment(asked.seen.comment_id)
    if found is None:
        return Reread(None, None, is_deleted=True)
    return Reread(found.updated_at, digest(found.body))


def environment_of(asked: Asked, command: Command) -> Environment:
    """Return the environment that a command names; the grammar lets only known names through."""
    found = plan.environment(asked.policy, command.environment or "")
    if found is None:
        raise LookupError(command.environment)
    return found


def tier_of(environment: Environment) -> Tier:
    """Return what an environment is for."""
    return Tier(environment.tier)


def deploy(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Record a request for exactly one commit; its own job checks everything else."""
    made = _asked_for(asked, command)
    if isinstance(made, Answer):
        return made
    if command.dry_run:
        return rehearse(asked, command, made, connection)
    key = keys.deployment(made.repository_id, made.id)
    where, what = quoted(made.environment), code_span(made.sha)
    text = f"Request {code_span(made.id)}: {where} is to get {what}."
    answer = done(command, text, asked.want(key, "a command"), code="requested")
    answer = replace(answer, entries=(moved(made),))
    return then(answer, lambda writing: deployments.create(writing, made))


def _asked_for(asked: Asked, command: Command) -> Stored | Answer:
    """Return the deployment that a command asks for, or why it may not be asked for."""
    environment = environment_of(asked, command)
    refusal = refused(asked, command, Situation(tier=tier_of(environment)))
    if refusal is not None:
        return refusal
    if command.canary is not None and environment.strategy.kind != "canary":
        detail = f"{quoted(environment.name)} has no canary: its strategy is another one."
        return no(command, Code.PARSE_ERROR, detail)
    rules = replace(asked.rules, allow_forks=environment.forks)
    allowed = admit_code(command, asked.origin(command.sha), rules)
    if allowed.decision is not Decision.ADMITTED:
        return no(command, allowed.code or Code.INTERNAL_ERROR)
    sha = Sha(command.sha or asked.scene.pull.head_sha)
    tree = tree_of(asked, sha)
    if tree is None:
        return no(command, Code.SHA_NOT_PROTECTED)
    return requested(asked, command, environment, (sha, tree))


def tree_of(asked: Asked, sha: Sha) -> str | None:
    """Return a commit's tree; None where the commit is not there."""
    try:
        return asked.scene.reading.tree(sha)
    except (GitError, NotFoundError):
        return None


def requested(
    asked: Asked, command: Command, environment: Environment, version: tuple[Sha, str]
) -> Stored:
    """Return the deployment that somebody asks for, as it begins."""
    sha, tree = version
    return Stored(
        id=f"req-{asked.seen.name}",
        account_id=asked.job.account_id,
        repository_id=asked.seen.repository_id,
        installation_id=asked.job.installation_id,
        environment=environment.name,
        kind=Kind.DEPLOY,
        tier=tier_of(environment),
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
        comment_id=asked.seen.comment_id if asked.seen.is_comment else None,
        params=json.dumps({"command": command.written()}),
    )
