"""Works beside each other: all give something, or none is left at work; what has no end of its own is ended."""

import asyncio

import pytest

from shared.background import all_or_none, in_background, stopped


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


async def test_work_goes_on_for_the_life_of_the_block() -> None:
    seen = []

    async def look() -> None:
        while True:
            seen.append("look")
            await asyncio.sleep(0)

    async with in_background(look()):
        await asyncio.sleep(0.01)
    looks = len(seen)
    await asyncio.sleep(0.01)
    assert looks == len(seen) > 1


async def test_work_that_takes_its_cancellation_for_a_fault_is_cancelled_again() -> None:
    """As happens when a connection cannot be given back: its error takes the place of the cancellation."""
    faults = []

    async def goes_on_after_faults() -> None:
        while len(faults) < 2:
            try:
                try:
                    await asyncio.sleep(60)
                finally:
                    raise ConnectionError("the connection is closed")
            except ConnectionError as error:
                faults.append(error)
        await asyncio.sleep(60)

    async def fails() -> None:
        raise LookupError("gone")

    tasks = [asyncio.create_task(goes_on_after_faults()), asyncio.create_task(fails())]
    await asyncio.sleep(0)
    await stopped(tasks, again_seconds=0.01)
    assert len(faults) == 2
    assert tasks[0].cancelled()
    assert isinstance(tasks[1].exception(), LookupError)
