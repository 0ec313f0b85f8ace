"""What the pages claim has tests: every trap and feature is told, and every proof exists."""

import pytest

from tests.architecture import proofs

TRAPS, FEATURES = proofs.claims(proofs.TRAPS), proofs.claims(proofs.FEATURES)
EVERY = [
    pytest.param(proof, id=f"{name} {proof}")
    for found in (TRAPS, FEATURES)
    for claims in found.values()
    for name, claim in claims.items()
    for proof in claim.get("by", ())
]


@pytest.mark.parametrize("proof", EVERY)
def test_every_proof_exists(proof):
    assert proofs.is_there(proof)


@pytest.mark.parametrize(
    "proof",
    [
        "architecture/test_proofs::test_that_nobody_wrote",
        "architecture/test_nowhere::test_every_proof_exists",
        "architecture/test_proofs::no such case",
        "nowhere.md",
    ],
)
def test_a_proof_that_does_not_exist_is_noticed(proof):
    assert not proofs.is_there(proof)


def test_every_trap_is_told_in_order():
    assert [name for claims in TRAPS.values() for name in claims] == [
        f"T{number:02}" for number in range(1, 101)
    ]


def test_every_feature_is_told_in_order():
    assert [name for claims in FEATURES.values() for name in claims] == [
        f"F{number:02}" for number in range(1, 91)
    ]


def test_every_trap_has_a_proof_or_says_why_not():
    every = {name: claim for claims in TRAPS.values() for name, claim in claims.items()}
    assert [name for name, claim in every.items() if not {"by", "why", "open"} & set(claim)] == []
    known = {"says", "by", "why", "open"}
    assert [name for name, claim in every.items() if not set(claim) <= known] == []


def test_what_we_claim_to_have_is_proven_and_what_we_lack_is_said():
    every = {name: claim for claims in FEATURES.values() for name, claim in claims.items()}
    assert [name for name, each in every.items() if each["ours"] in "YP" and not each["by"]] == []
    assert [name for name, each in every.items() if each["ours"] in "PN" and not each["note"]] == []
    columns = [[*each["peers"].split(), each["ours"]] for each in every.values()]
    assert {len(each) for each in columns} == {len(proofs.PEERS) + 1}
    assert {cell for each in columns for cell in each} <= {"Y", "P", "N", "-"}
