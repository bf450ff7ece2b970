"""Measures one HTTP request pattern from this process."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Figures:
    """Throughput at some connections; p50 and p99 in milliseconds at one connection."""

    per_second: float
    p50: float
    p99: float


async def measure(calls: list[Call], *, count: int) -> Figures:
    """Runs `count` calls one after another, then `count` by all of `calls` at once."""
    times: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await calls[0]()
        times.append((time.perf_counter() - began) * 1000)
    share = max(1, count // len(calls))
    began = time.perf_counter()
    await asyncio.gather(*(_repeat(call, share) for call in calls))
    seconds = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Figures(share * len(calls) / seconds, cuts[49], cuts[98])


async def _repeat(call: Call, count: int) -> None:
    for _ in range(count):
        await call()
