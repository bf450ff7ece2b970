"""Whoever tries PINs by the thousand, on every channel at once, gets five of them checked in a quarter of an hour."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from shared.schemas.identity import Verification, VerificationRequest
from tests.accounts.bank import MAYA, NOBODY, Bank, on_sqlite, open_bank

CHANNELS = ("web", "sms", "voice", "slack", "connect")
CALLERS_A_CHANNEL = 8
WINDOW = timedelta(minutes=15)
LASTS = timedelta(hours=1)
Try = Callable[[str, str], Awaitable[Verification]]


@pytest.mark.parametrize("number", [MAYA, NOBODY], ids=["customer", "nobody"])
async def test_flood_of_wrong_pins(database_url: str, data_dir: Path, number: str) -> None:
    async with open_bank(database_url, data_dir, log_level="ERROR") as bank:

        async def one(pin: str, channel: str) -> Verification:
            return await bank.verify(number, pin, channel=channel, session=f"s-{channel}")

        await flood(bank, one, 500)


@on_sqlite
async def test_ten_thousand_wrong_pins(database_url: str, data_dir: Path) -> None:
    async with open_bank(database_url, data_dir, log_level="ERROR") as bank:

        async def one(pin: str, channel: str) -> Verification:
            body = {"phone": MAYA, "pin": pin, "channel": channel, "session": f"s-{channel}"}
            return await bank.service.identity.verify(VerificationRequest.model_validate(body))

        await flood(bank, one, 10_000)


async def flood(bank: Bank, one: Try, tries: int) -> None:
    """Every caller of every channel tries PINs in turn, while an hour goes by."""
    pins = iter([f"{2469 + pin % 7000:04d}" for pin in range(tries)])  # none of them is Maya's
    outcomes: Counter[str] = Counter()

    async def caller(channel: str) -> None:
        for pin in pins:
            outcomes[(await one(pin, channel)).outcome] += 1
            bank.clock.now += LASTS / tries

    await asyncio.gather(*(caller(channel) for channel in CHANNELS for _ in range(CALLERS_A_CHANNEL)))
    times = [row.tried_at for row in await bank.verifications() if row.outcome == "refused"]
    assert bank.pins.checked == len(times)
    assert sum(outcomes.values()) == tries
    assert outcomes["verified"] == 0
    assert outcomes["locked"] > tries / 2
    assert 15 <= len(times) <= 25  # four or five lock-outs went by
    assert max(sum(begin <= at < begin + WINDOW for at in times) for begin in times) == 5
