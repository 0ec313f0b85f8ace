"""What the reader makes of GitHub's answers: on the sandbox, and on mocks where it cannot go."""

from datetime import UTC, datetime

import pytest

from app.core.facts import (
    Account,
    AccountKind,
    CheckRun,
    CheckSuite,
    CommitStatus,
    Grant,
    Membership,
    PullRequest,
    Resolution,
    Review,
    Sha,
    Sibling,
    WorkflowRun,
)
from app.errors import ForbiddenError, GitHubUnavailableError, NotFoundError
from app.github.reader import Reader, account
from app.ports import CheckQuery, OwnRun, PullRequestReading, RepositoryRef
from tests.sandbox.client import REPO

WIDGETS = RepositoryRef(1296269, "octocat/Hello-World", 9001, 1)
ROOT = "/repos/octocat/Hello-World"
EVERYTHING = CheckQuery()
WORKFLOWS = CheckQuery(workflows=True)
SHA = Sha("6dcb09b5b57875f334f61aebed695e2e4193db5e")


@pytest.fixture
def reader(client) -> Reader:
    """A reader on the mock."""
    return Reader(client, WIDGETS, 4242, "https://github.test", "a token")


def person(hub, login: str) -> Account:
    return Account(hub.box.find_account(login).id, login)


def moment(hub) -> datetime:
    return hub.box.world.now()


def test_a_pull_request_as_it_is_now(hub):
    hub.box.set_labels(REPO, 1, ["zoo", "api"], "alice")
    repo, pull = hub.box.find_repo(REPO), hub.stage.pull
    read = hub.reader.pull_request(1)
    expected = PullRequest(
        number=1,
        title="Change x",
        author=person(hub, "bob"),
        head_ref="feature",
        head_repository_id=repo.id,
        mergeable=read.pull_request.mergeable,
        changed_files=1,
        labels=("api", "zoo"),
    )
    assert read == PullRequestReading(
        pull_request=expected,
        base_ref="main",
        head_sha=Sha(pull.head_sha),
        default_branch="main",
        full_name=REPO,
        opened_at=pull.issue.created_at,
        updated_at=pull.issue.updated_at,
        commits=1,
    )


def test_a_draft_a_merged_and_a_closed_pull_request(hub):
    hub.box.set_draft(REPO, 1, draft=True)
    assert hub.reader.pull_request(1).pull_request.is_draft
    hub.box.set_draft(REPO, 1, draft=False)
    hub.box.merge(REPO, 1, actor="alice")
    merged = hub.reader.pull_request(1).pull_request
    assert (merged.is_open, merged.is_merged, merged.is_draft) == (False, True, False)


def test_a_pull_request_that_does_not_exist(hub):
    with pytest.raises(NotFoundError):
        hub.reader.pull_request(99)


def test_open_pull_requests_of_one_base_and_of_all(hub):
    hub.box.commit(REPO, "release/1", {"a": "1"})
    hub.box.commit(REPO, "fix", {"b": "1"})
    hub.box.open_pull_request(REPO, "fix", base="release/1", author="bob")
    numbers = [each.pull_request.number for each in hub.reader.open_pull_requests()]
    assert sorted(numbers) == [1, 2]
    (found,) = hub.reader.open_pull_requests("release/1")
    assert (found.pull_request.number, found.base_ref) == (2, "release/1")


def test_whether_a_branch_is_still_there(hub):
    hub.box.commit(REPO, "release/1.0", {"a": "1"})
    assert hub.reader.has_branch("release/1.0")
    hub.box.set_branch(REPO, "release/1.0", None)
    assert not hub.reader.has_branch("release/1.0")


def test_history_knows_the_last_retarget(hub):
    assert hub.reader.history(1).base_changed_at is None
    hub.box.commit(REPO, "develop", {"a": "1"})
    for base in ("develop", "main"):
        hub.box.edit_pull_request(REPO, 1, {"base": base, "title": base})
    found = hub.reader.history(1).base_changed_at
    assert found is not None
    assert abs((found - moment(hub)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([("labeled", 9)], None),
        ([("base_ref_changed", 1), ("base_ref_changed", 3), ("labeled", 9)], 3),
        ([("base_ref_changed", 3), ("automatic_base_change_succeeded", 5)], 5),
        ([("automatic_base_change_failed", 5)], None),
    ],
)
def test_only_changes_of_the_base_count_as_such(github, reader, events, expected):
    path = f"{ROOT}/issues/1/events"
    plain = github.example("GET", path)[0]
    made = [
        {**plain, "event": kind, "created_at": f"2026-01-0{day}T00:00:00Z"} for kind, day in events
    ]
    github.answer("GET", path, made)
    wanted = datetime(2026, 1, expected, tzinfo=UTC) if expected else None
    assert reader.history(1).base_changed_at == wanted


