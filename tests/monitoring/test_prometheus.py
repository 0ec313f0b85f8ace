"""The adapter against a real Prometheus whose service gets worse, and against odd servers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler

import pytest

from app.errors import MetricsError, MetricsUnavailableError
from app.monitoring.prometheus import Prometheus
from app.ports.deployments import Point, Question
from tests.prometheus import exporting, prometheus, serving, wait_for

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(minutes=10)


@pytest.fixture(scope="module")
def service():
    """A service with two instances that is well, apart from numbers that are odd on purpose."""
    with exporting() as made:
        made.numbers |= {
            "failing": 0,
            "odd": "NaN",
            "beyond": "+Inf",
            'up_of{instance_number="1"}': 1,
            'up_of{instance_number="2"}': 1,
        }
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory, service):
    past = {
        'requests_total{version="a"}': [
            (START + timedelta(seconds=15 * step), 25 * step) for step in range(41)
        ],
        'with_a_gap{version="a"}': [
            (START + timedelta(minutes=minute), minute) for minute in (0, 1, 8)
        ],
    }
    with prometheus(tmp_path_factory.mktemp("prometheus"), [service], past) as address:
        yield address


def values(server, text: str, start: datetime = START, end: datetime = NOW) -> list[Decimal]:
    return [each.value for each in Prometheus(server).minutes(Question("q", text), start, end)]


def newest(server, text: str) -> Decimal | None:
    now = datetime.now(UTC)
    return next(iter(values(server, text, now, now)), None)


def test_each_minute_has_the_requests_within_it(server):
    found = Prometheus(server).minutes(
        Question("requests", 'sum(increase(requests_total{version="a"}[1m]))'),
        START + timedelta(minutes=1),
        START + timedelta(minutes=3),
    )
    assert found == tuple(
        Point(START + timedelta(minutes=minute), Decimal(100)) for minute in (1, 2, 3)
    )


def test_a_minute_without_samples_is_left_out_and_not_filled(server):
    found = values(server, 'count_over_time(with_a_gap{version="a"}[30s])')
    assert len(found) == 3


def test_a_service_that_gets_worse_is_seen_to(server, service):
    wait_for(lambda: newest(server, "failing") == 0, "the service to be scraped")
    service.numbers["failing"] = 7
    wait_for(lambda: newest(server, "failing") == 7, "the failures to be scraped")


@pytest.mark.parametrize(
    ("metric", "is_it"),
    [
        pytest.param("odd", Decimal.is_nan, id="not a number"),
        pytest.param("beyond", Decimal.is_infinite, id="infinite"),
        pytest.param("failing / 0 - failing / 0", Decimal.is_nan, id="a division of nothing"),
    ],
)
def test_T84_what_is_no_number_arrives_as_such(server, metric, is_it: Callable[[Decimal], bool]):
    found = wait_for(lambda: newest(server, metric), "the service to be scraped")
    assert is_it(found)


def test_T83_an_empty_answer_has_no_minutes_and_no_zeros(server):
    assert values(server, "no_such_metric") == []


def test_T84_several_series_are_refused_with_the_name_of_the_query(server):
    def ask() -> str:
        try:
            newest(server, "up_of")
        except MetricsError as error:
            return str(error)
        return ""

    said = wait_for(ask, "both instances to be scraped")
    assert said == "the query `q` gives 2 series; make it one, for example with `sum(…)`"


def test_a_query_that_cannot_be_read_is_named_with_the_reason(server):
    with pytest.raises(MetricsError, match=r"refuses the query `q`: .*parse error") as caught:
        values(server, "sum(requests_total")
    assert not isinstance(caught.value, MetricsUnavailableError)


def test_a_query_with_a_wrong_form_of_value_is_refused(server):
    with pytest.raises(MetricsError, match="refuses the query `q`"):
        values(server, "requests_total[1m]")


def test_a_server_that_is_not_there_is_told_without_its_address():
    with pytest.raises(MetricsUnavailableError) as caught:
        values("http://127.0.0.1:9", "up")
    assert str(caught.value) == "Prometheus cannot be reached (ConnectionError)"


def odd_server(status: int, body: bytes, **headers: str):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return serving(Handler)


def answer(result: object, kind: str = "matrix") -> bytes:
    return json.dumps(
        {"status": "success", "data": {"resultType": kind, "result": result}}
    ).encode()


NO_PROMETHEUS = "What answers is no Prometheus"


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        pytest.param(503, b"busy", "Prometheus answers with status 503", id="out of order"),
        pytest.param(401, b"who?", "Prometheus answers with status 401", id="wants credentials"),
        pytest.param(200, b"<html>", NO_PROMETHEUS, id="a page"),
        pytest.param(200, b"[]", NO_PROMETHEUS, id="another form"),
        pytest.param(200, answer([], "vector"), NO_PROMETHEUS, id="another kind of result"),
        pytest.param(200, answer([{"values": [[1, "x"]]}]), NO_PROMETHEUS, id="text for a number"),
        pytest.param(200, answer([{"values": [[1e30, "1"]]}]), NO_PROMETHEUS, id="no such time"),
        pytest.param(200, answer([{"values": [3]}]), NO_PROMETHEUS, id="a point without a time"),
        pytest.param(200, b"9" * 2_001, "answers with more than is read", id="too large"),
    ],
)
def test_what_is_no_answer_is_no_measurement(status, body, says):
    with (
        odd_server(status, body) as address,
        pytest.raises(MetricsUnavailableError, match=says),
    ):
        Prometheus(f"http://{address}", most_bytes=2_000).minutes(Question("q", "up"), START, NOW)


def test_a_redirect_is_not_followed():
    """The other server would answer well, and nobody may send us there."""
    with (
        odd_server(200, answer([])) as other,
        odd_server(307, b"", Location=f"http://{other}/api/v1/query_range") as address,
        pytest.raises(MetricsUnavailableError, match="status 307"),
    ):
        values(f"http://{address}", "up")


def test_a_server_that_never_ends_its_answer_is_given_up():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.flush()
            self.rfile.read(1)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as address, pytest.raises(MetricsUnavailableError):
        Prometheus(f"http://{address}", seconds=0.1).minutes(Question("q", "up"), START, NOW)
