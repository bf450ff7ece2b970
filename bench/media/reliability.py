"""What is demanded when workers die, freeze, stop, or lose the database: `python -m bench.media.reliability`.

One line of a table for each demand, as measured; with words as arguments only demands with one of them. Workers are
processes, killed with SIGKILL, SIGSTOP and SIGTERM; leases are as long as the settings have them; analysis, index and
transcriber are stand-ins that write down what they are asked to do, so that it is seen from outside.
"""

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.media.network import Proxy
from services.media.store import BulkRow, bulks
from shared.blobs import FolderBlobs
from shared.db import open_database
from tests.media.fleet import Fleet, fleet_of
from tests.media.jobs import FakeTranscriber
from tests.media.mixture import faults, mixture
from tests.media.servers import Postgres, postgres_of

SECONDS = 1.0
PATIENCE = 900.0
Files = Sequence[tuple[str, bytes]]


def recordings(count: int) -> list[tuple[str, bytes]]:
    return [(f"{number}.wav", b"RIFF %d" % number) for number in range(count)]


@contextmanager
def on_postgres(**parts: object) -> Iterator[tuple[Fleet, Postgres]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data,
        postgres_of(Path(data)) as postgres,
        fleet_of(Path(folder) / "fleet", postgres.url, **parts) as fleet,
    ):
        yield fleet, postgres


@contextmanager
def on_sqlite(**parts: object) -> Iterator[Fleet]:
    with tempfile.TemporaryDirectory() as folder, fleet_of(Path(folder) / "fleet", **parts) as fleet:
        yield fleet


def told(fleet: Fleet, files: Files, *more: str) -> str:
    wrong = faults(fleet, files, audio_elsewhere=fleet.parts.jobs is not None)
    offers = Counter(one.subject for one in fleet.effects("index"))
    again = sum(count - 1 for count in offers.values())
    state = "nothing lost, doubled or mistaken" if not wrong else f"WRONG: {wrong[:5]}"
    return "; ".join([f"{len(files)} objects", state, f"{again} offered to the index again", *more])


def in_work(fleet: Fleet, pid: int) -> set[str]:
    """Recordings that this worker had begun to hear and that are not settled."""
    open_rows = {str(row["entry_id"]) for row in fleet.rows() if row["fate"] == "running"}
    return {one.subject for one in fleet.effects("hear") if one.pid == pid} & open_rows


def first_again(fleet: Fleet, subjects: set[str], since: float, but: int) -> list[float]:
    """For each subject the seconds until another worker worked on it."""
    later = [one for one in fleet.effects("hear") if one.at > since and one.pid != but]
    found = [min((one.at for one in later if one.subject == subject), default=float("inf")) for subject in subjects]
    return [at - since for at in found]


