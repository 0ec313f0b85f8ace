"""Prometheus: one query in, one value a minute out.

Format: Prometheus HTTP API v1, "Range queries". An answer that could be read in two ways is none:
several series would need a choice that nobody made (trap T84).
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

import requests

from app.core.text import quoted, shorten
from app.errors import MetricsError, MetricsUnavailableError
from app.ports.deployments import Point, Question

_STEP_SECONDS = 60
_CONNECT_SECONDS = 3
_SECONDS = 10
_MOST_BYTES = 4_000_000
_CHUNK = 65_536
_MESSAGE_BYTES = 300
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server at the operator's address; messages never name it, since strangers read them."""

    address: str
    seconds: float = _SECONDS
    most_bytes: int = _MOST_BYTES
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def source(self) -> str:
        """What the samples say they come from."""
        return "prometheus"

    def minutes(self, question: Question, start: datetime, end: datetime) -> tuple[Point, ...]:
        """Return the query's value at start and at every 60 seconds after it, up to the end."""
        asked = {
            "query": question.text,
            "start": f"{start.timestamp():.3f}",
            "end": f"{end.timestamp():.3f}",
            "step": str(_STEP_SECONDS),
            "timeout": f"{self.seconds:g}s",
        }
        status, body = self._get(asked)
        return _points(question, _loaded(question, status, body))

    def _get(self, asked: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask; a redirect is not followed, so that nobody but the operator says where we go."""
        url = f"{self.address.rstrip('/')}/api/v1/query_range"
        try:
            with self.session.get(
                url,
                params=asked,
                timeout=(_CONNECT_SECONDS, self.seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, b"".join(self._chunks(answer))
        except requests.RequestException as error:
            what = f"Prometheus cannot be reached ({type(error).__name__})"
            raise MetricsUnavailableError(what) from error

    def _chunks(self, answer: requests.Response) -> Iterator[bytes]:
        """Yield the body as long as it is neither too large nor too slow."""
        size, deadline = 0, time.monotonic() + self.seconds
        for chunk in answer.iter_content(_CHUNK):
            size += len(chunk)
            if size > self.most_bytes:
                raise MetricsUnavailableError("Prometheus answers with more than is read")
            if time.monotonic() > deadline:
                raise MetricsUnavailableError("Prometheus does not finish its answer in time")
            yield chunk


def _loaded(question: Question, status: int, body: bytes) -> list[Any]:
    """Return the series of an answer; a refused query is told apart from a server in trouble."""
    if status not in (HTTPStatus.OK, *_REFUSALS):
        raise MetricsUnavailableError(f"Prometheus answers with status {status}")
    try:
        answer = json.loads(body)
        if answer["status"] == "success" and answer["data"]["resultType"] == "matrix":
            found = answer["data"]["result"]
            return [each["values"] for each in found]
        reason = str(answer["error"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MetricsUnavailableError("What answers is no Prometheus") from error
    told = quoted(shorten(reason, _MESSAGE_BYTES))
    raise MetricsError(f"Prometheus refuses the query {quoted(question.name)}: {told}")


def _points(question: Question, series: list[Any]) -> tuple[Point, ...]:
    if not series:
        return ()
    if len(series) > 1:
        raise MetricsError(
            f"the query {quoted(question.name)} gives {len(series)} series; "
            "make it one, for example with `sum(…)`"
        )
    try:
        return tuple(_point(at, value) for at, value in series[0])
    except (ValueError, TypeError, OverflowError, InvalidOperation) as error:
        raise MetricsUnavailableError("What answers is no Prometheus") from error


def _point(at: float, value: str) -> Point:
    """Keep NaN and infinities: that something odd was measured is a fact of its own (T84)."""
    return Point(datetime.fromtimestamp(at, UTC), Decimal(value))
