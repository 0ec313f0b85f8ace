"""The section on deployments: what it accepts, and each mistake at its place."""

from datetime import timedelta

import pytest

from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem

PATH = ".github/gatewright.yml"
HEAD = "version: 1\ndeployments:\n"

FULL = (
    HEAD
    + """\
  environments:
    - {name: dev, tier: development}
    - {name: Staging, aliases: [stage], tier: staging, after: [dev], workflow: deploy.yml}
    - name: production
      aliases: [prod]
      tier: production
      after: [staging]
      same: commit
      strategy: {kind: blue_green, watch_for: 1h}
      limits: {approval: 1h}
  roles: {CTO: {users: [ann]}, CISO: {teams: [security]}}
  sign_offs:
    - {id: hotfix, if: {head: ["hotfix/**"]}, roles: [CTO], level: L4}
    - {id: production, if: {environments: [PRODUCTION]}, roles: [CTO, CISO], count: 2}
  freezes:
    - {start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin, reason: weekend}
    - {start: 2026-12-20, end: 2027-01-02T08:00, timezone: UTC, reason: holidays}
  levels: {L5: {users: [root]}, roles: {release manager: L4}}
"""
)


def load(text: str) -> Policy | PolicyProblem:
    return load_policy(text.encode(), PATH)


def test_a_whole_section_is_read():
    policy = load(FULL)
    assert isinstance(policy, Policy), policy
    production = policy.deployments.environments[2]
    assert production.strategy.watch_for == timedelta(hours=1)
    assert policy.deployments.levels.roles == {"release manager": "L4"}


ENVIRONMENTS = "  environments: [{name: dev, tier: development}, %s]\n"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        pytest.param(
            ENVIRONMENTS % "{name: DEV, tier: development}",
            (3, 51),
            "`DEV` already stands for `dev`",
            id="two names that differ by case alone",
        ),
        pytest.param(
            ENVIRONMENTS % "{name: prod, aliases: [dev], tier: production}",
            (3, 51),
            "`dev` already stands for `dev`",
            id="an alias that is another one's name",
        ),
        pytest.param(
            ENVIRONMENTS % "{name: x, tier: development, after: [qa]}",
            (3, 79),
            "there is no environment `qa`; known are: `dev`, `x`",
            id="T54 an environment that comes after nobody",
        ),
        pytest.param(
            ENVIRONMENTS % "{name: x, tier: staging, strategy: {flag_webhook: off}}",
            (3, 86),
            "only the strategy `feature_flag` has a flag",
            id="a hook for a flag that there is none of",
        ),
        pytest.param(
            '  migrations: {compatible: ["db/*.sql"]}\n',
            (3, 16),
            "`compatible` says which of `paths` are harmless, and `paths` names none",
            id="migrations that only add, of none",
        ),
        pytest.param(
            '  migrations: {paths: ["db/*.sql"], environments: [qa]}\n',
            (3, 37),
            "there is no environment `qa`; known are: none",
            id="migrations of an environment that is none",
        ),
        pytest.param(
            "  environments:\n    - {name: a, tier: development, after: [b]}\n"
            "    - {name: b, tier: development, after: [A]}\n",
            (4, 36),
            "`a` comes after itself, so that it is never its turn",
            id="environments in a circle",
        ),
        pytest.param(
            "  environments: [{name: p, tier: production, strategy: {kind: recreate}}]\n",
            (3, 57),
            "`recreate` moves everybody at once; production needs another",
            id="all at once in production",
        ),
        pytest.param(
            "  freezes: [{start: Fri 16:00, end: 2026-12-20, timezone: UTC, reason: x}]\n",
            (3, 32),
            "`start` and `end` must both be weekly times or both be dates",
            id="a freeze of two forms",
        ),
        pytest.param(
            "  freezes: [{start: 2026-12-20, end: 2026-12-20, timezone: UTC, reason: x}]\n",
            (3, 33),
            "`end` must come after `start`",
            id="a freeze without length",
        ),
        pytest.param(
            "  freezes: [{start: Fri 16:00, end: Mon 8:00, timezone: UTC, reason: x}]\n",
            (3, 32),
            "`deployments.freezes[0].end`: must be a weekly time such as Fri 16:00, "
            "or a date such as 2026-12-20T08:00",
            id="a time of another form",
        ),
        pytest.param(
            "  freezes: [{start: 2026-12-20T08:00Z, end: 2026-12-21, timezone: UTC, reason: x}]\n",
            (3, 14),
            "`deployments.freezes[0].start`: must be a local time without an offset; "
            "`timezone` says whose",
            id="a time with an offset",
        ),
        pytest.param(
            "  freezes: [{start: Fri 16:00, end: Mon 08:00, timezone: Berlin, reason: x}]\n",
            (3, 48),
            "`deployments.freezes[0].timezone`: `Berlin` is no time zone, "
            "for example Europe/Berlin or UTC",
            id="a zone that nobody knows",
        ),
        pytest.param(
            "  sign_offs: [{id: a, roles: [CTO]}]\n",
            (3, 23),
            "there is no role `CTO`; known are: none",
            id="a role without people",
        ),
        pytest.param(
            "  sign_offs: [{id: a, review_after: [CISO]}]\n",
            (3, 23),
            "there is no role `CISO`; known are: none",
            id="a role without people that looks afterwards",
        ),
        pytest.param(
            "  roles: {CTO: {}}\n",
            (3, 11),
            "nobody has the role `CTO`; name users or teams",
            id="an empty role",
        ),
        pytest.param(
            "  sign_offs: [{id: a}, {id: a}]\n",
            (3, 25),
            "the rule `a` stands twice",
            id="a rule twice",
        ),
        pytest.param(
            "  sign_offs: [{id: a, if: {environments: [qa]}}]\n",
            (3, 28),
            "there is no environment `qa`; known are: none",
            id="a sign-off for no environment",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(text, place, message):
    found = load(HEAD + text)
    assert isinstance(found, PolicyProblem), found
    assert ((found.line, found.column), found.message) == (place, message)
