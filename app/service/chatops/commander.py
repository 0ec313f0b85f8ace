"""Works on comments that may hold commands: reads them, lets them be carried out, answers once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.core.commands.admission import AdmissionRules, Decision, Posted, admit_comment, admit_run
from app.core.commands.codes import MEANING, Code
from app.core.commands.command import Command, Comment, Refusal
from app.core.commands.grammar import parse
from app.core.commands.replies import Reaction, Reply, hinted, refused
from app.core.facts import Account, AccountKind
from app.core.policy.deployments import DeploymentPolicy
from app.core.text import code_span, quoted
from app.engine.runner import Settled, SupersededError
from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.ports.deployments import Reaction as Shown
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, digest, no
from app.service.chatops.doers import DOERS
from app.service.chatops.proving.watch import Watcher
from app.service.chatops.scene import Scene, Stage
from app.service.incidents.door import opened, place_of, refused_beside
from app.store import commands, registry, subjects
from app.store.commands import REPLY_INTENDED, Answered, Commented
from app.store.database import Database
from app.store.subjects import Taken

_IGNORED = "ignored"
_WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Commander:
    """The use case behind every comment; a comment is worked on once, whatever is delivered."""

    database: Database
    stage: Stage
    log: AuditLog
    scheduler: Scheduler
    now: Clock
    watcher: Watcher = field(default_factory=Watcher)

    def comment(self, job: Taken) -> Settled:
        """Read the comment as it came in, and answer it."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            named = int(key.rest.removesuffix(keys.EDIT))
            is_edit = key.rest.endswith(keys.EDIT)
            seen = commands.read(connection, key.repository_id, named, is_edit=is_edit)
            repository = registry.repository_ref(connection, key.repository_id)
            place = place_of(connection, seen) if seen else None
        if seen is None or seen.code is not None:
            return Settled()
        if repository is None:
            return Settled(rests=True)
        with opened(self.stage, repository, seen.number, place) as scene:
            if scene is None:
                self._settle(job, seen, _IGNORED)
            else:
                self._answer(job, seen, scene)
        return Settled()

    def _answer(self, job: Taken, seen: Commented, scene: Scene) -> None:
        policy = scene.deployments
        comment = parse(seen.body, plan.vocabulary(policy or DeploymentPolicy()))
        if not (comment.commands or comment.hints or comment.refusals):
            self._settle(job, seen, _IGNORED)
            return
        if seen.is_comment:
            scene.chat.react(seen.comment_id, "eyes")
        if policy is None:
            answers = [_unusable(scene)]
        else:
            answers = self._answers(job, seen, scene, (policy, comment))
        if answers:
            if not comment.commands or answers[0].verb == _WHOLE:
                self._record_refusal(job, seen, scene, answers[0])
            self._reply(job, seen, scene, answers)
        else:
            self._settle(job, seen, _IGNORED)

    def _answers(
        self, job: Taken, seen: Commented, scene: Scene, read: tuple[DeploymentPolicy, Comment]
    ) -> list[Answer]:
        policy, comment = read
        person = Account(seen.author_id, seen.author_login, AccountKind.USER)
        posted = _posted(seen, scene, person)
        rules = AdmissionRules(longest_age=policy.max_age)
        admission = admit_comment(posted, rules)
        if admission.decision is Decision.IGNORED:
            return []
        if admission.code is None:
            admission = admit_run(seen.run_ref, _speaking(scene, policy))
        if admission.code is not None:
            return [_not_admitted(admission.code, comment)]
        if comment.refusals:
            codes = ",".join(sorted({each.code.value for each in comment.refusals}))
            return [Answer(codes, refused(comment.refusals))]
        if not comment.commands:
            return [Answer("hint", hinted(comment.hints))]
        if seen.number != scene.number or scene.stands_in:
            beside = refused_beside(comment.commands)
            if beside is not None:
                return [replace(beside, verb=_WHOLE)]
        standing = scene.roll.standing(person)
        asked = Asked(job, scene, policy, seen, posted, person, standing, self.now(), self.watcher)
        known = {each.line: each for each in seen.answers}
        return [
            _known(known[command.line])
            if command.line in known
            else self._carry_out(asked, command)
            for command in comment.commands
        ]

    def _record_refusal(self, job: Taken, seen: Commented, scene: Scene, answer: Answer) -> None:
        """Keep in the log why nothing of a comment was looked at as a command."""
        fields = {
            "repo": str(seen.repository_id),
            "pr": str(seen.number),
            "comment": str(seen.comment_id),
            "by": str(seen.author_id),
            "code": answer.code,
            "ref": digest(seen.body),
            "rev": f"gitCommit:{scene.pull.head_sha}",
        }
        key = f"comment:{seen.repository_id}:{seen.comment_id}:{int(seen.is_edit)}"
        draft = Draft(EntryType.COMMAND_DECIDED, key, fields)
        with self.database.write() as connection:
            self.log.append(connection, job.account_id, [draft], self.now())

    def _carry_out(self, asked: Asked, command: Command) -> Answer:
        """Look first, then do and record what a command asks for, in one transaction."""
        doer = DOERS[command.verb]
        with self.database.read() as connection:
            answer = doer(asked, command, connection)
        with self.database.write() as connection:
            if not subjects.is_current(connection, asked.job):
                raise SupersededError(asked.job.key)
            if answer.act is not None:
                answer = answer.act(connection)
            entries = [_entry(asked, command, answer), *answer.entries]
            self.log.append(connection, asked.job.account_id, entries, self.now())
            self.scheduler.want(connection, answer.wants)
            reply = answer.reply
            kept = Answered(command.line, answer.code, reply.reaction.value, reply.text)
            commands.keep_answer(connection, asked.seen, kept)
        return answer

    def _reply(self, job: Taken, seen: Commented, scene: Scene, answers: list[Answer]) -> None:
        """Write the reply once, and show by a reaction what became of the comment."""
        mark = keys.EDIT if seen.is_edit else ""
        marker = f"<!-- gatewright:reply:{seen.name}{mark} -->"
        text = "\n\n".join([*_asker(seen), *(each.reply.text for each in answers), marker])
        found = None
        if seen.reply_id == REPLY_INTENDED:
            found = scene.chat.find(seen.number, marker)
        with self.database.write() as connection:
            commands.intend_reply(connection, seen)
        reply_id = found or scene.chat.say(seen.number, text, marker)
        if seen.is_comment:
            scene.chat.react(seen.comment_id, _worst(answers))
        code = ",".join(dict.fromkeys(each.code for each in answers))
        self._settle(job, seen, code, reply_id)

    def _settle(self, job: Taken, seen: Commented, code: str, reply_id: int | None = None) -> None:
        with self.database.write() as connection:
            if not subjects.is_current(connection, job):
                raise SupersededError(job.key)
            commands.settle(connection, seen, code, reply_id)


