"""Child processes for work that would hold the event loop's thread, or could crash or hang the service."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

from shared.callers import Service
from shared.logs import configure_logging

T = TypeVar("T")
_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.1
_HARD_LIMIT = 2  # times the limit: what the kernel refuses, should a child grow faster than it is looked at
_NEARLY = 0.7  # of the limit: a child that had as much and died of itself most likely died of the next piece


class ProcessDied(Exception):
    """The process that did the work is gone; another attempt may succeed."""


class TookTooLong(Exception):
    """The work was stopped at its time limit; another attempt would end the same way."""


class TookTooMuch(Exception):
    """The work was stopped at its memory limit; another attempt would end the same way."""


@dataclass
class _Child:
    """One process with an executor of its own, so that its death is nobody else's. `largest` is in bytes."""

    executor: ProcessPoolExecutor
    pid: int
    largest: int = 0

    async def watch(self, limit: int) -> None:
        """Kills the process when it holds more than `limit` bytes."""
        self.largest = 0
        while True:
            self.largest = max(self.largest, _resident(self.pid))
            if self.largest > limit:
                self.kill()
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.executor.shutdown(wait=False, cancel_futures=True)


class Processes:
    """At most `size` children, each started when it is first needed and given one task at a time.

    Children die with this process, however it ends.
    """

    def __init__(
        self, size: int, service: Service, log_level: str = "INFO", *, memory_bytes: int | None = None
    ) -> None:
        """`memory_bytes` is what one child may hold; on systems without /proc only the kernel's limit is set."""
        self._places = asyncio.Semaphore(size)
        self._idle: list[_Child] = []
        self._service = service
        self._log_level = log_level
        self._memory = memory_bytes
        self._closed = False

    async def run(self, seconds: float, task: Callable[[], T]) -> T:
        """What `task` gives, run in a child: a `partial` of a module's function, as it is pickled.

        Raises what it raises; TookTooLong after `seconds` of work, TookTooMuch when it wants more memory than it may
        have, ProcessDied when the child ends before its answer. A caller that is cancelled takes the child with it.
        """
        async with self._places:
            child = self._idle.pop() if self._idle else await self._start()
            began = time.monotonic()
            watch = asyncio.create_task(child.watch(self._memory)) if self._memory else None
            try:
                answer = await asyncio.wrap_future(child.executor.submit(_bounded, seconds, task))
            except BrokenProcessPool as error:
                child.kill()
                if time.monotonic() - began >= seconds:
                    raise TookTooLong from error
                raise (TookTooMuch if self._was_full(child) else ProcessDied) from error
            except MemoryError as error:
                child.kill()  # what is left of its heap is in pieces
                raise TookTooMuch from error
            except asyncio.CancelledError:
                child.kill()
                raise
            except Exception:
                self._keep(child)
                raise
            finally:
                if watch is not None:
                    watch.cancel()
            self._keep(child)
            return answer

    def _keep(self, child: _Child) -> None:
        """For the next task, unless the watch killed it while its answer was on the way."""
        if self._memory is None or child.largest <= self._memory:
            self._idle.append(child)

    def _was_full(self, child: _Child) -> bool:
        return self._memory is not None and child.largest > self._memory * _NEARLY

    async def _start(self) -> _Child:
        if self._closed:
            raise ProcessDied
        # Submitted from the loop's thread on purpose: the kernel ties the child to the thread that starts it.
        given = (os.getpid(), self._service, self._log_level, self._memory)
        executor = ProcessPoolExecutor(1, get_context("spawn"), _prepare, given)
        try:
            return _Child(executor, await asyncio.wrap_future(executor.submit(os.getpid)))
        except BrokenProcessPool as error:
            raise ProcessDied from error
        except asyncio.CancelledError:
            executor.shutdown(wait=False, cancel_futures=True)
            raise

    async def close(self) -> None:
        """Ends the idle children; those at work end with the tasks that wait for them."""
        self._closed = True
        while self._idle:
            self._idle.pop().kill()


def _bounded(seconds: float, task: Callable[[], T]) -> T:
    """The alarm's default action ends the process in the kernel: it needs no help from code that hangs."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return task()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _resident(pid: int) -> int:
    """Bytes of memory that the process holds; 0 where that cannot be read."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _prepare(parent: int, service: Service, log_level: str, memory: int | None) -> None:
    if memory is not None:
        hard = memory * _HARD_LIMIT
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when we end
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    configure_logging(service, log_level)


def _end_with(parent: int) -> None:
    """For systems without a death signal, and for a parent that was gone before it was asked for."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
