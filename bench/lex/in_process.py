"""RecognizeText as a method call, sessions stored: `python -m bench.lex.in_process BOT` measures one bot."""

import asyncio
import gc
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.lex.cases import COUNT, ROUNDS, Case, case
from bench.lex.conversations import Customer, Waiting
from services.lex.main import wire
from services.lex.service import LexRuntime
from services.lex.sessions import Address
from services.lex.settings import LexSettings
from shared.schemas.lex import RecognizeTextRequest, RecognizeTextResponse


class Turns(NamedTuple):
    """p50 and p99 of a turn in milliseconds, by the clock and by what the process worked."""

    p50: float
    p99: float
    worked_p50: float
    worked_p99: float


class Talk:
    """One customer's session."""

    def __init__(self, runtime: LexRuntime, bot: Case, customer: Customer, number: int) -> None:
        self._runtime = runtime
        self._at = Address(bot.bot_id, "TSTALIASID", "en_US", f"bench-{number}")
        self._customer = customer
        self._waits_for = Waiting()

    async def turn(self) -> tuple[float, float]:
        """What one turn took and worked, in milliseconds."""
        request = RecognizeTextRequest(text=self._customer.says(self._waits_for))
        began, busy = time.perf_counter(), time.process_time()
        answer = await self._runtime.recognize_text(self._at, request, request_id="bench")
        took, worked = time.perf_counter() - began, time.process_time() - busy
        self._waits_for = _waiting(answer)
        return 1000 * took, 1000 * worked


def _waiting(answer: RecognizeTextResponse) -> Waiting:
    state = answer.session_state
    if state.dialog_action is None or state.intent is None:
        return Waiting()
    return Waiting(state.dialog_action.type, state.intent.name, state.dialog_action.slot_to_elicit or "")


async def measure(bot: Case, folder: Path) -> str:
    """A row of the table: each figure from the round in which it was best."""
    settings = LexSettings(data_dir=folder / "data", lex_bots_dir=bot.folder(folder), code_hook_url="")
    began, busy = time.perf_counter(), time.process_time()
    async with wire(settings) as runtime:
        ready, worked = time.perf_counter() - began, time.process_time() - busy
        talks = [Talk(runtime, bot, bot.customers(number), number) for number in range(16)]
        await _round(talks)
        rounds = [await _round(talks) for _ in range(ROUNDS)]
        best = Turns(*(min(figures) for figures in zip(*rounds, strict=True)))
        began = time.perf_counter()
        gc.collect()
        collecting = 1000 * (time.perf_counter() - began)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| {bot.name} | {ready:.2f} | {worked:.2f} | {best.p50:.2f} | {best.p99:.2f} | "
        f"{best.worked_p50:.2f} | {best.worked_p99:.2f} | {collecting:.0f} | {megabytes:.0f} |"
    )


async def _round(talks: list[Talk]) -> Turns:
    turns = [await talks[number % len(talks)].turn() for number in range(COUNT)]
    took, worked = zip(*turns, strict=True)
    clock, work = statistics.quantiles(took, n=100), statistics.quantiles(worked, n=100)
    return Turns(clock[49], clock[98], work[49], work[98])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        print(asyncio.run(measure(case(sys.argv[1]), Path(name))))


if __name__ == "__main__":
    main()
