"""How Slack is answered: at once, with what takes longer done after it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import JsonValue

from shared.errors import Problem

log = logging.getLogger("omnilex.gateway")

Later = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What to answer Slack with, and what is to be done as soon as it is answered."""

    body: dict[str, JsonValue] | None = None
    later: Later | None = None


async def tried(event: str, work: Awaitable[None]) -> None:
    """For what a person sees the failure of, and does again: it is only written down."""
    try:
        await work
    except Problem as problem:
        log.warning(event, extra={"slug": problem.slug, "reason": problem.detail})
