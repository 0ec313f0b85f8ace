"""`gatewright policy suggest` on real repositories."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from tests.changes.repo import Repo, executable
from tests.cli.conftest import gatewright


@pytest.fixture
def repo(tmp_path) -> Repo:
    return Repo(tmp_path / "repo.git")


def test_the_suggested_policy_can_be_used_at_once(repo):
    files = {".github/workflows/ci.yml": "on: push\n", "run.sh": executable("#!/bin/sh\n")}
    commit = repo.commit(files)
    done = gatewright("policy", "suggest", "--repo", repo.path, "--revision", commit)
    found = load_policy(done.out.encode(), "gatewright.yml")
    assert isinstance(found, Policy), found
    assert found.gates.compliance.allow_executables == ("**/*.sh",)


def test_a_link_proposes_the_file_on_github(repo):
    commit = repo.commit({"a.py": "a = 1\n"})
    page = "https://github.com/acme/widgets"
    done = gatewright(
        "policy", "suggest", "--repo", repo.path, "--revision", commit, "--page", page
    )
    link = urlsplit(done.out.strip())
    asked = parse_qs(link.query)
    assert (link.path, asked["filename"]) == ("/acme/widgets/new/HEAD", [".github/gatewright.yml"])
    assert isinstance(load_policy(asked["value"][0].encode(), "gatewright.yml"), Policy)


def test_nothing_is_suggested_over_a_policy(repo):
    commit = repo.commit({".github/gatewright.yml": "version: 1\n"})
    done = gatewright("policy", "suggest", "--repo", repo.path, "--revision", commit)
    assert "is there already" in done.complaint


@pytest.mark.parametrize("page", ["acme/widgets", "https://github.com", "ftp://x/a/b"])
def test_a_page_that_is_none_is_refused(repo, page):
    commit = repo.commit({"a.py": "a = 1\n"})
    done = gatewright(
        "policy", "suggest", "--repo", repo.path, "--revision", commit, "--page", page
    )
    assert "--page must be an address" in done.complaint
