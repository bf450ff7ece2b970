"""Tries of PINs for numbers that nobody has are forgotten after a while; nothing else is."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlmodel import select

from services.accounts.store import AuditRow, LockoutRow
from tests.accounts.bank import MAYA, NOBODY, Bank, cheap_settings, on_sqlite, open_bank

KEPT = timedelta(days=30)
OTHER = "+15555559998"


async def lockouts(bank: Bank) -> dict[str, LockoutRow]:
    async with bank.database.reading() as session:
        return {row.subject: row for row in (await session.execute(select(LockoutRow))).scalars()}


async def strangers(bank: Bank) -> tuple[int, int]:
    """How many lock-out rows there are of numbers that nobody has, and how many tries."""
    tries = [row for row in await bank.verifications() if not row.subject.startswith("C-")]
    return sum(not subject.startswith("C-") for subject in await lockouts(bank)), len(tries)


async def audit_rows(bank: Bank) -> int:
    async with bank.database.reading() as session:
        return len(list((await session.execute(select(AuditRow))).scalars()))


async def test_they_are_forgotten_when_they_are_old(bank: Bank) -> None:
    await bank.wrong_pins(3, NOBODY)
    await bank.wrong_pins(7, OTHER)
    assert await strangers(bank) == (2, 10)
    written = await audit_rows(bank)
    bank.clock.advance(days=29)
    await bank.service.routine.run()
    assert await strangers(bank) == (2, 10)
    bank.clock.advance(days=1, minutes=20)
    await bank.service.routine.run()
    assert await strangers(bank) == (0, 0)
    assert await audit_rows(bank) == written
    assert (await bank.as_staff("GET", "/audit/proof", "supervisor")).json()["whole"]


async def test_what_still_counts_is_left_alone(bank: Bank) -> None:
    await bank.wrong_pins(2, NOBODY)
    bank.clock.advance(days=20)
    await bank.wrong_pins(2, NOBODY)
    bank.clock.advance(days=15)
    await bank.service.routine.run()
    assert await strangers(bank) == (1, 2)  # the two old tries are gone, the count is not
    assert [answer.attempts_left for answer in await bank.wrong_pins(1, NOBODY)] == [0]
    bank.clock.advance(minutes=14)
    await bank.service.routine.run()
    assert (await bank.verify(NOBODY, "0000")).outcome == "locked"


async def test_a_lock_is_left_alone_however_old_its_tries(tmp_path: Path, data_dir: Path) -> None:
    longest = {"pin_lock_minutes": 24 * 60, "pin_tries_days": 1, "pin_delay_seconds": ()}
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir, **longest) as bank:
        await bank.wrong_pins(5, NOBODY)
        bank.clock.advance(hours=23, minutes=59)
        await bank.service.routine.run()
        assert (await bank.verify(NOBODY, "0000")).outcome == "locked"
        bank.clock.advance(days=1)
        await bank.service.routine.run()
        assert await strangers(bank) == (1, 1)  # it was tried a day ago, while it was locked
        assert (await bank.verify(NOBODY, "0000")).attempts_left == 4


async def test_customers_keep_theirs(bank: Bank, maya: str) -> None:
    await bank.wrong_pins(3)
    tries = len(await bank.verifications())
    bank.clock.advance(days=100)
    await bank.service.routine.run()
    assert len(await bank.verifications()) == tries
    assert (await lockouts(bank))[maya].tries == 3


async def test_time_does_not_tell_a_customer_from_nobody(bank: Bank) -> None:
    """Whether what is old was deleted or not, it counts for nobody."""
    for number in (MAYA, NOBODY):
        await bank.wrong_pins(4, number)
    bank.clock.advance(days=30, minutes=1)
    for _ in range(2):
        assert [(await bank.verify(number, "0000")).attempts_left for number in (MAYA, NOBODY)] == [4, 4]
        bank.clock.advance(days=30, minutes=1)
        await bank.service.routine.run()


async def test_wrong_pins_count_until_then(bank: Bank) -> None:
    for number in (MAYA, NOBODY):
        await bank.wrong_pins(3, number)
    bank.clock.advance(days=29, hours=23)
    await bank.service.routine.run()
    assert [(await bank.verify(number, "0000")).attempts_left for number in (MAYA, NOBODY)] == [1, 1]


async def test_tries_and_forgetting_at_once(bank: Bank) -> None:
    numbers = [f"+1555556{place:04d}" for place in range(20)]
    for number in numbers:
        await bank.verify(number, "0000")
    bank.clock.advance(days=31)
    answers, *_ = await asyncio.gather(
        asyncio.gather(*(bank.verify(number, "0000") for number in numbers)),
        *(bank.service.routine.run() for _ in range(3)),
    )
    assert {(answer.outcome, answer.attempts_left) for answer in answers} == {("refused", 4)}
    await bank.service.routine.run()
    assert await strangers(bank) == (20, 20)
    assert {row.tries for subject, row in (await lockouts(bank)).items() if not subject.startswith("C-")} == {1}


@on_sqlite
async def test_more_than_one_stretch_is_forgotten(bank: Bank) -> None:
    for place in range(450):
        await bank.verify(f"+1555557{place:04d}", "0000")
    bank.clock.advance(days=31)
    assert await bank.service.unknown_numbers.forget_old() == 450
    assert await strangers(bank) == (0, 0)
    assert await bank.service.unknown_numbers.forget_old() == 0


def test_tries_count_at_least_as_long_as_they_lock(data_dir: Path) -> None:
    for wrong in ({"pin_lock_minutes": 24 * 60 + 1}, {"pin_delay_seconds": (0, 86_401)}):
        with pytest.raises(ValidationError, match="PIN_TRIES_DAYS"):
            cheap_settings(data_dir, pin_tries_days=1, **wrong)
