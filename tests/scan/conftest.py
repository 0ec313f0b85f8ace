import pytest

from app.scan.engine import Engine, Findings
from app.scan.pool import ScannerPool
from tests.changes.repo import Repo

KEY = b"a key of this installation"


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo.git")


@pytest.fixture(scope="session")
def engine():
    return Engine(KEY)


@pytest.fixture(scope="session")
def pool():
    with ScannerPool(KEY) as running:
        yield running


@pytest.fixture
def found(engine):
    """Scan a content and return what was found by rule, tier and line."""

    def scan(content, path="app.py"):
        findings = Findings()
        raw = content.encode() if isinstance(content, str) else content
        engine.scan(raw, path, findings)
        return {(hit.rule, hit.tier, hit.line) for hit in findings.hits()}

    return scan
