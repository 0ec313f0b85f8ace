"""GitHub asks whether a workflow run may deploy to an environment."""

import re
from collections.abc import Iterator

from app.service.intents import AnswerProtection, Ignore, Intent
from app.web.hooks.payloads import ProtectionEvent, read
from app.web.router import Event, Router

router = Router()

_RUN = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)/actions/runs/(?P<run>[1-9][0-9]{0,17})/[a-z_]+\Z")


@router.on("deployment_protection_rule", "requested")
def asked(event: Event) -> Iterator[Intent]:
    """Take nothing of the callback address but the run's number (T56); the rest is ours."""
    found = read(ProtectionEvent, event.payload)
    run = _RUN.search(found.deployment_callback_url or "")
    name = found.environment
    if run is None or not name or run["name"].lower() != found.repository.full_name.lower():
        yield Ignore("the question names no run of this repository")
        return
    yield AnswerProtection(int(run["run"]), name)
