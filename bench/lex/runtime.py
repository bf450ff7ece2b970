"""A turn of the Lex runtime, sessions stored: in the process, over HTTP, and over HTTP with a code hook.

`python -m bench.lex.runtime` prints both tables. A neighbour's work shows in every figure, so each is the best of
several rounds, and those over HTTP take turns with an empty route; what a process worked itself is told as well.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
from httpx_aiohttp import AiohttpTransport

from bench.lex.cases import COUNT, ROUNDS, Case, case
from bench.lex.conversations import Waiting
from bench.lex.servers import Server, serving
from bench.load import Call, Figures, measure

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19200"))
EMPTY, RUNTIME, HOOK = (f"http://127.0.0.1:{PORT + n}" for n in range(3))
CONNECTIONS = 16
PATH = "/bots/{}/botAliases/TSTALIASID/botLocales/en_US/sessions/bench-{}/text"
BOTS = ("own", "intents", "values")


class Row(NamedTuple):
    """The best of the rounds; `worked` is what the server worked for a turn, in milliseconds.

    `share` is how many turns there are to a request of the empty route, in the middle one of the rounds.
    """

    figures: Figures
    worked: float
    share: float
    megabytes: float


def talks(http: httpx.AsyncClient, bot: Case) -> list[Call]:
    """One session for each connection."""

    def talk(number: int) -> Call:
        customer, path = bot.customers(number), RUNTIME + PATH.format(bot.bot_id, number)
        waits_for = Waiting()

        async def turn() -> None:
            nonlocal waits_for
            answer = await http.post(path, json={"text": customer.says(waits_for)})
            state = answer.raise_for_status().json()["sessionState"]
            action, intent = state.get("dialogAction"), state.get("intent")
            waits_for = (
                Waiting(action["type"], intent["name"], action.get("slotToElicit", ""))
                if action and intent
                else Waiting()
            )

        return turn

    return [talk(number) for number in range(CONNECTIONS)]


async def over_http(bot: Case, runtime: Server) -> tuple[Row, Figures]:
    """The figures of the bot, and those of the empty route in the same minutes."""
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(transport=AiohttpTransport(limits=limits), timeout=60) as http:

        async def empty() -> None:
            (await http.get(EMPTY)).raise_for_status()

        nothing, calls = [empty] * CONNECTIONS, talks(http, bot)
        await measure(nothing, count=100)
        await measure(calls, count=400)
        idle, busy, worked = [], [], []
        for _ in range(ROUNDS):
            idle.append(await measure(nothing, count=COUNT))
            before = runtime.cpu()
            busy.append(await measure(calls, count=COUNT))
            worked.append(1000 * (runtime.cpu() - before) / (COUNT + COUNT // CONNECTIONS * CONNECTIONS))
    share = statistics.median(ours.per_second / empty.per_second for ours, empty in zip(busy, idle, strict=True))
    return Row(_best(busy), min(worked), share, runtime.megabytes()), _best(idle)


def _best(rounds: Sequence[Figures]) -> Figures:
    return Figures(
        max(each.per_second for each in rounds), min(each.p50 for each in rounds), min(each.p99 for each in rounds)
    )


def served(name: str, folder: Path, *, hooked: bool = False) -> tuple[Row, Figures]:
    """Starts one worker for the bot, with a code hook in another process if it has one, and measures it."""
    bot = case(name)
    settings = {
        "OMNILEX_DATA_DIR": str(folder / "data"),
        "OMNILEX_LEX_BOTS_DIR": str(bot.folder(folder)),
        "OMNILEX_CODE_HOOK_URL": HOOK + "/hook" if hooked else "",
    }
    with ExitStack() as stack:
        if hooked:
            stack.enter_context(serving("bench.lex.hook:create_app", HOOK))
        runtime = stack.enter_context(serving("services.lex.main:create_app", RUNTIME, **settings))
        return asyncio.run(over_http(bot, runtime))


def _told(figures: Figures, share: float) -> str:
    return f"{figures.per_second:.0f}/s | {share:.3f} | {figures.p50:.2f} | {figures.p99:.2f}"


def main() -> None:
    print(f"{COUNT} turns in each of {ROUNDS} rounds; load average {os.getloadavg()[0]:.1f}\n")
    print("| bot | ready s | of it working s | p50 ms | p99 ms | working p50 | p99 | full collection ms | MB |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in BOTS:
        subprocess.run([sys.executable, "-m", "bench.lex.in_process", name], check=True)
    print("\n| what | throughput at 16 | to the empty route | p50 ms | p99 ms | working ms | MB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with serving("bench.empty:create_app", EMPTY):
        for name, hooked in ((BOTS[0], False), (BOTS[0], True), (BOTS[1], False), (BOTS[2], False)):
            with tempfile.TemporaryDirectory() as folder:
                row, yardstick = served(name, Path(folder), hooked=hooked)
            what = case(name).name + (", code hook in another process" if hooked else "")
            print(f"| {what} | {_told(row.figures, row.share)} | {row.worked:.2f} | {row.megabytes:.0f} |")
            print(f"| empty route beside it | {_told(yardstick, 1)} | | |", flush=True)
    print(f"\nload average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
