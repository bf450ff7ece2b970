"""Work that is done again and again beside everything else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from shared.background import in_background

log = logging.getLogger("omnilex.gateway")


@asynccontextmanager
async def periodically(work: Callable[[], Awaitable[None]], *, seconds: float, failed: str) -> AsyncIterator[None]:
    """Does the work every so many seconds for the life of the block; a fault is logged as `failed` and ends nothing."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception:
                log.exception(failed)

    async with in_background(go_on()):
        yield
