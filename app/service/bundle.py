"""A verdict as a folder of files: all that somebody else needs to compute it again.

facts.json and judgement.json are canonical, policy.yml has the bytes that stood in the base, and
evidence.json says how they belong together. SHA256SUMS names every file. No name is hidden, since
what keeps artifacts leaves hidden files out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath

from app.core.canonical import (
    FactsUnreadableError,
    canonical,
    facts_from_bytes,
    facts_to_bytes,
    judgement_document,
)
from app.core.judge import Rule, judge_some
from app.core.verdict import GateName
from app.errors import ReplayError
from app.service.once import Ruling
from app.service.policies import (
    PROBLEM_TYPE,
    LoadedPolicy,
    load_problem,
    load_text,
    read_policy,
)

SCHEMA = "gatewright/evidence/1"
SUMS = "SHA256SUMS"
_FACTS, _JUDGEMENT, _MANIFEST = "facts.json", "judgement.json", "evidence.json"
_POLICY, _PROBLEM = "policy.yml", "policy-problem.json"


@dataclass(frozen=True, slots=True)
class Written:
    """A folder of evidence: the verdict's id, as a record would name it, and the sums' digest."""

    folder: Path
    verdict_id: str
    digest: str


def write(ruling: Ruling, folder: Path) -> Written:
    """Write a ruling into a folder that holds no evidence yet; raises ReplayError if it does."""
    if (folder / SUMS).exists():
        raise ReplayError(f"{str(folder)!r} holds evidence already")
    facts = facts_to_bytes(ruling.facts)
    judgement = canonical(judgement_document(ruling.judgement))
    verdict_id = _id_of(judgement)
    files = {_FACTS: facts, _JUDGEMENT: judgement, **_policy_file(ruling.policy)}
    files[_MANIFEST] = canonical(_manifest(ruling, verdict_id, files))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    sums = "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    (folder / SUMS).write_text(sums, encoding="utf-8")
    return Written(folder, verdict_id, sha256(sums.encode()).hexdigest())


def _policy_file(policy: LoadedPolicy) -> dict[str, bytes]:
    if policy.text is None:
        return {}
    return {_PROBLEM if policy.media_type == PROBLEM_TYPE else _POLICY: policy.text}


def _manifest(ruling: Ruling, verdict_id: str, files: Mapping[str, bytes]) -> dict[str, object]:
    judgement = ruling.judgement
    return {
        "schema": SCHEMA,
        "verdict_id": verdict_id,
        "verdict": judgement.rollup.outcome.value,
        "gates": [each.gate.value for each in judgement.verdicts],
        "subject": {
            "repository": judgement.subject.repository,
            "repository_id": judgement.subject.repository_id,
            "pull_request": judgement.subject.pull_request,
            "head_sha": judgement.subject.head_sha,
        },
        "decided_at": judgement.decided_at,
        "engine": judgement.engine,
        "policy": {"digest": judgement.policy_digest, "source": judgement.policy_source},
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
    }


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict of a folder beside the one that was computed again."""

    verdict_id: str
    stored: bytes
    computed: bytes

    @property
    def is_equal(self) -> bool:
        """Tell whether both are the same bytes."""
        return self.stored == self.computed


def check(folder: Path) -> Checked:
    """Compute a folder's verdict again; raises ReplayError when a file is not what was summed."""
    files = _summed(folder)
    if not {_FACTS, _JUDGEMENT, _MANIFEST} <= files.keys():
        raise ReplayError(f"{str(folder)!r} lacks facts, judgement or manifest")
    manifest, stored = json.loads(files[_MANIFEST]), files[_JUDGEMENT]
    try:
        facts = facts_from_bytes(files[_FACTS])
    except FactsUnreadableError as error:
        raise ReplayError(f"the facts cannot be read: {error}") from error
    policy = _policy(files, manifest["policy"]["source"])
    if manifest["verdict_id"] != _id_of(stored):
        raise ReplayError("the judgement is not the one that the manifest names")
    gates = [GateName(name) for name in manifest["gates"]]
    rule = Rule(policy.value, policy.digest, policy.source)
    judgement = judge_some(gates, facts, rule, datetime.fromisoformat(manifest["decided_at"]))
    return Checked(manifest["verdict_id"], stored, canonical(judgement_document(judgement)))


def _policy(files: Mapping[str, bytes], source: str) -> LoadedPolicy:
    if _PROBLEM in files:
        return load_problem(files[_PROBLEM])
    return load_text(files[_POLICY], source) if _POLICY in files else read_policy(())


def _summed(folder: Path) -> dict[str, bytes]:
    """Read every file that the sums name, none of them outside the folder."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        return dict(_file(folder, line) for line in lines)
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayError(f"{str(folder)!r} holds no evidence that can be read") from error


def _file(folder: Path, line: str) -> tuple[str, bytes]:
    digest, _, name = line.partition("  ")
    place = PurePosixPath(name)
    if not name or place.is_absolute() or ".." in place.parts:
        raise ReplayError("the sums name a file outside the folder")
    content = (folder / name).read_bytes()
    if sha256(content).hexdigest() != digest:
        raise ReplayError(f"{name!r} is not the file that was summed")
    return name, content


def _id_of(judgement: bytes) -> str:
    return f"v-{sha256(judgement).hexdigest()[:24]}"
