"""Writes down what has happened outside, though the database is away for a moment: nobody else would know of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Problem

log = logging.getLogger("omnilex.gateway")

_AGAIN_AFTER = (0.2, 1.0, 5.0, 20.0)
T = TypeVar("T")


async def surely(write: Callable[[], Awaitable[T]]) -> T:
    """What `write` gives, tried again for half a minute. Raises what the last try raised, and every Problem at once."""
    for seconds in _AGAIN_AFTER:
        try:
            return await write()
        except Problem:
            raise
        except Exception:
            log.exception("gateway.not_settled")
            await asyncio.sleep(seconds)
    return await write()
