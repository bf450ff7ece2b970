"""Child processes for work that would hold the event loop's thread, or could crash or hang the service."""

import asyncio
import ctypes
import os
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


class ProcessDied(Exception):
    """The process that did the work is gone; another attempt may succeed."""


class TookTooLong(Exception):
    """The work was stopped at its time limit; another attempt would end the same way."""


@dataclass(frozen=True)
class _Child:
    """One process with an executor of its own, so that its death is nobody else's."""

    executor: ProcessPoolExecutor
    pid: int

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.executor.shutdown(wait=False, cancel_futures=True)


class Processes:
    """At most `size` children, each started when it is first needed and given one task at a time.

    Children die with this process, however it ends.
    """

    def __init__(self, size: int, service: Service, log_level: str = "INFO") -> None:
        self._places = asyncio.Semaphore(size)
        self._idle: list[_Child] = []
        self._service = service
        self._log_level = log_level
        self._closed = False

    async def run(self, seconds: float, task: Callable[[], T]) -> T:
        """What `task` gives, run in a child: a `partial` of a module's function, as it is pickled.

        Raises what it raises; TookTooLong after `seconds` of work, ProcessDied when the child ends before its answer.
        A caller that is cancelled takes the child with it.
        """
        async with self._places:
            child = self._idle.pop() if self._idle else await self._start()
            began = time.monotonic()
            try:
                answer = await asyncio.wrap_future(child.executor.submit(_bounded, seconds, task))
            except BrokenProcessPool as error:
                child.kill()
                if time.monotonic() - began >= seconds:
                    raise TookTooLong from error
                raise ProcessDied from error
            except asyncio.CancelledError:
                child.kill()
                raise
            except Exception:
                self._idle.append(child)
                raise
            self._idle.append(child)
            return answer

    async def _start(self) -> _Child:
        if self._closed:
            raise ProcessDied
        # Submitted from the loop's thread on purpose: the kernel ties the child to the thread that starts it.
        executor = ProcessPoolExecutor(1, get_context("spawn"), _prepare, (os.getpid(), self._service, self._log_level))
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


def _prepare(parent: int, service: Service, log_level: str) -> None:
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
