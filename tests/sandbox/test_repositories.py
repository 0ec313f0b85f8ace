"""Repositories, contents, git data and comparisons, measured against the git program."""

import base64
import subprocess

import pytest

from tests.sandbox.client import REPO, Stage

R = f"/repos/{REPO}"


def git(stage: Stage, *arguments: str) -> str:
    directory = ["--git-dir", str(stage.box.git_dir(REPO))]
    done = subprocess.run(
        ["git", *directory, *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()


def test_a_revision_is_a_branch_before_a_tag_and_both_before_a_sha(stage: Stage) -> None:
    repo = stage.box.find_repo(REPO).git
    main, head = stage.box.sha(REPO, "main"), stage.head
    git(stage, "tag", "-a", "-m", "x", "v1", main)
    git(stage, "tag", "feature", main)
    git(stage, "branch", "deep/er", main)
    assert [repo.resolve(name) for name in ("feature", "v1", "deep/er")] == [head, main, main]
    assert [repo.resolve(name) for name in (head, head[:9], f"{head}~1")] == [head, head, main]
    assert [repo.resolve(name) for name in ("feature~1", "feature^", "HEAD")] == [main] * 3
    git(stage, "pack-refs", "--all")
    assert [repo.resolve(name) for name in ("feature", "v1", "deep/er")] == [head, main, main]
    nothing = ("deep", "gone", "0" * 40, "../HEAD", "x" * 300, "")
    assert [repo.resolve(name) for name in nothing] == [None] * len(nothing)


def test_names_do_not_care_about_case(stage: Stage) -> None:
    assert stage.bob.get("/repos/ACME/Widgets")["full_name"] == REPO


def test_37_former_name_redirects_to_the_id(stage: Stage) -> None:
    stage.box.rename_repo(REPO, "gadgets")
    answer = stage.bob.send("GET", f"{R}/pulls/1?x=1")
    key = stage.box.find_repo("acme/gadgets").id
    target = f"{stage.box.url}/repositories/{key}/pulls/1?x=1"
    assert (answer.status, answer.headers["Location"]) == (301, target)
    assert stage.bob.get(f"/repositories/{key}/pulls/1")["number"] == 1


def test_former_name_of_a_write_redirects_with_its_method(stage: Stage) -> None:
    stage.box.rename_repo(REPO, "gadgets")
    assert stage.bob.send("POST", f"{R}/issues", {"title": "x"}).status == 307


def test_name_taken_again_no_longer_redirects(stage: Stage) -> None:
    stage.box.rename_repo(REPO, "gadgets")
    fresh = stage.box.add_repo(REPO)
    assert stage.bob.get(R)["id"] == fresh.id


@pytest.mark.parametrize(
    ("role", "status"), [("none", 404), ("read", 403), ("triage", 403), ("write", 201)]
)
def test_file_can_be_written_from_the_write_role_on(stage: Stage, role: str, status: int) -> None:
    repo = stage.box.add_repo("acme/secret", private=True)
    stage.box.grant(repo, "mallory", role)
    body = {"message": "m", "content": base64.b64encode(b"x").decode()}
    path = f"/repos/{repo.full_name}/contents/x.txt"
    assert stage.outsider.send("PUT", path, body).status == status


def test_content_is_the_blob_at_the_ref(stage: Stage) -> None:
    found = stage.bob.get(f"{R}/contents/src/a.py?ref=feature")
    assert found["sha"] == git(stage, "rev-parse", "feature:src/a.py")
    assert base64.b64decode(found["content"]) == b"x = 2\ny = 2\nz = 3\n"


def test_F26_large_file_comes_without_content(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"big.bin": b"\0" * 1_000_001}, author="alice")
    found = stage.bob.get(f"{R}/contents/big.bin")
    assert (found["content"], found["encoding"], found["size"]) == ("", "none", 1_000_001)


def test_F26_symbolic_link_and_directory_tell_their_type(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"120000:link": "README.md"}, author="alice")
    found = {each["path"]: each["type"] for each in stage.bob.get(f"{R}/contents/")}
    assert found == {"README.md": "file", "link": "symlink", "src": "dir"}


def test_stale_blob_is_a_conflict(stage: Stage) -> None:
    body = {"message": "m", "content": "eA==", "sha": "1" * 40}
    assert stage.alice.send("PUT", f"{R}/contents/README.md", body).status == 409


