"""Walks through every endpoint of the sandbox; judges read what was said on the way."""

from tests.sandbox.tours import code, machines, talk

ALL = (
    machines.meta,
    code.repos,
    code.contents,
    code.git_data,
    code.commits,
    code.pulls,
    code.forks,
    talk.reviews,
    talk.issues,
    talk.labels,
    talk.history,
    machines.checks,
    machines.statuses,
    talk.people,
    talk.collaborators,
    machines.deployments,
    code.rules,
    machines.actions,
    machines.refusals,
    machines.hooks,
    machines.apps,
)
