"""What one look at each of 500 watched deployments costs: queries over loopback, and the judge."""

import json
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

from app.core.canary.verdict import Decision
from app.core.commands.scales import Tier
from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.deployments import Environment, Strategy
from app.core.policy.watches import Watch, WatchBaseline, WatchLimits
from app.monitoring.prometheus import Prometheus
from app.service.chatops.proving.watch import Watcher
from app.store.deployments import Step, Stored

_DEPLOYMENTS = 500
_MINUTE = 60
_VALUES = {"requests": 6000, "errors": 0, "slow": 3, "outliers": 1, "p95": 210, "well": 0, "all": 4}
_WATCH = Watch(
    requests='requests{v="{sha}"}',
    errors='errors{v="{sha}"}',
    slow='slow{v="{sha}"}',
    outliers='outliers{v="{sha}"}',
    p95_ms='p95{v="{sha}"}',
    unhealthy="well{}",
    instances="all{}",
    baseline=WatchBaseline(
        kind="fresh", requests='requests{v="{sha}"}', p95_ms='p95{v="{sha}"}', instances="all{}"
    ),
    limits=WatchLimits(sla_ms=800),
)


def looks() -> None:
    """Print CPU and time of a look at canaries of 35 minutes and of a day."""
    environment = Environment(
        name="stage", tier="staging", strategy=Strategy(kind="canary"), watch=_WATCH
    )
    with _stub() as address:
        watcher = Watcher(Prometheus(address))
        for what, minutes, count in (("35 minutes", 35, _DEPLOYMENTS), ("23 hours", 1_380, 50)):
            _measure(watcher, environment, (what, minutes, count))


def _measure(watcher: Watcher, environment: Environment, case: tuple[str, int, int]) -> None:
    what, minutes, count = case
    now = datetime.now(UTC).replace(microsecond=0)
    begun = now - timedelta(minutes=minutes, seconds=30)
    steps = [Step(1, State.VERIFYING, "", "", begun), Step(2, State.CANARY, "", "", begun)]
    times, cpu = [], time.process_time()
    for number in range(count):
        start = time.perf_counter()
        stored, live = _stored(number, State.CANARY, now), _stored(-1, State.SUCCEEDED, now)
        look = watcher.look(environment, stored, [live], steps, now)
        times.append(time.perf_counter() - start)
        if look is None or look.verdict is None or look.verdict.decision is not Decision.GO:
            raise RuntimeError(f"the stub's numbers are good: {look}")
    used = (time.process_time() - cpu) / count * 1000
    times.sort()
    p50, p99 = statistics.median(times) * 1000, times[int(count * 0.99)] * 1000
    queries = 10
    print(
        f"a canary of {what}, {queries} queries: {used:.1f} ms CPU, p50 {p50:.1f} ms, "
        f"p99 {p99:.1f} ms (n={count}); {_DEPLOYMENTS} of them once a minute: "
        f"{used * _DEPLOYMENTS / 1000 / _MINUTE:.0%} of a core"
    )


def _stored(number: int, state: State, at: datetime) -> Stored:
    return Stored(
        id=f"req-{number}",
        account_id=1,
        repository_id=1,
        installation_id=1,
        environment="stage",
        kind=Kind.DEPLOY,
        tier=Tier.STAGING,
        sha=Sha(f"{number + 1:040x}"),
        tree="0" * 40,
        state=state,
        version=1,
        entered_at=at,
        requested_at=at,
        requested_by=1,
        requested_login="ann",
        policy_sha256="0" * 64,
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        asked = {name: each[0] for name, each in parse_qs(urlsplit(self.path).query).items()}
        value = _VALUES[asked["query"].partition("{")[0]]
        start, end = float(asked["start"]), float(asked["end"])
        points = range(int((end - start) // _MINUTE) + 1)
        values = [[start + _MINUTE * each, str(value + each % 3)] for each in points]
        if value in (0, 4):
            values = [[at, str(value)] for at, _ in values]
        result = [{"metric": {}, "values": values}]
        answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: that is not what is measured."""


def _serve(told: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    told.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def _stub() -> Iterator[str]:
    """Serve on a process of its own, so that only our own CPU is counted."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{mine.recv()}"
    finally:
        process.terminate()
        process.join()
