"""Reviews, comments, labels, issues."""

from collections.abc import Sequence

from app.sandbox.acts import issues, pulls, reviews
from app.sandbox.control.base import Controls, NoSuchThingError, RepoLike, UserLike
from app.sandbox.world.accounts import Team
from app.sandbox.world.issues import Comment, Issue
from app.sandbox.world.pulls import Pull, Review, ReviewComment


class TalkControls(Controls):
    """What people say about changes."""

    def review(
        self,
        repo: RepoLike,
        number: Pull | int,
        user: UserLike,
        event: str = "APPROVE",
        body: str = "",
    ) -> Review:
        """Review the head: APPROVE, REQUEST_CHANGES or COMMENT."""
        with self.world.lock:
            order = reviews.ReviewOrder(event, body or _usual_words(event))
            pull, who = self.find_pull(repo, number), self.find_account(user)
            return reviews.write(self.world, self.find_repo(repo), pull, who, order)

    def dismiss(
        self, repo: RepoLike, number: Pull | int, review: Review, user: UserLike, why: str = ""
    ) -> None:
        """Take a review's weight away."""
        with self.world.lock:
            by = (self.find_account(user), why)
            pull = self.find_pull(repo, number)
            reviews.dismiss(self.world, self.find_repo(repo), pull, review, by)

    def request_review(
        self, repo: RepoLike, number: Pull | int, who: UserLike | Team, by: UserLike | None = None
    ) -> None:
        """Ask a person or team for a review."""
        with self.world.lock:
            pull = self.find_pull(repo, number)
            wanted = who if isinstance(who, Team) else self.find_account(who)
            asker = self.find_account(by) if by else pull.issue.user
            pulls.request_review(self.world, self.find_repo(repo), pull, asker, wanted)

    def comment_on_line(
        self, repo: RepoLike, number: Pull | int, user: UserLike, path: str, body: str
    ) -> ReviewComment:
        """Begin a conversation at a changed file."""
        with self.world.lock:
            found, pull = self.find_repo(repo), self.find_pull(repo, number)
            fields = {"path": path, "line": 1, "body": body}
            who = self.find_account(user)
            made = reviews.comment_on_line(self.world, pull, who, fields)
            reviews.tell_comment(self.world, found, pull, made, "created")
            return made

    def resolve(
        self,
        repo: RepoLike,
        number: Pull | int,
        comment: ReviewComment,
        user: UserLike,
        *,
        resolved: bool = True,
    ) -> None:
        """Mark a conversation as resolved, or open it again."""
        with self.world.lock:
            found, pull = self.find_repo(repo), self.find_pull(repo, number)
            by = (self.find_account(user), resolved)
            reviews.resolve_thread(self.world, found, pull, comment, by)

    def open_issue(self, repo: RepoLike, title: str, author: UserLike, body: str = "") -> Issue:
        """Make an issue that is no pull request."""
        with self.world.lock:
            who = self.find_account(author)
            return issues.open_issue(self.world, self.find_repo(repo), who, title, body)

    def close_issue(self, repo: RepoLike, number: int, user: UserLike) -> None:
        """Close an issue by hand."""
        with self.world.lock:
            found, who = self.find_repo(repo), self.find_account(user)
            issue = self._issue(repo, number)
            issues.edit_issue(self.world, found, issue, who, {"state": "closed"})

    def comment(self, repo: RepoLike, number: int, user: UserLike, body: str) -> Comment:
        """Comment on an issue or pull request."""
        with self.world.lock:
            found = self.find_repo(repo)
            issue = self._issue(repo, number)
            return issues.add_comment(self.world, found, issue, self.find_account(user), body)

    def edit_comment(self, repo: RepoLike, comment: Comment, user: UserLike, body: str) -> None:
        """Change a comment, perhaps somebody else's."""
        with self.world.lock:
            who = self.find_account(user)
            issues.edit_comment(self.world, self.find_repo(repo), comment, who, body)

    def set_labels(self, repo: RepoLike, number: int, names: Sequence[str], user: UserLike) -> None:
        """Make these the labels of an issue or pull request."""
        with self.world.lock:
            issue, who = self._issue(repo, number), self.find_account(user)
            issues.set_labels(self.world, self.find_repo(repo), issue, who, names)

    def _issue(self, repo: RepoLike, number: int) -> Issue:
        found = self.find_repo(repo).issues.get(number)
        if found is None:
            raise NoSuchThingError(f"{repo} has no issue {number}")
        return found


def _usual_words(event: str) -> str:
    return "" if event == "APPROVE" else "Please see my remarks."
