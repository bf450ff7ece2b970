"""Processor time of a web-chat turn."""

import asyncio
import os
import secrets
import statistics
import time
from dataclasses import dataclass, field

import aiohttp
import psutil

TURNS = int(os.environ.get("OMNILEX_BENCH_TURNS", "4000"))
ROUNDS = 3
TEXTS = ("What is my balance?", "I want to pay the electricity bill", "yes", "How do I apply for a mortgage?")


@dataclass
class Turns:
    """The processor's milliseconds of a turn, by round; the time each turn took, in milliseconds."""

    connections: int
    followed: bool = False
    processor: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


async def measured_turns(http: aiohttp.ClientSession, url: str, gateway: psutil.Process) -> None:
    """Prints a row for 16 connections, for one, and for 16 whose chats are followed by a stream each."""
    print("\n| web-chat turn | processor ms, median (range) | turns/s | p50 ms | p99 ms |\n|---|---|---|---|---|")
    await _round(http, url, gateway, Turns(16), 500)
    for connections, followed in ((16, False), (1, False), (16, True)):
        found = Turns(connections, followed)
        for _ in range(ROUNDS):
            await _round(http, url, gateway, found, TURNS if connections > 1 else TURNS // 4)
        cuts = statistics.quantiles(found.times, n=100)
        low, middle, high = min(found.processor), statistics.median(found.processor), max(found.processor)
        print(
            f"| {connections} connections{', each chat followed' * followed} | {middle:.2f} ({low:.2f} to {high:.2f}) "
            f"| {statistics.median(found.per_second):.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} |"
        )


async def _round(http: aiohttp.ClientSession, url: str, gateway: psutil.Process, found: Turns, count: int) -> None:
    """Each connection has chats of its own, of 25 turns each; beginning them does not count."""
    turns = 25
    chats = await asyncio.gather(*(_begun(http, url) for _ in range(max(found.connections, count // turns))))
    following = [asyncio.create_task(_follow(http, url, token)) for token in chats if found.followed]
    lines = [chats[start :: found.connections] for start in range(found.connections)]
    began, worked = time.perf_counter(), sum(gateway.cpu_times()[:2])
    await asyncio.gather(*(_talk(http, url, line, turns, found) for line in lines))
    worked, seconds = sum(gateway.cpu_times()[:2]) - worked, time.perf_counter() - began
    found.processor.append(worked / (len(chats) * turns) * 1000)
    found.per_second.append(len(chats) * turns / seconds)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)


async def _follow(http: aiohttp.ClientSession, url: str, token: dict[str, str]) -> None:
    async with http.get(f"{url}/api/v1/chat/events", headers=token) as answer:
        assert answer.status == 200, await answer.text()
        async for _ in answer.content.iter_any():
            pass


async def _begun(http: aiohttp.ClientSession, url: str) -> dict[str, str]:
    async with http.post(f"{url}/api/v1/chat/sessions") as answer:
        assert answer.status == 201, await answer.text()
        return {"authorization": f"Bearer {(await answer.json())['token']}"}


async def _talk(http: aiohttp.ClientSession, url: str, chats: list[dict[str, str]], turns: int, found: Turns) -> None:
    for token in chats:
        for number in range(turns):
            body = {"text": TEXTS[number % len(TEXTS)], "messageId": secrets.token_hex(12)}
            began = time.perf_counter()
            async with http.post(f"{url}/api/v1/chat/messages", json=body, headers=token) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()
            found.times.append((time.perf_counter() - began) * 1000)
