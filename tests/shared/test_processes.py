"""Children that work, crash, hang and are left behind."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from shared.processes import ProcessDied, Processes, TookTooLong, TookTooMuch
from tests.conftest import eventually

MIB = 1024 * 1024


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    processes = Processes(2, "media")
    yield processes
    await processes.close()


async def test_child_is_used_again_and_its_errors_reach_the_caller(processes: Processes) -> None:
    first = await processes.run(10, os.getpid)
    assert first != os.getpid()
    with pytest.raises(ZeroDivisionError):
        await processes.run(10, partial(divmod, 1, 0))
    assert await processes.run(10, os.getpid) == first


async def test_crash_and_time_limit_end_one_task_and_not_its_neighbour(processes: Processes) -> None:
    neighbour = asyncio.create_task(processes.run(20, partial(time.sleep, 2)))
    with pytest.raises(ProcessDied):
        await processes.run(10, os.abort)
    with pytest.raises(TookTooLong):
        await processes.run(0.3, partial(time.sleep, 60))
    await neighbour
    assert await processes.run(10, partial(divmod, 7, 2)) == (3, 1)


async def test_memory_limit_ends_the_greedy_task_and_not_its_neighbour() -> None:
    """One grows piece by piece and is seen to; one wants all at once and the kernel refuses it; one dies of it."""
    processes = Processes(2, "media", memory_bytes=256 * MIB)
    neighbour = asyncio.create_task(processes.run(20, partial(time.sleep, 2)))
    for greedy in (grow, partial(bytearray, 3000 * MIB), grow_and_abort):
        with pytest.raises(TookTooMuch):
            await processes.run(20, greedy)
    assert await processes.run(10, partial(len, b"modest")) == 6
    with pytest.raises(ProcessDied):
        await processes.run(10, os.abort)
    await neighbour
    await processes.close()


def grow() -> None:
    held = [os.urandom(MIB) for _ in range(4)]
    while True:
        held.append(held[-1] + b"x")
        time.sleep(0.001)


def grow_and_abort() -> None:
    held = b"x" * (200 * MIB)
    time.sleep(0.5)
    os.kill(os.getpid() if held else 0, 6)


async def test_cancelled_caller_takes_the_child_with_it(processes: Processes) -> None:
    pid = await processes.run(10, os.getpid)
    task = asyncio.create_task(processes.run(60, partial(time.sleep, 60)))
    await asyncio.sleep(0.2)
    task.cancel()
    await eventually(lambda: not alive(pid))


async def test_killed_parent_leaves_no_child(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    child = int(await asyncio.to_thread(parent.stdout.readline))
    assert alive(child)
    parent.kill()
    await asyncio.to_thread(parent.wait)
    parent.stdout.close()
    await eventually(lambda: not alive(child), seconds=5)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


PARENT = """
import asyncio, os, sys, time
from functools import partial
sys.path.insert(0, os.getcwd())
from shared.processes import Processes

async def main():
    processes = Processes(1, "media")
    print(await processes.run(10, os.getpid), flush=True)
    await processes.run(60, partial(time.sleep, 60))

if __name__ == "__main__":
    asyncio.run(main())
"""
