"""The published cases: histories whose every number was worked out by hand."""

import json
from pathlib import Path

BOOK = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in BOOK["cases"]}
