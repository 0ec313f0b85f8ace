"""Repositories, commits, branches, pull requests and merges."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict, Unpack

from app.sandbox.acts import pulls, queue, refs, repos
from app.sandbox.acts.commits import CommitOrder, commit
from app.sandbox.acts.merging import MergeOrder, merge
from app.sandbox.control.base import Controls, RepoLike, UserLike
from app.sandbox.git.objects import Signature
from app.sandbox.world.pulls import Pull
from app.sandbox.world.queues import MergeGroup
from app.sandbox.world.repos import Repo

Content = str | bytes | None


class RepoDetails(TypedDict, total=False):
    """What may be said of a new repository."""

    private: bool
    default_branch: str
    description: str | None
    sender: UserLike


class CommitDetails(TypedDict, total=False):
    """What may be said of a commit; authors are logins or signatures."""

    message: str
    author: UserLike | Signature
    committer: UserLike | Signature
    parents: tuple[str, ...]
    pusher: UserLike


class PullDetails(TypedDict, total=False):
    """What may be said of a new pull request."""

    base: str
    title: str
    body: str | None
    author: UserLike
    draft: bool
    maintainer_can_modify: bool


class CodeControls(Controls):
    """What people do with git and on the pages of pull requests."""

    def add_repo(
        self,
        full_name: str,
        files: Mapping[str, Content] | None = None,
        **details: Unpack[RepoDetails],
    ) -> Repo:
        """Make a repository with a first commit of some files; an empty mapping makes it empty."""
        owner_name, _, name = full_name.partition("/")
        first: Mapping[str, Content] = {"README.md": f"# {name}\n"} if files is None else files
        with self.world.lock:
            owner = self.find_account(owner_name)
            sender = self.find_account(details.get("sender", owner))
            order = repos.RepoOrder(
                name=name,
                private=details.get("private", False),
                default_branch=details.get("default_branch", "main"),
                description=details.get("description"),
            )
            made = repos.create_repo(self.world, owner, order, sender)
            if first:
                branch = made.default_branch
                self.commit(made, branch, first, message="Initial commit", author=sender)
        return made

    def fork(self, repo: RepoLike, owner: UserLike, name: str | None = None) -> Repo:
        """Make a fork with copies of all branches."""
        with self.world.lock:
            source = self.find_repo(repo)
            return repos.fork_repo(self.world, source, self.find_account(owner), name)

    def rename_repo(self, repo: RepoLike, name: str) -> None:
        """Rename; the old name redirects."""
        with self.world.lock:
            found = self.find_repo(repo)
            repos.rename_repo(self.world, found, name, found.owner)

    def transfer_repo(self, repo: RepoLike, owner: UserLike) -> None:
        """Move to another account."""
        with self.world.lock:
            found = self.find_repo(repo)
            repos.transfer_repo(self.world, found, self.find_account(owner), found.owner)

    def delete_repo(self, repo: RepoLike) -> None:
        """Remove; pull requests from it lose their head repository."""
        with self.world.lock:
            found = self.find_repo(repo)
            repos.delete_repo(self.world, found, found.owner)

    def commit(
        self,
        repo: RepoLike,
        branch: str,
        files: Mapping[str, Content],
        **details: Unpack[CommitDetails],
    ) -> str:
        """Commit to a branch and push; a branch that is new starts at the default branch.

        A content of None removes the file; a name may carry a mode: "100755:run.sh".
        """
        with self.world.lock:
            found = self.find_repo(repo)
            author = details.get("author", found.owner)
            who = details.get("pusher") or author
            actor = found.owner if isinstance(who, Signature) else self.find_account(who)
            order = CommitOrder(
                branch=branch,
                files={name: _bytes(content) for name, content in files.items()},
                message=details.get("message", "Update files"),
                author=self._signature(author),
                committer=self._signature(details.get("committer", author)),
                parents=details.get("parents"),
            )
            return commit(self.world, found, actor, order)

    def set_branch(
        self, repo: RepoLike, branch: str, sha: str | None, actor: UserLike | None = None
    ) -> None:
        """Point a branch anywhere, by force if need be; None deletes it."""
        with self.world.lock:
            found = self.find_repo(repo)
            who = self.find_account(actor) if actor else found.owner
            refs.move(self.world, found, who, f"refs/heads/{branch}", sha)

    def sha(self, repo: RepoLike, revision: str) -> str:
        """Return the commit of a branch, tag or short SHA."""
        with self.world.lock:
            return self.find_repo(repo).git.resolve(revision) or ""

    def git_dir(self, repo: RepoLike) -> Path:
        """Where the bare repository lies, for tests that look inside."""
        return self.find_repo(repo).git.directory

    def open_pull_request(self, repo: RepoLike, head: str, **details: Unpack[PullDetails]) -> Pull:
        """Open a pull request; `head` may be `owner:branch` of a fork."""
        with self.world.lock:
            found = self.find_repo(repo)
            order = pulls.PullOrder(
                title=details.get("title", f"Merge {head}"),
                head=head,
                base=details.get("base", found.default_branch),
                body=details.get("body"),
                draft=details.get("draft", False),
                maintainer_can_modify=details.get("maintainer_can_modify", False),
            )
            author = self.find_account(details.get("author", found.owner))
            return pulls.open_pull(self.world, found, author, order)

    def edit_pull_request(
        self,
        repo: RepoLike,
        number: Pull | int,
        fields: Mapping[str, str],
        actor: UserLike | None = None,
    ) -> None:
        """Change `title`, `body`, `base` or `state`."""
        with self.world.lock:
            found, pull = self.find_repo(repo), self.find_pull(repo, number)
            who = self.find_account(actor) if actor else pull.issue.user
            pulls.edit(self.world, found, pull, who, dict(fields))

    def set_draft(self, repo: RepoLike, number: Pull | int, *, draft: bool) -> None:
        """Convert to draft or say ready, which REST cannot do."""
        with self.world.lock:
            pull = self.find_pull(repo, number)
            author = pull.issue.user
            pulls.set_draft(self.world, self.find_repo(repo), pull, author, draft=draft)

    def merge(
        self,
        repo: RepoLike,
        number: Pull | int,
        method: str = "merge",
        actor: UserLike | None = None,
    ) -> str:
        """Merge as a person does, under the rules of the branch."""
        with self.world.lock:
            found, pull = self.find_repo(repo), self.find_pull(repo, number)
            who = self.find_account(actor) if actor else found.owner
            return merge(self.world, found, pull, who, MergeOrder(method))

    def enqueue(
        self, repo: RepoLike, *numbers: Pull | int, actor: UserLike | None = None
    ) -> MergeGroup:
        """Build a merge group of pull requests and ask for its checks."""
        with self.world.lock:
            found = self.find_repo(repo)
            members = [self.find_pull(found, number) for number in numbers]
            who = self.find_account(actor) if actor else found.owner
            return queue.enqueue(self.world, found, members, who)

    def merge_group(self, repo: RepoLike, group: MergeGroup) -> None:
        """Let a group land without waiting for checks."""
        with self.world.lock:
            queue.merge_group(self.world, self.find_repo(repo), group)

    def destroy_group(self, repo: RepoLike, group: MergeGroup, reason: str = "invalidated") -> None:
        """Give a group up: `invalidated` or `dequeued`."""
        with self.world.lock:
            queue.destroy(self.world, self.find_repo(repo), group, reason)

    def _signature(self, who: UserLike | Signature) -> Signature:
        if isinstance(who, Signature):
            return who
        account = self.find_account(who)
        return Signature(account.name or account.login, account.noreply, self.world.now())


def _bytes(content: Content) -> bytes | None:
    return content.encode() if isinstance(content, str) else content
