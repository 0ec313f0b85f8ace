"""`gatewright permissions`: what each installation lacks, and where to grant it."""

import json

from app.core.installing.rights import NEEDED
from app.store import registry
from tests.builders import NOW
from tests.cli.conftest import gatewright

EVERYTHING = {permission: level for _, permission, level in NEEDED}


def install(database, number: int, granted: dict[str, str], **more) -> None:
    values = {"account_id": 9, "account_login": f"org-{number}", "permissions": json.dumps(granted)}
    with database.write() as connection:
        registry.remember_installation(connection, NOW, id=number, **values | more)


def test_a_full_grant_is_a_yes(database):
    install(database, 1, EVERYTHING)
    done = gatewright("permissions")
    assert (done.status, done.out) == (0, "every installation grants what the gates need\n")


def test_what_is_missing_is_a_no_with_the_page_to_visit(database, monkeypatch):
    monkeypatch.setenv("GATEWRIGHT_GITHUB_URL", "https://ghe.example/")
    install(database, 1, EVERYTHING)
    install(database, 2, EVERYTHING | {"checks": "read"})
    done, for_programs = gatewright("permissions"), gatewright("permissions", "--json")
    assert (done.status, for_programs.status) == (1, 1)
    assert json.loads(for_programs.out) == [
        {
            "installation_id": 2,
            "account": "org-2",
            "gate": "every gate",
            "permission": "checks",
            "has": "read",
            "needs": "write",
            "page": "https://ghe.example/settings/installations/2",
        }
    ]
    for word in ("org-2", "checks", "read", "write", "/settings/installations/2"):
        assert word in done.out


def test_0_of_0_installations_is_not_a_yes(database):
    install(database, 1, EVERYTHING, removed=True)
    assert gatewright("permissions").complaint.startswith("no installation is known yet")


def test_an_account_cannot_act_on_the_terminal(database):
    install(database, 1, {}, account_login="[/x]\x1b[31m")
    assert "[/x]<U+001B>[31m" in gatewright("permissions").out
