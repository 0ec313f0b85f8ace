"""Short ways to put the ci gate in front of checks and policies, for several test modules."""

from typing import Any

from app.core.facts import CheckRun, CheckSuite, CommitStatus, Facts, WorkflowRun
from app.core.gates.ci import judge
from app.core.verdict import Outcome, Verdict
from tests.builders import NOW, at, facts, policy

CI = ".github/workflows/ci.yml"
OTHER = ".github/workflows/other.yml"


def verdict(seen: Facts, *required: str | dict[str, Any], **ci: Any) -> Verdict:
    """Judge under a policy that requires checks by name or by whole entry."""
    entries = [{"name": each} if isinstance(each, str) else each for each in required]
    return judge(seen, policy(ci={"required": entries, **ci}), NOW)


def ruled(*reports: CheckRun | CommitStatus, entry: dict[str, Any] | None = None) -> Verdict:
    """Judge a policy that requires `unit`, given these runs and statuses."""
    runs = tuple(each for each in reports if isinstance(each, CheckRun))
    statuses = tuple(each for each in reports if isinstance(each, CommitStatus))
    return verdict(facts(runs=runs, statuses=statuses), {"name": "unit"} | (entry or {}))


def ending(judged: Verdict) -> tuple[Outcome, str]:
    return judged.outcome, judged.code


def said(judged: Verdict) -> str:
    """Return all that the verdict tells people in one text."""
    blockers = (f"{each.subject} {each.next_action}" for each in judged.blockers)
    seen = (f"{each.what} {each.because}" for each in judged.seen)
    return "\n".join([judged.title, *blockers, *seen, *judged.counted])


def suite(number: int = 1, **changes: Any) -> CheckSuite:
    plain = {"app_id": 15368, "status": "completed", "conclusion": "success", "runs": 1}
    return CheckSuite(id=number, **({"created_at": at(-30)} | plain | changes))


def workflow(path: str = CI, **changes: Any) -> WorkflowRun:
    plain = {"suite_id": 1, "event": "pull_request", "status": "completed"}
    return WorkflowRun(**({"id": 1, "path": path, "conclusion": "success"} | plain | changes))