def test_B01_review_states_are_upper_case_whatever_comes(github, reader):
    path = f"{ROOT}/pulls/12/reviews"
    plain = github.example("GET", path)[0]
    states = ["APPROVED", "approved", "Changes_Requested", "COMMENTED", "DISMISSED", "PENDING"]
    github.answer("GET", path, [{**plain, "state": state} for state in states])
    found = [review.state for review in reader.reviews(12)]
    assert found == [state.upper() for state in states]


def test_B47_all_of_more_than_a_hundred_reviews_are_read_in_order(hub):
    for _ in range(104):
        hub.box.review(REPO, 1, "carol", "COMMENT")
    hub.box.review(REPO, 1, "carol", "APPROVE")
    found = hub.reader.reviews(1)
    assert len(found) == 105
    assert [review.id for review in found] == sorted(review.id for review in found)
    last = found[-1]
    assert (last.author, last.state, last.commit) == (
        person(hub, "carol"),
        "APPROVED",
        hub.stage.head,
    )
    assert [method for method, _, _ in hub.calls()] == ["GET", "GET"]


def test_a_review_by_nobody_on_no_commit_is_read(github, reader):
    path = f"{ROOT}/pulls/12/reviews"
    (plain,) = github.example("GET", path)
    changed = {**plain, "user": None, "commit_id": None, "submitted_at": "2026-01-02T03:04:05Z"}
    github.answer("GET", path, [changed])
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert reader.reviews(12) == (Review(80, None, "APPROVED", None, when),)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, None),
        ({"id": 10137, "login": "ghost", "type": "User"}, None),
        ({"id": 0, "login": "", "type": "User"}, None),
        ({"id": 7, "login": "ann", "type": "User"}, Account(7, "ann", AccountKind.USER)),
        ({"id": 7, "login": "r[bot]", "type": "Bot"}, Account(7, "r[bot]", AccountKind.BOT)),
        (
            {"id": 7, "login": "acme", "type": "Organization"},
            Account(7, "acme", AccountKind.ORGANIZATION),
        ),
        ({"id": 7, "login": "m", "type": "Mannequin"}, Account(7, "m", AccountKind.MANNEQUIN)),
        ({"id": 7, "login": "x", "type": "Alien"}, Account(7, "x", AccountKind.UNKNOWN)),
        ({"id": 7, "login": "x"}, Account(7, "x", AccountKind.UNKNOWN)),
    ],
)
def test_B33_accounts_by_type_and_deleted_ones_are_nobody(found, expected):
    assert account(found) == expected


def test_checks_of_others_and_ours_are_told_apart_by_app(hub):
    head = hub.stage.head
    theirs = hub.box.post_check(REPO, head, "gatewright/merge", conclusion="success")
    ours = hub.box.post_check(
        REPO, head, "unit", app=hub.box.app, conclusion="failure", external_id="gw1:1"
    )
    status = hub.box.post_status(REPO, head, "ci/lint", "pending", "bob")
    read = hub.reader.checks(Sha(head), EVERYTHING)
    assert read.own == (OwnRun(ours.id, "unit", "gw1:1", "completed", "failure"),)
    assert read.checks.runs == (
        CheckRun(
            id=theirs.id,
            name="gatewright/merge",
            app_id=15368,
            app_slug="github-actions",
            status="completed",
            conclusion="success",
            head_sha=Sha(head),
            suite_id=theirs.suite.id,
            started_at=theirs.started_at,
            completed_at=theirs.completed_at,
        ),
    )
    expected = CommitStatus(
        status.id, "ci/lint", "pending", person(hub, "bob"), Sha(head), status.created_at
    )
    assert read.checks.statuses == (expected,)
    assert (read.checks.suites, read.checks.workflow_runs) == ((), ())


