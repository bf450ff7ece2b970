"""What the media pipeline costs and how much of it goes through: `python -m bench.media [SIZE …]`.

The work around analysis (everything but recognition and analysis, in whose place stand-ins do nothing) at growing
numbers of objects; then, through the real analysis to the real index, ready transcripts and recordings of made-up
calls, heard by the embedded recogniser, by one worker and by three.
"""

import io
import json
import sys
import tempfile
import wave
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.media.processes import insights_of, processor_seconds, workers_of
from tests.media.analysis.calls import RATE, call
from tests.media.fakes import transcript
from tests.media.fleet import Fleet, fleet_of
from tests.media.servers import Postgres, postgres_of

SIZES = (1000,)
TRANSCRIPTS, RECORDINGS = 600, 30
# By a worker before anything is measured, so that its processes have begun.
WARM = {".json": 16, ".wav": 2}
VOICES = ("en-us+Mario", "en-us+anika")
PATIENCE = 3600.0


@contextmanager
def fleet_on(kind: str, **parts: object) -> Iterator[tuple[Fleet, Postgres | None]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = None
        if kind == "PostgreSQL":
            data = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            postgres = stack.enter_context(postgres_of(Path(data)))
        url = postgres.url if postgres else None
        yield stack.enter_context(fleet_of(folder / "fleet", url, **parts)), postgres


def around(kind: str, size: int) -> str:
    """Objects whose analysis costs nothing, one worker."""
    with fleet_on(kind) as (fleet, postgres):
        [worker] = fleet.start()
        server = postgres.pid if postgres else None
        before, server_before = processor_seconds(worker.pid), processor_seconds(server)
        began = fleet.now()
        fleet.drop([(f"{number}.json", json.dumps({"n": number}).encode()) for number in range(size)])
        dropped = fleet.now()
        fleet.until_settled(size, PATIENCE)
        seconds = fleet.now() - began
        own = 1000 * (processor_seconds(worker.pid) - before) / size
        database = 1000 * (processor_seconds(server) - server_before) / size
        assert fleet.fates() == {"done": size}
        rate = size / seconds
        return f"| {kind} | {size:,} | {rate:.1f}/s | {own:.0f} ms | {database:.0f} ms | {dropped - began:.1f} s |"


def whole(kind: str, workers: int, files: Sequence[tuple[str, bytes]]) -> str:
    """Objects through the real analysis to the real index, in processes as they are deployed.

    Counted between a tenth and nine tenths of them, while there is work for every worker.
    """
    with ExitStack() as stack:
        fleet, postgres = stack.enter_context(fleet_on(kind))
        insights = stack.enter_context(insights_of(fleet.log.parent, postgres))
        started = stack.enter_context(workers_of(fleet, insights.url, workers))
        pids = [insights.pid, *(worker.pid for worker in started), *([postgres.pid] if postgres else [])]
        warm = WARM[Path(files[0][0]).suffix] * workers
        fleet.drop(files[:warm])
        fleet.until_settled(warm, PATIENCE)
        left = files[warm:]
        fleet.drop(left)
        settled, before, began = _settled(fleet, pids, warm + len(left) // 10)
        settled_then, after, ended = _settled(fleet, pids, warm + len(left) * 9 // 10)
        fleet.until_settled(len(files), PATIENCE)
        assert fleet.fates() == {"done": len(files)}
        counted = settled_then - settled
        cost, rate = (after - before) / counted, counted / (ended - began)
        return f"| {kind} | {workers} | {rate:.3g}/s | {1000 * cost:.0f} ms | {1 / cost:.3g}/s | {cost * rate:.2f} |"


def _settled(fleet: Fleet, pids: Sequence[int], count: int) -> tuple[int, float, float]:
    """How many are done, the processors' time and the moment, once so many are."""
    fleet.until(lambda: fleet.fates()["done"] >= count, PATIENCE, every=1.0)
    return fleet.fates()["done"], sum(processor_seconds(pid) for pid in pids), fleet.now()


def transcripts(workers: int) -> list[tuple[str, bytes]]:
    return [(f"call {number}.json", transcript(number)) for number in range(TRANSCRIPTS + WARM[".json"] * workers)]


def recordings(workers: int) -> list[tuple[str, bytes]]:
    return [(f"call {number}.wav", recording(number)) for number in range(RECORDINGS + WARM[".wav"] * workers)]


def recording(number: int) -> bytes:
    """A call of four turns, some 15 seconds."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(call(VOICES, seed=number, turns=4).samples.tobytes())
    return written.getvalue()


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print("| database | objects | throughput | worker, CPU each | database, CPU each | entered within |")
    print("|---|---|---|---|---|---|")
    for kind in ("SQLite", "PostgreSQL"):
        for size in sizes:
            print(around(kind, size), flush=True)
    one, three = ("PostgreSQL", 1), ("PostgreSQL", 3)
    for name, made, fleets in (
        ("ready transcripts", transcripts, (("SQLite", 1), one, three)),
        ("recordings", recordings, (one, three)),
    ):
        print(f"\n| database | workers | {name} | CPU each, all processes | per processor | processors busy |")
        print("|---|---|---|---|---|---|")
        for kind, workers in fleets:
            print(whole(kind, workers, made(workers)), flush=True)


if __name__ == "__main__":
    main()
