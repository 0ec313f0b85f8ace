import sys

import pytest

from app.service.intents import Ignore
from app.web.router import Event, Router, installed_routers


def event(name: str, action: str | None = None) -> Event:
    return Event(name, action, {})


def named(text: str):
    """Return a handler that says who it is and must not run unless it is meant to."""

    def handler(_event: Event):
        yield Ignore(text)

    handler.__name__ = text
    return handler


def names(router: Router, of: Event) -> list[str]:
    return [handler.__name__ for handler in router.handlers(of)]


@pytest.fixture
def router() -> Router:
    made = Router()
    made.on("push")(named("any push"))
    made.on("issue", "opened", "closed")(named("opened or closed"))
    made.on("issue")(named("any issue"))
    made.on("issue", "opened")(named("opened"))
    return made


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (event("push"), ["any push"]),
        (event("push", "strange"), ["any push"]),
        (event("issue", "opened"), ["opened or closed", "opened", "any issue"]),
        (event("issue", "closed"), ["opened or closed", "any issue"]),
        (event("issue", "new"), ["any issue"]),
        (event("issue"), ["any issue"]),
        (event("issue.opened"), []),
        (event("star", "created"), []),
        (event(""), []),
    ],
    ids=lambda value: value.full_name if isinstance(value, Event) else "",
)
def test_who_would_run_is_known_without_running_anything(router, of, expected):
    assert names(router, of) == expected


def test_a_function_can_be_registered_for_several_events_and_stays_itself(router):
    other = Router()

    @other.on("a")
    @other.on("b", "x")
    def both(_event: Event):
        yield Ignore("both")

    assert other.handlers(event("a")) == other.handlers(event("b", "x")) == (both,)


def test_routers_are_joined_in_order_and_stay_apart(router):
    other = Router()
    other.on("push")(named("second"))
    joined = router + other
    assert names(joined, event("push")) == ["any push", "second"]
    assert names(router, event("push")) == ["any push"]
    assert names(other, event("push")) == ["second"]


def test_joining_with_an_empty_router_changes_nothing(router):
    assert (router + Router()).table == (Router() + router).table == router.table


PLUGIN = """
from app.service.intents import Ignore
from app.web.router import Router

router = Router()


@router.on("star", "created")
def starred(event):
    yield Ignore(f"a star for {event.app_id}")
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Put a distribution that offers a router on the path."""
    info = tmp_path / "stargazer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stargazer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gatewright.webhooks]\nstars = stargazer:router\n")
    (tmp_path / "stargazer.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("stargazer", None)


def test_another_package_can_offer_handlers(plugin):
    (found,) = installed_routers()
    (handler,) = found.handlers(event("star", "created"))
    assert list(handler(Event("star", "created", {}, app_id=7))) == [Ignore("a star for 7")]


def test_no_package_offers_handlers_unasked():
    assert installed_routers() == ()
