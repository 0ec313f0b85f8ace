"""Pull requests follow their branches and tell the truth about them."""

import pytest

from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"
ONE = f"{R}/pulls/1"


@pytest.mark.parametrize(
    ("head", "base", "reason"),
    [
        ("none", "main", "invalid"),
        ("feature", "none", "invalid"),
        ("same", "main", "No commits between main and same"),
        ("feature", "main", "A pull request already exists for acme:feature."),
        ("mallory:feature", "main", "invalid"),
    ],
    ids=["no head branch", "no base branch", "nothing to merge", "twice", "no such fork"],
)
def test_pull_request_that_cannot_be(stage: Stage, head: str, base: str, reason: str) -> None:
    stage.box.set_branch(REPO, "same", stage.box.sha(REPO, "main"))
    answer = stage.bob.send("POST", f"{R}/pulls", {"title": "x", "head": head, "base": base})
    error = answer.body["errors"][0]
    assert (answer.status, error.get("message", error["code"])) == (422, reason)


def test_numbers_are_counted_from_the_real_difference(stage: Stage) -> None:
    found = stage.bob.get(ONE)
    names = ("commits", "changed_files", "additions", "deletions", "mergeable", "mergeable_state")
    assert [found[name] for name in names] == [1, 1, 1, 1, True, "clean"]


def test_33_commits_of_the_base_are_not_those_of_the_pull_request(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    assert [each["sha"] for each in stage.bob.get(f"{ONE}/commits")] == [stage.head]
    assert [each["filename"] for each in stage.bob.get(f"{ONE}/files")] == ["src/a.py"]


def test_48_base_sha_stays_while_the_branch_moves_on(stage: Stage) -> None:
    before = stage.bob.get(ONE)["base"]["sha"]
    tip = stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    assert stage.bob.get(ONE)["base"]["sha"] == before
    stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob")
    assert stage.bob.get(ONE)["base"]["sha"] == tip


def test_43_renamed_file_names_its_past(stage: Stage) -> None:
    text = "".join(f"line {n}\n" for n in range(20))
    stage.box.commit(REPO, "main", {"old.txt": text}, author="alice")
    files = {"old.txt": None, "new.txt": text + "more\n"}
    stage.box.commit(REPO, "moving", files, author="bob")
    pull = stage.box.open_pull_request(REPO, "moving", author="bob")
    (found,) = stage.bob.get(f"{R}/pulls/{pull.number}/files")
    names = ("filename", "previous_filename", "status", "additions", "deletions")
    assert [found[name] for name in names] == ["new.txt", "old.txt", "renamed", 1, 0]
    assert found["patch"].startswith("@@ -18,3 +18,4 @@")


def test_binary_file_has_no_patch(stage: Stage) -> None:
    stage.box.commit(REPO, "feature", {"x.bin": b"\0\1\2"}, author="bob")
    found = {each["filename"]: "patch" in each for each in stage.bob.get(f"{ONE}/files")}
    assert found == {"src/a.py": True, "x.bin": False}


def test_conflict_makes_it_dirty(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"src/a.py": "x = 9\ny = 2\nz = 3\n"}, author="alice")
    found = stage.bob.get(ONE)
    assert (found["mergeable"], found["mergeable_state"]) == (False, "dirty")


def test_29_mergeable_is_unknown_at_first_when_the_option_says_so(stage: Stage) -> None:
    stage.box.be_lazy()
    stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob")
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    first, second = stage.bob.get(ONE), stage.bob.get(ONE)
    assert (first["mergeable"], first["mergeable_state"]) == (None, "unknown")
    assert (second["mergeable"], second["mergeable_state"]) == (True, "clean")


def test_30_merge_commit_sha_is_a_test_merge_before_the_merge(stage: Stage) -> None:
    found = stage.bob.get(ONE)["merge_commit_sha"]
    assert found == stage.box.find_repo(REPO).git.ref("refs/pull/1/merge")


def test_27_retargeting_says_what_was_before(stage: Stage) -> None:
    stage.box.commit(REPO, "release", {"r.txt": "r\n"}, author="alice")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.bob.patch(ONE, {"base": "release"})
        stage.box.wait_idle()
    (edited,) = receiver.named("pull_request.edited")
    assert edited.payload["changes"]["base"]["ref"] == {"from": "main"}
    assert edited.payload["pull_request"]["base"]["ref"] == "release"
    events = [each["event"] for each in stage.bob.get(f"{R}/issues/1/events")]
    assert events == ["base_ref_changed"]


def test_force_push_is_history(stage: Stage) -> None:
    main = stage.box.sha(REPO, "main")
    sha = stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob", parents=(main,))
    (event,) = stage.bob.get(f"{R}/issues/1/events")
    assert (event["event"], event["commit_id"]) == ("head_ref_force_pushed", sha)


