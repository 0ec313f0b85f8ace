"""All routes of the sandbox."""

from app.sandbox.http.routing import Route
from app.sandbox.routes import (
    actions,
    apps,
    checks,
    commits,
    contents,
    deployments,
    git,
    hooks,
    issues,
    labels,
    meta,
    people,
    pulls,
    repos,
    reviews,
    rules,
    statuses,
    suites,
    tags,
)


def all_routes() -> list[Route]:
    """Return every endpoint that is served."""
    return [
        *actions.ROUTES,
        *apps.ROUTES,
        *checks.ROUTES,
        *commits.ROUTES,
        *contents.ROUTES,
        *deployments.ROUTES,
        *git.ROUTES,
        *hooks.ROUTES,
        *issues.ROUTES,
        *labels.ROUTES,
        *meta.ROUTES,
        *people.ROUTES,
        *pulls.ROUTES,
        *repos.ROUTES,
        *reviews.ROUTES,
        *rules.ROUTES,
        *statuses.ROUTES,
        *suites.ROUTES,
        *tags.ROUTES,
    ]