def test_A11_runs_of_every_suite_are_read_and_of_every_attempt(hub):
    head, box = hub.stage.head, hub.box
    first = box.post_check(REPO, head, "unit", conclusion="success")
    again = box.post_check(REPO, head, "unit", conclusion="failure")
    other = box.post_check_in(REPO, box.add_suite(REPO, head), "unit", conclusion="failure")
    found = hub.reader.checks(Sha(head), EVERYTHING).checks.runs
    assert {run.id for run in found} == {first.id, again.id, other.id}


def test_A36_all_of_many_checks_and_statuses_are_read(hub):
    head = hub.stage.head
    for number in range(130):
        hub.box.post_check(REPO, head, f"check {number}", conclusion="success")
    for number in range(120):
        hub.box.post_status(REPO, head, f"status {number}", "success")
    found = hub.reader.checks(Sha(head), EVERYTHING).checks
    assert (len(found.runs), len(found.statuses)) == (130, 120)


def paths_asked(hub) -> list[str]:
    """Return which routes about the head were asked, by their last part."""
    return [path.rpartition("/")[2] for _, path, _ in hub.calls()]


def test_only_the_app_that_counts_is_asked_about(hub):
    box, head = hub.box, hub.stage.head
    other = box.add_app("Other CI")
    box.install_app("acme", other)
    box.post_check(REPO, head, "unit", conclusion="success")
    box.post_check(REPO, head, "unit", app=other, conclusion="failure")
    query = CheckQuery(apps=(15368,), names=("unit",))
    runs = hub.reader.checks(Sha(head), query).checks.runs
    assert [run.app_id for run in runs] == [15368]
    assert paths_asked(hub) == ["statuses", "check-runs"]


def test_a_wanted_check_that_is_absent_is_looked_for_everywhere(hub):
    box, head = hub.box, hub.stage.head
    other = box.add_app("Other CI")
    box.install_app("acme", other)
    box.post_check(REPO, head, "unit", app=other, conclusion="success")
    query = CheckQuery(apps=(15368,), names=("unit",))
    runs = hub.reader.checks(Sha(head), query).checks.runs
    assert [run.app_id for run in runs] == [other.id]
    assert paths_asked(hub) == ["statuses", "check-runs", "check-runs", "check-suites", "runs"]


def test_one_name_from_two_suites_has_the_workflows_read(hub):
    box, head = hub.box, hub.stage.head
    box.post_check(REPO, head, "unit", conclusion="success")
    box.post_check_in(REPO, box.add_suite(REPO, head), "unit", conclusion="success")
    assert len(hub.reader.checks(Sha(head), EVERYTHING).checks.suites) == 2


def test_workflow_runs_are_joined_with_their_check_runs(hub):
    head = hub.stage.head
    run = hub.box.start_workflow(REPO, head)
    job = hub.box.post_check_in(REPO, run.suite, "build", conclusion="success")
    hub.box.post_check(REPO, head, "ours", app=hub.box.app, conclusion="success")
    found = hub.reader.checks(Sha(head), WORKFLOWS).checks
    (flow,) = found.workflow_runs
    assert flow == WorkflowRun(run.id, run.suite.id, flow.path, flow.event, flow.status, None)
    (check,) = [each for each in found.runs if each.id == job.id]
    assert (check.workflow, check.event) == (flow.path, flow.event)
    assert {suite.app_id for suite in found.suites} == {15368}
    assert any(
        suite
        == CheckSuite(run.suite.id, 15368, suite.status, suite.conclusion, suite.created_at, 1)
        for suite in found.suites
    )


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("read", "read"),
        ("triage", "read"),
        ("write", "write"),
        ("maintain", "write"),
        ("admin", "admin"),
    ],
)
def test_B20_old_permission_and_role_are_both_kept(hub, role, permission):
    hub.box.grant(REPO, "mallory", role)
    mallory = person(hub, "mallory")
    assert hub.reader.grants([mallory]) == (Grant(mallory.id, permission, role),)


def rights_of_octocat(github, path: str, role: str):
    """Return GitHub's example with the role's name where its description wants it too."""
    found = github.example("GET", path, permission="write", role_name=role)
    return {**found, "user": {**found["user"], "role_name": role}}


def test_B20_a_custom_role_has_a_name_of_its_own(github, reader):
    path = f"{ROOT}/collaborators/octocat/permission"
    github.answer("GET", path, rights_of_octocat(github, path, "release engineer"))
    grants = reader.grants([Account(1, "octocat")])
    assert grants == (Grant(1, "write", "release engineer"),)


