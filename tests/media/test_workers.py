"""Workers that are processes: what becomes of their work when they die, stop, freeze, or lose the database."""

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media.fleet import fleet_of
from tests.media.mixture import faults, mixture
from tests.media.servers import Postgres, postgres_of

COUNT = 120  # 2,000 of them: `python -m bench.media.reliability`


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of its own, as it is to be restarted."""
    folder = tempfile.TemporaryDirectory(prefix="omnilex-postgres-", ignore_cleanup_errors=True)
    with folder as name, postgres_of(Path(name)) as server:
        yield server


def test_one_worker_on_sqlite_that_dies_of_one_file_loses_and_doubles_nothing_else(tmp_path: Path) -> None:
    # A neighbour of the poison may be at work when that kills, and again, alone, when the test does.
    settings = {"max_recovery_attempts": 2}
    files = [*mixture(COUNT // 2), ("poison.json", b'"poison"'), *mixture(COUNT // 2, start=COUNT // 2)]
    with fleet_of(tmp_path / "fleet", seconds=0.2, settings=settings) as fleet:
        fleet.drop(files)
        for _ in range(3):
            [worker] = fleet.start()
            worker.wait(180)
        [worker] = fleet.start()
        fleet.until(lambda: fleet.fates()["done"] > COUNT // 2, 180)
        fleet.kill(worker)
        [worker] = fleet.start()
        fleet.until_settled(len(files), 180)
        fleet.kill(worker, signal.SIGTERM)
        assert worker.wait(90) == 0
        assert faults(fleet, files) == []
        [poison] = [row for row in fleet.rows() if row["name"] == "poison.json"]
        assert (poison["reason_code"], poison["set_aside_key"]) == ("poison", "failedAudio/fleet/poison.json")
        assert len([one for one in fleet.effects("hear") if one.subject == poison["entry_id"]]) == 3


def test_workers_on_postgres_take_over_from_each_other(tmp_path: Path, postgres: Postgres) -> None:
    """Of four one is killed, one frozen for longer than its lease and one stopped; and the database is restarted."""
    settings = {"worker_lease_seconds": 2, "transcribe_workers": 3}
    files = mixture(COUNT)
    with fleet_of(tmp_path / "fleet", postgres.url, seconds=1, settings=settings) as fleet:
        killed, frozen, stopped, last = fleet.start(4)
        fleet.drop(files)
        fleet.until(lambda: {killed.pid, frozen.pid, stopped.pid} <= {one.pid for one in fleet.effects("hear")}, 180)
        fleet.kill(killed)
        fleet.kill(frozen, signal.SIGSTOP)
        frozen_at = fleet.now()
        postgres.restart()
        fleet.until(lambda: fleet.now() - frozen_at > 4, 10)
        fleet.kill(stopped, signal.SIGTERM)
        assert stopped.wait(180) == 0
        fleet.until_settled(len(files), 180)
        thawed_at = fleet.now()
        fleet.kill(frozen, signal.SIGCONT)
        assert frozen.wait(90) == 70
        assert last.poll() is None
        after = [one.what for one in fleet.effects() if one.pid == frozen.pid and one.at > thawed_at]
        assert set(after) <= {"hear"}  # which nobody sees outside, and which it was about to do
        assert faults(fleet, files) == []
