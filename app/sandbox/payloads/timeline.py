"""The timeline of an issue or pull request: events, commits, reviews, comments in one list."""

from app.sandbox.payloads.commits import git_commit
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.issues import comment, issue_event
from app.sandbox.payloads.pulls import pull_commits, review
from app.sandbox.world.issues import Comment, Issue
from app.sandbox.world.pulls import Pull, Review
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def timeline(world: World, repo: Repo, found: Issue) -> list[Json]:
    """All that happened in order of time; commits come first, as they were there first."""
    pull = repo.pulls.get(found.number)
    dated = [(e.created_at, issue_event(world, repo, e)) for e in found.events]
    dated += [(c.created_at, _commented(world, repo, c)) for c in found.comments]
    if pull is not None:
        dated += [
            (r.submitted_at or r.created_at, _reviewed(world, repo, pull, r))
            for r in pull.reviews
            if r.state != "PENDING"
        ]
    commits = _committed(world, repo, pull) if pull is not None else []
    return commits + [each for _, each in sorted(dated, key=lambda pair: pair[0])]


def _commented(world: World, repo: Repo, found: Comment) -> Json:
    made = comment(world, repo, found)
    return made | {"event": "commented", "actor": made["user"]}


def _reviewed(world: World, repo: Repo, pull: Pull, found: Review) -> Json:
    made = review(world, repo, pull, found)
    return made | {"event": "reviewed", "state": found.state.lower()}


def _committed(world: World, repo: Repo, pull: Pull) -> list[Json]:
    shas = pull_commits(repo, pull)
    return [git_commit(world, repo, repo.git.commit(sha)) | {"event": "committed"} for sha in shas]
