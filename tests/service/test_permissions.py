"""What each gate needs of an installation, and what is missing."""

import json
import re
from pathlib import Path

import pytest

from app.core.installing.rights import NEEDED, lacking
from app.sandbox.box import PERMISSIONS
from app.service.permissions import Lack, report
from app.store import registry
from tests.builders import NOW

EVERYTHING = {permission: level for _, permission, level in NEEDED}
GITHUB = "https://github.example"


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        pytest.param({}, [], id="exactly what is needed"),
        pytest.param({"contents": "write", "members": "admin"}, [], id="more than is needed"),
        pytest.param({"emails": "read"}, [], id="something else besides"),
        pytest.param(
            {"checks": "read"},
            [("every gate", "checks", "read", "write")],
            id="reading is not enough",
        ),
        pytest.param({"statuses": None}, [("ci", "statuses", "none", "read")], id="not granted"),
        pytest.param(
            {"contents": "none", "members": "none"},
            [
                ("every gate", "contents", "none", "read"),
                ("approval with teams", "members", "none", "read"),
            ],
            id="two, in the order of the table",
        ),
        pytest.param(
            {"checks": "maintain"},
            [("every gate", "checks", "maintain", "write")],
            id="no known level",
        ),
    ],
)
def test_a_gate_lacks_what_is_below_the_least_that_works(granted, missing):
    merged = EVERYTHING | granted
    assert list(lacking({name: level for name, level in merged.items() if level})) == missing


def test_an_installation_that_grants_nothing_lacks_everything():
    assert [(each[1], each[3]) for each in lacking({})] == [row[1:] for row in NEEDED]


def test_the_sandbox_and_the_installation_guide_grant_what_is_needed():
    assert list(lacking(PERMISSIONS)) == []
    guide = (Path(__file__).parents[2] / "docs/install.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (?:Repository|Organization) permissions \| (.*) \|$", guide, re.MULTILINE
    )
    asked = dict(re.findall(r"([A-Z][a-z ]+): (read|write)", " ".join(rows)))
    names = {"Commit statuses": "statuses"}
    granted = {
        names.get(name, name.lower().replace(" ", "_")): level for name, level in asked.items()
    }
    assert granted == EVERYTHING


def install(database, number: int, **more) -> None:
    values = {"account_id": 9, "account_login": f"org-{number}", "permissions": "{}"} | more
    with database.write() as connection:
        registry.remember_installation(connection, NOW, id=number, **values)


def test_every_lack_of_every_installation_has_its_page(database):
    install(database, 8, permissions=json.dumps(EVERYTHING | {"issues": "none"}))
    install(database, 3, permissions=json.dumps(EVERYTHING | {"checks": "read"}), suspended=True)
    install(database, 1, permissions=json.dumps(EVERYTHING))
    install(database, 2, removed=True)
    with database.read() as connection:
        found = report(connection, GITHUB)
    page = f"{GITHUB}/settings/installations"
    assert found == (
        Lack(3, "org-3", "every gate", "checks", "read", "write", f"{page}/3"),
        Lack(8, "org-8", "approval", "issues", "none", "read", f"{page}/8"),
        Lack(8, "org-8", "incidents", "issues", "none", "write", f"{page}/8"),
    )


def test_without_an_installation_nothing_can_be_said(database):
    install(database, 2, removed=True)
    with database.read() as connection:
        assert report(connection, GITHUB) is None


def test_with_everything_granted_nothing_is_missing(database):
    install(database, 1, permissions=json.dumps(EVERYTHING))
    with database.read() as connection:
        assert report(connection, GITHUB) == ()
