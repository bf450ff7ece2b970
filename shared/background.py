"""Work that goes on beside everything else, or beside its like."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_AGAIN_SECONDS = 5.0


@asynccontextmanager
async def in_background(*works: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Runs the works, which have no end of their own, for the life of the block; then they are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await stopped(tasks)


async def stopped(tasks: Collection[asyncio.Future[Any]], *, again_seconds: float = _AGAIN_SECONDS) -> None:
    """Cancels the tasks and waits until all are over, however they end; cancels again who is not after so long.

    A cancellation can be lost: what comes of it may be a fault of the connection that was in use, or of giving it
    back, and a loop that outlives such faults goes on. The pause leaves time to clean up.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=again_seconds)
    await asyncio.gather(*tasks, return_exceptions=True)


async def all_or_none(works: Sequence[Awaitable[T]]) -> list[T]:
    """What each work gives. Raises what the first to fail raises, once the others have been cancelled and are over.

    `gather` alone leaves those at work, with connections that their owner closes meanwhile.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        await stopped(tasks)
