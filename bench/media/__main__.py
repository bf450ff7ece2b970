"""What the media pipeline costs and how much of it goes through: `python -m bench.media [SIZE …]`.

The work around analysis (everything but recognition and analysis, in whose place stand-ins do nothing) at growing
numbers of objects; then ready transcripts with the real analysis and the real index, by one worker and by three; then
recordings, whose hearing is what workers are added for.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.media.processes import insights_of, processor_seconds, workers_of
from tests.media.fakes import transcript
from tests.media.fleet import Fleet, fleet_of
from tests.media.servers import Postgres, postgres_of

SIZES = (1000,)
TRANSCRIPTS, RECORDINGS = 300, 120
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


def whole(kind: str, workers: int) -> str:
    """Ready transcripts through the real analysis to the real index, in processes as they are deployed."""
    with ExitStack() as stack:
        fleet, postgres = stack.enter_context(fleet_on(kind))
        insights = stack.enter_context(insights_of(fleet.log.parent, postgres))
        started = stack.enter_context(workers_of(fleet, insights.url, workers))
        pids = [insights.pid, *(worker.pid for worker in started), *([postgres.pid] if postgres else [])]
        fleet.drop([(f"warm {number}.json", transcript(10**6 + number)) for number in range(8 * workers)])
        fleet.until_settled(8 * workers, PATIENCE)
        before, began = sum(processor_seconds(pid) for pid in pids), fleet.now()
        fleet.drop([(f"call {number}.json", transcript(number)) for number in range(TRANSCRIPTS)])
        fleet.until_settled(TRANSCRIPTS + 8 * workers, PATIENCE)
        seconds = fleet.now() - began
        cost = (sum(processor_seconds(pid) for pid in pids) - before) / TRANSCRIPTS
        assert set(fleet.fates()) == {"done"}
        rate = TRANSCRIPTS / seconds
        return f"| {kind} | {workers} | {rate:.1f}/s | {1000 * cost:.0f} ms | {1 / cost:.1f}/s |"


def heard(workers: int) -> str:
    """Recordings of which each takes two seconds to hear, four at once in each worker."""
    with fleet_on("PostgreSQL", seconds=1.0, settings={"transcribe_workers": 3}) as (fleet, _):
        fleet.start(workers)
        began = fleet.now()
        fleet.drop([(f"{number}.wav", b"RIFF %d" % number) for number in range(RECORDINGS)])
        fleet.until_settled(RECORDINGS, PATIENCE)
        seconds = fleet.now() - began
        assert fleet.fates() == {"done": RECORDINGS}
        return f"| PostgreSQL | {workers} | {RECORDINGS / seconds:.1f}/s |"


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print("| database | objects | throughput | worker, CPU each | database, CPU each | entered within |")
    print("|---|---|---|---|---|---|")
    for kind in ("SQLite", "PostgreSQL"):
        for size in sizes:
            print(around(kind, size), flush=True)
    print(
        "\n| database | workers | ready transcripts | CPU each, all processes | per processor |\n|---|---|---|---|---|"
    )
    for kind, workers in (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 3)):
        print(whole(kind, workers), flush=True)
    print("\n| database | workers | recordings that take two seconds |\n|---|---|---|")
    for workers in (1, 3):
        print(heard(workers), flush=True)


if __name__ == "__main__":
    main()
