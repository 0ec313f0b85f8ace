"""`/_sandbox/…`: looking at the sandbox and moving it from another process."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from app.errors import GatewrightError
from app.sandbox.connection import describe
from app.sandbox.control.everything import EveryControl
from app.sandbox.payloads.common import maybe_iso
from app.sandbox.seed import plant

PREFIX = "/_sandbox"
Fields = Mapping[str, Any]
Verb = Callable[[EveryControl, Fields], Any]


class Control:
    """The control door; a web page cannot use it, because browsers name their origin."""

    def __init__(self, box: EveryControl) -> None:
        self._box = box

    def serve(self, request: Request) -> Response:
        """Answer a control request with JSON."""
        if "Origin" in request.headers:
            return _json({"message": "the control door is not for web pages"}, 403)
        verb = _VERBS.get((request.method, request.path.removeprefix(PREFIX)))
        if verb is None:
            known = sorted(f"{method} {PREFIX}{path}" for method, path in _VERBS)
            return _json({"message": "unknown control request", "known": known}, 404)
        try:
            fields = json.loads(request.get_data() or b"{}")
            return _json(verb(self._box, fields))
        except (GatewrightError, KeyError, TypeError, ValueError) as error:
            return _json({"message": f"{type(error).__name__}: {error}"}, 422)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def _requests(box: EveryControl, _: Fields) -> Any:
    return [entry.public() for entry in box.requests]


def _forget(box: EveryControl, _: Fields) -> Any:
    box.forget_requests()


def _deliveries(box: EveryControl, _: Fields) -> Any:
    return [
        {
            "id": each.id,
            "guid": each.guid,
            "event": each.event,
            "action": each.action,
            "app_id": each.app.id,
            "status": each.status,
            "status_code": each.status_code,
            "delivered_at": maybe_iso(each.delivered_at),
            "redelivery": each.redelivery,
            "payload": each.payload,
        }
        for each in box.deliveries
    ]


def _commit(box: EveryControl, fields: Fields) -> Any:
    repo, branch, files = fields["repo"], fields["branch"], fields["files"]
    return {"sha": box.commit(repo, branch, files, **_rest(fields, "repo", "branch", "files"))}


def _pull_request(box: EveryControl, fields: Fields) -> Any:
    details = _rest(fields, "repo", "head")
    return {"number": box.open_pull_request(fields["repo"], fields["head"], **details).number}


def _draft(box: EveryControl, fields: Fields) -> Any:
    box.set_draft(fields["repo"], fields["number"], draft=fields["draft"])


def _check(box: EveryControl, fields: Fields) -> Any:
    details = _rest(fields, "repo", "sha", "name")
    return {"id": box.post_check(fields["repo"], fields["sha"], fields["name"], **details).id}


def _status(box: EveryControl, fields: Fields) -> Any:
    return {"id": box.post_status(**fields).id}


def _button(box: EveryControl, fields: Fields) -> Any:
    run = box.find_repo(fields["repo"]).check_runs[fields["check_run_id"]]
    box.press_button(fields["repo"], run, fields["identifier"], fields["user"])


def _workflow(box: EveryControl, fields: Fields) -> Any:
    run = box.start_workflow(fields["repo"], fields["sha"], **_rest(fields, "repo", "sha"))
    return {"id": run.id, "check_suite_id": run.suite.id}


def _finish_workflow(box: EveryControl, fields: Fields) -> Any:
    run = box.find_repo(fields["repo"]).workflow_runs[fields["id"]]
    box.finish_workflow(fields["repo"], run, fields.get("conclusion", "success"))


def _ask_protection(box: EveryControl, fields: Fields) -> Any:
    run = box.find_repo(fields["repo"]).workflow_runs[fields["id"]]
    return {"deployment_id": box.ask_protection(fields["repo"], run, fields["environment"]).id}


def _merge_group(box: EveryControl, fields: Fields) -> Any:
    made = box.enqueue(fields["repo"], *fields["numbers"], actor=fields.get("actor"))
    return {"head_ref": made.ref, "head_sha": made.head_sha, "base_sha": made.base_sha}


def _destroy_group(box: EveryControl, fields: Fields) -> Any:
    groups = box.find_repo(fields["repo"]).queue
    group = next(each for each in list(groups) if each.ref == fields["head_ref"])
    box.destroy_group(fields["repo"], group, fields.get("reason", "invalidated"))


def _fault(box: EveryControl, fields: Fields) -> Any:
    box.fail_api(**fields)


def _mishap(box: EveryControl, fields: Fields) -> Any:
    box.disturb_webhooks(**fields)


def _calm(box: EveryControl, _: Fields) -> Any:
    box.calm()


def _release(box: EveryControl, _: Fields) -> Any:
    box.release_webhooks()


def _wait(box: EveryControl, fields: Fields) -> Any:
    box.wait_idle(fields.get("timeout", 10.0))


def _advance(box: EveryControl, fields: Fields) -> Any:
    box.advance(timedelta(seconds=fields["seconds"]))


def _quota(box: EveryControl, fields: Fields) -> Any:
    box.leave_requests(fields["actor"], fields["remaining"])


def _seed(box: EveryControl, fields: Fields) -> Any:
    plant(box, fields)
    return describe(box)


def _webhook(box: EveryControl, fields: Fields) -> Any:
    box.app.hook.url = fields["url"]


def _emit(box: EveryControl, fields: Fields) -> Any:
    box.emit(**fields)


def _connection(box: EveryControl, _: Fields) -> Any:
    return describe(box)


def _rest(fields: Fields, *taken: str) -> dict[str, Any]:
    """Return the optional fields, to be passed on by name."""
    return {name: value for name, value in fields.items() if name not in taken}


_VERBS: dict[tuple[str, str], Verb] = {
    ("GET", "/connection"): _connection,
    ("GET", "/deliveries"): _deliveries,
    ("GET", "/requests"): _requests,
    ("DELETE", "/requests"): _forget,
    ("POST", "/advance"): _advance,
    ("POST", "/buttons"): _button,
    ("POST", "/checks"): _check,
    ("POST", "/commits"): _commit,
    ("POST", "/drafts"): _draft,
    ("POST", "/events"): _emit,
    ("POST", "/faults"): _fault,
    ("DELETE", "/faults"): _calm,
    ("POST", "/merge-groups"): _merge_group,
    ("DELETE", "/merge-groups"): _destroy_group,
    ("POST", "/protection-requests"): _ask_protection,
    ("POST", "/pull-requests"): _pull_request,
    ("POST", "/quota"): _quota,
    ("POST", "/seed"): _seed,
    ("POST", "/statuses"): _status,
    ("POST", "/wait"): _wait,
    ("PUT", "/webhook"): _webhook,
    ("POST", "/webhook-faults"): _mishap,
    ("POST", "/webhook-release"): _release,
    ("POST", "/workflow-runs"): _workflow,
    ("POST", "/workflow-runs/finish"): _finish_workflow,
}
