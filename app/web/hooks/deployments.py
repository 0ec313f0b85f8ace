"""What others say about deployments, and the end of workflows that carry them out."""

from collections.abc import Iterator

from app.service.intents import Ignore, Intent, WakeDeployment
from app.web.hooks.payloads import DeploymentStatusEvent, read
from app.web.router import Event, Router

router = Router()


@router.on("deployment_status")
def stepped(event: Event) -> Iterator[Intent]:
    """Look at the deployment; what a bot of ours wrote is an echo."""
    found = read(DeploymentStatusEvent, event.payload)
    status = event.payload.get("deployment_status")
    app = (status.get("performed_via_github_app") or {}) if isinstance(status, dict) else {}
    if isinstance(app, dict) and app.get("id") == event.app_id:
        yield Ignore("our own step of a deployment")
        return
    yield WakeDeployment(github_id=found.deployment.id)
