"""Evidence as rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.store import evidence
from app.store.evidence import Handed
from tests.builders import NOW

ONE = Handed(
    id="a",
    repository_id=2**40,
    kind="coverage",
    value="83.5",
    unit="percent",
    sha="1" * 40,
    tree="t" * 40,
    source="pytest",
    observed_at=NOW,
    received_at=NOW,
    run_id=44_001_000_001,
    run_attempt=1,
    event="push",
    ref="refs/heads/main",
    token_sha="1" * 40,
    workflow_ref="acme/widgets/.github/workflows/q.yml@refs/heads/main",
    n=2**40,
    expires_at=NOW,
    baseline_value="80",
    baseline_sha="2" * 40,
    baseline_at=NOW,
)


def test_evidence_is_read_back_whole_by_commit_or_tree_newest_first(database):
    later = replace(
        ONE, id="b", observed_at=NOW + timedelta(hours=1), sha="3" * 40, expires_at=None
    )
    elsewhere = replace(ONE, id="c", repository_id=3)
    of_another = replace(ONE, id="d", sha="4" * 40, tree="")
    other_kind = replace(ONE, id="e", kind="cvss")
    with database.write() as connection:
        every = (ONE, later, elsewhere, of_another, other_kind)
        assert all(evidence.keep(connection, each) for each in every)
        assert not evidence.keep(connection, ONE)

        def about(*names: str) -> tuple[Handed, ...]:
            return evidence.about(connection, 2**40, ["coverage"], names)

        assert about(ONE.sha) == (ONE,)
        assert about(ONE.sha, ONE.tree) == (later, ONE)
        assert about("5" * 40) == ()
