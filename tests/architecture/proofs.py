"""Pages of claims, each with the tests that prove it: the data in TOML, the pages made from it.

A proof is written `core/deploy/test_machine::test_name`, or with the id of a case behind `::`.
"""

import ast
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
TRAPS, FEATURES = TESTS / "traps" / "chatops.toml", TESTS / "traps" / "features.toml"
PEERS = ("BD", "AT", "PW", "GE", "RF")
_MARK = re.compile(r"\A(?:test_)?(?:[A-Z]\d+[_ ])*")

Claim = Mapping[str, Any]


def claims(file: Path) -> dict[str, dict[str, Claim]]:
    """Return the claims of a file, by heading and id, in their order."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def names_in(file: Path) -> frozenset[str]:
    """Return the names of a file's tests and the ids of their cases, as they stand in its text."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        elif isinstance(node, ast.keyword) and node.arg == "id":
            found |= _texts([node.value])
        elif isinstance(node, ast.Dict):
            found |= _texts([key for key in node.keys if key is not None])
    return frozenset(found)


def _texts(nodes: Sequence[ast.expr]) -> set[str]:
    constants = [each.value for each in nodes if isinstance(each, ast.Constant)]
    return {each for each in constants if isinstance(each, str)}


def is_there(proof: str) -> bool:
    """Tell whether a proof names a test, a case of one, or a page that exist."""
    if proof.endswith(".md"):
        return (TESTS.parent / "docs" / proof).is_file()
    path, _, name = proof.partition("::")
    file = TESTS / f"{path}.py"
    return file.is_file() and name in names_in(file)


def link(proof: str) -> str:
    """Return a proof as a link from a page, named as a sentence."""
    if proof.endswith(".md"):
        return f"[{proof.removesuffix('.md')}]({proof})"
    path, _, name = proof.partition("::")
    words = _MARK.sub("", name).replace("_", " ")
    return f"[{words}](../tests/{path}.py)"


def trap_list() -> str:
    """Return every trap with what is done about it and its proofs."""
    lines: list[str] = []
    for heading, found in claims(TRAPS).items():
        lines += ["", f"## {heading}", ""]
        lines += [_trap(name, claim) for name, claim in found.items()]
    return "\n".join(lines[1:])


def _trap(name: str, claim: Claim) -> str:
    proofs = ", ".join(link(each) for each in claim.get("by", ()))
    parts = [
        f'- <a id="{name}"></a>**{name}** {claim["says"]}',
        f"*Not ours:* {claim['why']}" if "why" in claim else "",
        f"**Open:** {claim['open']}" if "open" in claim else "",
        f"*Proof:* {proofs}." if proofs else "",
    ]
    return "\n  ".join(part for part in parts if part)


def trap_count() -> str:
    """Return how many traps are proven, not ours, and open."""
    every = [each for found in claims(TRAPS).values() for each in found.values()]
    still = sum("open" in each for each in every)
    rest = sum("why" in each for each in every)
    proven = len(every) - still - rest
    return (
        f"Of {len(every)} traps {proven} have tests, {rest} cannot happen here for the reason that "
        f"is given, and {still} are open in part, which is said where they stand."
    )


def feature_tables() -> str:
    """Return a table for each group of features, with peers' columns and ours."""
    lines: list[str] = []
    for heading, found in claims(FEATURES).items():
        lines += ["", f"## {heading}", ""]
        lines += [
            f"| # | feature | {' | '.join(PEERS)} | ours | where to see it |",
            "|---" * 9 + "|",
        ]
        lines += [_feature(name, claim) for name, claim in found.items()]
    return "\n".join(lines[1:])


def _feature(name: str, claim: Claim) -> str:
    peers = " | ".join(claim["peers"].split())
    proofs = ", ".join(link(each) for each in claim.get("by", ()))
    note = claim.get("note", "")
    told = " ".join(part for part in (note, proofs) if part)
    return (
        f'| <a id="{name}"></a>{name} | {claim["says"]} | {peers} | **{claim["ours"]}** | {told} |'
    )


def feature_count() -> str:
    """Return how often each answer is ours."""
    every = [each["ours"] for found in claims(FEATURES).values() for each in found.values()]
    yes, partly, no = (every.count(each) for each in "YPN")
    return f"Of {len(every)} features Gatewright has {yes}, {partly} in part, and {no} not."
