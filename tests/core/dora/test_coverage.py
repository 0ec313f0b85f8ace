"""Each trap of the catalogue has a published case, a test of its name, or a reason."""

import re
from pathlib import Path

from tests.core.dora.cases import CASES

TRAPS = {f"T{number:02}" for number in range(1, 64)}
REASONS = {
    "T58": "nothing is paged here: a file is read whole; whoever writes it pages to the end",
}


def test_each_trap_is_tested_or_has_a_reason():
    files = Path(__file__).parent.glob("test_*.py")
    named = {name for file in files for name in re.findall(r"def test_(T\d\d)_", file.read_text())}
    published = {trap for case in CASES.values() for trap in case["traps"]}
    assert TRAPS - named - published - set(REASONS) == set()
    assert named | published | set(REASONS) == TRAPS
    assert set(REASONS) & (named | published) == set()
