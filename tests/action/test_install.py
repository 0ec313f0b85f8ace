"""The real install, as a consumer's runner does it: from the package index, in a hostile workspace.

This is the one test here that leaves the machine: it fetches the pinned wheels.
"""

import pytest

from tests.action.act import Consumer
from tests.action.hostile import traps
from tests.action.jobs import WHOLE, pull_event

CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8"
PIN = "0" * 40
WORKFLOW = f"""\
on: pull_request
permissions: {{}}
jobs:
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: {CHECKOUT}
      - run: test -f app/__init__.py && test -f uv.toml
      - id: first
        uses: acme/gatewright/actions/compliance@{PIN}
      - id: second
        uses: acme/gatewright@{PIN}
      - run: echo "[$FIRST] [$SECOND]"
        env:
          FIRST: ${{{{ steps.first.outputs.verdict }}}}
          SECOND: ${{{{ steps.second.outputs.decision }}}}
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_installs_once_and_judges_in_a_workspace_that_would_take_it_over(
    box, jobs, pull, tmp_path
):
    mark, folder = tmp_path / "mark", tmp_path / "consumer"
    folder.mkdir()
    consumer = Consumer(folder, box.url, jobs.token(WHOLE), {})
    event = pull_event(box, pull)
    ran = consumer.run(WORKFLOW, "pull_request", event, install=True, files=traps(mark))
    log = ran.log("gate")
    assert ran.job("gate") == "success", log
    assert "[pass] [GO]" in log
    assert log.count("Install Gatewright") == 1
    assert not mark.exists(), mark.read_text()
