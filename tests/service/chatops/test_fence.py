"""The migration fence (T91): nothing goes back to code that cannot run on the schema."""

from itertools import count

import pytest

from app.inspection import Inspection
from tests.service.chatops.acting import answers, last, recorded, status_comments, to_dev, wake
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_rollback import moving
from tests.service.chatops.test_simulate import said
from tests.service.conftest import REPO

MIGRATIONS = '  migrations: {paths: ["db/*.sql"], compatible: ["db/*_add.sql"]}\n'
NUMBERS = count(1)


@pytest.fixture
def fenced(play):
    set_policy(play.box, f"{POLICY}{MIGRATIONS}")
    return play


def bring(play, *names: str) -> str:
    """Push these migrations together with some code."""
    files = {f"db/{name}.sql": "--\n" for name in names} | {"src/n.py": f"{next(NUMBERS)}\n"}
    play.box.commit(REPO, "fix", files, author="ann")
    play.bot.settle()
    return play.head


def schemas(play) -> list[tuple[int | None, int | None]]:
    return [(each.schema, each.floor) for each in play.past()]


def fail(play) -> None:
    """Let the newest deployment have traffic, and then fail."""
    moving(play, "in_progress")
    play.finish("failure")


def test_schemas_are_counted_by_git_and_kept(fenced):
    for names in ((), ("1",), ("2_add",), ("3_add", "4"), ()):
        bring(fenced, *names)
        to_dev(fenced)
    assert schemas(fenced) == [(0, 0), (1, 1), (2, 1), (4, 4), (4, 4)]


def test_T91_an_automatic_rollback_across_the_fence_does_not_start(fenced):
    to_dev(fenced)
    bring(fenced, "1")
    fenced.say("bob", "/deploy dev")
    fail(fenced)
    assert fenced.states() == ["succeeded", "rollback_failed"]
    assert (last(fenced)[1], len(fenced.runs())) == ("migration_fence", 2)
    shown = status_comments(fenced)[-1]
    assert "run_failed; " in shown
    assert "was made for schema 0, the database needs 1 or later; fix it forward" in shown
    assert "People have to act now" in shown
    (entry,) = [
        each for each in recorded(fenced, "deployment.moved") if each["state"] == "rollback_failed"
    ]
    assert entry["code"] == "migration_fence"


def test_T91_a_migration_that_only_adds_is_no_fence(fenced):
    to_dev(fenced)
    first = fenced.head
    bring(fenced, "1_add")
    fenced.say("bob", "/deploy dev")
    fail(fenced)
    assert fenced.states() == ["succeeded", "rolling_back", "deploying"]
    assert (fenced.past()[-1].sha, schemas(fenced)[-1]) == (first, (0, 0))


def test_T91_people_are_told_before_anything_starts(fenced):
    to_dev(fenced)
    bring(fenced, "1")
    told = "cannot be taken back automatically: "
    assert told in said(fenced, "bob", "/simulate deploy dev")
    fenced.say("bob", "/lock dev --reason x")
    fenced.say("carol", "/deploy dev")
    assert f"| rollback | by people | `migration_fence` {told}" in status_comments(fenced)[-1]
    fenced.say("carol", "/cancel")
    bring(fenced, "2_add")
    fenced.say("carol", "/deploy dev")
    assert told in status_comments(fenced)[-1]


@pytest.mark.parametrize(
    ("line", "is_live"),
    [
        pytest.param("/rollback dev --reason x", True, id="rollback"),
        pytest.param("/abort dev", False, id="abort"),
    ],
)
def test_T91_people_are_refused_before_anything_moves(fenced, line, is_live):
    to_dev(fenced)
    bring(fenced, "1")
    fenced.say("bob", "/deploy dev")
    moving(fenced, "in_progress")
    if is_live:
        fenced.finish()
    before = fenced.states()
    for each in (f"/simulate {line.removeprefix('/')}", line):
        fenced.say("bob", each)
        assert "`migration_fence`" in answers(fenced)[-1]
        assert "fix it forward" in answers(fenced)[-1]
    assert (fenced.states(), len(fenced.runs())) == (before, 2)


def test_T91_what_has_no_traffic_yet_is_aborted_whatever_it_brings(fenced):
    to_dev(fenced)
    bring(fenced, "1")
    fenced.say("bob", "/deploy dev")
    fenced.say("bob", "/abort dev")
    assert fenced.states() == ["succeeded", "failed"]


def test_T91_versions_from_before_the_policy_count_by_their_commits(play):
    to_dev(play)
    bring(play, "1")
    to_dev(play)
    assert schemas(play) == [(None, None)] * 2
    set_policy(play.box, f"{POLICY}{MIGRATIONS}")
    play.say("bob", "/rollback dev --reason x")
    assert "was made for schema 0, the database needs 1 or later" in answers(play)[-1]


def test_T91_what_git_cannot_tell_is_no_way_back(fenced, monkeypatch):
    to_dev(fenced)
    bring(fenced)
    to_dev(fenced)
    real = Inspection.has
    first = fenced.past()[0].sha
    monkeypatch.setattr(Inspection, "has", lambda self, sha: sha != first and real(self, sha))
    fenced.say("bob", "/rollback dev --reason x")
    assert "No earlier deployment is known to be good." in answers(fenced)[-1]


def test_T92_a_commit_that_is_gone_is_nothing_to_go_back_to(play, monkeypatch):
    shas = []
    for number in range(3):
        if number:
            bring(play)
        to_dev(play)
        shas.append(play.head)
    real = Inspection.has
    monkeypatch.setattr(Inspection, "has", lambda self, sha: sha != shas[1] and real(self, sha))
    play.say("bob", "/rollback dev --reason x")
    assert (play.states()[-1], play.past()[-1].sha) == ("deploying", shas[0])


def test_T91_an_older_version_is_not_deployed_forward_either(fenced):
    old = fenced.head
    bring(fenced, "1")
    to_dev(fenced)
    fenced.box.set_branch(REPO, "fix", old, actor="ann")
    fenced.bot.settle()
    fenced.say("bob", "/deploy dev")
    assert last(fenced) == ("refused", "migration_fence")
    assert "has 0 migrations, the database needs 1" in status_comments(fenced)[-1]


def test_other_environments_than_the_named_ones_have_no_fence(play):
    text = MIGRATIONS.replace("}\n", ", environments: [production]}\n")
    set_policy(play.box, f"{POLICY}{text}")
    to_dev(play)
    bring(play, "1")
    play.say("bob", "/deploy dev")
    fail(play)
    wake(play)
    assert play.states() == ["succeeded", "rolling_back", "deploying"]
