"""Works beside each other: all give something, or none is left at work."""

import asyncio

import pytest

from shared.background import all_or_none


async def test_all_give_what_they_have_in_order() -> None:
    async def late(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    assert await all_or_none([late(0.02), late(0), late(0.01)]) == [0.02, 0, 0.01]
    assert await all_or_none([]) == []


@pytest.mark.parametrize("stopped", [False, True])
async def test_none_is_left_at_work_when_one_fails_or_all_are_stopped(stopped: bool) -> None:
    over = []

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            over.append("long")

    async def fails() -> None:
        await asyncio.sleep(0)
        if not stopped:
            raise LookupError("gone")
        await asyncio.sleep(60)

    works = asyncio.create_task(all_or_none([long(), fails()]))
    await asyncio.sleep(0.01)
    if stopped:
        works.cancel()
    with pytest.raises(asyncio.CancelledError if stopped else LookupError):
        await works
    assert over == ["long"]
