"""A load generator for signed deliveries: keep-alive connections, a fresh GUID each."""

import asyncio
import statistics
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.web.signature import sign


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook to send to."""

    port: int
    path: str
    secret: bytes
    body: bytes

    def request(self) -> bytes:
        """Return one signed delivery as it goes over the wire."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
            f"X-GitHub-Event: pull_request\r\nX-GitHub-Delivery: {uuid.uuid4()}\r\n"
            f"X-Hub-Signature-256: {self._signature}\r\n\r\n"
        )
        return head.encode() + self.body

    @property
    def _signature(self) -> str:
        return sign(self.secret, self.body)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answers a second and latencies in milliseconds; `refused` counts answers that are not 2xx."""

    rate: float
    p50: float
    p99: float
    worst: float
    refused: int


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if length:
        await reader.readexactly(length)
    elif b"transfer-encoding: chunked" in head.lower():
        await reader.readuntil(b"0\r\n\r\n")
    return int(head.split(b" ")[1])


async def _hammer(target: Target, end: float, times: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    refused = 0
    while time.perf_counter() < end:
        request = target.request()
        start = time.perf_counter()
        writer.write(request)
        refused += await _answer(reader) // 100 != 2
        times.append(time.perf_counter() - start)
    writer.close()
    return refused


def outcome(times: Sequence[float], seconds: float, refused: int) -> Outcome:
    """Summarise latencies."""
    ordered = sorted(times)
    return Outcome(
        rate=len(ordered) / seconds,
        p50=statistics.median(ordered) * 1000,
        p99=ordered[int(len(ordered) * 0.99)] * 1000,
        worst=ordered[-1] * 1000,
        refused=refused,
    )


def saturate(target: Target, seconds: float, connections: int = 16) -> Outcome:
    """Send as fast as answers come, on several connections."""

    async def run() -> Outcome:
        times: list[float] = []
        end = time.perf_counter() + seconds
        tasks = [_hammer(target, end, times) for _ in range(connections)]
        refused = sum(await asyncio.gather(*tasks))
        return outcome(times, seconds, refused)

    return asyncio.run(run())


def steady(target: Target, rate: int, seconds: float) -> Outcome:
    """Send at a fixed rate, whether answers come or not."""

    async def one(times: list[float], refused: list[int]) -> None:
        start = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        writer.write(target.request())
        refused.append(await _answer(reader) // 100 != 2)
        times.append(time.perf_counter() - start)
        writer.close()

    async def run() -> Outcome:
        times: list[float] = []
        refused: list[int] = []
        begin, tasks = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            delay = begin + number / rate - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            tasks.append(asyncio.create_task(one(times, refused)))
        await asyncio.gather(*tasks)
        return outcome(times, seconds, sum(refused))

    return asyncio.run(run())