def test_existing_file_needs_its_blob(stage: Stage) -> None:
    body = {"message": "m", "content": "eA=="}
    assert stage.alice.send("PUT", f"{R}/contents/README.md", body).status == 422


def test_commit_by_hand_has_the_sha_that_git_computes(stage: Stage) -> None:
    main = git(stage, "rev-parse", "main")
    tree = stage.alice.get(f"{R}/git/commits/{main}")["tree"]["sha"]
    body = {"message": "Again", "tree": tree, "parents": [main]}
    made = stage.alice.post(f"{R}/git/commits", body)
    assert git(stage, "cat-file", "-t", made["sha"]) == "commit"
    assert git(stage, "log", "-1", "--format=%s %P", made["sha"]) == f"Again {main}"


def test_comparison_agrees_with_git(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    found = stage.bob.get(f"{R}/compare/main...feature")
    behind, ahead = git(stage, "rev-list", "--left-right", "--count", "main...feature").split()
    assert (found["ahead_by"], found["behind_by"]) == (int(ahead), int(behind))
    assert found["status"] == "diverged"
    assert found["merge_base_commit"]["sha"] == git(stage, "merge-base", "main", "feature")
    assert [each["filename"] for each in found["files"]] == ["src/a.py"]


def test_34_files_of_a_comparison_are_on_its_first_page_only(stage: Stage) -> None:
    stage.box.commit(REPO, "feature", {"b.txt": "b\n"}, author="bob")
    second = stage.bob.get(f"{R}/compare/main...feature?per_page=1&page=2")
    assert "files" not in second
    assert (len(second["commits"]), second["total_commits"]) == (1, 2)


def test_unrelated_histories_cannot_be_compared(stage: Stage) -> None:
    stage.box.commit(REPO, "alone", {"x": "x"}, author="alice", parents=())
    assert stage.bob.send("GET", f"{R}/compare/main...alone").status == 404


def test_archived_repository_is_read_only(stage: Stage) -> None:
    stage.alice.patch(R, {"archived": True})
    assert stage.alice.send("POST", f"{R}/issues", {"title": "x"}).status == 403


def test_default_branch_cannot_be_deleted(stage: Stage) -> None:
    assert stage.alice.send("DELETE", f"{R}/git/refs/heads/main").status == 422


def test_reference_moves_backwards_only_by_force(stage: Stage) -> None:
    main = git(stage, "rev-parse", "main")
    path = f"{R}/git/refs/heads/feature"
    assert stage.alice.send("PATCH", path, {"sha": main}).status == 422
    assert stage.alice.send("PATCH", path, {"sha": main, "force": True}).status == 200


def test_77_transferred_repository_is_under_another_installation(stage: Stage) -> None:
    stage.box.add_org("newco", {"alice": "admin"})
    other = stage.box.install_app("newco")
    key = stage.bob.get(R)["id"]
    stage.box.transfer_repo(REPO, "newco")
    assert stage.app.get("/repos/newco/widgets/installation")["id"] == other.id
    assert stage.alice.get(f"/repositories/{key}")["full_name"] == "newco/widgets"
    assert stage.alice.send("GET", R).status == 301


def test_branches_of_forks_can_be_compared(stage: Stage) -> None:
    fork = stage.box.fork(REPO, "mallory")
    stage.box.commit(fork, "patch", {"p.txt": "p\n"}, author="mallory")
    found = stage.bob.get(f"{R}/compare/main...mallory:patch")
    assert (found["status"], found["ahead_by"]) == ("ahead", 1)
    assert stage.bob.get(f"{R}/compare/main...mallory:widgets:patch")["ahead_by"] == 1
    assert stage.bob.send("GET", f"{R}/compare/main...carol:patch").status == 404


def test_history_is_filtered_by_path_and_paged(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice", message="M")
    stage.box.commit(REPO, "main", {"n.txt": "n\n"}, author="alice", message="N")
    found = stage.bob.get(f"{R}/commits?path=m.txt")
    assert [each["commit"]["message"] for each in found] == ["M"]
    first = stage.bob.send("GET", f"{R}/commits?per_page=1")
    assert first.body[0]["commit"]["message"] == "N"
    assert 'rel="last"' in first.headers["Link"]