def pending(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        chosen = "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"
        count = int(connection.execute(text(chosen)).scalar_one())
    engine.dispose()
    return count


def three_kills(fleet: Fleet, files: Files) -> str:
    fleet.drop(files)
    for done in (30, 80, 130):
        [worker] = fleet.start()
        fleet.until(lambda done=done: fleet.fates()["done"] >= done, PATIENCE)
        fleet.kill(worker)
    fleet.start()
    fleet.until_settled(len(files), PATIENCE)
    return told(fleet, files)


def three_kills_sqlite() -> str:
    with on_sqlite(settings={"max_recovery_attempts": 5}) as fleet:
        return three_kills(fleet, mixture(220))


def three_kills_postgres() -> str:
    with on_postgres() as (fleet, _):
        return three_kills(fleet, mixture(220))


def one_of_three_killed() -> str:
    files = recordings(60)
    with on_postgres(seconds=SECONDS, settings={"transcribe_workers": 3}) as (fleet, postgres):
        victim, *_ = fleet.start(3)
        time.sleep(15)
        fleet.drop(files)
        fleet.until(lambda: len(in_work(fleet, victim.pid)) >= 2, PATIENCE)
        fleet.kill(victim)
        killed, open_then = fleet.now(), in_work(fleet, victim.pid)
        fleet.until_settled(len(files), PATIENCE)
        time.sleep(2)
        seconds = first_again(fleet, open_then, killed, victim.pid)
        taken = f"{len(seconds)} taken over after {min(seconds):.1f} to {max(seconds):.1f} s (asked: 20)"
        return told(fleet, files, taken, f"{pending(postgres.url)} workflows left over")


def frozen() -> str:
    files = recordings(60)
    with on_postgres(seconds=SECONDS, settings={"transcribe_workers": 3}) as (fleet, _):
        zombie, *_ = fleet.start(3)
        time.sleep(15)
        fleet.drop(files)
        fleet.until(lambda: len(in_work(fleet, zombie.pid)) >= 2, PATIENCE)
        fleet.kill(zombie, signal.SIGSTOP)
        time.sleep(25)
        thawed = fleet.now()
        fleet.kill(zombie, signal.SIGCONT)
        code = zombie.wait(60)
        fleet.until_settled(len(files), PATIENCE)
        after = [one for one in fleet.effects() if one.pid == zombie.pid and one.at > thawed]
        return told(fleet, files, f"the frozen worker did {len(after)} things more and ended with {code}")


def cut_off() -> str:
    """Steps of 30 s, and a worker that reaches the database by a proxy which stands still for 25 s."""
    files = recordings(6)
    with on_postgres(seconds=30, settings={"transcribe_workers": 3}) as (fleet, postgres), Proxy(postgres.url) as proxy:
        whole = dict(fleet.parts.settings)
        fleet.parts.settings.update(media_database_url=proxy.url, workflow_database_url=proxy.url)
        [lonely] = fleet.start()
        fleet.parts.settings.update(whole)
        fleet.start(1)
        time.sleep(15)
        fleet.drop(files)
        fleet.until(lambda: bool(in_work(fleet, lonely.pid)), PATIENCE)
        proxy.cut()
        cut = fleet.now()
        time.sleep(25)
        proxy.mend()
        code = lonely.wait(60)
        fleet.until_settled(len(files), PATIENCE)
        offered = [one for one in fleet.effects("index") if one.pid == lonely.pid and one.at > cut + 9]
        return told(fleet, files, f"the one cut off did {len(offered)} things without its lease and ended with {code}")


def database_down() -> str:
    files = recordings(60)
    with on_postgres(seconds=SECONDS, settings={"transcribe_workers": 3}) as (fleet, postgres):
        victim, *others = fleet.start(3)
        time.sleep(15)
        fleet.drop(files)
        fleet.until(lambda: len(in_work(fleet, victim.pid)) >= 2, PATIENCE)
        open_then = in_work(fleet, victim.pid)
        fleet.kill(victim)
        time.sleep(3)
        postgres.restart(30)
        back = fleet.now()
        fleet.until_settled(len(files), PATIENCE)
        ended = sum(other.poll() is not None for other in others)
        seconds = [one for one in first_again(fleet, open_then, back, victim.pid) if one != float("inf")]
        taken = f"taken over {max(seconds, default=0):.1f} s after the database was back (asked: 20)"
        return told(fleet, files, taken, f"{ended} workers ended")


def stopped() -> str:
    files = recordings(60)
    with on_postgres(seconds=SECONDS, settings={"transcribe_workers": 3}) as (fleet, _):
        victim, *_ = fleet.start(3)
        fleet.drop(files)
        fleet.until(lambda: len(in_work(fleet, victim.pid)) >= 2, PATIENCE)
        stopping, open_then = fleet.now(), in_work(fleet, victim.pid)
        fleet.kill(victim, signal.SIGTERM)
        code = victim.wait(60)
        fleet.until_settled(len(files), PATIENCE)
        seconds = [one for one in first_again(fleet, open_then, stopping, victim.pid) if one != float("inf")]
        return told(fleet, files, f"others went on after {max(seconds, default=0):.1f} s (asked: 6), exit code {code}")


def global_limit() -> str:
    files, most = recordings(80), 5
    settings = {"bulk_upload_max_transcribe_jobs": most, "transcribe_poll_seconds": 1.0}
    with tempfile.TemporaryDirectory() as folder:
        jobs = FakeTranscriber(Path(folder) / "jobs.json")
        with on_postgres(jobs=str(jobs.file), looks=4, settings=settings) as (fleet, _):
            victim, *_ = fleet.start(3)
            time.sleep(15)
            fleet.drop(files)
            fleet.until(lambda: len(jobs.jobs) >= 2 * most, PATIENCE)
            fleet.kill(victim)
            killed = fleet.now()
            full_again = None
            while full_again is None and fleet.now() - killed < 60:
                if len(_open(jobs) & {one.subject for one in fleet.effects("start") if one.at > killed}) == most:
                    full_again = fleet.now() - killed  # none is held by the dead any more
                time.sleep(0.2)
            fleet.until_settled(len(files), PATIENCE)
            text = f"{full_again:.1f} s" if full_again is not None else "NEVER"
            return told(fleet, files, f"{jobs.most_open} jobs open at most (limit {most}); all in use again: {text}")


def _open(jobs: FakeTranscriber) -> set[str]:
    return {name for name, job in jobs.jobs.items() if job["status"] == "open"}


def newer_workflow() -> str:
    files = recordings(50)
    with on_postgres(seconds=SECONDS, settings={"transcribe_workers": 3}) as (fleet, _):
        [older] = fleet.start()
        fleet.drop(files)
        fleet.until(lambda: fleet.fates()["done"] >= 5 and len(in_work(fleet, older.pid)) >= 2, PATIENCE)
        waiting = len(files) - fleet.fates()["done"]
        fleet.kill(older, signal.SIGTERM)
        older.wait(60)
        fleet.start(newer=True)
        fleet.until_settled(len(files), PATIENCE)
        return told(fleet, files, f"{waiting} were waiting or at work when the newer version came")


def poison() -> str:
    files = [*mixture(100), ("poison.json", b'"poison"'), *mixture(100, start=100)]
    with on_postgres(settings={"max_recovery_attempts": 3}) as (fleet, _):
        fleet.drop(files)
        fleet.start(2)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            fates = fleet.fates()
            if fates.total() >= len(files) and not fates["waiting"] + fates["running"]:
                break
            if len(fleet.alive) < 2:
                fleet.start()
            time.sleep(0.5)
        [row] = [row for row in fleet.rows() if row["name"] == "poison.json"]
        tries = len([one for one in fleet.effects("hear") if one.subject == row["entry_id"]])
        fate = f"{row['fate']}, {row['reason_code']}, at {row['set_aside_key']}"
        return told(fleet, files, f"{tries} tries with max_recovery_attempts=3, then {fate}")


def big_run_sqlite() -> str:
    files = mixture(2000)
    with on_sqlite() as fleet:
        fleet.drop(files)
        chance = random.Random(11)  # noqa: S311  the same run each time
        for _ in range(10):
            [worker] = fleet.start()
            time.sleep(chance.uniform(2, 10))
            fleet.kill(worker)
        fleet.start()
        fleet.until_settled(len(files), PATIENCE)
        return told(fleet, files, "one worker at a time, 10 times kill -9")


def big_run() -> str:
    """Half of the objects come as a bulk, and both its limits are recorded over the whole run."""
    files, drip, most = mixture(2000), 400, 20
    settings = {
        "bulk_upload_max_drip_rate": drip,
        "bulk_upload_max_transcribe_jobs": most,
        "transcribe_poll_seconds": 1.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        jobs = FakeTranscriber(Path(folder) / "jobs.json", looks=2)
        with on_postgres(jobs=str(jobs.file), looks=2, settings=settings) as (fleet, postgres):
            *mortal, immortal = fleet.start(3)
            began = fleet.now()
            fleet.drop(files[1000:])
            asyncio.run(start_bulk(fleet, files[:1000]))
            chance = random.Random(12)  # noqa: S311  the same run each time
            for number in range(10):
                time.sleep(chance.uniform(4, 12))
                victim = chance.randrange(len(mortal))
                fleet.kill(mortal[victim])
                if number == 5:
                    postgres.restart(10)
                [mortal[victim]] = fleet.start()
            fleet.until_settled(len(files), PATIENCE)
            seconds = fleet.now() - began
            alive = "the third never restarted" if immortal.poll() is None else "THE THIRD ENDED"
            limits = (
                f"{most_in_a_minute(fleet)} of the bulk let in within a minute at most (limit {drip})",
                f"{jobs.most_open} jobs open at most (limit {most})",
            )
            kills = "3 workers, 10 times kill -9, database crashed once for 10 s"
            return told(fleet, files, kills, alive, *limits, f"{seconds:.0f} s in all")


async def start_bulk(fleet: Fleet, files: Files) -> None:
    settings = fleet.parts.settings_of()
    blobs = FolderBlobs(settings.data_dir.resolve() / "objects")
    for name, data in files:
        await blobs.put(settings.bulk_upload_bucket, name, data)
    row = BulkRow(
        bulk_id="big-run",
        source="bucket",
        bucket=settings.bulk_upload_bucket,
        prefix="",
        state="running",
        created_by="bench",
        created_at=datetime.now(UTC),
        updated_at=datetime.now(UTC),
    )
    opened = open_database(settings.media_database_url, "services.media")
    async with opened as database, database.transaction() as session:
        await bulks.add_bulk(session, row)


def most_in_a_minute(fleet: Fleet) -> int:
    moments = sorted(row["released_at"] for row in fleet.rows() if row["released_at"] is not None)  # type: ignore[type-var]
    return max((sum(one <= other < one + timedelta(minutes=1) for other in moments) for one in set(moments)), default=0)  # type: ignore[operator]


DEMANDS: dict[str, Callable[[], str]] = {
    "one process, three times kill -9, SQLite": three_kills_sqlite,
    "one process, three times kill -9, PostgreSQL": three_kills_postgres,
    "three workers, one killed and not restarted": one_of_three_killed,
    "SIGSTOP for 25 s": frozen,
    "cut off from the database for 25 s, steps of 30 s": cut_off,
    "database down for 30 s during a takeover": database_down,
    "SIGTERM at work": stopped,
    "limit of jobs over three workers, one killed": global_limit,
    "a newer version of the workflow": newer_workflow,
    "a file that ends every worker": poison,
    "2,000 objects, one worker, SQLite": big_run_sqlite,
    "2,000 objects, three workers, PostgreSQL, half as a bulk": big_run,
}


def main() -> None:
    chosen = [name for name in DEMANDS if not sys.argv[1:] or any(word in name for word in sys.argv[1:])]
    print("| demand | measured |\n|---|---|")
    for name in chosen:
        print(f"| {name} | {DEMANDS[name]()} |", flush=True)


if __name__ == "__main__":
    main()
