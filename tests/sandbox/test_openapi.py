"""GitHub's own description judges every request and answer of the sandbox."""

from dataclasses import dataclass

import pytest

from app.sandbox.http.journal import Entry
from app.sandbox.http.routing import Router
from app.sandbox.routes.table import all_routes
from tests.contract.openapi import DescriptionMissingError, OpenApi
from tests.sandbox import tours
from tests.sandbox.client import build_stage, new_box

ROUTES = sorted(Router(all_routes()).templates())

# Where GitHub itself does not do what it describes; each with the reason.
KNOWN = {
    "head/repo: None is not": "null once the fork is deleted",
    "GET /app/installations -> 200: 0/account": "described as user and enterprise at once",
    "/contents: not described": "a template cannot say that the root's path is empty",
    "/contents/: not described": "a template cannot say that the root's path is empty",
}


@dataclass
class Judged:
    """Everything that was said in all tours, with the tour's name where one failed."""

    entries: list[Entry]
    api: OpenApi


@pytest.fixture(scope="module")
def judged() -> Judged:
    try:
        api = OpenApi.load()
    except DescriptionMissingError as missing:
        pytest.skip(str(missing))
    entries: list[Entry] = []
    for tour in tours.ALL:
        with new_box() as box:
            stage = build_stage(box)
            tour(stage)
            entries += box.requests
    return Judged(entries, api)


@pytest.mark.parametrize(("method", "template"), ROUTES, ids=str)
def test_endpoint_fits_githubs_description(judged: Judged, method: str, template: str) -> None:
    mine = [e for e in judged.entries if (e.method, e.template) == (method, template)]
    assert any(entry.status < 400 for entry in mine), f"no tour was served: {mine}"
    assert [found for entry in mine for found in violations(judged.api, entry)] == []


def test_requests_without_route_are_only_those_that_no_route_has(judged: Judged) -> None:
    lost = {(e.method, e.path) for e in judged.entries if e.template is None}
    assert lost == set()


def violations(api: OpenApi, entry: Entry) -> list[str]:
    path = entry.plain_path
    found = api.validate_request(entry.method, path, entry.query, entry.body)
    if entry.status >= 400:
        found = []  # a refused request may well be wrong
    if entry.answer is not None or entry.media == "application/json":
        answer = (entry.status, entry.answer, entry.media)
        found += api.validate_response(entry.method, path, *answer)
    return [each for each in found if not any(known in each for known in KNOWN)]