def _posted(seen: Commented, scene: Scene, person: Account) -> Posted:
    """Return the comment as its own event told it; edits since are looked at where it matters."""
    return Posted(
        event="issue_comment",
        action="edited" if seen.is_edit else "created",
        author=person,
        created_at=seen.created_at,
        updated_at=seen.created_at,
        body_digest=digest(seen.body),
        is_on_pull_request=True,
        is_open=scene.pull.pull_request.is_open or seen.number != scene.number,
        via_app=seen.app_id,
        run_ref=seen.run_ref,
    )


def _speaking(scene: Scene, policy: DeploymentPolicy) -> frozenset[str]:
    """Return the workflows that speak for people, named as tokens of runs name them."""
    folder = f"{scene.repository.full_name}/.github/workflows"
    branch = scene.pull.default_branch
    return frozenset(f"{folder}/{name}@refs/heads/{branch}" for name in policy.workflows)


def _asker(seen: Commented) -> Iterator[str]:
    """Say who asked for what where no comment shows it."""
    if not seen.is_comment:
        run, what = code_span(str(-seen.comment_id)), quoted(seen.body)
        yield f"{quoted(seen.author_login)} asked for {what} by workflow run {run}."


def _worst(answers: list[Answer]) -> Shown:
    order = (Reaction.REFUSED, Reaction.UNREADABLE, Reaction.DONE)
    shown = {each.reply.reaction for each in answers}
    found = next((each for each in order if each in shown), Reaction.DONE)
    return found.value


def _known(kept: Answered) -> Answer:
    """Return what was answered before a worker died: what it tells of is done already."""
    return Answer(kept.code, Reply(Reaction(kept.reaction), kept.text))


def _not_admitted(code: Code, comment: Comment) -> Answer:
    """Refuse a whole comment, with the first command of it to post anew if there is one."""
    if comment.commands:
        return replace(no(comment.commands[0], code), verb=_WHOLE)
    return Answer(code.value, refused([Refusal(code, MEANING[code])]))


def _unusable(scene: Scene) -> Answer:
    text = (
        f"The policy {code_span(scene.policy.source)} of the default branch cannot be used, so "
        "no command is carried out. The checks of a pull request say what is wrong in it. "
        "(`policy_invalid`)"
    )
    return Answer("policy_invalid", Reply(Reaction.REFUSED, text), _WHOLE)


def _entry(asked: Asked, command: Command, answer: Answer) -> Draft:
    fields = {
        "repo": str(asked.seen.repository_id),
        "pr": str(asked.seen.number),
        "comment": str(asked.seen.comment_id),
        "by": str(asked.person.id),
        "verb": command.verb,
        "env": command.environment or "",
        "code": answer.code,
        "ref": digest(asked.seen.body),
        "rev": f"gitCommit:{asked.scene.pull.head_sha}",
    }
    key = f"command:{asked.seen.repository_id}:{asked.seen.comment_id}:{command.line}"
    return Draft(EntryType.COMMAND_DECIDED, key, fields)
