"""Start, crash, start again: nothing is lost, nothing is done twice, nothing stays behind."""

from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import System, free_port, wait_until
from tests.e2e.recordings import transcribe_output

UPLOADS = 20


@pytest.fixture
def fresh(tmp_path: Path) -> System:
    return System(tmp_path / "data", free_port())


def test_media_killed_in_the_middle_of_uploads_loses_and_repeats_nothing(fresh: System, tmp_path: Path) -> None:
    printed = fresh.start()
    assert fresh.url in printed
    assert fresh.login[1] in printed
    names = [f"call-{number:02d}.json" for number in range(UPLOADS)]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(transcribe_output(name, (("spk_0", f"This is call number {number}."),)))
    sent = fresh.cli("upload", "--no-wait", *(str(tmp_path / name) for name in names))
    assert sent.returncode == 0, sent.stderr
    fresh.service_process("media").kill()
    children = fresh.children()
    assert fresh.stop() == 0
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]

    fresh.start()
    with fresh.staff() as staff:

        def interactions() -> list[dict[str, object]]:
            return staff.get("/api/v1/interactions", params={"limit": 100}).json()["items"]

        wait_until(lambda: len(interactions()) >= UPLOADS, 90)
        ledger = staff.get("/api/v1/ledger", params={"limit": 100}).json()["items"]
        found = interactions()
    fresh.stop()
    assert len(found) == UPLOADS
    assert len({row["interaction_id"] for row in found}) == UPLOADS
    assert sorted(entry["name"] for entry in ledger) == names
    assert {entry["fate"] for entry in ledger} == {"done"}


def test_second_start_says_where_the_first_one_runs(system: System) -> None:
    again = system.cli("up", "--port", str(system.port))
    assert again.returncode == 0
    assert "running already" in again.stdout
    assert system.url in again.stdout


def test_port_in_use_is_named(system: System, tmp_path: Path) -> None:
    other = System(tmp_path / "other", system.port)
    refused = other.cli("up", "--port", str(system.port))
    assert refused.returncode == 1
    assert str(system.port) in refused.stderr
    assert "--port" in refused.stderr


def test_killed_without_warning_it_leaves_nothing_running_and_starts_again(fresh: System) -> None:
    fresh.start()
    children = fresh.children()
    assert fresh.process is not None
    assert fresh.process.stdout is not None
    fresh.process.kill()
    fresh.process.wait()
    fresh.process.stdout.close()
    assert "ready" in fresh.start()  # at once, while the services of the first may still be ending
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert fresh.stop() == 0