def test_45_deleted_fork_leaves_the_commits_but_no_head_repository(stage: Stage) -> None:
    fork = stage.box.fork(REPO, "mallory")
    sha = stage.box.commit(fork, "patch", {"p.txt": "p\n"}, author="mallory")
    pull = stage.box.open_pull_request(REPO, "mallory:patch", author="mallory")
    stage.box.delete_repo(fork)
    found = stage.bob.get(f"{R}/pulls/{pull.number}")
    assert (found["head"]["repo"], found["head"]["sha"]) == (None, sha)
    assert [each["sha"] for each in stage.bob.get(f"{R}/pulls/{pull.number}/commits")] == [sha]


def test_deleted_head_branch_closes_it(stage: Stage) -> None:
    stage.box.set_branch(REPO, "feature", None)
    found = stage.bob.get(ONE)
    assert (found["state"], found["merged"]) == ("closed", False)


def test_push_of_the_base_that_holds_the_head_merges_it(stage: Stage) -> None:
    stage.box.set_branch(REPO, "main", stage.head)
    assert stage.bob.get(ONE)["merged"] is True


def test_31_large_difference_is_406(stage: Stage) -> None:
    files = {f"f{n}.txt": "x\n" for n in range(301)}
    stage.box.commit(REPO, "feature", files, author="bob")
    answer = stage.bob.send("GET", ONE, Accept="application/vnd.github.diff")
    assert answer.status == 406
    assert stage.bob.get(ONE)["changed_files"] == 302


def test_32_files_end_silently_at_three_thousand(stage: Stage) -> None:
    files = {f"d{n % 50}/f{n}.txt": "x\n" for n in range(3010)}
    stage.box.commit(REPO, "feature", files, author="bob")
    last = stage.bob.send("GET", f"{ONE}/files?per_page=100&page=30")
    assert (len(last.body), stage.bob.get(ONE)["changed_files"]) == (100, 3011)
    assert 'rel="next"' not in last.headers["Link"]


def test_33_commits_end_silently_at_two_hundred_and_fifty(stage: Stage) -> None:
    git = stage.box.find_repo(REPO).git
    stream = "".join(_commit_line(n) for n in range(260))
    git.run("fast-import", "--quiet", "--done", stdin=f"{stream}done\n".encode())
    stage.box.set_branch(REPO, "feature", git.ref("refs/sandbox/many"))
    last = stage.bob.get(f"{ONE}/commits?per_page=100&page=3")
    assert (len(last), stage.bob.get(ONE)["commits"]) == (50, 260)


def _commit_line(number: int) -> str:
    start = "from refs/heads/main\n" if number == 0 else ""
    head = f"commit refs/sandbox/many\ncommitter b <b> {number} +0000\ndata 0\n{start}"
    return f"{head}M 100644 inline n.txt\ndata {len(str(number))}\n{number}\n"


def test_lists_are_filtered_and_paged(stage: Stage) -> None:
    for name in ("one", "two"):
        stage.box.commit(REPO, name, {f"{name}.txt": "x\n"}, author="bob")
        stage.box.open_pull_request(REPO, name, author="bob")
    stage.bob.patch(ONE, {"state": "closed"})
    numbers = {
        query: [each["number"] for each in stage.bob.get(f"{R}/pulls?{query}")]
        for query in ("", "state=closed", "state=all", "head=acme:one", "base=none", "per_page=1")
    }
    assert numbers == {
        "": [3, 2],
        "state=closed": [1],
        "state=all": [3, 2, 1],
        "head=acme:one": [2],
        "base=none": [],
        "per_page=1": [3],
    }


def test_28_all_pull_requests_of_a_commit_are_found(stage: Stage) -> None:
    stage.box.set_branch(REPO, "release", stage.box.sha(REPO, "main"))
    stage.box.open_pull_request(REPO, "feature", base="release", author="bob")
    found = stage.bob.get(f"{R}/commits/{stage.head}/pulls")
    assert sorted(each["base"]["ref"] for each in found) == ["main", "release"]


def test_44_fork_pull_request_is_found_by_its_commit_but_not_by_the_check(stage: Stage) -> None:
    fork = stage.box.fork(REPO, "mallory")
    sha = stage.box.commit(fork, "patch", {"p.txt": "p\n"}, author="mallory")
    stage.box.open_pull_request(REPO, "mallory:patch", author="mallory")
    run = stage.bot.post(f"{R}/check-runs", {"name": "gate", "head_sha": sha})
    assert run["pull_requests"] == []
    assert len(stage.bob.get(f"{R}/commits/{sha}/pulls")) == 1


def test_47_drafts_change_by_their_own_events(stage: Stage) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.set_draft(REPO, 1, draft=True)
        stage.box.set_draft(REPO, 1, draft=False)
        stage.box.wait_idle()
    assert receiver.names == ["pull_request.converted_to_draft", "pull_request.ready_for_review"]


def test_only_the_author_or_triage_edits(stage: Stage) -> None:
    assert stage.outsider.send("PATCH", ONE, {"title": "x"}).status == 403
    assert stage.bob.send("PATCH", ONE, {"title": "x"}).status == 200