def test_somebody_who_is_gone_may_do_nothing(hub):
    gone = Account(999, "gone")
    assert hub.reader.grants([gone]) == (Grant(999, "none"),)


def test_B31_a_login_that_belongs_to_somebody_else_now_gives_no_rights(github, reader):
    path = f"{ROOT}/collaborators/octocat/permission"
    github.answer("GET", path, rights_of_octocat(github, path, "admin"))
    (grant,) = reader.grants([Account(7777, "octocat")])
    assert (grant.account_id, grant.permission) == (7777, "none")


def test_a_login_with_odd_characters_is_one_segment_of_the_path(github, reader):
    path = f"{ROOT}/collaborators/robot%5Bbot%5D/permission"
    github.refuse("GET", path, 404, "Not Found")
    assert reader.grants([Account(5, "robot[bot]", AccountKind.BOT)]) == (Grant(5, "none"),)


@pytest.mark.parametrize("status", [403, 502])
def test_B37_rights_that_cannot_be_read_are_not_taken_for_none(hub, status):
    hub.box.fail_api("status", path="permission$", status=status, count=3)
    with pytest.raises((ForbiddenError, GitHubUnavailableError)):
        hub.reader.grants([person(hub, "bob")])


def test_B34_a_pending_invitation_is_no_active_membership(hub):
    team = hub.box.add_team("acme", "Core", ["alice"])
    hub.box.set_team_member(team, "bob", "pending")
    alice, bob, carol = (person(hub, login) for login in ("alice", "bob", "carol"))
    assert hub.reader.memberships("core", [alice, bob, carol]) == (
        Membership("core", alice.id, "active"),
        Membership("core", bob.id, "pending"),
        Membership("core", carol.id, "none"),
    )


def test_B35_the_membership_route_is_asked_since_it_counts_child_teams(hub):
    hub.box.add_team("acme", "Core", ["alice"])
    hub.reader.memberships("core", [person(hub, "alice")])
    assert [path for _, path, _ in hub.calls()] == ["/orgs/acme/teams/core/memberships/alice"]


def test_B36_a_team_that_is_gone_is_told_apart_from_an_empty_one(hub):
    hub.box.add_team("acme", "Core")
    core = hub.box.find_account("acme").teams["core"]
    assert hub.reader.resolve("team", ["core", "gone"]) == (
        Resolution("team", "core", core.id),
        Resolution("team", "gone", None),
    )


def test_B31_names_of_the_policy_become_ids(hub):
    assert hub.reader.resolve("user", ["bob", "nobody-at-all"]) == (
        Resolution("user", "bob", person(hub, "bob").id),
        Resolution("user", "nobody-at-all", None),
    )


def test_siblings_are_open_pull_requests_with_this_very_head(hub):
    box, head = hub.box, hub.stage.head
    box.commit(REPO, "develop", {"a": "1"})
    box.set_branch(REPO, "twin", head)
    box.open_pull_request(REPO, "twin", base="develop", author="bob")
    box.set_branch(REPO, "closed", head)
    third = box.open_pull_request(REPO, "closed", base="develop", author="bob")
    box.edit_pull_request(REPO, third, {"state": "closed"})
    box.commit(REPO, "further", {"b": "1"}, parents=(head,), author="bob")
    box.open_pull_request(REPO, "further", author="bob")
    found = hub.reader.siblings(Sha(head))
    assert sorted(found, key=lambda each: each.number) == [
        Sibling(1, "main"),
        Sibling(2, "develop"),
    ]


def test_A24_pull_requests_of_other_repositories_are_not_siblings(github, reader):
    path = f"{ROOT}/commits/{SHA}/pulls"
    (plain,) = github.example("GET", path)
    head = {**plain["head"], "sha": SHA}
    foreign = {**plain["base"], "repo": {**plain["base"]["repo"], "id": 42}}
    here = {**plain, "head": head, "state": "open"}
    github.answer(
        "GET",
        path,
        [
            here,
            {**here, "number": 2, "base": foreign},
            {**here, "number": 3, "state": "closed"},
            {**here, "number": 4, "head": {**head, "sha": "0" * 40}},
        ],
    )
    assert reader.siblings(SHA) == (Sibling(1347, here["base"]["ref"]),)


