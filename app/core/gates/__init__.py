"""Merge gates: one file each, facts and policy in, verdict out; no gate knows another.

Each module offers `judge(facts, policy, now) -> Verdict`, `needs(policy) -> frozenset[Part]`
naming the parts of the facts without which it cannot tell, and an enum of its reason codes.
"""
