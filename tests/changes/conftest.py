import pytest

from tests.changes.repo import Repo


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo.git")
