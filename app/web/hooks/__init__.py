"""One file a topic; each offers a `router`. Open the folder to see what the App listens to."""

from app.web.hooks import (
    checks,
    comments,
    deployments,
    groups,
    installations,
    issues,
    protection,
    pull_requests,
    pushes,
    repositories,
    reviews,
)
from app.web.router import Router

ROUTER: Router = (
    pull_requests.router
    + reviews.router
    + checks.router
    + pushes.router
    + groups.router
    + repositories.router
    + installations.router
    + comments.router
    + issues.router
    + deployments.router
    + protection.router
)