def test_a_fork_is_read_through_the_base_repository(hub):
    box = hub.box
    fork = box.fork(REPO, "mallory")
    box.commit(fork, "idea", {"new.txt": "x"}, author="mallory")
    pull = box.open_pull_request(REPO, "mallory:idea", author="mallory")
    read = hub.reader.pull_request(pull.number)
    assert read.pull_request.head_repository_id == fork.id
    assert hub.reader.siblings(read.head_sha) == (Sibling(pull.number, "main"),)
    assert [each.filename for each in hub.reader.files(pull.number)] == ["new.txt"]


def test_a_deleted_fork_leaves_a_pull_request_that_can_be_read(hub):
    box = hub.box
    fork = box.fork(REPO, "mallory")
    box.commit(fork, "idea", {"new.txt": "x"}, author="mallory")
    pull = box.open_pull_request(REPO, "mallory:idea", author="mallory")
    box.delete_repo(fork)
    read = hub.reader.pull_request(pull.number)
    assert read.pull_request.head_repository_id is None
    assert read.head_sha == pull.head_sha
    assert hub.reader.siblings(read.head_sha) == (Sibling(pull.number, "main"),)


def test_authorship_names_the_accounts_that_github_knows(hub):
    base, head = hub.box.sha(REPO, "main"), hub.stage.head
    found = hub.reader.authorship(Sha(base), Sha(head))
    assert list(found) == [head]
    assert found[head].author == person(hub, "bob")


def test_authorship_is_read_over_all_pages(github, reader):
    path = f"{ROOT}/compare/{SHA}...{SHA}"
    page = github.example("GET", path)
    (commit,) = page["commits"]
    for number in (1, 2):
        changed = {
            **commit,
            "sha": f"{number}" * 40,
            "author": None if number == 2 else commit["author"],
        }
        link = f'<https://api.github.test{path}?page=2>; rel="next"'
        body = {**page, "commits": [changed]}
        github.answer("GET", path, body, **({"Link": link} if number == 1 else {}))
    found = reader.authorship(SHA, SHA)
    assert [(sha[0], each.author is None) for sha, each in found.items()] == [
        ("1", False),
        ("2", True),
    ]


def test_a_renamed_file_has_both_names(hub):
    text = "\n".join(f"line {number}" for number in range(30))
    hub.box.commit(REPO, "main", {"old.txt": text})
    hub.box.commit(REPO, "moved", {"old.txt": None, "new.txt": text}, author="bob")
    pull = hub.box.open_pull_request(REPO, "moved", author="bob")
    (found,) = hub.reader.files(pull.number)
    assert (found.filename, found.previous_filename, found.status) == (
        "new.txt",
        "old.txt",
        "renamed",
    )


def test_a_renamed_repository_is_read_whole_under_its_old_name(hub):
    reader = hub.reader
    for _ in range(104):
        hub.box.review(REPO, 1, "carol", "COMMENT")
    first = hub.box.post_check(REPO, hub.stage.head, "unit", conclusion="success")
    again = hub.box.post_check(REPO, hub.stage.head, "unit", conclusion="failure")
    hub.box.rename_repo(REPO, "gadgets")
    assert len(reader.reviews(1)) == 104
    runs = reader.checks(Sha(hub.stage.head), EVERYTHING).checks.runs
    assert {run.id for run in runs} == {first.id, again.id}
    assert reader.pull_request(1).full_name == "acme/gadgets"


def test_where_git_can_fetch_and_with_what(hub):
    access = hub.reader.git_access()
    assert access.url == f"{hub.box.url}/{REPO}.git"
    assert hub.box.world.app_tokens[access.token].installation is hub.stage.installation


def test_a_second_reading_of_what_has_not_changed_costs_nothing(hub):
    reader = hub.reader
    hub.box.post_status(REPO, hub.stage.head, "ci", "success")
    first = reader.checks(Sha(hub.stage.head), WORKFLOWS), reader.reviews(1)
    before = hub.github.shared.meter.spent()
    left = hub.github.shared.meter.remaining()
    again = reader.checks(Sha(hub.stage.head), WORKFLOWS), reader.reviews(1)
    spent = hub.github.shared.meter.spent() - before
    assert again == first
    assert (spent.reads, spent.unchanged, spent.writes) == (0, 5, 0)
    assert hub.github.shared.meter.remaining() == left
